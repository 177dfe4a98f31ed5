"""From the queue to the public, and back when the teller says so."""

from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign, Part
from engage.campaigns.service import by_id, may
from engage.core import audit, thread
from engage.core.clock import now
from engage.core.errors import Conflict, InvalidInput, NotFound, Refused
from engage.core.permissions import Actor, require
from engage.stories.models import Consent, Quote, State, Story
from engage.stories.telling import check_text
from translations import N_, Message
from translations.detection import language_told

REASONS: dict[str, Message] = {
    "not-a-story": N_("It is not a story or an opinion about this place"),
    "recognisable": N_("Somebody in it could be recognised against their wish"),
    "abuse": N_("It attacks a person or a group"),
    "advert": N_("It is an advertisement"),
    "test": N_("It is a test, or was sent twice"),
}
OPENNESS = [Consent.OFFICERS, Consent.QUOTE, Consent.PUBLISH]


class Decision(msgspec.Struct, kw_only=True):
    """``text`` is what may be read; where it differs from what was told, the original is sealed."""

    text: str
    language: str
    reason: str | None = None  # set: declined


async def for_moderator(session: AsyncSession, actor: Actor, story_id: UUID) -> tuple[Story, Campaign]:
    """The story, locked, and its campaign. Raises NotFound or Forbidden."""
    story = await session.get(Story, story_id, with_for_update=True)
    if story is None:
        raise NotFound
    campaign = await by_id(session, story.campaign_id)
    require(may(actor, campaign, Part.MODERATE))
    return story, campaign


async def decide(session: AsyncSession, actor: Actor, story_id: UUID, decision: Decision) -> Story:
    """Clears or declines a waiting story. Raises Conflict if another moderator was first."""
    story, _ = await for_moderator(session, actor, story_id)
    if story.state is not State.WAITING:
        raise Conflict(N_("Another moderator has already decided on this story"))
    if decision.reason is not None and decision.reason not in REASONS:
        raise InvalidInput({"reason": N_("Choose a reason")})
    if decision.language not in ("cy", "en", "mixed"):
        raise InvalidInput({"language": N_("Choose the language of the story")})
    text = check_text(decision.text)
    if text != story.text:
        story.sealed = story.sealed or story.text
        story.text = text
        audit.record(session, actor, "story.redacted", "story", story.id)
    story.language = decision.language
    story.state = State.DECLINED if decision.reason else State.CLEARED
    story.reason = decision.reason
    story.moderated_by, story.moderated_at = actor.person_id, now()
    audit.record(session, actor, f"story.{story.state}", "story", story.id, reason=decision.reason)
    await session.flush()
    return story


async def put_back(session: AsyncSession, actor: Actor, story_id: UUID) -> None:
    """Undoes a decision: the story waits again."""
    story, _ = await for_moderator(session, actor, story_id)
    if story.state not in (State.CLEARED, State.DECLINED):
        raise Refused(N_("This story is not decided on"))
    story.state, story.reason = State.WAITING, None
    audit.record(session, actor, "story.put-back", "story", story.id)
    await session.flush()


async def withdraw(session: AsyncSession, story: Story) -> None:
    """The teller's right, at any time: words, sealed original, quotes and arrows go; that there was one stays."""
    story.text = story.sealed = None
    story.state = State.WITHDRAWN
    story.ward_code, story.groups, story.teller_key = None, {}, None
    await session.execute(delete(Quote).where(Quote.story_id == story.id))
    await thread.untie(session, "story", story.id)
    audit.record(session, None, "story.withdrawn", "story", story.id)
    await session.flush()


async def change_consent(session: AsyncSession, story: Story, consent: Consent) -> None:
    """Less openness takes effect at once; more makes a moderator look again."""
    if story.state is State.WITHDRAWN:
        raise Refused(N_("This story has been withdrawn"))
    more_open = OPENNESS.index(consent) > OPENNESS.index(story.consent)
    story.consent = consent
    if more_open and story.state is State.CLEARED:
        story.state = State.WAITING
    if consent is Consent.OFFICERS:
        await session.execute(delete(Quote).where(Quote.story_id == story.id))
    audit.record(session, None, "story.consent-changed", "story", story.id, reason=consent)
    await session.flush()


async def correct(session: AsyncSession, story: Story, text: str) -> None:
    """What the teller now says; it leaves the public page until a moderator has read it again."""
    if story.state is State.WITHDRAWN:
        raise Refused(N_("This story has been withdrawn"))
    story.text, story.sealed = check_text(text), None
    story.language = language_told(story.text, story.language)
    story.state = State.WAITING
    await session.execute(delete(Quote).where(Quote.story_id == story.id))  # it quoted other words
    audit.record(session, None, "story.corrected", "story", story.id)
    await session.flush()


async def quotes_of(session: AsyncSession, place_kind: str, place_ids: list[UUID]) -> dict[UUID, list[Story]]:
    """The stories quoted at each place whose consent and state still allow it."""
    rows = await session.execute(
        select(Quote.place_id, Story)
        .join(Story, Story.id == Quote.story_id)
        .where(
            Quote.place_kind == place_kind,
            Quote.place_id.in_(place_ids),
            Story.state == State.CLEARED,
            Story.consent != Consent.OFFICERS,
        )
        .order_by(Story.told_on, Story.id)
    )
    found: dict[UUID, list[Story]] = {place: [] for place in place_ids}
    for place, story in rows:
        found[place].append(story)
    return found


async def check_quotes(session: AsyncSession, story_ids: list[UUID]) -> None:
    """Raises InvalidInput for a story that may not be quoted."""
    if not story_ids:
        return
    open_to_it = (Story.state == State.CLEARED) & (Story.consent != Consent.OFFICERS)
    may_quote = set(await session.scalars(select(Story.id).where(Story.id.in_(story_ids), open_to_it)))
    if set(story_ids) - may_quote:
        raise InvalidInput({"quotes": N_("One of these stories may not be quoted")})


async def set_quotes(
    session: AsyncSession,
    place_kind: str,
    place_id: UUID,
    titles: dict[str, str],
    story_ids: list[UUID],
    published: bool,
) -> None:
    """Replaces what is quoted at a place. Raises InvalidInput for a story that may not be quoted."""
    await check_quotes(session, story_ids)
    await session.execute(delete(Quote).where(Quote.place_kind == place_kind, Quote.place_id == place_id))
    session.add_all(
        Quote(
            story_id=story_id,
            place_kind=place_kind,
            place_id=place_id,
            place_titles=titles,
            published=published,
        )
        for story_id in story_ids
    )
    await session.flush()
