"""The JSON API: what was answered and promised."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.routes import sides
from engage.campaigns.schemas import BothSides
from engage.core.api import PROBLEMS
from engage.core.permissions import EVERYONE
from feedback import queries


class ResponseOut(msgspec.Struct):
    """``kind``: did, will or cannot."""

    id: UUID
    theme_id: UUID
    theme: BothSides
    kind: str
    you_said: BothSides
    we_did: BothSides
    owner: BothSides
    published_at: datetime


class CommitmentOut(msgspec.Struct):
    """``status``: not-started, under-way, done, late, changed or dropped; late is computed from ``due``."""

    id: UUID
    title: BothSides
    owner: BothSides
    due: date | None
    status: str


@get("/api/responses", guards=[EVERYONE], responses=PROBLEMS, tags=["feedback"])
async def api_responses(session: NamedDependency[AsyncSession]) -> list[ResponseOut]:
    """Published responses, newest first, at most 50."""
    return [
        ResponseOut(
            id=response.id,
            theme_id=theme.id,
            theme=sides(theme.name),
            kind=response.kind,
            you_said=sides(response.you_said),
            we_did=sides(response.we_did),
            owner=sides(owner.name),
            published_at=response.published_at,
        )
        for response, theme, owner in await queries.responses(session)
        if response.published_at
    ]


@get("/api/commitments", guards=[EVERYONE], responses=PROBLEMS, tags=["feedback"])
async def api_commitments(session: NamedDependency[AsyncSession]) -> list[CommitmentOut]:
    """Commitments, those due first on top, at most 50."""
    return [
        CommitmentOut(
            id=commitment.id,
            title=sides(commitment.title),
            owner=sides(owner.name),
            due=commitment.due,
            status=commitment.shown_status,
        )
        for commitment, owner in await queries.commitments(session)
    ]


HANDLERS = [api_responses, api_commitments]
