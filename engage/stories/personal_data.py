"""What in a text may say who somebody is: marked for a moderator, never decided by machine. Pure.

Names are not found here: a person looks for those.
"""

import re

import msgspec

from translations import N_, Message


class Mark(msgspec.Struct, frozen=True):
    """``text[start:end]`` looks like personal data of this kind."""

    kind: str
    start: int
    end: int


KINDS: dict[str, Message] = {
    "email": N_("e-mail address"),
    "phone": N_("phone number"),
    "postcode": N_("postcode"),
    "nino": N_("National Insurance number"),
    "plate": N_("number plate"),
    "link": N_("web address"),
}

_PATTERNS = {
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "link": r"\b(?:https?://|www\.)\S+",
    # Ofcom's numbers: +44 or 0, then 9 or 10 digits, grouped as people write them.
    "phone": r"(?<![\d£])(?:\+44\s?(?:\(0\)\s?)?|\(?0)\d(?:[\s().-]{0,2}\d){8,9}(?!\d)",
    # Royal Mail's format, with or without its space.
    "postcode": r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2}\b",
    # HMRC's format; the prefixes it never uses are left in, for a moderator can tell.
    "nino": r"\b[A-CEGHJ-PR-TW-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b",
    # DVLA's format since 2001.
    "plate": r"\b[A-Z]{2}\d{2}\s?[A-Z]{3}\b",
}
_COMPILED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _PATTERNS.items()}


def find(text: str) -> list[Mark]:
    """Every mark in order of place; where two kinds claim the same letters, the first of KINDS has them."""
    found: list[Mark] = []
    for kind in KINDS:
        for match in _COMPILED[kind].finditer(text):
            if not any(match.start() < mark.end and mark.start < match.end() for mark in found):
                found.append(Mark(kind, match.start(), match.end()))
    return sorted(found, key=lambda mark: mark.start)


def kinds_in(text: str) -> list[str]:
    return list(dict.fromkeys(mark.kind for mark in find(text)))


def pieces(text: str) -> list[tuple[str, str | None]]:
    """The text cut at its marks: (piece, kind or None), for a page that highlights them."""
    cut: list[tuple[str, str | None]] = []
    here = 0
    for mark in find(text):
        cut += [(text[here : mark.start], None), (text[mark.start : mark.end], mark.kind)]
        here = mark.end
    return [(piece, kind) for piece, kind in [*cut, (text[here:], None)] if piece]


def redacted(text: str, placeholder: str) -> str:
    """What a moderator is offered to begin with: every mark replaced."""
    return "".join(placeholder if kind else piece for piece, kind in pieces(text))
