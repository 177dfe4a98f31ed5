"""The page shell: language, switch, title, menu, footer."""

import re
from typing import Any

from tests.frontend.environment import Render, staff

PAGE = """{% extends "layout/page.html" %}
{% block title %}A title{% endblock %}{% block main %}<p>x</p>{% endblock %}"""
DESK = PAGE.replace("page.html", "desk.html")
FORM = "{% set switch_form = true %}" + PAGE


def controls(html: str) -> list[str]:
    """Links and buttons that the keyboard reaches, in order."""
    return [tag for tag in re.findall(r"<(?:a|button)\b[^>]*>", html) if 'tabindex="-1"' not in tag]


def other(lang: str) -> str:
    return "en" if lang == "cy" else "cy"


def test_the_language_switch_comes_first_after_the_skip_link(render: Render, lang: str) -> None:
    skip, switch = controls(render(PAGE))[:2]
    assert 'href="#main"' in skip
    assert f'href="/{other(lang)}/here?page=2"' in switch
    assert f'lang="{other(lang)}"' in switch


def test_on_a_form_the_switch_posts_what_was_typed(render: Render, lang: str) -> None:
    skip, switch = controls(render(FORM))[:2]
    assert 'href="#main"' in skip
    for part in (
        "<button",
        'form="main-form"',
        f'formaction="/{other(lang)}/here?page=2"',
        "formnovalidate",
        'name="switch_language" value="1"',
    ):
        assert part in switch


def test_enter_does_not_press_the_switch(render: Render) -> None:
    """The first submit button of a form in document order is the one that Enter presses."""
    first = re.findall(r'<button[^>]*form="main-form"[^>]*>', render(FORM))[0]
    assert "formaction" not in first
    assert 'aria-hidden="true"' in first


def test_switch_form_may_come_from_the_page_or_its_handler(render: Render) -> None:
    assert "formaction" in render(FORM, switch_form=False)
    assert "formaction" in render(PAGE, switch_form=True)
    assert "formaction" not in render(PAGE, switch_form=False)


def test_the_page_says_its_language_and_title(render: Render, lang: str) -> None:
    html = render(PAGE)
    assert f'<html lang="{lang}"' in html
    assert "<title>A title – Cydlais</title>" in html


def test_the_title_of_a_failed_form_says_so_first(render: Render, lang: str) -> None:
    word = {"cy": "Gwall:", "en": "Error:"}[lang]
    assert f"<title>{word} A title – Cydlais</title>" in render(PAGE, form_errors=True)
    assert word not in render(PAGE, form_errors=False)


def test_a_form_page_has_no_menu_to_leave_by(render: Render) -> None:
    assert "site-nav" in render(PAGE)
    assert "site-nav" not in render(FORM)


def test_the_footer_leads_to_what_every_page_owes(render: Render, lang: str) -> None:
    footer = render(PAGE).split("<footer")[1]
    for name in ("accessibility", "privacy", "cookies", "contact"):
        assert f'href="/{lang}/{name}"' in footer


def test_staff_see_who_they_are_and_sign_out_by_post(render: Render, lang: str) -> None:
    html = render(DESK, actor=staff(), desk_nav=[{"title": "Moderation", "url": "/m", "current": True}])
    assert "[Mair Puw]" in html
    assert f'method="post" action="/{lang}/sign-out"' in html
    assert 'name="csrf_token" value="token-of-this-request"' in html
    assert '<a class="site-nav__link" href="/m" aria-current="page">Moderation</a>' in html
    assert f'href="/{lang}/sign-in"' not in html


def test_the_demonstration_says_so_in_both_languages(render: Render) -> None:
    html = render(PAGE, demo=True)
    assert '<p lang="cy">Arddangosiad' in html
    assert '<p lang="en">Demonstration' in html
    assert "Arddangosiad:" not in render(PAGE)


def test_the_partnership_stands_beside_the_name(render: Render) -> None:
    def header(**context: Any) -> str:
        return render(PAGE, **context).split("</header>")[0]

    assert "Cylch Glan &amp; Rhyd" in header(partnership_name="Cylch Glan & Rhyd")
    assert "masthead__partnership" not in header(partnership_name=None)


def test_the_chooser_gives_both_languages_alike(render: Render) -> None:
    html = render("site/choose.html")
    welsh, english = (
        re.search(rf'<div class="choose__side" lang="{lang}">.*?</div>', html, re.S) for lang in ("cy", "en")
    )
    assert welsh is not None
    assert english is not None
    assert welsh.start() < english.start()
    assert 'href="/cy/here' in welsh[0]
    assert 'href="/en/here' in english[0]
    assert re.findall(r"<(\w+)", welsh[0])[2:] == re.findall(r"<(\w+)", english[0])[2:]
