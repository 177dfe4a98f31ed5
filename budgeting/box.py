"""The box: casting, changing, removing and reading back one ballot with a pass.

Each is one SQL statement on one row of one table. It is the statement that checks that voting is open
by the database's clock, that the frozen rules are those the choices were checked against, and that the
row is not void. Nothing else is written anywhere.
"""

import secrets
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import receipts, round_secret
from budgeting.models import BallotState, Channel
from budgeting.partitions import partition
from budgeting.passes import Pass, from_text, verify
from budgeting.receipts import Receipt
from budgeting.rounds import OpenRules, by_id, require_officer, rules_of
from budgeting.validity import Canonical, Named, Numbered, check, read
from engage.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from engage.core.permissions import Actor
from engage.core.settings import Settings
from translations import N_, Message

OPEN = """FROM round WHERE round.id = CAST(:round AS uuid) AND round.phase = 'voting'
AND round.rules_hash = CAST(:rules AS bytea)
AND round.voting_opens <= clock_timestamp() AND clock_timestamp() < round.voting_closes"""

CHANGED = "box.choices IS DISTINCT FROM"


class PassRefused(Forbidden):
    code = "pass-refused"
    title = N_("This browser has no pass for this vote")
    advice = N_("Enter your code again to get your pass. You can do this as often as you need.")


class VotingClosed(Refused):
    code = "voting-closed"
    title = N_("Voting has closed")
    advice = N_("The ballot that you cast before the close counts as it stood then.")


class VotingNotOpen(Refused):
    code = "voting-not-open"
    title = N_("Voting has not opened yet")
    advice = N_("Come back when it has opened.")


class BallotVoid(Refused):
    code = "ballot-void"
    title = N_("This pass was made void")
    advice = N_("Contact the organisation that runs the vote. If you may vote, you will get a new pass.")


class RulesDiffer(Conflict):
    code = "rules-differ"
    title = N_("Your ballot was checked against other rules than those of this round")
    advice = N_("Open the ballot again and send it once more.")


class BallotRefused(InvalidInput):
    """``problems``: each in a sentence."""

    code = "ballot-not-valid"

    def __init__(self, problems: tuple[Message, ...]) -> None:
        super().__init__({"choices": problems[0]})
        self.problems = problems


class OwnBallot(msgspec.Struct, frozen=True):
    """What a voter sees of their own ballot. ``choices`` None: removed, or void."""

    state: BallotState
    choices: Canonical | None
    receipt: Receipt


def pass_of(cookie: str | None) -> Pass:
    """Raises PassRefused when it is missing or misshapen; whether it is genuine is for :func:`admit`."""
    given = from_text(cookie) if cookie else None
    if given is None:
        raise PassRefused
    return given


async def admit(session: AsyncSession, settings: Settings, given: Pass) -> OpenRules:
    """The rules for a genuine pass. Raises PassRefused, SecretLost."""
    try:
        rules = await rules_of(session, given.contest)
    except NotFound as error:
        raise PassRefused from error
    if not verify(round_secret.read(settings.secrets_dir, rules.round_id, rules.fingerprint), given):
        raise PassRefused
    return rules


async def cast(
    session: AsyncSession,
    settings: Settings,
    given: Pass,
    choices: Named | Numbered,
    channel: Channel = Channel.WEB,
) -> Receipt:
    """Casts or changes. The same choices again give the same receipt, however many at once.

    Raises PassRefused, BallotRefused, VotingClosed, VotingNotOpen, BallotVoid, RulesDiffer, SecretLost.
    """
    rules = await admit(session, settings, given)
    checked = check(rules.frozen.sheet.terms.ballot, rules.contest, choices)
    if checked.problems:
        raise BallotRefused(checked.problems)
    row = await _write(
        session, _casting(rules.round_id), rules, given, checked.choices, channel=channel.value
    )
    return _receipt(settings, rules, row)


async def remove(session: AsyncSession, settings: Settings, given: Pass) -> Receipt:
    """Takes the ballot out, logged as a void version. The voter may cast again until the close.

    Raises NotFound when there is none, and what :func:`cast` raises.
    """
    rules = await admit(session, settings, given)
    row = await _write(session, _removing(rules.round_id), rules, given, None)
    return _receipt(settings, rules, row)


async def own_ballot(session: AsyncSession, settings: Settings, given: Pass) -> OwnBallot | None:
    """The ballot that stands under this pass. None: not cast yet."""
    rules = await admit(session, settings, given)
    row = (await session.execute(_reading(rules.round_id), _whose(rules, given))).one_or_none()
    if row is None:
        return None
    choices = None if row.choices is None else read(row.choices)
    return OwnBallot(BallotState(row.state), choices, _receipt(settings, rules, row))


async def put_in_paper(
    session: AsyncSession, actor: Actor, contest_id: UUID, choices: Named | Numbered
) -> None:
    """A paper ballot as it was keyed in. Until reconciliation, so also after voting has ended.

    It has no key, and neither serial nor batch beside it: nothing leads back to whoever filled it in.
    Raises BallotRefused, Refused.
    """
    rules = await rules_of(session, contest_id)
    require_officer(actor, await by_id(session, rules.round_id))
    checked = check(rules.frozen.sheet.terms.ballot, rules.contest, choices)
    if checked.problems:
        raise BallotRefused(checked.problems)
    values = {"round": rules.round_id, "contest": contest_id, **new_row(contest_id, checked.choices)}
    put = await session.execute(_putting(rules.round_id), values)
    if put.one_or_none() is None:
        raise Refused(N_("Paper can no longer be added: the box is reconciled"))


