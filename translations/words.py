"""Words of what somebody wrote."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*", re.UNICODE)
_SPACE = re.compile(r"\s+")
_ENGLISH_ENDINGS = ("'s", "'re", "'ve", "'ll", "'t", "'d", "'m")


def tidy(text: str) -> str:
    """One Unicode form, plain apostrophes, single spaces."""
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("‘", "'").replace("`", "'")
    return _SPACE.sub(" ", text).strip()


def words(text: str) -> list[str]:
    """Lower-case words with their apostrophes: "Mae'r ysgol" → ["mae'r", "ysgol"]."""
    return [word.lower() for word in _WORD.findall(tidy(text))]


def split_apostrophe(word: str) -> list[str]:
    """Welsh clitics as words of their own: "mae'r" → ["mae", "'r"], "i'w" → ["i", "'w"]."""
    head, mark, tail = word.partition("'")
    if not mark or not head or not tail:
        return [word]
    return [head, "'" + tail]


def trim_english(word: str) -> str:
    """ "council's" → "council"."""
    for ending in _ENGLISH_ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return word[: -len(ending)]
    return word
