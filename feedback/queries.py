"""What pages read about responses and commitments, in few statements."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.core.addresses import url
from engage.core.clock import today
from engage.core.errors import NotFound
from engage.core.thread import STATUS_NAMES
from engage.people.models import Organisation
from engage.stories.models import State, Story
from engage.themes.models import Theme
from feedback.models import Commitment, CommitmentUpdate, Response
from translations import Language, in_language, say

PAGE = 50


async def latest_responses(session: AsyncSession, language: Language, limit: int = 5) -> list[dict[str, Any]]:
    """Cards for the home page, newest first."""
    rows = await session.execute(
        select(Response, Theme.name)
        .join(Theme, Theme.id == Response.theme_id)
        .where(Response.published_at.is_not(None))
        .order_by(Response.published_at.desc())
        .limit(limit)
    )
    return [
        {
            "title": in_language(name, language),
            "url": url(language, "response", response_id=response.id),
            "meta": say(STATUS_NAMES[response.kind.value], language),
        }
        for response, name in rows
    ]


async def public_response(
    session: AsyncSession, response_id: UUID
) -> tuple[Response, Theme, Campaign, Organisation]:
    found = (
        await session.execute(
            select(Response, Theme, Campaign, Organisation)
            .join(Theme, Theme.id == Response.theme_id)
            .join(Campaign, Campaign.id == Response.campaign_id)
            .join(Organisation, Organisation.id == Response.owner_id)
            .where(Response.id == response_id, Response.published_at.is_not(None))
        )
    ).first()
    if found is None:
        raise NotFound
    response, theme, campaign, owner = found
    return response, theme, campaign, owner


async def public_commitment(session: AsyncSession, commitment_id: UUID) -> tuple[Commitment, Organisation]:
    found = (
        await session.execute(
            select(Commitment, Organisation)
            .join(Organisation, Organisation.id == Commitment.owner_id)
            .where(Commitment.id == commitment_id, Commitment.published_at.is_not(None))
        )
    ).first()
    if found is None:
        raise NotFound
    commitment, owner = found
    return commitment, owner


async def updates_of(session: AsyncSession, commitment_id: UUID) -> list[CommitmentUpdate]:
    rows = await session.scalars(
        select(CommitmentUpdate)
        .where(CommitmentUpdate.commitment_id == commitment_id)
        .order_by(CommitmentUpdate.at.desc())
    )
    return list(rows)


async def by_theme(session: AsyncSession, campaign_id: UUID) -> dict[UUID, Response]:
    """A campaign's responses, drafts too: theme → response."""
    rows = await session.scalars(select(Response).where(Response.campaign_id == campaign_id))
    return {response.theme_id: response for response in rows}


async def responses(session: AsyncSession) -> list[tuple[Response, Theme, Organisation]]:
    """Every published response, newest first."""
    rows = await session.execute(
        select(Response, Theme, Organisation)
        .join(Theme, Theme.id == Response.theme_id)
        .join(Organisation, Organisation.id == Response.owner_id)
        .where(Response.published_at.is_not(None))
        .order_by(Response.published_at.desc())
        .limit(PAGE)
    )
    return [(response, theme, owner) for response, theme, owner in rows]


async def commitments(
    session: AsyncSession, owners: list[UUID] | None = None
) -> list[tuple[Commitment, Organisation]]:
    """Published commitments, those due first on top."""
    wanted = (
        select(Commitment, Organisation)
        .join(Organisation, Organisation.id == Commitment.owner_id)
        .where(Commitment.published_at.is_not(None))
        .order_by(Commitment.due.asc().nulls_last(), Commitment.made_at)
        .limit(PAGE)
    )
    if owners is not None:
        wanted = wanted.where(Commitment.owner_id.in_(owners))
    return [(commitment, owner) for commitment, owner in await session.execute(wanted)]


async def totals(session: AsyncSession) -> dict[str, int]:
    """Heard, answered, promised, done, late, over everything public."""
    public = Campaign.published_at.is_not(None)
    stories = select(func.count()).select_from(Story).join(Campaign, Campaign.id == Story.campaign_id)
    late = Commitment.status.in_(("not-started", "under-way")) & (Commitment.due < today())
    published = Commitment.published_at.is_not(None)
    row = (
        await session.execute(
            select(
                stories.where(public, Story.state != State.DECLINED).scalar_subquery(),
                select(func.count())
                .select_from(Theme)
                .where(Theme.signed_off_at.is_not(None))
                .scalar_subquery(),
                select(func.count())
                .select_from(Theme)
                .where(Theme.answered_at.is_not(None))
                .scalar_subquery(),
                select(func.count()).select_from(Commitment).where(published).scalar_subquery(),
                select(func.count())
                .select_from(Commitment)
                .where(published, Commitment.status == "done")
                .scalar_subquery(),
                select(func.count()).select_from(Commitment).where(published, late).scalar_subquery(),
            )
        )
    ).one()
    return dict(zip(("stories", "themes", "answered", "commitments", "done", "late"), row, strict=True))


async def clocks(session: AsyncSession) -> list[tuple[Campaign, int, int]]:
    """Each public campaign with its signed-off themes and how many of them are answered."""
    rows = await session.execute(
        select(
            Campaign,
            func.count(Theme.id).filter(Theme.signed_off_at.is_not(None)),
            func.count(Theme.id).filter(Theme.answered_at.is_not(None)),
        )
        .outerjoin(Theme, Theme.campaign_id == Campaign.id)
        .where(Campaign.published_at.is_not(None))
        .group_by(Campaign.id)
        .order_by(Campaign.feedback_by.desc())
        .limit(PAGE)
    )
    return [(campaign, signed, answered) for campaign, signed, answered in rows]
