import pytest
from babel.messages.catalog import Catalog

from translations.catalogues import key
from translations.leftovers import english_left, phrases_of, reads_as


def page(body: str, head: str = "<title>Cydlais</title>") -> str:
    return f'<!doctype html><html lang="cy"><head>{head}</head><body>{body}</body></html>'


WELSH = """
<h1>Dywedwch eich stori</h1>
<p>Mae’r testun Cymraeg wedi newid ers cymeradwyo’r testun Saesneg.</p>
<p>Nifer y straeon: <strong>7</strong></p>
<img alt="Map o’r ardal"><input type="submit" value="Anfon"><p>5 diwrnod yn ôl</p>
"""


def test_a_welsh_page_is_clean() -> None:
    assert english_left(page(WELSH)) == []


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>Yesterday</p>", "Yesterday"),
        ("<p>\n  Due\n  today</p>", "Due today"),
        ("<p>5 days ago</p>", "5 days ago"),
        ("<button>Yesterday</button>", "Yesterday"),
        ('<a title="Yesterday">Ddoe</a>', "Yesterday"),
        ('<img alt="Yesterday">', "Yesterday"),
        ('<nav aria-label="Yesterday"></nav>', "Yesterday"),
        ('<input placeholder="Yesterday">', "Yesterday"),
        ('<input type="submit" value="Yesterday">', "Yesterday"),
        ("<select><option>Ddoe<option>Yesterday</select>", "Yesterday"),
        ("<p>Tell us what you think of it</p>", "Tell us what you think of it"),
        ("<p>Tell us <em>what</em> you <b>think</b></p>", "Tell us what you think"),
        ("<p>Diolch. This is what we did for you.</p>", "Diolch. This is what we did for you."),
        ("<p>Nodyn: The English text is missing.</p>", "Nodyn: The English text is missing."),
        ('<p lang="en">Yesterday</p><p>Today</p>', "Today"),
        ('<p lang="en">Hello<p>Today</p>', "Today"),
        ('<div lang="en"><br>Hello <i lang="cy">Yesterday</i></div>', "Yesterday"),
    ],
)
def test_english_is_found(html: str, left: str) -> None:
    assert left in english_left(page(html))


def test_the_language_of_the_page_is_not_its_own_excuse() -> None:
    assert english_left('<html lang="en"><p>Yesterday</p></html>', "cy") == ["Yesterday"]


def test_a_word_that_is_good_welsh_too_is_left_alone() -> None:
    catalog = Catalog(locale="cy")
    catalog.add("Open", "Agor")
    catalog.add("Post", "Post")
    catalog.add("A post", "Post")
    phrases = phrases_of({key(m): m for m in catalog if m.id}, "cy")
    assert [phrases.hold(text) for text in ("Open", "Post", "A post", "Agor")] == [True, False, True, False]


def test_english_in_the_head_is_found() -> None:
    assert english_left(page("", "<title>Yesterday</title>")) == ["Yesterday"]
    head = '<title>x</title><meta name="description" content="Tell us what you think of it">'
    assert english_left(page("", head)) == ["Tell us what you think of it"]


@pytest.mark.parametrize(
    "html",
    [
        '<a lang="en" title="Yesterday" href="/en/">Yesterday</a>',
        '<div lang="en-GB"><p>Tell us <b>what you think</b> of it</p></div>',
        '<span translate="no">The Friends of the Park and the River</span>',
        "<textarea>Tell us what you think of it</textarea>",
        '<input type="text" value="Yesterday">',
        "<script>Yesterday</script><style>Yesterday</style>",
        "<p>Clwb y Friends of the Earth yn y parc</p>",
        '<p lang="pl">Yesterday</p>',
    ],
)
def test_what_is_marked_or_somebodys_own_is_left_alone(html: str) -> None:
    assert english_left(page(html)) == []


def test_the_mirror_finds_welsh_on_an_english_page() -> None:
    html = '<html lang="en"><p>Ddoe</p><p>Mae hyn yn bwysig i ni</p><p>All is well</p><a lang="cy">Ddoe</a>'
    assert english_left(html, "en") == ["Ddoe", "Mae hyn yn bwysig i ni"]


def test_what_a_sentence_reads_as() -> None:
    assert reads_as("You can change your vote until the end", "en")
    assert not reads_as("Gallwch newid eich pleidlais hyd at y diwedd", "en")
    assert reads_as("Gallwch newid eich pleidlais hyd at y diwedd", "cy")
    assert not reads_as("Heddlu Dyfed-Powys Police", "en")
