"""Text on equal terms: two sides, both approved and neither behind the other, or it is not published."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from translations.locale import LANGUAGES, N_, Language, Message, other

State = Literal["missing", "draft", "approved"]
Reason = Literal["missing", "draft", "stale"]


class Side(msgspec.Struct, frozen=True):
    """`by` and `at`: who wrote the draft, or who approved it, and when."""

    text: str = ""
    state: State = "missing"
    by: str | None = None
    at: datetime | None = None
    stale: bool = False


class Bilingual(msgspec.Struct, frozen=True):
    cy: Side = Side()
    en: Side = Side()


class Problem(msgspec.Struct, frozen=True):
    """What keeps one side of one text from being published. `name` is the caller's name for the text."""

    lang: Language
    reason: Reason
    name: str | None = None

    @property
    def message(self) -> Message:
        return _MESSAGES[self.lang, self.reason]


_MESSAGES: dict[tuple[Language, Reason], Message] = {
    ("cy", "missing"): N_("The Welsh text is missing."),
    ("cy", "draft"): N_("The Welsh text is not approved yet."),
    ("cy", "stale"): N_("The English text has changed since the Welsh text was approved."),
    ("en", "missing"): N_("The English text is missing."),
    ("en", "draft"): N_("The English text is not approved yet."),
    ("en", "stale"): N_("The Welsh text has changed since the English text was approved."),
}


class OneSided(Exception):
    """A text that may not be published. `problems` names each side and why; `message` heads the list."""

    message = N_("This cannot be published until the Welsh and the English are both approved.")

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(", ".join(f"{p.name or 'text'}.{p.lang}: {p.reason}" for p in problems))


def side(text: Bilingual, lang: Language) -> Side:
    return text.cy if lang == "cy" else text.en


def in_language(text: Bilingual, lang: Language) -> str:
    """The text of that side, empty when missing. Whether it may be shown is `publishable`."""
    return side(text, lang).text


def draft(*, cy: str = "", en: str = "", by: str | None = None, at: datetime | None = None) -> Bilingual:
    return Bilingual(cy=_written(cy, by, at), en=_written(en, by, at))


def write(
    text: Bilingual, lang: Language, new_text: str, *, by: str | None = None, at: datetime | None = None
) -> Bilingual:
    """One side anew, as a draft; nothing when it says the same.

    Editing a side leaves the other behind (stale). Filling an empty side, catching up with a side that had
    moved on, or writing both at one moment does not: or two translators would chase one another for ever.
    """
    old, opposite = side(text, lang), side(text, other(lang))
    new = _written(new_text, by, at)
    if new.text == old.text:
        return text
    together = opposite.state == "draft" and at is not None and opposite.at == at
    follows = old.state == "missing" or old.stale
    if not (follows or together) and opposite.text:
        opposite = msgspec.structs.replace(opposite, stale=True)
    return _with(_with(text, lang, new), other(lang), opposite)


def approve(text: Bilingual, lang: Language, *, by: str, at: datetime) -> Bilingual:
    """By a named person, who has seen both sides as they are now. An empty side cannot be approved."""
    if side(text, lang).state == "missing":
        raise OneSided([Problem(lang, "missing")])
    return _with(text, lang, Side(side(text, lang).text, "approved", by, at))


def problems(text: Bilingual, name: str | None = None) -> list[Problem]:
    found = ((lang, _reason(side(text, lang))) for lang in LANGUAGES)
    return [Problem(lang, reason, name) for lang, reason in found if reason]


def publishable(text: Bilingual) -> bool:
    return not problems(text)


def require_publishable(**named_texts: Bilingual) -> None:
    """Raises OneSided with every problem of every text: `require_publishable(title=…, promise=…)`."""
    found = [problem for name, text in named_texts.items() for problem in problems(text, name)]
    if found:
        raise OneSided(found)


def _reason(one: Side) -> Reason | None:
    if one.state == "missing" or not one.text:
        return "missing"
    if one.state != "approved":
        return "draft"
    return "stale" if one.stale else None


def _written(text: str, by: str | None, at: datetime | None) -> Side:
    stripped = text.strip()
    return Side(stripped, "draft", by, at) if stripped else Side()


def _with(text: Bilingual, lang: Language, new: Side) -> Bilingual:
    return Bilingual(cy=new, en=text.en) if lang == "cy" else Bilingual(cy=text.cy, en=new)
