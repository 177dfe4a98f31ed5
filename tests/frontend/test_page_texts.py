"""No text of a macro or a page reaches the reader untranslated.

Here gettext puts brackets around what it translates, and so does whoever passes a text in: what stands
outside brackets on the page was written into a template.
"""

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment
from wtforms.fields.choices import Choice

from tests.frontend.environment import SOME_DAY, TEMPLATES, make_environment, page_context, staff
from tests.frontend.sample import StoryForm, Typed

READ_ALOUD = ("aria-label", "title", "alt", "placeholder", "value")
SAME_IN_BOTH = {"Cydlais", "–", "Cymraeg", "English", "!", "£", "…", "←", "→", "language", "session", "pass"}
LETTERS = re.compile(r"[^\W\d_]{2,}")

FORMS = """{% import "macros/forms.html" as f with context %}
{{ f.error_summary(form, extra=["[extra]"]) }}
{{ f.text_field(form.place, hint="[hint]") }}
{{ f.textarea_field(form.story) }}
{{ f.select_field(form.ward) }}
{{ f.radios(form.consent, hints={"quote": "[hint]"}) }}
{{ f.checkboxes(form.topics) }}
{{ f.checkboxes(form.read) }}
{{ f.date_field(form.told_on) }}
{{ f.file_field(form.photo) }}
{{ f.bilingual_field(form, "title", "[label]") }}
{{ f.bilingual_field(form, "intro", "[label]", textarea=true) }}
{{ f.button("[send]") }}
{{ f.button_link("[go]", "/x") }}
{{ f.csrf() }}
{{ f.hidden("a", "1") }}"""

PARTS = """{% import "macros/parts.html" as p with context %}
{% import "macros/ballot.html" as b with context %}
{{ p.back_link("/x") }}
{{ p.notice("[n]") }}
{{ p.panel("[title]", "[body]", "[CODE]") }}
{{ p.summary_list([("[k]", "[v]")]) }}
{{ p.summary_list([dict(key="[k]", value="[v]", action=dict(url="/x", text="[go]", about="[k]"))]) }}
{{ p.tag("[t]", "good") }}
{{ p.progress(40, "[text]", poll="/p") }}
{{ p.progress(none, "[text]") }}
{{ p.refresh() }}
{{ p.details("[s]", "[t]") }}
{{ p.inset("[i]") }}
{{ p.warning("[w]") }}
{{ p.table("[c]", ["[h]", "[h]"], [["[a]", dict(text="[b]", url="/x", lang="cy")]], numeric=[1]) }}
{{ p.pagination(2, 3, "/x?page={page}") }}
{{ p.timeline([dict(title="[t]", date="[d]", tag=dict(text="[t]", kind="wait"))]) }}
{{ p.story_card("[story]", "cy", ["[meta]"], "/x") }}
{% for state in ("missing", "draft", "approved", "stale") %}
{{ p.bilingual_side_state("cy", state, by="[by]") }}{% endfor %}
{{ b.ballot_item("choice", 7, "[title]", 450000, "[cost]", "[summary]", "/x") }}
{{ b.ballot_total("[now]", "[total]", "[over]", "[button]") }}"""

PAGES: dict[str, dict[str, Any]] = {
    "layout/page.html": {},
    "layout/desk.html": {"actor": staff()},
    "site/home.html": {"open_campaigns": [], "open_rounds": [], "latest_responses": []},
    "site/contact.html": {},
    "site/cookies.html": {},
    "site/privacy.html": {},
    "site/accessibility.html": {},
    "errors/error.html": {},
}


class Words(HTMLParser):
    """Collects text and read-aloud attributes, except inside elements that name their own language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        own = tag != "html" and "lang" in given
        if not own and not (tag == "input" and given.get("type") in ("hidden", "radio", "checkbox")):
            self.found += [given[name] or "" for name in READ_ALOUD if name in given and tag != "button"]
        if tag not in ("input", "meta", "link", "br", "path", "circle", "rect", "use"):
            self.open.append((tag, own))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(own for _, own in self.open):
            self.found.append(data)


def bracketed(text: str) -> str:
    return f"[{text}]"


@pytest.fixture(scope="module")
def brackets() -> Environment:
    env = make_environment("en")
    env.install_gettext_callables(  # type: ignore[attr-defined]
        bracketed,
        lambda one, many, n: f"[{many}]",
        newstyle=True,
        pgettext=lambda context, text: f"[{text}]",
        npgettext=lambda context, one, many, n: f"[{many}]",
    )
    env.globals.update(say=lambda text: bracketed(str(text)))
    return env


def outside_brackets(html: str) -> list[str]:
    words = Words()
    words.feed(html)
    text = re.sub(r"\[[^\[\]]*\]", " ", " | ".join(words.found))
    return [word for word in LETTERS.findall(text) if word not in SAME_IN_BOTH]


def context(**more: Any) -> dict[str, Any]:
    entry = {"title": "[t]", "url": "/x", "meta": "[m]"}
    general = {
        "contact": {"name": "[n]", "email": "[e]", "phone": "[p]", "post": "[p]"},
        "retention": [{"what": "[w]", "rule": "[r]"}],
        "prepared": SOME_DAY,
        "title": "title",
        "explanation": ["because"],
        "what_to_do": "do",
        "request_id": "7",
        "typed": [("story", "[" + "long " * 20 + "]")],
        "retry_address": "/x",
        "partnership_name": "[partnership]",
        "demo": True,
    }
    lists = {"open_campaigns": [entry], "open_rounds": [entry], "latest_responses": [entry]}
    return page_context("en", **general, **{**lists, **more})


@pytest.mark.parametrize("source", [FORMS, PARTS], ids=["forms", "parts"])
def test_macros_set_every_text(brackets: Environment, source: str) -> None:
    form = StoryForm(Typed(story=[""], consent=["other"], title_cy=["[teitl]"], place=["[lle]"]))
    form.validate()
    html = brackets.from_string(source).render(context(form=form))
    assert outside_brackets(html) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("form", [False, True], ids=["page", "form"])
def test_pages_hold_no_untranslated_text(brackets: Environment, name: str, form: bool) -> None:
    source = f'{{% extends "{name}" %}}'
    if name.startswith("layout/"):
        source += "{% block title %}[t]{% endblock %}"
    html = brackets.from_string(source).render(context(**PAGES[name], switch_form=form, form_errors=form))
    assert outside_brackets(html) == []


def test_the_test_sees_a_text_written_into_a_template(brackets: Environment) -> None:
    html = brackets.from_string('<p aria-label="Close">[fine] Hello <i lang="cy">Helo</i></p>').render()
    assert outside_brackets(html) == ["Close", "Hello"]


def test_every_standing_page_is_tried() -> None:
    standing = {f"site/{path.name}" for path in (TEMPLATES / "site").glob("*.html")}
    assert standing - set(PAGES) == {"site/choose.html", "site/contact_details.html"}


def test_data_in_a_label_is_not_trusted(brackets: Environment) -> None:
    field = SimpleNamespace(
        id="a",
        name="a",
        data=None,
        errors=["<b>no</b>"],
        description="",
        flags=SimpleNamespace(optional=None),
        label=SimpleNamespace(text="<i>100% label</i>"),
        iter_choices=lambda: [Choice("x", "<u>50% of it</u>", False, {})],
    )
    html = brackets.from_string(
        '{% import "macros/forms.html" as f with context %}{{ f.radios(field) }}'
    ).render(context(field=field))
    assert not re.search(r"<[biu]>", html)
    assert "&lt;u&gt;50% of it&lt;/u&gt;" in html