def new_row(contest: UUID, choices: str | None) -> dict[str, Any]:
    """Slot, nonce and the commitment of a version that begins with this nonce."""
    nonce = secrets.token_bytes(32)
    return {
        "slot": secrets.token_bytes(32),
        "nonce": nonce,
        "choices": choices,
        "commitment": receipts.commit(nonce, contest, choices),
    }


async def _write(
    session: AsyncSession,
    statement: TextClause,
    rules: OpenRules,
    given: Pass,
    choices: str | None,
    **more: str,
) -> Any:
    values = {**_whose(rules, given), **new_row(given.contest, choices), **more}
    row = (await session.execute(statement, {**values, "rules": rules.frozen.rules_hash})).one_or_none()
    if row is None:
        await _say_why(session, rules, given)
    return row


def _whose(rules: OpenRules, given: Pass) -> dict[str, Any]:
    return {"round": rules.round_id, "contest": given.contest, "key_hash": given.key_hash}


def _receipt(settings: Settings, rules: OpenRules, row: Any) -> Receipt:
    key = receipts.round_key(settings.server_key, rules.round_id)
    return receipts.sign_receipt(key, rules.round_id, row.slot, row.version, row.commitment)


async def _say_why(session: AsyncSession, rules: OpenRules, given: Pass) -> None:
    """Why the statement wrote nothing: read after the fact, and only to say it."""
    why = (
        await session.execute(
            text(
                "SELECT phase, rules_hash, clock_timestamp() < voting_opens AS early, "
                "clock_timestamp() >= voting_closes AS late FROM round WHERE id = :round"
            ),
            {"round": rules.round_id},
        )
    ).one()
    if why.rules_hash != rules.frozen.rules_hash:
        raise RulesDiffer
    if why.phase != "voting" or why.late:
        raise VotingClosed
    if why.early:
        raise VotingNotOpen
    row = (await session.execute(_reading(rules.round_id), _whose(rules, given))).one_or_none()
    if row is None:
        raise NotFound(N_("There is no ballot to remove"), N_("You have not voted yet."))
    raise BallotVoid


@lru_cache(maxsize=256)
def _casting(round_id: UUID) -> TextClause:
    """The row exists from here on or not at all; nonce and version stay while the choices do.

    The statement names the round's own partition: it holds that lock before it looks at the clock, so
    that a close, which takes the lock, waits for every cast that was still in time.
    """
    changed = f"{CHANGED} excluded.choices"
    return text(
        f"""INSERT INTO {partition("ballot", round_id)} AS box (round_id, contest_id, channel, key_hash,
slot, nonce, version, choices, commitment, earlier, state)
SELECT round.id, CAST(:contest AS uuid), CAST(:channel AS text), CAST(:key_hash AS bytea),
CAST(:slot AS bytea), CAST(:nonce AS bytea), 1, CAST(:choices AS text), CAST(:commitment AS bytea), '', 'cast'
{OPEN}
ON CONFLICT (round_id, contest_id, key_hash) DO UPDATE SET
nonce = CASE WHEN {changed} THEN excluded.nonce ELSE box.nonce END,
commitment = CASE WHEN {changed} THEN excluded.commitment ELSE box.commitment END,
earlier = CASE WHEN {changed} THEN box.earlier || box.commitment ELSE box.earlier END,
version = CASE WHEN {changed} THEN box.version + 1 ELSE box.version END,
channel = CASE WHEN {changed} THEN excluded.channel ELSE box.channel END,
choices = excluded.choices,
state = 'cast'
WHERE box.state <> 'void'
RETURNING box.slot, box.version, box.commitment"""
    )


@lru_cache(maxsize=256)
def _removing(round_id: UUID) -> TextClause:
    changed = f"{CHANGED} CAST(:choices AS text)"
    return text(
        f"""UPDATE {partition("ballot", round_id)} AS box SET
nonce = CASE WHEN {changed} THEN CAST(:nonce AS bytea) ELSE box.nonce END,
commitment = CASE WHEN {changed} THEN CAST(:commitment AS bytea) ELSE box.commitment END,
earlier = CASE WHEN {changed} THEN box.earlier || box.commitment ELSE box.earlier END,
version = CASE WHEN {changed} THEN box.version + 1 ELSE box.version END,
choices = NULL,
state = 'removed'
{OPEN}
AND box.round_id = round.id AND box.contest_id = CAST(:contest AS uuid)
AND box.key_hash = CAST(:key_hash AS bytea) AND box.state <> 'void'
RETURNING box.slot, box.version, box.commitment"""  # noqa: S608  # the partition's name is hexadecimal
    )


@lru_cache(maxsize=256)
def _putting(round_id: UUID) -> TextClause:
    return text(
        f"""INSERT INTO {partition("ballot", round_id)} AS box (round_id, contest_id, channel, key_hash,
slot, nonce, version, choices, commitment, earlier, state)
SELECT round.id, CAST(:contest AS uuid), 'paper', NULL, CAST(:slot AS bytea), CAST(:nonce AS bytea), 1,
CAST(:choices AS text), CAST(:commitment AS bytea), '', 'cast'
FROM round WHERE round.id = CAST(:round AS uuid) AND round.phase IN ('voting', 'counting')
AND round.reconciled_at IS NULL
RETURNING box.version"""  # noqa: S608  # the partition's name is hexadecimal
    )


@lru_cache(maxsize=256)
def _reading(round_id: UUID) -> TextClause:
    return text(
        f"""SELECT slot, version, commitment, choices, state FROM {partition("ballot", round_id)}
WHERE round_id = CAST(:round AS uuid) AND contest_id = CAST(:contest AS uuid)
AND key_hash = CAST(:key_hash AS bytea)"""  # noqa: S608  # the partition's name is hexadecimal
    )
