"""The tool, tried on a small repository of its own; and the one test that holds all Welsh of the product."""

from pathlib import Path

import pytest

from translations.catalogues import PLURAL_FORMS, entries, forms, key, read_catalogue
from translations.check import check
from translations.extraction import HEADER, domain_of, extract_messages, update_catalogues

PYTHON = """
from translations import N_
# Welsh: on a button
_("Save")
t.ngettext("%(num)s story", "%(num)s stories", n)
pgettext("noun", "Open")
N_("Nope: %(name)s", name="x")
"""
TEMPLATE = """
<h1>{{ _("Save") }}</h1>
{% trans name=person.name %}
  Hello <b>{{ name }}</b>,
  you are late.
{% endtrans %}
<p title="{{ pgettext('verb', 'Open') }}"></p>
"""
WELSH = {
    "Save": "Cadw",
    "%(num)s story": (
        "dim straeon",
        "%(num)s stori",
        "%(num)s stori",
        "%(num)s stori",
        "%(num)s stori",
        "%(num)s stori",
    ),
    "Open": "Agor",
    "Nope: %(name)s": "Na: %(name)s",
    "Hello <b>%(name)s</b>, you are late.": "Helo <b>%(name)s</b>, rydych yn hwyr.",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for path, text in {
        "engage/stories/service.py": PYTHON,
        "engage/people/pages.py": '_("Save")\n',
        "frontend/templates/stories/tell.html": TEMPLATE,
        "frontend/templates/layout/base.html": "{{ _('Skip') }}",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.fixture
def folder(repository: Path) -> Path:
    """Its catalogues, complete."""
    folder = repository / "po"
    update_catalogues(root=repository, folder=folder)
    translate(folder, {**WELSH, "Skip": "Neidio"})
    assert check(repository, folder) == []
    return folder


def translate(folder: Path, welsh: dict[str, str | tuple[str, ...]]) -> None:
    for path in folder.glob("*.po"):
        blocks = path.read_text().split("\n\n")
        path.write_text("\n\n".join(_filled(block, welsh) for block in blocks) + "\n")


def _filled(block: str, welsh: dict[str, str | tuple[str, ...]]) -> str:
    for msgid, said in welsh.items():
        if f'msgid "{msgid}"' in block:
            texts = [said] if isinstance(said, str) else said
            for number, text in enumerate(texts):
                block = block.replace(f'msgstr[{number}] ""', f'msgstr[{number}] "{text}"')
            block = block.replace('msgstr ""', f'msgstr "{texts[0]}"')
    return block.rstrip("\n")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        ("engage/stories/service.py", "stories"),
        ("engage/core/errors.py", "core"),
        ("engage/app.py", "core"),
        ("engage/site.py", "site"),
        ("engage/demo/content/x.py", "demo"),
        ("budgeting/service.py", "budgeting"),
        ("budgeting/equal_shares.py", "counting"),
        ("budgeting/commands.py", "counting"),
        ("budgeting/explanations_money.py", "counting"),
        ("feedback/pages.py", "feedback"),
        ("translations/parity.py", "language"),
        ("frontend/templates/themes/list.html", "themes"),
        ("frontend/templates/layout/base.html", "site"),
        ("frontend/templates/errors/404.html", "site"),
        ("frontend/templates/index.html", "site"),
    ],
)
def test_a_file_has_a_home(path: str, domain: str) -> None:
    assert domain_of(Path(path)) == domain


def test_extraction_finds_every_kind_of_message(repository: Path) -> None:
    found = {domain: set(messages) for domain, messages in extract_messages(repository).items()}
    assert found == {
        "people": {("Save", None)},  # in two slices: the first in house order
        "stories": {
            ("%(num)s story", None),
            ("Open", "noun"),
            ("Open", "verb"),
            ("Nope: %(name)s", None),
            ("Hello <b>%(name)s</b>, you are late.", None),
        },
        "site": {("Skip", None)},
    }


def test_extraction_is_stable_and_keeps_what_is_translated(repository: Path, folder: Path) -> None:
    assert update_catalogues(root=repository, folder=folder) == []
    text = (folder / "people.po").read_text()
    assert text.startswith(HEADER)
    assert "#. Welsh: on a button" in text, "the note is met in another slice"
    assert "#:" not in text


