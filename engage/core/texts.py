"""The one editor's form for text in two languages: two boxes side by side, and who approves which."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from wtforms import BooleanField, StringField, TextAreaField

from engage.core.forms import AtMost, Form, tidy
from translations import LANGUAGES, N_, Bilingual, Message, approve, in_language, side, write

F = TypeVar("F", bound=type[Form])

APPROVED: dict[str, Message] = {"cy": N_("I approve the Welsh"), "en": N_("I approve the English")}
SIDE: dict[str, Message] = {"cy": N_("Welsh"), "en": N_("English")}


def two_sided(name: str, label: Message, *, limit: int, area: bool = False) -> Callable[[F], F]:
    """Gives a form ``name_cy``, ``name_en`` and a box for approving each."""

    def decorate(form: F) -> F:
        kind: Any = TextAreaField if area else StringField
        for language in LANGUAGES:
            setattr(form, f"{name}_{language}", kind(SIDE[language], [AtMost(limit)], filters=[tidy]))
            setattr(form, f"{name}_{language}_approved", BooleanField(APPROVED[language]))
        form.texts = {**getattr(form, "texts", {}), name: label}
        return form

    return decorate


def read_text(form: Form, name: str, before: Bilingual | None, *, by: UUID, at: datetime) -> Bilingual:
    """The text as the form has it: what changed is a draft again, what is ticked is approved by this person."""
    text = before or Bilingual()
    for language in LANGUAGES:
        text = write(text, language, form[f"{name}_{language}"].data or "", by=str(by), at=at)
    for language in LANGUAGES:
        ticked = form[f"{name}_{language}_approved"].data
        if ticked and side(text, language).text and _not_yet(text, language):
            text = approve(text, language, by=str(by), at=at)
    return text


def _not_yet(text: Bilingual, language: Any) -> bool:
    one = side(text, language)
    return one.state != "approved" or one.stale


def text_data(**texts: Bilingual) -> dict[str, Any]:
    """Values for a form that shows texts as they are now."""
    data: dict[str, Any] = {}
    for name, text in texts.items():
        for language in LANGUAGES:
            data[f"{name}_{language}"] = in_language(text, language)
            data[f"{name}_{language}_approved"] = not _not_yet(text, language)
    return data
