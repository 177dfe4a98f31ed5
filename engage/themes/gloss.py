"""Welsh words to English words: enough of the meaning to put a Welsh story beside an English one.

Not a translation and never shown as one. A word is looked up as written, then as its lemma, then with its
initial mutation undone, then without a common ending; what is not found stays as it is (names, loan words).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from translations.words import split_apostrophe, words

Lexicon = Mapping[str, tuple[str, ...]]

# Grammar words: what little of them matters for meaning. Empty: carries none.
FUNCTION_WORDS: dict[str, str] = {
    word: english
    for english, welsh in {
        "": "y yr 'r yn 'n a 'i 'u 'w 'm 'th 'ch yw ydy ydyw mae oes oedd roedd bydd fydd byddai fe mi wedi ei eu "
        "ein eich fy dy fo fod bod sydd sy rwy rwyf rydw rydyn rydym dwi dw wyt ydw dyn mai taw nac er dod'r yw'r "
        "hi ef ti ni chi nhw hwy hyn hon hwn hynny honno hwnnw rhyw yno yna yma ac wnaeth gwnaeth cael gan "
        "roeddwn roeddem bûm bu buodd fu oeddwn oeddem ydi ydym ydyn maen maent byddaf byddwn dydy dyw",
        "i": "fi dwi rwyf rydw mi",
        "not": "ddim dim nid nad na ni'd heb",
        "to": "i at",
        "from": "o oddi",
        "on": "ar",
        "with": "gyda efo",
        "for": "dros",
        "about": "am",
        "but": "ond",
        "or": "neu ynteu",
        "if": "os",
        "when": "pan pryd",
        "what": "beth",
        "where": "ble lle",
        "who": "pwy",
        "why": "pam",
        "how": "sut",
        "in": "mewn",
        "because": "oherwydd achos",
    }.items()
    for word in welsh.split()
}

_SOFT = {"f": ("b", "m"), "dd": ("d",), "b": ("p",), "d": ("t",), "g": ("c",), "l": ("ll",), "r": ("rh",)}
_NASAL = {"mh": ("p",), "nh": ("t",), "ngh": ("c",), "m": ("b",), "n": ("d",), "ng": ("g",)}
_ASPIRATE = {"ph": ("p",), "th": ("t",), "ch": ("c",)}
_ENDINGS = (
    "iadau",
    "adau",
    "oedd",
    "ydd",
    "iau",
    "ion",
    "iaid",
    "aid",
    "au",
    "on",
    "od",
    "edd",
    "i",
    "yn",
    "en",
)


def unmutated(word: str) -> list[str]:
    """Every form the word could have had before an initial mutation."""
    found = []
    for table in (_NASAL, _ASPIRATE, _SOFT):
        for start, originals in table.items():
            if word.startswith(start) and not (start in "dlr" and word[1:2] == start):
                found += [original + word[len(start) :] for original in originals]
    if word[:1] in "aeiouwyâêîôûŵŷlr":
        found.append("g" + word)
    if word.startswith("h") and word[1:2] in "aeiouwyâêîôûŵŷ":
        found.append(word[1:])
    return [form for form in found if len(form) > 1]


@dataclass(frozen=True)
class Glosser:
    """`lexicons` are asked in order: the operator's term base, what was learned, the civic lexicon."""

    lexicons: Sequence[Lexicon] = ()
    lemma: Callable[[str], str] | None = None
    english: frozenset[str] = frozenset()
    _known: dict[str, tuple[str, ...] | None] = field(default_factory=dict, compare=False)

    def word(self, word: str) -> tuple[str, ...] | None:
        """English glosses, most likely first; () for a grammar word; None when not known."""
        if word not in self._known:
            self._known[word] = self._look_up(word)
        return self._known[word]

    def _look_up(self, word: str) -> tuple[str, ...] | None:
        if word in FUNCTION_WORDS:
            return tuple(FUNCTION_WORDS[word].split())
        for form in self._forms(word):
            for lexicon in self.lexicons:
                if form in lexicon:
                    return lexicon[form]
        return None

    def _forms(self, word: str) -> Iterable[str]:
        lemma = self.lemma(word) if self.lemma else word
        yield word
        if lemma != word:
            yield lemma
        bases = [word, *unmutated(word)]
        for base in bases[1:]:
            yield base
            yield self.lemma(base) if self.lemma else base
        for base in (*bases, lemma):
            for ending in _ENDINGS:
                if base.endswith(ending) and len(base) - len(ending) >= 3:
                    yield base[: -len(ending)]

    def text(self, text: str) -> str:
        """The story with each word as its first gloss, for a sentence encoder."""
        return " ".join(part for word in welsh_words(text) for part in self._first(word) if part)

    def terms(self, text: str) -> list[str]:
        """Up to two glosses a content word, for counting words; grammar words left out."""
        found: list[str] = []
        for word in welsh_words(text):
            glosses = () if word in FUNCTION_WORDS else self.word(word)
            found += [word] if glosses is None else [p for g in glosses[:2] for p in g.split()]
        return found

    def _first(self, word: str) -> tuple[str, ...]:
        glosses = self.word(word)
        return (word,) if glosses is None else glosses[:1]

    def coverage(self, text: str) -> tuple[int, int]:
        """(content words with a gloss, content words)."""
        content = _content(text)
        return len(content) - len(self.unknown(text)), len(content)

    def unknown(self, text: str) -> list[str]:
        return [word for word in _content(text) if self.word(word) is None]


