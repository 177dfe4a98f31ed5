"""Sorting as a Welsh or an English reader expects, by one stored key.

The database has no ICU, so the key is a str made here, kept in a column, and compared byte by byte
(C collation). It reads: the letters, then (after a space) the accents, which only decide between words
that are otherwise equal. Case never counts.
"""

from __future__ import annotations

import re
import unicodedata

from translations.locale import Language

# The 29 letters, with k q v x z where dictionaries put the words that borrow them.
WELSH = (
    *("a", "b", "c", "ch", "d", "dd", "e", "f", "ff", "g", "ng", "h", "i", "j", "k", "l", "ll"),
    *("m", "n", "o", "p", "ph", "q", "r", "rh", "s", "t", "th", "u", "v", "w", "x", "y", "z"),
)
ENGLISH = tuple("abcdefghijklmnopqrstuvwxyz")
_DIGRAPHS = frozenset(letter for letter in WELSH if len(letter) == 2)

# Where two letters stand side by side and are not one. Found at the start of a word:
NOT_ONE_LETTER_AT_START = {
    "ng": (
        "angle",  # the village in Pembrokeshire
        "bangladesh",
        "bangor",
        "mangor",
        "fangor",
        "bingo",
        "blaeng",  # Blaengarw, Blaengwrach, Blaengwynfi
        "brong",  # Bronglais
        "frong",
        "bryng",  # Bryngwran
        "fryng",
        "congo",
        "dyngar",
        "ddyngar",
        "glang",  # Glangwili
        "heng",  # Hengoed, hengerdd
        "hunang",  # hunangofiant
        "hwngari",
        "ingrid",
        "langadog",  # Llan- softened
        "langefni",
        "langennech",
        "langollen",
        "langrannog",
        "llang",  # Llangollen, Llangefni, Llangadog: Llan and a saint
        "llongyf",  # llongyfarchiadau
        "longyf",
        "llwyng",  # Llwyngwril
        "maeng",
        "mangre",
        "melyng",
        "peng",  # Pengam, penglog, pengwin
        "beng",
        "singapôr",
        "singapor",
        "tango",
        "tongwynlais",
        "dongwynlais",
        "ungorn",
        "waung",
        "gwaung",
    ),
    "th": ("ponth", "bonth"),  # Ponthir: pont and hir
    "ph": ("uphill",),
}
# And anywhere in a word:
NOT_ONE_LETTER_ANYWHERE = {"ng": ("gwyng",)}  # Llanfairpwllgwyngyll
# The other way: "rh" between vowels is r and h (Aberhonddu, arholiad), but for these, which join two words.
RH_AFTER_VOWEL = ("trerhyngyll", "dirheg")

_ACCENTS = {"\u0301": "1", "\u0300": "2", "\u0302": "3", "\u0308": "4"}  # acute, grave, circumflex, diaeresis
_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
_GAP = re.compile(r"[\s\-‐‑–—/_]+")
_WORD = re.compile(r"[0-9]+|[^0-9]+")
_WORD_GAP = "!"  # below every letter and digit, above the space that ends the letters
_MOST_DIGITS = 12


def sort_key(text: str, lang: Language) -> str:
    """Words apart before words together (Pen y Bont before Penarth); hyphens part words; numbers by value."""
    letters, accents = [], []
    for word in _words(text):
        base, marks = _take_apart(word)
        for run in _WORD.findall(base):
            if run.isdigit():
                letters.append(_number(run))
            else:
                letters.extend(_weigh(letter, lang) for letter in _letters(run, lang))
        accents.append(marks)
        letters.append(_WORD_GAP)
    tail = "".join(accents).rstrip("0")
    return "".join(letters[:-1]) + (f" {tail}" if tail else "")


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text).casefold().translate(_UNDECOMPOSED)
    parted = _GAP.sub(" ", folded)
    kept = (c if c.isalnum() or c == " " or unicodedata.combining(c) else "" for c in parted)
    return "".join(kept).split()


def _take_apart(word: str) -> tuple[str, str]:
    """The letters without accents, and one weight per letter: 0 for none."""
    base, marks = [], []
    for character in unicodedata.normalize("NFKD", word):
        if not unicodedata.combining(character):
            base.append(character)
            marks.append("0")
        elif marks:
            marks[-1] = _ACCENTS.get(character, "5")
    return "".join(base), "".join(marks)


def _number(digits: str) -> str:
    """Its length first, so that 9 comes before 10; every mark of length is below the letters."""
    plain = digits.lstrip("0") or "0"
    return chr(ord("#") + min(len(plain), _MOST_DIGITS) - 1) + plain


def _letters(word: str, lang: Language) -> list[str]:
    if lang == "en":
        return list(word)
    letters, at = [], 0
    while at < len(word):
        pair = word[at : at + 2]
        width = 2 if pair in _DIGRAPHS and _is_one_letter(word, at, pair) else 1
        letters.append(word[at : at + width])
        at += width
    return letters


def _is_one_letter(word: str, at: int, pair: str) -> bool:
    if pair == "rh" and at and word[at - 1] in "aeiouwy":
        return word.startswith(RH_AFTER_VOWEL)
    for start in NOT_ONE_LETTER_AT_START.get(pair, ()):
        if word.startswith(start) and start.find(pair) == at:
            return False
    for part in NOT_ONE_LETTER_ANYWHERE.get(pair, ()):
        found = word.find(part)
        if found >= 0 and found + part.find(pair) == at:
            return False
    return True


def _weigh(letter: str, lang: Language) -> str:
    """One character from A on, in the order of the alphabet; other scripts sort after, as they are."""
    alphabet = WELSH if lang == "cy" else ENGLISH
    return chr(ord("A") + alphabet.index(letter)) if letter in alphabet else letter
