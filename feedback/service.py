"""Answering themes, and keeping what was promised in sight until it is done."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign, Part
from engage.campaigns.service import may
from engage.core import audit, thread
from engage.core.addresses import url
from engage.core.clock import now
from engage.core.errors import InvalidInput, NotFound, Refused
from engage.core.permissions import Actor, Role, require
from engage.stories.moderation import check_quotes, quotes_of, set_quotes
from engage.themes.models import Theme
from engage.themes.service import answered, theme_end
from feedback.models import Commitment, CommitmentUpdate, Kind, Response, Status
from translations import LANGUAGES, N_, Bilingual, Language, Side, in_language, require_publishable


class Answer(msgspec.Struct, kw_only=True):
    """What an officer fills in. ``promise`` and ``due``: one commitment, if it promises something."""

    kind: Kind
    you_said: Bilingual
    we_did: Bilingual
    owner_id: UUID
    quotes: list[UUID]
    promise: Bilingual | None = None
    due: date | None = None


async def save(
    session: AsyncSession,
    actor: Actor,
    campaign: Campaign,
    theme: Theme,
    answer: Answer,
    before: Response | None,
) -> Response:
    """A draft, or a change of one; what is public stays two-sided."""
    require(may(actor, campaign, Part.PUBLISH))
    if theme.signed_off_at is None:
        raise Refused(N_("Sign the theme off before answering it"))
    if answer.owner_id not in {part.organisation_id for part in campaign.parts}:
        raise InvalidInput({"owner": N_("Choose an organisation of this campaign")})
    if before is not None and before.published_at:
        require_both_languages(answer)
    await check_quotes(session, answer.quotes)
    response = before or Response(campaign_id=campaign.id, theme_id=theme.id)
    response.kind, response.owner_id = answer.kind, answer.owner_id
    response.you_said, response.we_did = answer.you_said, answer.we_did
    session.add(response)
    await session.flush()
    await set_quotes(
        session, "response", response.id, _titles(theme), answer.quotes, bool(response.published_at)
    )
    if answer.promise is not None:
        await _promise(session, response, answer)
    await session.flush()
    if response.published_at:
        await _tie(session, campaign, theme, response)
    audit.record(session, actor, "response.saved", "response", response.id)
    await session.flush()
    return response


def require_both_languages(answer: Answer) -> None:
    """Raises OneSided while anything of the answer is not approved on both sides."""
    promised = {} if answer.promise is None else {"promise": answer.promise}
    require_publishable(you_said=answer.you_said, we_did=answer.we_did, **promised)


def refuse_to_publish_twice(response: Response | None) -> None:
    if response is not None and response.published_at:
        raise Refused(N_("This response is already published"))


def _titles(theme: Theme) -> dict[str, str]:
    return {language: in_language(theme.name, language) for language in LANGUAGES}


async def _promise(session: AsyncSession, response: Response, answer: Answer) -> None:
    commitments = await commitments_of(session, "response", [response.id])
    mine = commitments[response.id]
    commitment = mine[0] if mine else Commitment(source_kind="response", source_id=response.id)
    assert answer.promise is not None  # noqa: S101  # the caller looked
    commitment.title, commitment.due, commitment.owner_id = answer.promise, answer.due, answer.owner_id
    session.add(commitment)


async def publish(session: AsyncSession, actor: Actor, campaign: Campaign, response: Response) -> None:
    """From now on the public and every storyteller of the theme see it. Raises OneSided, Refused."""
    require(may(actor, campaign, Part.PUBLISH))
    refuse_to_publish_twice(response)
    theme = await session.get_one(Theme, response.theme_id)
    commitments = (await commitments_of(session, "response", [response.id]))[response.id]
    require_publishable(
        you_said=response.you_said,
        we_did=response.we_did,
        **{f"commitment_{number}": row.title for number, row in enumerate(commitments)},
    )
    response.published_at = now()
    await _tie(session, campaign, theme, response)
    await _publish_quotes(session, response, theme)
    await answered(session, theme.id)
    audit.record(session, actor, "response.published", "response", response.id)


async def _tie(session: AsyncSession, campaign: Campaign, theme: Theme, response: Response) -> None:
    """Theme → response → commitment, as they are now; a promise that came later becomes public here."""
    start, end = theme_end(campaign, theme), response_end(response, theme)
    await thread.tie(session, start, end, status=response.kind, public_since=response.published_at)
    for commitment in (await commitments_of(session, "response", [response.id]))[response.id]:
        commitment.published_at = commitment.published_at or now()
        promised = commitment_end(commitment)
        await thread.tie(
            session, end, promised, status=commitment.shown_status, public_since=commitment.published_at
        )
        await thread.retitle(session, promised)
    await session.flush()


async def _publish_quotes(session: AsyncSession, response: Response, theme: Theme) -> None:
    quoted = (await quotes_of(session, "response", [response.id]))[response.id]
    await set_quotes(session, "response", response.id, _titles(theme), [story.id for story in quoted], True)


def response_end(response: Response, theme: Theme) -> thread.End:
    titles: dict[Language, str] = {
        "cy": in_language(theme.name, "cy"),
        "en": in_language(theme.name, "en"),
    }
    addresses: dict[Language, str] = {
        lang: url(lang, "response", response_id=response.id) for lang in LANGUAGES
    }
    return thread.End("response", response.id, titles, addresses)


def commitment_end(commitment: Commitment) -> thread.End:
    titles: dict[Language, str] = {lang: in_language(commitment.title, lang) for lang in LANGUAGES}
    addresses: dict[Language, str] = {
        lang: url(lang, "commitment", commitment_id=commitment.id) for lang in LANGUAGES
    }
    return thread.End("commitment", commitment.id, titles, addresses)


async def report(
    session: AsyncSession, actor: Actor, commitment: Commitment, status: Status, text: Bilingual
) -> None:
    """An update for everyone to see, in both languages."""
    require(actor.holds(Role.OFFICER, commitment.owner_id) or actor.holds(Role.PARTNER, commitment.owner_id))
    require_publishable(text=text)
    commitment.status = status
    session.add(CommitmentUpdate(commitment_id=commitment.id, text=text, status=status, by=actor.person_id))
    await thread.set_status(session, "commitment", commitment.id, commitment.shown_status)
    audit.record(session, actor, "commitment.updated", "commitment", commitment.id, reason=status)
    await session.flush()


async def promise_project(session: AsyncSession, project_id: UUID, owner_id: UUID, due: date | None) -> None:
    """A funded project becomes a commitment. What the project is called stands in the thread."""
    arrow = await thread.leading_to(session, "project", project_id)
    if arrow is None:
        raise NotFound
    await session.refresh(arrow, with_for_update=True)  # of two who promise at once the second finds it made
    made = (await commitments_of(session, "project", [project_id]))[project_id]
    if made:
        return
    commitment = Commitment(
        source_kind="project",
        source_id=project_id,
        title=approved_by_source(arrow.to_titles),
        owner_id=owner_id,
        due=due,
        published_at=now(),
    )
    session.add(commitment)
    await session.flush()
    start = thread.End("project", project_id, arrow.to_titles, arrow.to_addresses)  # type: ignore[arg-type]
    await thread.tie(
        session,
        start,
        commitment_end(commitment),
        status=commitment.shown_status,
        public_since=commitment.published_at,
    )


def approved_by_source(titles: dict[str, str]) -> Bilingual:
    """Both sides were approved where they come from: only published things have arrows."""
    return Bilingual(
        cy=Side(text=titles["cy"], state="approved", at=now()),
        en=Side(text=titles["en"], state="approved", at=now()),
    )


async def commitments_of(session: AsyncSession, kind: str, ids: list[UUID]) -> dict[UUID, list[Commitment]]:
    rows = await session.scalars(
        select(Commitment)
        .where(Commitment.source_kind == kind, Commitment.source_id.in_(ids))
        .order_by(Commitment.made_at)
    )
    found: dict[UUID, list[Commitment]] = {key: [] for key in ids}
    for row in rows:
        found[row.source_id].append(row)
    return found
