"""What the JSON API says of a campaign. Dates are Europe/London's."""

from datetime import date
from uuid import UUID

import msgspec


class BothSides(msgspec.Struct):
    cy: str
    en: str


class CampaignOut(msgspec.Struct):
    id: UUID
    slug: BothSides
    title: BothSides
    summary: BothSides
    prompt: BothSides
    promise: BothSides
    phase: str
    opens: date
    closes: date
    feedback_by: date
