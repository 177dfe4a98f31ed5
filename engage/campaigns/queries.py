"""What pages read about campaigns, in few statements."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.core.addresses import url
from engage.core.clock import today
from translations import N_, Language, format_date, in_language, say

PAGE = 50


async def open_campaigns(session: AsyncSession, language: Language) -> list[dict[str, Any]]:
    """Cards for the home page: those that take stories now, the one that closes first on top."""
    now = today()
    rows = await session.scalars(
        select(Campaign)
        .where(Campaign.published_at.is_not(None), Campaign.opens <= now, Campaign.closes >= now)
        .order_by(Campaign.closes)
        .limit(PAGE)
    )
    return [card(campaign, language) for campaign in rows]


async def public_campaigns(session: AsyncSession) -> list[Campaign]:
    """Newest first."""
    rows = await session.scalars(
        select(Campaign).where(Campaign.published_at.is_not(None)).order_by(Campaign.opens.desc()).limit(PAGE)
    )
    return list(rows)


def card(campaign: Campaign, language: Language) -> dict[str, Any]:
    return {
        "title": in_language(campaign.title, language),
        "url": url(language, "campaign", slug=campaign.slug(language)),
        "meta": say(N_("Last day: %(date)s", date=format_date(campaign.closes, language)), language),
    }


async def titles(session: AsyncSession, ids: list[UUID]) -> dict[UUID, Campaign]:
    rows = await session.scalars(select(Campaign).where(Campaign.id.in_(ids)))
    return {campaign.id: campaign for campaign in rows}
