"""The civic lexicon is written by hand, so its mistakes are those of hands: a lost tab, a word entered
twice, a stray letter, an English look-alike taken at its face, one spelling that is two words."""

from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "engage" / "themes" / "lexicon"
FILES = sorted(FOLDER.glob("[0-9][0-9]-*.tsv"))
HEADER = "lemma\tpos\tglosses\tnote"
PARTS_OF_SPEECH = frozenset(["n", "v", "adj", "adv", "prep", "pron", "num", "conj", "part", "intj", "name"])
CONTENT = frozenset(["n", "v", "adj", "adv"])
WELSH_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzâêîôûŵŷáéíóúẃýàèìòùẁỳäëïöüẅÿ'- ")
ENGLISH_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'- ")

# (lemma, part of speech): the gloss that must stand first. What an English eye would take for English.
FALSE_FRIENDS = {
    ("plant", "n"): "children",
    ("pan", "conj"): "when",
    ("hen", "adj"): "old",
    ("dim", "pron"): "nothing",
    ("man", "n"): "place",
    ("bore", "n"): "morning",
    ("pump", "num"): "five",
    ("haf", "n"): "summer",
    ("pen", "n"): "head",
    ("pant", "n"): "hollow",
    ("barn", "n"): "opinion",
    ("dawn", "n"): "talent",
    ("dull", "n"): "method",
    ("draw", "adv"): "over there",
    ("mas", "adv"): "out",
    ("rhan", "n"): "part",
    ("tan", "prep"): "until",
    ("offer", "n"): "equipment",
    ("hurt", "adj"): "stupid",
    ("crap", "n"): "smattering",
    ("sail", "n"): "basis",
    ("sain", "n"): "sound",
    ("plaid", "n"): "party",
    ("pres", "n"): "money",
    ("pris", "n"): "price",
    ("hun", "pron"): "self",
    ("brig", "n"): "top",
    ("moron", "n"): "carrots",
    ("brain", "n"): "crows",
    ("ffrog", "n"): "dress",
    ("call", "adj"): "wise",
    ("fan", "n"): "place",
    ("math", "n"): "type",
    ("mud", "adj"): "mute",
    ("cul", "adj"): "narrow",
    ("sad", "adj"): "steady",
    ("her", "n"): "challenge",
    ("dig", "adj"): "angry",
    ("haul", "n"): "sun",
    ("sir", "n"): "county",
    ("tail", "n"): "manure",
    ("crud", "n"): "cradle",
    ("lawn", "adj"): "full",
    ("truth", "n"): "flattery",
    ("nod", "n"): "aim",
    ("mis", "n"): "month",
    ("mil", "num"): "thousand",
    ("march", "n"): "stallion",
    ("arch", "n"): "coffin",
    ("fry", "adv"): "above",
    ("gallu", "v"): "can",
    ("llys", "n"): "court",
    ("llais", "n"): "voice",
    ("heddlu", "n"): "police",
    ("taith", "n"): "journey",
    ("budd", "n"): "benefit",
    ("allan", "adv"): "out",
    ("pell", "adj"): "far",
}

# One spelling, two words, or two words a circumflex apart.
HOMOGRAPHS = {
    ("mor", "adv"): "so",
    ("môr", "n"): "sea",
    ("tal", "adj"): "tall",
    ("tâl", "n"): "payment",
    ("tân", "n"): "fire",
    ("ton", "n"): "wave",
    ("tôn", "n"): "tune",
    ("can", "num"): "hundred",
    ("cân", "n"): "song",
    ("mân", "adj"): "small",
    ("gem", "n"): "game",
    ("ffon", "n"): "stick",
    ("ffôn", "n"): "phone",
    ("glan", "n"): "bank",
    ("glân", "adj"): "clean",
    ("ysgol", "n"): "school",
    ("cyngor", "n"): "council",
    ("gwaith", "n"): "work",
    ("toes", "n"): "dough",
    ("toes", "part"): "there is not",
    ("bron", "n"): "breast",
    ("bron", "adv"): "almost",
    ("gwn", "n"): "gun",
    ("gwn", "v"): "I know",
    ("pryd", "pron"): "when",
    ("pryd", "n"): "meal",
    ("nes", "conj"): "until",
    ("mai", "conj"): "that",
    ("mai", "n"): "May",
    ("iau", "n"): "Thursday",
    ("iau", "adj"): "younger",
    ("llun", "n"): "picture",
    ("gwestai", "n"): "guest",
    ("medd", "part"): "says",
    ("medi", "n"): "September",
    ("medi", "v"): "reap",
    ("cam", "n"): "step",
    ("cam", "adj"): "bent",
    ("lonydd", "n"): "lanes",
    ("lonydd", "adj"): "quiet",
    ("gwyn", "adj"): "white",
    ("gwyn", "n"): "complaint",
    ("para", "v"): "last",
    ("para", "n"): "paragraph",
    ("unig", "adj"): "only",
    ("brwnt", "adj"): "dirty",
}

