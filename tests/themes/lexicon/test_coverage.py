"""How much of real Welsh the lexicon knows: content words by token, names and numbers aside."""

import csv
import os
import re
from functools import cache
from pathlib import Path

import pytest
import simplemma

from engage.themes.gloss import unmutated

FOLDER = Path(__file__).parents[3] / "engage" / "themes" / "lexicon"
DATA = Path(os.environ.get("CYDLAIS_DATA", Path(__file__).parents[4] / "shared" / "data")) / "bilingual"
TARGETS = {"massive-train": 0.85, "ntrex": 0.85, "service-pairs": 0.92}
CONTENT = frozenset(["n", "v", "adj", "adv"])
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
MARKUP = re.compile(r"https?://\S+|\S+@\S+|%\{?\w*\}?|\{+[^}]*\}+|<[^>]*>|&\w+;")


@cache
def lexicon() -> dict[str, set[str]]:
    parts: dict[str, set[str]] = {}
    for path in FOLDER.glob("[0-9][0-9]-*.tsv"):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            lemma, pos, _, _ = line.split("\t")
            parts.setdefault(lemma, set()).add(pos)
    return parts


@cache
def parts_of_speech(word: str) -> set[str] | None:
    before = unmutated(word)
    lemma = simplemma.lemmatize(word, lang="cy").lower()
    lemmas = [simplemma.lemmatize(form, lang="cy").lower() for form in before]
    return next(
        (lexicon()[form] for form in [word, *before, lemma, *lemmas, *unmutated(lemma)] if form in lexicon()),
        None,
    )


def welsh_and_english(name: str) -> list[tuple[list[str], set[str]]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if row["cy"] != row["en"] and not row["cy"].startswith("/")
        ]
    return [(words(row["cy"]), {word.lower() for word in words(row["en"])}) for row in rows]


def words(text: str) -> list[str]:
    return WORD.findall(MARKUP.sub(" ", text.replace("’", "'")))


def is_name(word: str, first: bool, english: set[str], lower_case: set[str]) -> bool:
    """Not in the lexicon, and the same in the English, an abbreviation, or never written without a capital."""
    return (
        word.lower() in english
        or (word.isupper() and len(word) < 6)
        or (word[0].isupper() and not first and word.lower() not in lower_case)
    )


@pytest.mark.parametrize(("name", "target"), TARGETS.items())
def test_coverage_of_content_words(name: str, target: float) -> None:
    if not (DATA / f"{name}.csv").is_file():
        pytest.skip(f"no {name}.csv at {DATA} (set CYDLAIS_DATA)")
    pairs = welsh_and_english(name)
    lower_case = {word for welsh, _ in pairs for word in welsh if word[0].islower()}
    known = unknown = 0
    for welsh, english in pairs:
        for place, word in enumerate(welsh):
            parts = parts_of_speech(word.lower())
            if len(word) == 1:
                continue
            if parts is None:
                unknown += not is_name(word, place == 0, english, lower_case)
            else:
                known += bool(parts & CONTENT)
    print(f"{name}: {known / (known + unknown):.4f} of {known + unknown} content words")
    assert known / (known + unknown) >= target
