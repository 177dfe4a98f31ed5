"""The readable end of an address, from a title in its own language."""

from __future__ import annotations

import re
import unicodedata

from translations.locale import Language

# What decomposition does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss"})
_AND = {"cy": " a ", "en": " and "}
_APOSTROPHES = re.compile("['’‘ʼ`´]")


def slugify(title: str, lang: Language, max_length: int = 60) -> str:
    """ "Beth sy’n bwysig i’r ŵyl?" is beth-syn-bwysig-ir-wyl.

    Cut at a word where it can be. Empty where no letter or digit can be written in a-z 0-9: the caller
    then has the id alone.
    """
    text = _APOSTROPHES.sub("", title.casefold()).replace("&", _AND[lang]).translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub("[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) <= max_length:
        return slug
    cut = slug[: max_length + 1].rpartition("-")[0]
    return (cut or slug[:max_length]).strip("-")
