"""The term base: one Welsh word for one English word, and who strays from it.

termbase.tsv, by column: english (alternatives with |), part of speech, welsh (accepted forms with |, the
preferred one first; a form that ends in * stands for every word that begins so), plural, gender (m or f),
note. What the check finds are warnings for a person to judge, never faults.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from translations.catalogues import FOLDER, NAMED, TAG, entries, forms, is_translated, key, read_catalogues
from translations.mutations import forms as mutated_forms

TERM_BASE = Path(__file__).parent / "termbase.tsv"


class Term(NamedTuple):
    english: tuple[str, ...]
    part: str
    welsh: tuple[str, ...]
    plural: tuple[str, ...]
    gender: str
    note: str


class TermWarning(NamedTuple):
    file: str
    msgid: str
    english: str
    expected: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: “{self.english}” is {' / '.join(self.expected)}: {self.msgid!r}"


@cache
def term_base() -> tuple[Term, ...]:
    """Longest English first, so that "budget round" is met before "round"."""
    with TERM_BASE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        terms = [
            Term(
                _parts(row["english"]),
                row["part"],
                _parts(row["welsh"]),
                _parts(row["plural"]),
                row["gender"],
                row["note"],
            )
            for row in rows
        ]
    return tuple(sorted(terms, key=lambda term: -max(map(len, term.english))))


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def look_up(english: str) -> Term | None:
    """The term of an English word or phrase, in the singular or a plain plural."""
    wanted = english.casefold().strip()
    return next((term for term in term_base() if _english_pattern(term).fullmatch(wanted)), None)


def terms_missing(english: str, welsh: Iterable[str]) -> list[Term]:
    """Terms of the English sentence that none of the Welsh texts (one, or its plural forms) uses."""
    rest, missing = _bare(english), []
    said = [_bare(text) for text in welsh]
    for term in term_base():
        rest, times = _english_pattern(term).subn(" ", rest)
        if times and not any(_welsh_pattern(term).search(text) for text in said):
            missing.append(term)
    return missing


def check_terms(folder: Path = FOLDER, only: str | None = None) -> list[TermWarning]:
    return [
        TermWarning(f"{domain}.po", key(message)[0], term.english[0], term.welsh)
        for domain, catalog in read_catalogues(folder).items()
        if only in (None, domain)
        for message in entries(catalog)
        if is_translated(message)
        for term in terms_missing(key(message)[0], forms(message))
    ]


def _bare(text: str) -> str:
    return TAG.sub(" ", NAMED.sub(" ", text)).replace("’", "'").casefold()


@cache
def _english_pattern(term: Term) -> re.Pattern[str]:
    words = "|".join(re.escape(word.casefold()) for word in sorted(term.english, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{words})(?:s|es)?(?![\w-])")


@cache
def _welsh_pattern(term: Term) -> re.Pattern[str]:
    """Any accepted form, singular or plural, with its first word as it is or mutated."""
    alternatives = "|".join(
        r"\s+".join(map(re.escape, shape.split())) + (r"[\w'-]*" if form.endswith("*") else r"(?![\w-])")
        for form in (*term.welsh, *term.plural)
        for shape in mutated_forms(form.removesuffix("*").casefold())
    )
    return re.compile(rf"(?<!\w)(?:{alternatives})")