def _content(text: str) -> list[str]:
    return [word for word in welsh_words(text) if word not in FUNCTION_WORDS and len(word) > 1]


def welsh_words(text: str) -> list[str]:
    return [part for word in words(text) for part in split_apostrophe(word)]


def read_lexicon(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`lemma<TAB>pos<TAB>glosses<TAB>note` with a header line; a lemma on several lines keeps every gloss,
    in order. Lines that do not have three columns are left out."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        columns = line.rstrip("\n").split("\t")
        if number == 0 or len(columns) < 3 or line.startswith("#"):
            continue
        glosses = [plain_gloss(part) for part in columns[2].split(",")]
        held = found.setdefault(columns[0].strip().lower().replace("’", "'"), [])
        held += [gloss for gloss in glosses if gloss and gloss not in held]
    return {lemma: tuple(glosses) for lemma, glosses in found.items() if glosses}


_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def read_freedict(index: Iterable[str], content: bytes) -> dict[str, tuple[str, ...]]:
    """The dictd format: index lines `headword<TAB>offset<TAB>length` in base 64; an entry's first line repeats
    the headword, the others hold numbered senses."""
    found: dict[str, list[str]] = {}
    for line in index:
        headword, _, place = line.partition("\t")
        start, _, length = place.partition("\t")
        if headword.startswith("00") or not length:
            continue
        entry = content[_base64(start) : _base64(start) + _base64(length.split("\t")[0])]
        senses = entry.decode("utf-8", "replace").splitlines()[1:]
        glosses = [plain_gloss(g) for s in senses for g in re.split("[,;]", re.sub(r"^\s*\d+\.\s*", "", s))]
        found.setdefault(headword.lower(), []).extend(gloss for gloss in glosses if gloss)
    return {word: tuple(dict.fromkeys(glosses)) for word, glosses in found.items() if glosses}


def _base64(written: str) -> int:
    number = 0
    for digit in written:
        number = number * 64 + _DIGITS.index(digit)
    return number


def plain_gloss(gloss: str) -> str:
    """ "to walk (slowly)" → "walk": what stands in a dictionary for people only is left out."""
    bare = gloss.partition("(")[0].strip().lower()
    for start in ("to ", "a ", "an ", "the "):
        bare = bare.removeprefix(start)
    return bare
