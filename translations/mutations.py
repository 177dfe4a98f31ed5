"""The initial mutations of Welsh: soft, nasal, aspirate, and h before a vowel.

Source: the tables of Peter Wynn Thomas, Gramadeg y Gymraeg; a letter not in a table does not change.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

SOFT = {"p": "b", "t": "d", "c": "g", "b": "f", "d": "dd", "g": "", "ll": "l", "m": "f", "rh": "r"}
NASAL = {"p": "mh", "t": "nh", "c": "ngh", "b": "m", "d": "n", "g": "ng"}
ASPIRATE = {"p": "ph", "t": "th", "c": "ch"}
DIGRAPHS = ("ch", "dd", "ff", "ng", "ll", "ph", "rh", "th")


@dataclass(frozen=True)
class Mutations:
    """None where the word does not change."""

    soft: str | None
    nasal: str | None
    aspirate: str | None
    h: str | None


def mutations(word: str) -> Mutations:
    """Of one word, or of the first word of a phrase. An abbreviation in capitals never mutates.

    >>> mutations("Caerdydd")
    Mutations(soft='Gaerdydd', nasal='Nghaerdydd', aspirate='Chaerdydd', h=None)
    """
    first = word.split(" ", 1)[0]
    if len(first) > 1 and first.isupper():
        return Mutations(None, None, None, None)
    initial = _initial(word)
    return Mutations(
        soft=_changed(word, initial, SOFT),
        nasal=_changed(word, initial, NASAL),
        aspirate=_changed(word, initial, ASPIRATE),
        h=_with_h(word),
    )


def forms(word: str) -> frozenset[str]:
    """The word and everything that it may look like after a mutation."""
    m = mutations(word)
    return frozenset(form for form in (word, m.soft, m.nasal, m.aspirate, m.h) if form)


def _initial(word: str) -> str:
    digraph = word[:2].casefold()
    return digraph if digraph in DIGRAPHS else word[:1].casefold()


def _changed(word: str, initial: str, table: dict[str, str]) -> str | None:
    if not initial or initial not in table:
        return None
    return _cased_like(word, table[initial] + word[len(initial) :])


def _with_h(word: str) -> str | None:
    if not word or unicodedata.normalize("NFD", word[0])[0].casefold() not in "aeiouwy":
        return None
    return _cased_like(word, "h" + word[:1].casefold() + word[1:])


def _cased_like(original: str, changed: str) -> str:
    return changed[:1].upper() + changed[1:] if original[:1].isupper() else changed
