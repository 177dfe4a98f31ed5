"""What pages and the theme run read about stories, in few statements whatever the number of stories."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.people.models import Ward
from engage.stories.models import Channel, Consent, State, Story

PAGE = 20

PUBLIC = (Story.state == State.CLEARED) & (Story.consent == Consent.PUBLISH)


class PublicStory(msgspec.Struct, frozen=True):
    id: UUID
    text: str
    language: str
    told_on: date
    ward: dict[str, str] | None


class StoryForThemes(msgspec.Struct, frozen=True):
    """What a theme run may see: moderated text, and what says whose voice it is."""

    id: UUID
    text: str
    language: str
    channel: Channel
    consent: Consent
    ward_code: str | None
    teller_key: bytes | None
    groups: dict[str, str]


async def public_stories(
    session: AsyncSession, campaign_id: UUID, *, language: str | None = None, page: int = 1
) -> tuple[list[PublicStory], bool]:
    """A page of published stories, newest first, and whether there are more."""
    wanted = (
        select(Story.id, Story.text, Story.language, Story.told_on, Ward.name_cy, Ward.name_en)
        .outerjoin(Ward, Ward.code == Story.ward_code)
        .where(PUBLIC, Story.campaign_id == campaign_id)
        .order_by(Story.told_on.desc(), Story.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    if language:
        wanted = wanted.where(Story.language == language)
    rows = (await session.execute(wanted)).all()
    stories = [
        PublicStory(id, text or "", lang, told_on, {"cy": cy, "en": en} if cy else None)
        for id, text, lang, told_on, cy, en in rows[:PAGE]  # noqa: A001
    ]
    return stories, len(rows) > PAGE


async def queue(session: AsyncSession, campaign_id: UUID, limit: int = PAGE) -> list[Story]:
    """Waiting stories, oldest first."""
    rows = await session.scalars(
        select(Story)
        .where(Story.campaign_id == campaign_id, Story.state == State.WAITING)
        .order_by(Story.told_on, Story.id)
        .limit(limit)
    )
    return list(rows)


async def decided(session: AsyncSession, campaign_id: UUID, limit: int = PAGE) -> list[Story]:
    """What moderators decided last, newest first."""
    rows = await session.scalars(
        select(Story)
        .where(Story.campaign_id == campaign_id, Story.state.in_((State.CLEARED, State.DECLINED)))
        .order_by(Story.moderated_at.desc().nulls_last(), Story.id)
        .limit(limit)
    )
    return list(rows)


async def counts_by_state(session: AsyncSession, campaign_id: UUID) -> dict[str, int]:
    rows = await session.execute(
        select(Story.state, func.count()).where(Story.campaign_id == campaign_id).group_by(Story.state)
    )
    return {state.value: count for state, count in rows}


async def waiting_by_campaign(session: AsyncSession, campaign_ids: list[UUID]) -> dict[UUID, int]:
    rows = await session.execute(
        select(Story.campaign_id, func.count())
        .where(Story.campaign_id.in_(campaign_ids), Story.state == State.WAITING)
        .group_by(Story.campaign_id)
    )
    return {row[0]: row[1] for row in rows}


async def for_themes(session: AsyncSession, campaign_id: UUID) -> list[StoryForThemes]:
    """Every cleared story of a campaign, in a stable order."""
    rows = await session.execute(
        select(
            Story.id,
            Story.text,
            Story.language,
            Story.channel,
            Story.consent,
            Story.ward_code,
            Story.teller_key,
            Story.groups,
        )
        .where(Story.campaign_id == campaign_id, Story.state == State.CLEARED)
        .order_by(Story.id)
    )
    return [StoryForThemes(*row) for row in rows]
