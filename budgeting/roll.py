"""The roll: who may vote, their codes, and what was issued to them.

Issuing leaves the roll entry as it is and adds a mark that only the round secret can read (see
:class:`budgeting.models.RollMark`).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ARRAY, any_, func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import passes, round_secret
from budgeting.box import VotingClosed, VotingNotOpen
from budgeting.models import Issued, Phase, RollEntry, RollMark, Round
from budgeting.partitions import partition
from budgeting.passes import Pass
from budgeting.rounds import OpenRules, by_id, frozen_rules, require_officer, rules_of
from budgeting.rule_sheet import SheetContest
from engage.core import audit, codes
from engage.core.errors import Forbidden, InvalidInput, NotFound, Refused
from engage.core.permissions import Actor
from engage.core.settings import Settings
from translations import N_

BEFORE_THE_CLOSE = (Phase.IDEAS, Phase.CHECKING, Phase.SHORTLIST, Phase.VOTING)
MOST_CODES = 200_000


class PaperIssued(Refused):
    code = "paper-issued"
    title = N_("You were given a paper ballot, so you cannot vote online as well")
    advice = N_("If this is not right, contact the organisation that runs the vote.")


class PassIssued(Refused):
    code = "pass-issued"
    title = N_("This voter already has a pass to vote online")
    advice = N_("Void the pass first. Two people must agree to it.")


class OtherArea(Forbidden):
    code = "other-area"
    title = N_("This ballot is for another area")
    advice = N_("Choose the ballot of your own area.")


class Voter(msgspec.Struct, frozen=True):
    """A row of a voter list. ``reference``: the list's own number for the row, never a name."""

    code: str
    reference: str | None = None
    ward_code: str | None = None


class IssuedTotals(msgspec.Struct, frozen=True):
    passes: int = 0
    papers: int = 0


async def import_voters(
    session: AsyncSession, settings: Settings, actor: Actor, round_: Round, voters: Sequence[Voter]
) -> int:
    """Adds the rows of a voter list; the number added. Raises InvalidInput and adds none if one is wrong.

    A code must be one of ours, or at least as long: what is guessed must be as hard to guess.
    """
    require_officer(actor, round_)
    _refuse_after_the_close(round_)
    wrong = {
        f"row_{number}": N_("This code is mistyped: %(code)s", code=voter.code)
        for number, voter in enumerate(voters, 1)
        if codes.normalise(voter.code) is None
    }
    rows = [_entry(settings, round_.id, voter) for voter in voters]
    if not wrong and await _on_roll_twice(session, round_.id, rows):
        wrong = {"codes": N_("A code or a reference stands on the roll twice.")}
    if wrong:
        raise InvalidInput(wrong)
    if rows:
        await session.execute(insert(RollEntry), rows)
    audit.record(session, actor, "roll.added", "round", round_.id, reason=str(len(rows)))
    await session.flush()
    return len(rows)


async def make_codes(
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    round_: Round,
    number: int,
    ward_code: str | None = None,
) -> list[str]:
    """So many new single-use codes. They are shown now and never again: the roll keeps keyed hashes."""
    if not 1 <= number <= MOST_CODES:
        raise InvalidInput({"number": N_("Enter a number from 1 to %(most)s", most=MOST_CODES)})
    made = [codes.new() for _ in range(number)]
    await import_voters(session, settings, actor, round_, [Voter(code, None, ward_code) for code in made])
    return made


async def replace_code(session: AsyncSession, settings: Settings, entry: RollEntry) -> str | None:
    """A new code for a voter whose old one may be in other hands; shown now and never again. None: had none."""
    if entry.code_hash is None:
        return None
    code = codes.new()
    entry.code_hash = _code_hash(settings, entry.round_id, code)
    await session.flush()
    return code


async def entry_by_code(session: AsyncSession, settings: Settings, round_id: UUID, typed: str) -> RollEntry:
    """Raises InvalidInput, which says the same of a mistyped and of an unknown code."""
    known = _code_hash(settings, round_id, typed)
    entry: RollEntry | None = await session.scalar(
        select(RollEntry).where(RollEntry.round_id == round_id, RollEntry.code_hash == known)
    )
    if entry is None:
        raise InvalidInput({"code": N_("This is not a code for this vote. Check each letter.")})
    return entry


async def entry_by_reference(session: AsyncSession, round_id: UUID, reference: str) -> RollEntry:
    """By the voter list's own number. Raises NotFound."""
    entry: RollEntry | None = await session.scalar(
        select(RollEntry).where(RollEntry.round_id == round_id, RollEntry.reference == reference)
    )
    if entry is None:
        raise NotFound(N_("This is not on the roll"), N_("Check the number on the voter list."))
    return entry


async def ballots_for(session: AsyncSession, entry: RollEntry) -> list[SheetContest]:
    """The contests that this voter may vote in. Raises NotFound while the rules are not frozen."""
    sheet = (await frozen_rules(session, entry.round_id)).sheet
    return [contest for contest in sheet.contests if may_vote_in(entry, contest)]


def may_vote_in(entry: RollEntry, contest: SheetContest) -> bool:
    return not contest.wards or entry.ward_code in contest.wards


async def issue_pass(
    session: AsyncSession,
    settings: Settings,
    entry: RollEntry,
    contest_id: UUID,
    *,
    address: str | None = None,
    device: str | None = None,
) -> Pass:
    """The voter's pass, the same one each time. ``address`` and ``device`` are kept as signals, keyed-hashed.

    Raises PaperIssued, OtherArea, VotingClosed, VotingNotOpen, SecretLost.
    """
    rules = await _rules_for(session, entry, contest_id)
    secret = round_secret.read(settings.secrets_dir, rules.round_id, rules.fingerprint)
    given = {"address": address, "device": device}
    signals = {kind: passes.signal(secret, kind, value) for kind, value in given.items() if value}
    if await _issue(session, secret, entry, contest_id, Issued.PASS, signals) is not Issued.PASS:
        raise PaperIssued
    return passes.derive(secret, contest_id, entry.id, entry.generation)


