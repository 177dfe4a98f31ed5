"""Telling a story: the draft that survives anything, the story it becomes once, and the receipt."""

import hmac
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.campaigns.phases import takes_stories
from engage.core import codes
from engage.core.clock import now, today
from engage.core.errors import InvalidInput, NotFound, Refused
from engage.core.security import hash_token
from engage.core.settings import Settings
from engage.stories.models import Channel, Consent, OpenedReceipt, Story, StoryDraft
from translations import N_, Language
from translations.detection import language_told

LONGEST = 10_000  # characters
DRAFT_LASTS = timedelta(hours=24)
RECEIPT_OPEN = timedelta(hours=1)


def refuse_unless_open(campaign: Campaign) -> None:
    if not takes_stories(campaign.phase):
        raise Refused(
            N_("This campaign does not take stories now"), N_("Look at its dates on the campaign's page.")
        )


def check_text(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise InvalidInput({"text": N_("Write your story first")})
    if len(text) > LONGEST:
        raise InvalidInput({"text": N_("Use %(limit)s characters or fewer", limit=LONGEST)})
    return text


async def begin(
    session: AsyncSession, campaign: Campaign, token: str, text: str, language: Language
) -> StoryDraft:
    """The browser's one unfinished draft in this campaign, with this text from now on.

    Its language is that of the words, whatever that of the page (``language``); a moderator confirms it.
    """
    refuse_unless_open(campaign)
    text = check_text(text)
    draft = await unfinished(session, campaign, token)
    if draft is None:
        draft = StoryDraft(owner=hash_token(token), campaign_id=campaign.id, expires_at=now() + DRAFT_LASTS)
        session.add(draft)
    draft.text, draft.language = text, language_told(text, language)
    await session.flush()
    return draft


async def unfinished(session: AsyncSession, campaign: Campaign, token: str | None) -> StoryDraft | None:
    return await _latest(session, campaign, token, StoryDraft.story_id.is_(None))


async def finished(session: AsyncSession, campaign: Campaign, token: str | None) -> StoryDraft | None:
    """The story that this browser told last in this campaign."""
    return await _latest(session, campaign, token, StoryDraft.story_id.is_not(None))


async def _latest(
    session: AsyncSession, campaign: Campaign, token: str | None, state: ColumnElement[bool]
) -> StoryDraft | None:
    if token is None:
        return None
    return await session.scalar(
        select(StoryDraft)
        .where(
            StoryDraft.owner == hash_token(token),
            StoryDraft.campaign_id == campaign.id,
            StoryDraft.expires_at > now(),
            state,
        )
        .order_by(StoryDraft.expires_at.desc())
        .limit(1)
    )


async def submit(
    session: AsyncSession, settings: Settings, campaign: Campaign, token: str, draft_id: UUID
) -> str:
    """Makes the draft a story and returns its receipt code; sent again, it returns the same code.

    The code is derived from the browser's token and the draft, so it can be shown after a reload and is stored nowhere.
    """
    draft = await session.scalar(
        select(StoryDraft)
        .where(
            StoryDraft.id == draft_id, StoryDraft.owner == hash_token(token), StoryDraft.expires_at > now()
        )
        .with_for_update()
    )
    if draft is None:
        raise NotFound(
            N_("We no longer have this draft"), N_("Drafts are kept for a day. Tell your story again.")
        )
    code = receipt_code(settings, token, draft.id)
    if draft.story_id is None:
        refuse_unless_open(campaign)
        if draft.consent is None or draft.text is None:
            raise InvalidInput({"consent": N_("Choose who may read your story")})
        story = Story(
            campaign_id=campaign.id,
            text=draft.text,
            language=draft.language,
            channel=Channel.WEB,
            consent=Consent(draft.consent),
            ward_code=draft.ward_code,
            told_on=today(),
            receipt_hash=codes.keyed(settings.server_key, "story", code),
        )
        session.add(story)
        await session.flush()
        draft.story_id, draft.text = story.id, None
        await open_receipt(session, token, story.id)
        await session.flush()
    return code


def receipt_code(settings: Settings, token: str, draft_id: UUID) -> str:
    digest = hmac.digest(settings.server_key, b"receipt\0" + draft_id.bytes + token.encode(), "sha256")
    return codes.from_digest(digest)


async def tell(
    session: AsyncSession,
    settings: Settings,
    campaign: Campaign,
    *,
    text: str,
    language: str,
    consent: Consent,
    ward_code: str | None = None,
    channel: Channel = Channel.WEB,
) -> tuple[Story, str]:
    """In one go, for the API and for a person who writes down what another tells. Returns the receipt code."""
    refuse_unless_open(campaign)
    code = codes.new()
    story = Story(
        campaign_id=campaign.id,
        text=check_text(text),
        language=language,
        channel=channel,
        consent=consent,
        ward_code=ward_code,
        told_on=today(),
        receipt_hash=codes.keyed(settings.server_key, "story", code),
    )
    session.add(story)
    await session.flush()
    return story, code


async def story_by_code(session: AsyncSession, settings: Settings, typed: str) -> Story | None:
    """None for a code that is mistyped or unknown."""
    code = codes.normalise(typed)
    if code is None:
        return None
    return await session.scalar(
        select(Story).where(Story.receipt_hash == codes.keyed(settings.server_key, "story", code))
    )


async def open_receipt(session: AsyncSession, token: str, story_id: UUID) -> None:
    owner = hash_token(token)
    await session.execute(delete(OpenedReceipt).where(OpenedReceipt.owner == owner))
    session.add(OpenedReceipt(owner=owner, story_id=story_id, expires_at=now() + RECEIPT_OPEN))


async def opened_story(session: AsyncSession, token: str | None) -> Story | None:
    """The story whose receipt this browser opened within the hour."""
    if token is None:
        return None
    return await session.scalar(
        select(Story)
        .join(OpenedReceipt, OpenedReceipt.story_id == Story.id)
        .where(OpenedReceipt.owner == hash_token(token), OpenedReceipt.expires_at > now())
    )
