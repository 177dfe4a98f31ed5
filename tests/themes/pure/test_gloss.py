import pytest

from engage.themes.alignment import learn_lexicon
from engage.themes.gloss import Glosser, plain_gloss, read_freedict, read_lexicon, unmutated
from engage.themes.resources import civic_lexicon, welsh_glosser, welsh_lemma

LEXICON = {"plentyn": ("child",), "ysgol": ("school", "ladder"), "cerdded": ("walk",), "tref": ("town",)}


@pytest.mark.parametrize(
    ("mutated", "original"),
    [
        ("dref", "tref"),
        ("nhref", "tref"),
        ("thref", "tref"),
        ("ardd", "gardd"),
        ("fam", "mam"),
        ("haf", "af"),
    ],
)
def test_mutations_are_undone(mutated, original):
    assert original in unmutated(mutated)


def test_a_lemma_is_found_before_a_guess():
    glosser = Glosser([LEXICON], lemma=welsh_lemma)
    assert glosser.text("Mae'r plant yn cerdded i'r ysgol yn y dref") == "child walk to school town"
    assert glosser.terms("yr ysgol") == ["school", "ladder"]


def test_coverage_counts_content_words_and_names_what_is_missing():
    glosser = Glosser([LEXICON])
    assert glosser.coverage("yr ysgol a'r wenci") == (1, 2)
    assert glosser.unknown("yr ysgol a'r wenci") == ["wenci"]


def test_earlier_lexicons_have_the_first_word():
    assert Glosser([{"ysgol": ("academy",)}, LEXICON]).text("ysgol") == "academy"


def test_a_lexicon_file_keeps_every_gloss_in_order():
    lines = [
        "lemma\tpos\tglosses\tnote",
        "bwrdd\tn\ttable, board (of people)\t",
        "broken line",
        "bwrdd\tn\tboard\t",
    ]
    assert read_lexicon(lines) == {"bwrdd": ("table", "board")}
    assert plain_gloss("to walk (slowly)") == "walk"


def test_freedict_entries_are_read():
    content = b"ci /ki:/ <n>\n1. dog\n2. hound (for hunting)\ntref\ntown\n"
    start = content.index(b"tref")
    index = ["00-database-info\tA\tA", f"ci\tA\t{_base64(start)}", f"tref\t{_base64(start)}\tK"]
    assert read_freedict(index, content) == {"ci": ("dog", "hound"), "tref": ("town",)}


def _base64(number):
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return digits[number // 64] + digits[number % 64]


def test_words_are_learned_from_translations():
    nouns = {"ysgol": "school", "heol": "road", "parc": "park", "afon": "river", "siop": "shop"}
    adjectives = {"newydd": "new", "glân": "clean", "mawr": "big"}
    pairs = [(f"{n} {a}", f"{adjectives[a]} {nouns[n]}") for n in nouns for a in adjectives] * 4
    assert learn_lexicon(pairs) == {word: (gloss,) for word, gloss in (nouns | adjectives).items()}
    assert learn_lexicon(pairs[:5]) == {}


@pytest.mark.skipif(not civic_lexicon(), reason="the civic lexicon is not there")
def test_what_residents_say_is_covered():
    glosser = welsh_glosser()
    known, total = glosser.coverage(
        "Mae'r palmant y tu allan i'r feddygfa wedi torri ac mae pobl hŷn yn cwympo. "
        "Does dim digon o fysiau i'r pentref ac mae'r plant yn hwyr i'r ysgol bob dydd."
    )
    assert total >= 15
    assert known / total >= 0.9
