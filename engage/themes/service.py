"""Runs that group the stories, and the people who name themes and sign them off."""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign, Part
from engage.campaigns.phases import can_be_analysed
from engage.campaigns.service import may
from engage.core import audit, thread
from engage.core.addresses import url
from engage.core.clock import now
from engage.core.errors import NotFound, Refused
from engage.core.outbox import cancel, enqueue
from engage.core.permissions import Actor, require
from engage.core.slugs import free_slugs
from engage.stories.models import State, Story
from engage.stories.queries import StoryForThemes, for_themes
from engage.themes.models import Theme, ThemeRun, ThemeStory
from engage.themes.results import Analysis, Parameters, StoryInput
from translations import LANGUAGES, N_, Bilingual, Language, draft, in_language, require_publishable

FEWEST = 8  # stories: below this a person reads them all faster than a machine groups them
LARGEST_SEED = 2**31


async def start_run(session: AsyncSession, actor: Actor, campaign: Campaign, themes: int | None) -> ThemeRun:
    """``themes`` None: as many as are most stable. The seed is drawn here, once, and shown."""
    require(may(actor, campaign, Part.ANALYSE))
    if not can_be_analysed(campaign.phase):
        raise Refused(N_("This campaign has no stories to read yet"))
    if len(await for_themes(session, campaign.id)) < FEWEST:
        raise Refused(
            N_("There are fewer than %(number)s stories that a moderator has let through", number=FEWEST),
            N_("Moderate more stories first."),
        )
    parameters = Parameters(themes=themes, seed=secrets.randbelow(LARGEST_SEED))
    run = ThemeRun(
        campaign_id=campaign.id, parameters=msgspec.to_builtins(parameters), made_by=actor.person_id
    )
    session.add(run)
    await session.flush()
    run.job_id = await enqueue(session, "themes.run", run_id=run.id)
    audit.record(session, actor, "themes.run-started", "theme_run", run.id)
    return run


async def stop_run(session: AsyncSession, actor: Actor, campaign: Campaign, run_id: UUID) -> None:
    require(may(actor, campaign, Part.ANALYSE))
    run = await session.get(ThemeRun, run_id)
    if run is None or run.campaign_id != campaign.id or run.job_id is None:
        raise NotFound
    await cancel(session, run.job_id)


async def inputs(session: AsyncSession, run: ThemeRun) -> list[StoryInput]:
    """What the pure analysis gets: moderated words, whose voice, which groups."""
    return [_input(story) for story in await for_themes(session, run.campaign_id)]


def _input(story: StoryForThemes) -> StoryInput:
    place = {"ward": story.ward_code} if story.ward_code else {}
    return StoryInput(
        id=str(story.id),
        text=story.text,
        language=story.language,
        author=story.teller_key.hex() if story.teller_key else None,
        channel=story.channel.value,
        groups={**story.groups, **place},
    )


async def keep(session: AsyncSession, run_id: UUID, analysis: Analysis) -> None:
    """Stores a run's outcome. Earlier drafts go; what was signed off stays as it was signed."""
    run = await session.get_one(ThemeRun, run_id)
    run.outcome, run.finished_at = msgspec.to_builtins(analysis), now()
    drafts = select(Theme.id).where(Theme.campaign_id == run.campaign_id, Theme.signed_off_at.is_(None))
    await session.execute(delete(Theme).where(Theme.id.in_(drafts)))
    present = set(await session.scalars(select(Story.id).where(Story.campaign_id == run.campaign_id)))
    for found in analysis.themes:
        figures = msgspec.to_builtins(found)
        members = [UUID(member) for member in figures.pop("members")]
        theme = Theme(
            campaign_id=run.campaign_id,
            run_id=run.id,
            label=found.id,
            slug_cy=f"{run.id.hex[:8]}-{found.id}",
            slug_en=f"{run.id.hex[:8]}-{found.id}",
            name=draft(cy=found.label_cy, en=found.label_en, by=None, at=now()),
            note=Bilingual(),
            figures=figures,
        )
        session.add(theme)
        await session.flush()
        rows = [{"theme_id": theme.id, "story_id": story} for story in members if story in present]
        if rows:
            await session.execute(insert(ThemeStory), rows)


async def name_theme(
    session: AsyncSession, actor: Actor, campaign: Campaign, theme: Theme, name: Bilingual, note: Bilingual
) -> None:
    require(may(actor, campaign, Part.ANALYSE))
    if theme.signed_off_at:
        require_publishable(name=name)
    theme.name, theme.note = name, note
    audit.record(session, actor, "theme.named", "theme", theme.id)
    await session.flush()
    if theme.signed_off_at:
        await thread.retitle(session, theme_end(campaign, theme))


async def sign_off(session: AsyncSession, actor: Actor, campaign: Campaign, theme: Theme) -> None:
    """From now on the theme is public, and the campaign owes it an answer. Raises OneSided, Refused."""
    require(may(actor, campaign, Part.ANALYSE))
    if theme.signed_off_at:
        raise Refused(N_("This theme is already signed off"))
    require_publishable(name=theme.name)
    theme.signed_off_at, theme.signed_off_by = now(), actor.person_id
    others = (Theme.campaign_id == campaign.id, Theme.id != theme.id)
    slugs = await free_slugs(session, Theme, theme.name, *others, otherwise=theme.label)
    theme.slug_cy, theme.slug_en = slugs["cy"], slugs["en"]
    campaign.answered_at = None
    audit.record(session, actor, "theme.signed-off", "theme", theme.id)
    await session.flush()
    await _tie(session, campaign, theme)


