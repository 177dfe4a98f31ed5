"""WTForms with our messages, in the language of the page."""

from collections.abc import Iterable
from typing import Any, TypeVar

import wtforms
from wtforms import SelectChoice, ValidationError  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.form import BaseForm
from wtforms.validators import Optional as Optional

from engage.core.errors import InvalidInput
from engage.core.http import Request
from translations import N_, Message

F = TypeVar("F", bound="Form")


def options(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """What a person may choose: (value that is sent, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


# WTForms' own sentences, in ours; whatever it may say besides becomes the last.
SENTENCES: dict[str, Message] = {
    "Not a valid choice.": N_("Choose one of the answers on the list"),
    "Not a valid integer value.": N_("Enter a whole number"),
    "Not a valid decimal value.": N_("Enter a number"),
    "Not a valid date value.": N_("Enter a day, month and year, for example 31/03/2027"),
    "Not a valid datetime value.": N_("Enter a day and a time, for example 31/03/2027 18:00"),
    "Invalid Choice: could not coerce.": N_("Choose one of the answers on the list"),
}
OTHERWISE = N_("Look at this answer again")


class OurSentences:
    def gettext(self, sentence: str) -> Message:
        return SENTENCES.get(sentence, OTHERWISE)

    def ngettext(self, singular: str, plural: str, number: int) -> Message:
        return SENTENCES.get(plural, OTHERWISE)


class Form(wtforms.Form):
    """``form.switching`` is true when the person only asked for the other language: show, do not judge."""

    switching = False

    class Meta:
        def get_translations(self, form: wtforms.Form) -> OurSentences:
            return OurSentences()

    def refuse(self, error: InvalidInput) -> None:
        """Puts what a service found wrong beside the fields it names."""
        for name, message in error.fields.items():
            field = self[name]
            field.errors = [*field.errors, message]


class Radios(wtforms.RadioField):
    """Nothing chosen is for ``Needed`` to judge, in its own words."""

    def pre_validate(self, form: BaseForm) -> None:
        if self.raw_data:
            super().pre_validate(form)


async def read_form(request: Request, form_class: type[F], **data: Any) -> F:
    """The form as it was sent; ``data`` are values for what was not."""
    sent = await request.form()
    form = form_class(sent, data=data)
    form.switching = "switch_language" in sent
    return form


class Needed:
    """The field must hold something besides white space."""

    field_flags = {"required": True}  # noqa: RUF012  # read by WTForms

    def __init__(self, message: Message) -> None:
        self.message = message

    def __call__(self, form: wtforms.Form, field: wtforms.Field) -> None:
        empty = field.data is None or (isinstance(field.data, str) and not field.data.strip())
        if empty:
            raise wtforms.validators.StopValidation(self.message)


class AtMost:
    """At most so many characters, counted as a person counts them (a line end is one)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, form: wtforms.Form, field: wtforms.Field) -> None:
        if len((field.data or "").replace("\r\n", "\n")) > self.limit:
            raise ValidationError(N_("Use %(limit)s characters or fewer", limit=self.limit))


def tidy(value: str | None) -> str | None:
    """A WTForms filter: outer white space off, line ends as one character, no NUL."""
    return None if value is None else value.replace("\r\n", "\n").replace("\0", "").strip()