Row = tuple[str, str, list[str], str]


def lines() -> list[tuple[str, str]]:
    return [
        (f"{path.name}:{number}", line)
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], start=2)
    ]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    parts = [line.split("\t") for _, line in lines()]
    return [(lemma, pos, glosses.split(","), note) for lemma, pos, glosses, note in parts]


def test_every_file_opens_with_the_header() -> None:
    assert FILES
    assert [path.name for path in FILES if path.read_text(encoding="utf-8").split("\n", 1)[0] != HEADER] == []


def malformed(line: str) -> str | None:
    columns = line.split("\t")
    if len(columns) != 4:
        return f"{len(columns)} columns"
    lemma, pos, glosses, note = columns
    if pos not in PARTS_OF_SPEECH:
        return f"unknown part of speech {pos!r}"
    if not lemma.strip() or set(lemma.casefold()) - WELSH_LETTERS or lemma != lemma.strip():
        return "lemma"
    if any(
        not gloss or gloss != gloss.strip() or set(gloss) - ENGLISH_LETTERS for gloss in glosses.split(",")
    ):
        return "glosses"
    if len(set(glosses.split(","))) != len(glosses.split(",")):
        return "one gloss twice"
    return "note" if note != note.strip() else None


def test_every_line_is_well_formed() -> None:
    assert {where: fault for where, line in lines() if (fault := malformed(line))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "ysgol\tn\tschool",
        "ysgol\tnoun\tschool\t",
        "\tn\tschool\t",
        "школа\tn\tschool\t",
        "ysgol\tn\tschool, ladder\t",
        "ysgol\tn\tcaffé\t",
        "ysgol\tn\tschool,school\t",
    ],
)
def test_a_broken_line_is_seen(line: str) -> None:
    assert malformed(line)


def test_no_word_is_entered_twice_in_one_part_of_speech(rows: list[Row]) -> None:
    counts = Counter((lemma, pos) for lemma, pos, _, _ in rows)
    assert [entry for entry, count in counts.items() if count > 1] == []


def test_at_least_six_thousand_lemmas(rows: list[Row]) -> None:
    """Without phrases, and without the plurals and inflected forms that stand there to be found as written."""
    lemmas = {lemma for lemma, _, _, note in rows if " " not in lemma and not is_form(note)}
    assert len(lemmas) >= 6000


def is_form(note: str) -> bool:
    return note.startswith(("plural of ", "form of "))


def test_every_form_has_its_lemma(rows: list[Row]) -> None:
    lemmas = {lemma for lemma, _, _, _ in rows}
    named = {note.split(" of ", 1)[1].split(",")[0] for _, _, _, note in rows if is_form(note)}
    assert named - lemmas == set()


def test_most_of_it_carries_meaning(rows: list[Row]) -> None:
    assert sum(pos in CONTENT for _, pos, _, _ in rows) >= 0.85 * len(rows)


@pytest.mark.parametrize(("entry", "gloss"), [*FALSE_FRIENDS.items(), *HOMOGRAPHS.items()])
def test_false_friends_and_homographs(rows: list[Row], entry: tuple[str, str], gloss: str) -> None:
    assert [glosses[0] for lemma, pos, glosses, _ in rows if (lemma, pos) == entry] == [gloss]