async def _tie(session: AsyncSession, campaign: Campaign, theme: Theme) -> None:
    since = theme.signed_off_at
    end = theme_end(campaign, theme)
    await thread.tie(session, campaign_end(campaign), end, public_since=since)
    told = select(ThemeStory.story_id).join(Story, Story.id == ThemeStory.story_id)
    members = await session.scalars(
        told.where(ThemeStory.theme_id == theme.id, Story.state != State.WITHDRAWN)
    )
    start = {language: url(language, "stories", slug=campaign.slug(language)) for language in LANGUAGES}
    titles: dict[Language, str] = {"cy": "Stori", "en": "Story"}
    await thread.tie_many(
        session, [thread.End("story", story, titles, start) for story in members], end, public_since=since
    )


def campaign_end(campaign: Campaign) -> thread.End:
    titles: dict[Language, str] = {lang: in_language(campaign.title, lang) for lang in LANGUAGES}
    addresses: dict[Language, str] = {
        lang: url(lang, "campaign", slug=campaign.slug(lang)) for lang in LANGUAGES
    }
    return thread.End("campaign", campaign.id, titles, addresses)


def theme_end(campaign: Campaign, theme: Theme) -> thread.End:
    titles: dict[Language, str] = {lang: in_language(theme.name, lang) for lang in LANGUAGES}
    addresses: dict[Language, str] = {
        lang: url(lang, "theme", slug=campaign.slug(lang), theme=theme.slug(lang)) for lang in LANGUAGES
    }
    return thread.End("theme", theme.id, titles, addresses)


async def answered(session: AsyncSession, theme_id: UUID) -> None:
    """Called by whoever answers a theme; a campaign all of whose signed-off themes are answered is answered."""
    theme = await session.get_one(Theme, theme_id)
    theme.answered_at = theme.answered_at or now()
    await session.flush()
    owed = await session.scalar(
        select(func.count()).where(
            Theme.campaign_id == theme.campaign_id,
            Theme.signed_off_at.is_not(None),
            Theme.answered_at.is_(None),
        )
    )
    if not owed:
        await session.execute(
            update(Campaign)
            .where(Campaign.id == theme.campaign_id, Campaign.answered_at.is_(None))
            .values(answered_at=now())
        )


async def themes_of(session: AsyncSession, campaign_id: UUID, *, signed_off: bool = False) -> list[Theme]:
    """The strongest first (by voices), then by label."""
    wanted = select(Theme).where(Theme.campaign_id == campaign_id)
    if signed_off:
        wanted = wanted.where(Theme.signed_off_at.is_not(None))
    rows = await session.scalars(wanted)
    return sorted(rows, key=lambda theme: (-int(theme.figures["voices"]), theme.label))


async def runs_of(session: AsyncSession, campaign_id: UUID) -> list[ThemeRun]:
    """Newest first."""
    rows = await session.scalars(
        select(ThemeRun)
        .where(ThemeRun.campaign_id == campaign_id)
        .order_by(ThemeRun.made_at.desc())
        .limit(20)
    )
    return list(rows)


async def theme_by_id(session: AsyncSession, theme_id: UUID) -> Theme:
    theme = await session.get(Theme, theme_id)
    if theme is None:
        raise NotFound
    return theme


async def public_theme(session: AsyncSession, campaign: Campaign, slug: str) -> Theme:
    """By either language's slug. Raises NotFound before sign-off."""
    theme = await session.scalar(
        select(Theme).where(
            Theme.campaign_id == campaign.id,
            (Theme.slug_cy == slug) | (Theme.slug_en == slug),
            Theme.signed_off_at.is_not(None),
        )
    )
    if theme is None:
        raise NotFound
    return theme


async def stories_of(session: AsyncSession, theme_id: UUID, *conditions: Any, limit: int = 50) -> list[Story]:
    """The stories of a theme which meet the conditions, newest first."""
    rows = await session.scalars(
        select(Story)
        .join(ThemeStory, ThemeStory.story_id == Story.id)
        .where(ThemeStory.theme_id == theme_id, *conditions)
        .order_by(Story.told_on.desc(), Story.id)
        .limit(limit)
    )
    return list(rows)


def shown_languages(figures: Mapping[str, Any], fewest: int) -> dict[str, int] | None:
    """What the public may see by language: two cells that add up to the whole, or nothing if either is small.

    Stories in both languages stand with the Welsh ones, so that no small cell follows from the total.
    """
    found = parity(figures)
    cells = {"cy": found["cy"] + found["mixed"], "en": found["en"]}
    return cells if min(cells.values()) >= fewest else None


def parity(figures: Mapping[str, Any]) -> dict[str, int]:
    """Stories by language, every language named even where there is none."""
    return {language: int(figures["by_language"].get(language, 0)) for language in ("cy", "en", "mixed")}
