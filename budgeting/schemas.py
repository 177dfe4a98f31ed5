"""What the JSON API says of a round. Moments are UTC, money is in pence."""

from datetime import datetime
from uuid import UUID

import msgspec


class BothSides(msgspec.Struct):
    cy: str
    en: str


class RoundOut(msgspec.Struct):
    """``stage``: soon, open, counting, decided or cancelled. ``rules_hash``: SHA-256 of the rule sheet."""

    id: UUID
    slug: BothSides
    title: BothSides
    summary: BothSides
    stage: str
    voting_opens: datetime
    voting_closes: datetime
    rules_hash: str


class ProjectOut(msgspec.Struct):
    id: UUID
    contest: UUID
    slug: BothSides
    title: BothSides
    summary: BothSides
    cost_pence: int
    category: str | None
    ward: str | None
    state: str


class ProjectResultOut(msgspec.Struct):
    """``why``: the sentences that explain it; empty where only totals are published."""

    id: UUID
    title: BothSides
    cost_pence: int
    votes: int
    state: str
    why: BothSides


class ContestResultOut(msgspec.Struct):
    """One rule applied to one contest. ``decides``: this is the rule that was published before the vote."""

    contest: UUID
    rule: str
    decides: bool
    ballots: int
    pot_pence: int
    spent_pence: int
    totals_only: bool
    winners: list[UUID]
    projects: list[ProjectResultOut]
