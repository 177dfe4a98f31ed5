"""The JSON API: themes that a person signed off."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import service as campaigns
from engage.campaigns.routes import sides
from engage.campaigns.schemas import BothSides
from engage.core.api import PROBLEMS
from engage.core.permissions import EVERYONE
from engage.themes import service
from engage.themes.pages import FEWEST_SHOWN


class ThemeOut(msgspec.Struct):
    """``stories`` or ``voices`` null: fewer than 5."""

    id: UUID
    name: BothSides
    stories: int | None
    voices: int | None
    signed_off_at: datetime
    answered_at: datetime | None


@get("/api/campaigns/{slug:str}/themes", guards=[EVERYONE], responses=PROBLEMS, tags=["themes"])
async def api_themes(slug: FromPath[str], session: NamedDependency[AsyncSession]) -> list[ThemeOut]:
    """The strongest first."""
    campaign = await campaigns.find(session, slug)
    return [
        ThemeOut(
            id=theme.id,
            name=sides(theme.name),
            stories=theme.figures["stories"] if theme.figures["stories"] >= FEWEST_SHOWN else None,
            voices=theme.figures["voices"] if theme.figures["voices"] >= FEWEST_SHOWN else None,
            signed_off_at=theme.signed_off_at,
            answered_at=theme.answered_at,
        )
        for theme in await service.themes_of(session, campaign.id, signed_off=True)
        if theme.signed_off_at
    ]


HANDLERS = [api_themes]
