"""Voiding a pass and whatever was cast with it: one person asks, another decides, before the box is sealed.

The generation of the roll entry is raised, so that its next passes are others, and the old ballot in each
contest becomes an empty tombstone, logged as a void version, which casting refuses to overwrite.
"""

from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import passes, round_secret
from budgeting.box import CHANGED, new_row
from budgeting.models import Phase, RollEntry, Round, VoidRequest
from budgeting.partitions import partition
from budgeting.roll import may_vote_in, replace_code
from budgeting.rounds import by_id, frozen_rules, require_officer
from engage.core import audit
from engage.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from engage.core.permissions import Actor
from engage.core.settings import Settings
from translations import N_

Reason = Literal["stolen-code", "paper-instead", "fraud"]


class SecondPersonNeeded(Forbidden):
    code = "second-person-needed"
    title = N_("Somebody else must decide this")
    advice = N_("Voiding takes two people. Ask another officer of your organisation.")


async def ask_to_void(session: AsyncSession, actor: Actor, entry: RollEntry, reason: Reason) -> VoidRequest:
    round_ = await by_id(session, entry.round_id)
    require_officer(actor, round_)
    _refuse_once_sealed(round_)
    if reason not in get_args(Reason):
        raise InvalidInput({"reason": N_("Choose a reason")})
    request = VoidRequest(
        round_id=entry.round_id,
        roll_entry_id=entry.id,
        reason=reason,
        asked_by=actor.person_id,
    )
    session.add(request)
    audit.record(session, actor, "void.asked", "round", entry.round_id, reason=reason)
    await session.flush()
    return request


async def open_requests(session: AsyncSession, round_id: UUID) -> list[VoidRequest]:
    return list(
        await session.scalars(
            select(VoidRequest).where(VoidRequest.round_id == round_id, VoidRequest.outcome.is_(None))
        )
    )


async def decide_void(
    session: AsyncSession, settings: Settings, actor: Actor, request_id: UUID, *, agree: bool
) -> str | None:
    """The second person's answer; the voter's new code, since whoever has the old one must get no pass with it.

    Raises SecondPersonNeeded, Conflict if it was decided, SecretLost.
    """
    request = await session.scalar(select(VoidRequest).where(VoidRequest.id == request_id).with_for_update())
    if request is None:
        raise NotFound
    round_ = await by_id(session, request.round_id, lock=True)
    require_officer(actor, round_)
    _refuse_once_sealed(round_)
    if request.outcome is not None:
        raise Conflict(N_("This was already decided"))
    if actor.person_id == request.asked_by:
        raise SecondPersonNeeded
    request.decided_by, request.outcome = actor.person_id, "voided" if agree else "refused"
    audit.record(session, actor, f"void.{request.outcome}", "round", round_.id, reason=request.reason)
    await session.flush()
    if not agree:
        return None
    entry = await _void(session, settings, round_, request.roll_entry_id)
    return await replace_code(session, settings, entry)


async def _void(session: AsyncSession, settings: Settings, round_: Round, entry_id: UUID) -> RollEntry:
    """In every contest, issued or not: a pass that is being issued at this moment must find its place taken,
    or one voter would hold two.
    """
    assert round_.secret_fingerprint is not None  # noqa: S101  # set with the rules, in the same statement
    secret = round_secret.read(settings.secrets_dir, round_.id, round_.secret_fingerprint)
    raised: RollEntry | None = await session.scalar(
        update(RollEntry)
        .where(RollEntry.round_id == round_.id, RollEntry.id == entry_id)
        .values(generation=RollEntry.generation + 1)
        .returning(RollEntry)
    )
    if raised is None:
        raise NotFound
    for contest in (await frozen_rules(session, round_.id)).sheet.contests:
        if may_vote_in(raised, contest):
            key_hash = passes.derive(secret, contest.id, entry_id, raised.generation - 1).key_hash
            values = {"round": round_.id, "contest": contest.id, "key_hash": key_hash}
            await session.execute(text(_tombstone(round_.id)), new_row(contest.id, None) | values)
    return raised


def _tombstone(round_id: UUID) -> str:
    """Also where nothing was cast yet: the old pass must find the place taken."""
    changed = f"{CHANGED} NULL"
    return f"""INSERT INTO {partition("ballot", round_id)} AS box (round_id, contest_id, channel, key_hash,
slot, nonce, version, choices, commitment, earlier, state)
VALUES (CAST(:round AS uuid), CAST(:contest AS uuid), 'web', CAST(:key_hash AS bytea), CAST(:slot AS bytea),
CAST(:nonce AS bytea), 1, NULL, CAST(:commitment AS bytea), '', 'void')
ON CONFLICT (round_id, contest_id, key_hash) DO UPDATE SET
nonce = CASE WHEN {changed} THEN excluded.nonce ELSE box.nonce END,
commitment = CASE WHEN {changed} THEN excluded.commitment ELSE box.commitment END,
earlier = CASE WHEN {changed} THEN box.earlier || box.commitment ELSE box.earlier END,
version = CASE WHEN {changed} THEN box.version + 1 ELSE box.version END,
choices = NULL,
state = 'void'"""  # noqa: S608  # the partition's name is hexadecimal


def _refuse_once_sealed(round_: Round) -> None:
    if round_.phase not in (Phase.VOTING, Phase.COUNTING) or round_.sealed_at is not None:
        raise Refused(N_("Nothing can be voided now: the box is sealed"))
