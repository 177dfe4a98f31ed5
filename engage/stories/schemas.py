"""Stories in the JSON API."""

from datetime import date
from uuid import UUID

import msgspec


class StoryIn(msgspec.Struct):
    """``language``: cy, en or mixed. ``consent``: officers, quote or publish. ``ward``: a ward's code."""

    text: str
    language: str
    consent: str
    ward: str | None = None


class ReceiptOut(msgspec.Struct):
    """``receipt`` is shown once and stored nowhere: keep it."""

    receipt: str


class StoryOut(msgspec.Struct):
    id: UUID
    text: str
    language: str
    told_on: date
    ward: dict[str, str] | None