def test_a_message_that_moves_takes_its_translation_along(repository: Path, folder: Path) -> None:
    (repository / "engage/people/pages.py").write_text("")
    changed = update_catalogues(root=repository, folder=folder)
    assert {path.name for path in changed} == {"people.po", "stories.po"}
    assert not (folder / "people.po").exists()
    stories = {key(m)[0]: forms(m) for m in entries(read_catalogue(folder / "stories.po"))}
    assert stories["Save"] == ("Cadw",)
    assert "#. Welsh: on a button" in (folder / "stories.po").read_text()
    assert check(repository, folder) == []


def test_a_catalogue_keeps_its_own_word_for_it(repository: Path, folder: Path) -> None:
    (folder / "language.po").write_text(HEADER + '\nmsgid "Save"\nmsgstr "Arbed"\n')
    update_catalogues(root=repository, folder=folder)
    assert not (folder / "language.po").exists()
    assert 'msgstr "Cadw"' in (folder / "people.po").read_text()


def test_only_one_catalogue_is_written(repository: Path, folder: Path) -> None:
    (repository / "engage/people/pages.py").write_text('_("New")')
    (repository / "engage/stories/service.py").write_text("")
    assert [p.name for p in update_catalogues("people", repository, folder)] == ["people.po"]
    assert "New" in (folder / "people.po").read_text()


def test_a_new_or_gone_message_is_a_fault(repository: Path, folder: Path) -> None:
    (repository / "engage/people/pages.py").write_text('_("Save")\n_("New")\n')
    (repository / "frontend/templates/layout/base.html").write_text("")
    assert [(f.file, f.msgid, f.what) for f in check(repository, folder)] == [
        ("people.po", "New", "is in the source but in no catalogue"),
        ("site.po", "Skip", "is not in the source any more"),
    ]
    assert [f.msgid for f in check(repository, folder, only="site")] == ["Skip"]


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("people.po", 'msgstr "Cadw"', 'msgstr ""', "not translated"),
        ("people.po", 'msgid "Save"', '#, fuzzy\nmsgid "Save"', "fuzzy"),
        ("people.po", '"Cadw"', '" Cadw"', "space at the start or end differs"),
        ("people.po", '"Cadw"', '"Cadw {x}"', "placeholders differ (%% , %s or {})"),
        (
            "people.po",
            PLURAL_FORMS,
            "nplurals=5; plural=(n==1 ? 1 : 0);",
            "the header lacks the six Welsh plural forms",
        ),
        ("stories.po", "Na: %(name)s", "Na: %(enw)s", "placeholders differ (enw, name)"),
        ("stories.po", "Na: %(name)s", "Na: %(name)", "placeholders differ (name)"),
        ("stories.po", "Na: %(name)s", "Na: %(name)s %(name)s", "a placeholder is repeated"),
        ("stories.po", "Na: %(name)s", "100% na: %(name)s", "a placeholder is broken"),
        ("stories.po", "Helo <b>", "Helo <i>", "tags differ"),
        ("stories.po", 'msgstr[4] "%(num)s stori"', 'msgstr[4] ""', "has 5 plural forms of 6"),
        ("stories.po", 'msgstr[4] "%(num)s stori"', 'msgstr[4] "%(n)s stori"', "placeholders differ (n)"),
        (
            "stories.po",
            'msgid "Nope',
            '#~ msgid "x"\n#~ msgstr "y"\n\nmsgid "Nope',
            "obsolete entries are kept",
        ),
    ],
)
def test_each_fault_is_found(
    repository: Path, folder: Path, file: str, old: str, new: str, what: str
) -> None:
    replace(folder / file, old, new)
    assert [(fault.file, fault.what) for fault in check(repository, folder)] == [(file, what)]


def test_the_same_message_said_in_two_ways_is_a_fault(repository: Path, folder: Path) -> None:
    site = folder / "site.po"
    site.write_text(site.read_text() + '\nmsgid "Save"\nmsgstr "Arbed"\n')
    assert [(f.file, f.msgid, f.what) for f in check(repository, folder)] == [
        ("site.po", "Save", "is said differently in people.po")
    ]


def test_english_passed_off_as_welsh_is_a_fault(repository: Path, folder: Path) -> None:
    replace(
        folder / "stories.po", "Helo <b>%(name)s</b>, rydych yn hwyr.", "Hello <b>%(name)s</b>, you are late."
    )
    assert [fault.what for fault in check(repository, folder)] == ["is still English"]


def test_every_message_of_the_product_is_in_welsh() -> None:
    assert [str(fault) for fault in check()] == []