async def issue_paper(
    session: AsyncSession, settings: Settings, actor: Actor, entry: RollEntry, contest_id: UUID
) -> None:
    """Marks that this voter was handed paper: from now on there is no pass for them.

    Raises PassIssued, OtherArea, VotingClosed, VotingNotOpen, SecretLost.
    """
    require_officer(actor, await by_id(session, entry.round_id))
    rules = await _rules_for(session, entry, contest_id)
    secret = round_secret.read(settings.secrets_dir, rules.round_id, rules.fingerprint)
    if await _issue(session, secret, entry, contest_id, Issued.PAPER, {}) is not Issued.PAPER:
        raise PassIssued


async def issued_totals(session: AsyncSession, round_id: UUID) -> dict[UUID, IssuedTotals]:
    """Passes and papers issued by contest. Each voiding lets one more be issued: they bound the ballots."""
    rows = await session.execute(
        select(RollMark.contest_id, RollMark.issued, func.count())
        .where(RollMark.round_id == round_id)
        .group_by(RollMark.contest_id, RollMark.issued)
    )
    totals: dict[UUID, dict[str, int]] = {}
    for contest_id, issued, number in rows:
        totals.setdefault(contest_id, {})["passes" if issued is Issued.PASS else "papers"] = number
    return {contest_id: IssuedTotals(**numbers) for contest_id, numbers in totals.items()}


async def on_roll(session: AsyncSession, round_id: UUID) -> int:
    number = await session.scalar(select(func.count()).where(RollEntry.round_id == round_id))
    return number or 0


async def many_from_one(session: AsyncSession, round_id: UUID, at_least: int = 10) -> dict[str, list[int]]:
    """How many passes went to one device or to one address, for a person to look into. No machine decides."""
    found: dict[str, list[int]] = {}
    for kind, signal in (("device", RollMark.device_signal), ("address", RollMark.address_signal)):
        number = func.count().label("number")
        rows = await session.scalars(
            select(number)
            .where(RollMark.round_id == round_id, signal.is_not(None))
            .group_by(signal)
            .having(number >= at_least)
            .order_by(number.desc())
        )
        found[kind] = list(rows)
    return found


async def _rules_for(session: AsyncSession, entry: RollEntry, contest_id: UUID) -> OpenRules:
    rules = await rules_of(session, contest_id)
    if rules.round_id != entry.round_id or not may_vote_in(entry, rules.contest):
        raise OtherArea
    return rules


async def _issue(
    session: AsyncSession,
    secret: bytes,
    entry: RollEntry,
    contest_id: UUID,
    issued: Issued,
    signals: dict[str, bytes],
) -> Issued:
    """Adds the mark unless it is there; what the mark says now. Raises VotingClosed, VotingNotOpen."""
    values: dict[str, Any] = {
        "round": entry.round_id,
        "mark": passes.mark(secret, contest_id, entry.id, entry.generation),
        "contest": contest_id,
        "issued": issued.value,
        "address": signals.get("address"),
        "device": signals.get("device"),
    }
    name = partition("roll_mark", entry.round_id)
    await session.execute(
        text(
            f"""INSERT INTO {name} (round_id, mark, contest_id, issued, address_signal, device_signal)
SELECT round.id, CAST(:mark AS bytea), CAST(:contest AS uuid), CAST(:issued AS text),
CAST(:address AS bytea), CAST(:device AS bytea)
FROM round WHERE round.id = CAST(:round AS uuid) AND round.phase = 'voting'
AND round.voting_opens <= clock_timestamp() AND clock_timestamp() < round.voting_closes
ON CONFLICT (round_id, mark) DO NOTHING"""  # noqa: S608  # the partition's name is hexadecimal
        ),
        values,
    )
    stands: Issued | None = await session.scalar(
        select(RollMark.issued).where(RollMark.round_id == entry.round_id, RollMark.mark == values["mark"])
    )
    if stands is None:
        raise await _why_not(session, entry.round_id)
    return stands


async def _why_not(session: AsyncSession, round_id: UUID) -> Refused:
    early = await session.scalar(
        select(Round.voting_opens > func.clock_timestamp()).where(
            Round.id == round_id, Round.phase == Phase.VOTING
        )
    )
    return VotingNotOpen() if early else VotingClosed()


async def _on_roll_twice(session: AsyncSession, round_id: UUID, rows: list[dict[str, Any]]) -> bool:
    for column in (RollEntry.code_hash, RollEntry.reference):
        values = [row[column.key] for row in rows if row[column.key] is not None]
        if len(set(values)) < len(values):
            return True
        known = column == any_(literal(values, ARRAY(column.type)))
        if values and await session.scalar(select(func.count()).where(RollEntry.round_id == round_id, known)):
            return True
    return False


def _entry(settings: Settings, round_id: UUID, voter: Voter) -> dict[str, Any]:
    return {
        "round_id": round_id,
        "id": uuid4(),
        "code_hash": _code_hash(settings, round_id, voter.code),
        "reference": voter.reference,
        "ward_code": voter.ward_code,
        "generation": 0,
    }


def _code_hash(settings: Settings, round_id: UUID, code: str) -> bytes:
    return codes.keyed(settings.server_key, f"roll {round_id}", codes.normalise(code) or code)


def _refuse_after_the_close(round_: Round) -> None:
    if round_.phase not in BEFORE_THE_CLOSE:
        raise Refused(N_("The roll is closed: voting has ended"))
