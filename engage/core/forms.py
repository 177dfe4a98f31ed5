"""WTForms with our messages, in the language of the page."""

from typing import Any, TypeVar

import wtforms
from wtforms import ValidationError
from wtforms.validators import Optional as Optional

from engage.core.errors import InvalidInput
from engage.core.http import Request
from translations import N_, Message

F = TypeVar("F", bound="Form")


class Form(wtforms.Form):
    """``form.switching`` is true when the person only asked for the other language: show, do not judge."""

    switching = False

    def refuse(self, error: InvalidInput) -> None:
        """Puts what a service found wrong beside the fields it names."""
        for name, message in error.fields.items():
            field = self[name]
            field.errors = [*field.errors, message]


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
