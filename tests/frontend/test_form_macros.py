"""Form controls: labelled, described, linked from the summary, and keeping what was typed."""

import re

import pytest

from tests.frontend.environment import Render
from tests.frontend.sample import StoryForm, Typed

IMPORT = '{% import "macros/forms.html" as f with context %}'
ALL = (
    IMPORT
    + """{{ f.error_summary(form) }}
{{ f.text_field(form.place, width=20, autocomplete="off") }}{{ f.text_field(form.password, type="password") }}
{{ f.textarea_field(form.story) }}{{ f.select_field(form.ward) }}{{ f.radios(form.consent) }}
{{ f.checkboxes(form.topics, hints={"1": "Buses and trains"}) }}{{ f.checkboxes(form.read) }}
{{ f.date_field(form.told_on) }}{{ f.file_field(form.photo) }}
{{ f.bilingual_field(form, "title", "Title") }}
{{ f.bilingual_field(form, "intro", "Intro", textarea=true) }}"""
)


def form(**typed: str | list[str]) -> StoryForm:
    sent = Typed({name: value if isinstance(value, list) else [value] for name, value in typed.items()})
    filled = StoryForm(sent)
    filled.validate()
    return filled


def ids(html: str) -> list[str]:
    return re.findall(r'\sid="([^"]*)"', html)


@pytest.fixture
def failed(render: Render) -> str:
    return render(
        ALL,
        form=form(place="Y Bont <b>", consent="other", told_on="rubbish", password="hunter2", topics=["2"]),
    )


def test_no_id_twice_and_every_reference_leads_somewhere(failed: str) -> None:
    known = ids(failed)
    assert len(known) == len(set(known))
    described = [one for many in re.findall(r'aria-describedby="([^"]*)"', failed) for one in many.split()]
    linked = re.findall(r'href="#([^"]*)"', failed)
    assert described
    assert set(described + linked + re.findall(r'for="([^"]*)"', failed)) <= set(known)


def test_every_control_has_a_label(failed: str) -> None:
    controls = re.findall(r'<(?:input|select|textarea)\b[^>]*\sid="([^"]*)"', failed)
    labelled = re.findall(r'<label [^>]*for="([^"]*)"', failed)
    assert sorted(controls) == sorted(labelled)


def test_each_error_is_in_the_summary_and_at_its_field(failed: str) -> None:
    filled = form(consent="other", told_on="rubbish")
    summary = failed.split("</ul>")[0]
    for field in filled:
        for text in field.errors:
            assert f'<a href="#{field.id}">{text}</a>' in summary
            assert f'id="{field.id}-error"' in failed
    assert set(filled.errors) == {"story", "consent", "told_on", "title_en"}


def test_what_was_typed_is_still_there(failed: str) -> None:
    assert 'value="Y Bont &lt;b&gt;"' in failed
    assert 'value="rubbish"' in failed
    assert re.search(r'value="2" checked', failed)
    assert not re.search(r'value="1" checked', failed)
    assert "hunter2" not in failed


def test_a_choice_is_kept_and_described(render: Render) -> None:
    html = render(ALL, form=form(consent="quote", ward="w", read="y", story="Stori\n\n<i>hir</i>"))
    assert re.search(r'value="quote" checked', html)
    assert '<option value="w" selected>' in html
    assert re.search(r'name="read" type="checkbox" value="y" checked', html)
    assert "\nStori\n\n&lt;i&gt;hir&lt;/i&gt;</textarea>" in html
    assert '<div id="topics-hint"' in html


def test_an_optional_field_says_so(render: Render, lang: str) -> None:
    html = render(IMPORT + "{{ f.text_field(form.place) }}", form=form())
    assert {"cy": "Place (dewisol)", "en": "Place (optional)"}[lang] in html


def test_a_form_without_errors_has_no_summary(render: Render) -> None:
    assert "error" not in render(ALL, form=StoryForm())


def test_an_error_that_belongs_to_no_field_is_said(render: Render) -> None:
    source = IMPORT + '{{ f.error_summary(form, extra=["Closed yesterday"]) }}'
    assert "<li>Closed yesterday</li>" in render(source, form=StoryForm())
    filled = StoryForm()
    filled.form_errors = ["Both together are too much"]
    assert "<li>Both together are too much</li>" in render(source, form=filled)


def test_both_sides_stand_together_each_in_its_language(render: Render) -> None:
    html = render(ALL, form=form(title_cy="Bysiau", title_en="Buses", title_cy_approved="y"))
    welsh, english = html.index('name="title_cy"'), html.index('name="title_en"')
    assert welsh < english
    assert re.search(r'name="title_cy" type="text" lang="cy" value="Bysiau"', html)
    assert re.search(r'name="title_en" type="text" lang="en" value="Buses"', html)
    assert re.search(r'name="title_cy_approved" type="checkbox" value="y" checked', html)
    assert re.search(r'name="title_en_approved" type="checkbox" value="y">', html)
    assert "intro_cy_approved" not in html


def test_the_token_is_sent_only_where_there_is_one(render: Render) -> None:
    source = IMPORT + "{{ f.csrf() }}"
    assert '<input type="hidden" name="csrf_token" value="token-of-this-request">' in render(source)
    assert render(source, csrf_token="").strip() == ""


def test_the_error_page_keeps_all_that_was_typed(render: Render) -> None:
    story = "Mae’r bws olaf yn gadael am chwech.\n" * 4
    html = render(
        "errors/error.html",
        title="Someone changed this before you",
        explanation=[],
        what_to_do="Look again",
        request_id="abc",
        typed=[("story", story), ("place", "Y <Bont>")],
        retry_address="/cy/stori",
    )
    assert '<form id="main-form" method="post" action="/cy/stori">' in html
    assert re.search(r'<textarea[^>]*name="story"[^>]*>\n' + re.escape(story) + "</textarea>", html)
    assert '<input type="hidden" name="place" value="Y &lt;Bont&gt;">' in html
    assert "formaction" in html


def test_an_error_page_without_anything_typed_has_no_form(render: Render) -> None:
    html = render(
        "errors/error.html",
        title="Page not found",
        explanation=[],
        what_to_do="Check the address",
        request_id=None,
        typed=[],
        retry_address="/x",
    )
    assert "main-form" not in html
