"""From the last ballot to the sealed box. Each function is one transaction of its own, in this order:

    close_voting    the phase; nothing may be cast any more
    drain_box       waits for the casts that were in flight
    reconcile       an officer: paper and disputes are settled, the numbers fit
    seal            both partitions in a new order, key hashes gone, the log complete, the bundle written
    destroy_secret  R

Counting starts only after the last (:func:`require_countable`). Each may be repeated: what was done before a
crash is not done again.
"""

import json
from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import bundle, merkle, passes, receipts, round_secret
from budgeting.bundle import BoxRow, Issue
from budgeting.models import (
    Ballot,
    BallotState,
    BundlePart,
    Phase,
    RollEntry,
    RollMark,
    Round,
    TreeHead,
    TreeLeaf,
    VoidRequest,
)
from budgeting.partitions import empty_partition, partition, rewrite_partition
from budgeting.receipts import SignedHead
from budgeting.roll import issued_totals, may_vote_in
from budgeting.rounds import by_id, frozen_rules, require_officer
from budgeting.rule_sheet import Frozen
from engage.core import audit
from engage.core.clock import now, today
from engage.core.errors import Conflict, Refused
from engage.core.permissions import Actor
from engage.core.settings import Settings
from translations import N_

FEWEST_NEW_LEAVES = 20


class NotSealed(Refused):
    code = "box-not-sealed"
    title = N_("Counting starts when the box is sealed")
    advice = N_("Settle paper and disputes first, then seal the box.")


class Tally(msgspec.Struct, frozen=True):
    """Of one contest. ``online`` and ``paper`` are ballots that count; blank ones are among them."""

    contest: UUID
    online: int
    paper: int
    passes: int
    papers: int

    @property
    def fits(self) -> bool:
        return self.online <= self.passes and self.paper <= self.papers


async def close_voting(session: AsyncSession, round_id: UUID) -> None:
    """Commits the phase, once the dates are past by the database's clock. Commit before :func:`drain_box`."""
    round_ = await by_id(session, round_id, lock=True)
    if round_.phase is not Phase.VOTING:
        return
    if not await session.scalar(select(func.clock_timestamp() >= round_.voting_closes)):
        raise Refused(N_("Voting has not ended yet"))
    round_.phase = Phase.COUNTING
    audit.record(session, None, "round.voting-closed", "round", round_id)
    await session.flush()


async def drain_box(session: AsyncSession, round_id: UUID) -> None:
    """Takes the lock that every cast holds until its commit: after it, nobody is still casting."""
    await _require_committed(session, round_id)
    await session.execute(text(f"LOCK TABLE {partition('ballot', round_id)} IN SHARE MODE"))
    round_ = await by_id(session, round_id, lock=True)
    if round_.phase is not Phase.COUNTING:
        raise Refused(N_("Voting has not ended yet"))
    round_.drained_at = round_.drained_at or now()
    await session.flush()


async def tallies(session: AsyncSession, round_id: UUID) -> list[Tally]:
    """Turnout by contest beside what was issued; no choices."""
    paper = Ballot.channel == "paper"
    rows = await session.execute(
        select(Ballot.contest_id, func.count().filter(~paper), func.count().filter(paper))
        .where(Ballot.round_id == round_id, Ballot.state == BallotState.CAST)
        .group_by(Ballot.contest_id)
    )
    cast = {contest_id: (online, on_paper) for contest_id, online, on_paper in rows}
    issued = await issued_totals(session, round_id)
    sheet = (await frozen_rules(session, round_id)).sheet
    return [
        Tally(
            contest.id,
            *cast.get(contest.id, (0, 0)),
            *((issued[contest.id].passes, issued[contest.id].papers) if contest.id in issued else (0, 0)),
        )
        for contest in sheet.contests
    ]


async def reconcile(session: AsyncSession, actor: Actor, round_id: UUID) -> list[Tally]:
    """An officer says that paper is in and disputes are decided. Raises Refused when the numbers do not fit."""
    round_ = await by_id(session, round_id, lock=True)
    require_officer(actor, round_)
    if round_.phase is not Phase.COUNTING or round_.drained_at is None:
        raise Refused(N_("Voting has not ended yet"))
    undecided = select(func.count()).where(VoidRequest.round_id == round_id, VoidRequest.outcome.is_(None))
    if await session.scalar(undecided):
        raise Refused(N_("A request to void is not decided yet"))
    found = await tallies(session, round_id)
    if not all(tally.fits for tally in found):
        raise Refused(N_("There are more ballots than passes and papers issued"))
    if round_.reconciled_at is None:
        round_.reconciled_at = now()
        audit.record(session, actor, "round.reconciled", "round", round_id)
        await session.flush()
    return found


async def publish_head(session: AsyncSession, settings: Settings, round_id: UUID) -> TreeHead | None:
    """A signed head, at most one a day and only for 20 new leaves or more. None: not today.

    The leaves of one head enter sorted by hash, so their place says nothing of when they were cast.
    """
    round_ = await by_id(session, round_id, lock=True)
    if round_.phase is not Phase.VOTING:
        return None
    dated = await session.scalar(select(func.max(TreeHead.dated)).where(TreeHead.round_id == round_id))
    entered = await _entered(session, round_id)
    documents = _documents(await _box_rows(session, round_id))
    if dated == today() or len(documents) - len(entered) < FEWEST_NEW_LEAVES:
        return None
    return await _enter(session, settings, round_, documents, entered, final=False)


async def seal(session: AsyncSession, settings: Settings, round_id: UUID) -> None:
    """Raises Refused, SecretLost. Commit before :func:`destroy_secret`."""
    round_ = await by_id(session, round_id, lock=True)
    if round_.sealed_at is not None:
        return
    if round_.reconciled_at is None or round_.secret_fingerprint is None:
        raise NotSealed
    secret = round_secret.read(settings.secrets_dir, round_id, round_.secret_fingerprint)
    frozen = await frozen_rules(session, round_id)
    await session.execute(text(f"LOCK TABLE {partition('ballot', round_id)} IN SHARE MODE"))
    rows = await _box_rows(session, round_id)
    documents = bundle.in_tree_order(_documents(rows), await _entered(session, round_id))
    await _enter(session, settings, round_, documents, await _entered(session, round_id), final=True)
    await _write_bundle(session, frozen, documents, rows, passes.lot_seed(secret))
    await _rewrite_roll(session, frozen, secret)
    await _rewrite_box(session, round_id)
    await empty_partition(session, "roll_mark", round_id)
    round_.sealed_at = now()
    audit.record(session, None, "round.sealed", "round", round_id)
    await session.flush()


async def destroy_secret(session: AsyncSession, settings: Settings, round_id: UUID) -> None:
    """After the sealing, or the cancelling, is committed: R cannot come back, the transaction could."""
    await _require_committed(session, round_id)
    round_ = await by_id(session, round_id, lock=True)
    if round_.sealed_at is None and round_.phase is not Phase.CANCELLED:
        raise NotSealed
    if round_.secret_destroyed_at is None:
        round_secret.destroy(settings.secrets_dir, round_id)
        round_.secret_destroyed_at = now()
        audit.record(session, None, "round.secret-destroyed", "round", round_id)
        await session.flush()


def require_countable(round_: Round) -> None:
    """Raises NotSealed."""
    if round_.sealed_at is None or round_.secret_destroyed_at is None:
        raise NotSealed


async def read_bundle(session: AsyncSession, round_id: UUID) -> dict[str, bytes]:
    """The published parts by name; empty before sealing."""
    rows = await session.execute(
        select(BundlePart.name, BundlePart.body).where(BundlePart.round_id == round_id)
    )
    return {row.name: row.body for row in rows}


async def _require_committed(session: AsyncSession, round_id: UUID) -> None:
    """The step before must be visible to everybody: our own transaction may not be the one that made it."""
    uncommitted = await session.scalar(
        text("SELECT pg_current_xact_id_if_assigned()::xid = xmin FROM round WHERE id = :round"),
        {"round": round_id},
    )
    if uncommitted:
        raise Conflict(N_("The step before this one is not stored yet"))


async def _box_rows(session: AsyncSession, round_id: UUID) -> list[BoxRow]:
    rows = await session.execute(
        select(
            Ballot.contest_id,
            Ballot.slot,
            Ballot.nonce,
            Ballot.version,
            Ballot.choices,
            Ballot.commitment,
            Ballot.earlier,
        ).where(Ballot.round_id == round_id)
    )
    return [BoxRow(*row) for row in rows]


def _documents(rows: Sequence[BoxRow]) -> list[bytes]:
    return [document for row in rows for document in bundle.leaves_of(row)]


async def _entered(session: AsyncSession, round_id: UUID) -> list[bytes]:
    return list(
        await session.scalars(
            select(TreeLeaf.leaf).where(TreeLeaf.round_id == round_id).order_by(TreeLeaf.position)
        )
    )


async def _enter(
    session: AsyncSession,
    settings: Settings,
    round_: Round,
    documents: Sequence[bytes],
    entered: Sequence[bytes],
    *,
    final: bool,
) -> TreeHead:
    """Adds the new leaves to the log and signs its head."""
    known = set(entered)
    hashes = sorted({merkle.leaf_hash(document) for document in documents} - known)
    session.add_all(
        TreeLeaf(round_id=round_.id, position=position, leaf=leaf)
        for position, leaf in enumerate(hashes, len(entered))
    )
    assert round_.rules_hash is not None  # noqa: S101  # frozen long ago
    root = merkle.root([*entered, *hashes])
    size, key = len(entered) + len(hashes), receipts.round_key(settings.server_key, round_.id)
    signed = receipts.sign_head(key, round_.id, round_.rules_hash, size, root, today())
    head = TreeHead(
        round_id=round_.id, size=size, root=root, dated=signed.dated, signature=signed.signature, final=final
    )
    await session.merge(head)
    await session.flush()
    return head


async def heads(session: AsyncSession, round_: Round) -> list[SignedHead]:
    """Every published head, oldest first."""
    rows = await session.scalars(
        select(TreeHead).where(TreeHead.round_id == round_.id).order_by(TreeHead.size)
    )
    assert round_.rules_hash is not None  # noqa: S101  # frozen long ago
    return [SignedHead(round_.id, round_.rules_hash, h.size, h.root, h.dated, h.signature) for h in rows]


async def _write_bundle(
    session: AsyncSession, frozen: Frozen, documents: Sequence[bytes], rows: Sequence[BoxRow], seed: bytes
) -> None:
    round_ = await by_id(session, frozen.sheet.round)
    issued = await issued_totals(session, round_.id)
    parts = bundle.build(
        frozen.body,
        await heads(session, round_),
        documents,
        rows,
        {contest_id: Issue(total.passes, total.papers) for contest_id, total in issued.items()},
        seed,
    )
    session.add_all(BundlePart(round_id=round_.id, name=name, body=body) for name, body in parts.items())
    await session.flush()


async def _rewrite_box(session: AsyncSession, round_id: UUID) -> None:
    columns = {name: f"old.{name}" for name in Ballot.__table__.columns.keys()}  # noqa: SIM118
    await rewrite_partition(session, "ballot", round_id, columns | {"key_hash": "NULL"})


async def _rewrite_roll(session: AsyncSession, frozen: Frozen, secret: bytes) -> None:
    """Who was issued what is read from the marks while R can still read them, and written by one transaction."""
    round_id = frozen.sheet.round
    marks = {
        mark: issued.value
        for mark, issued in await session.execute(
            select(RollMark.mark, RollMark.issued).where(RollMark.round_id == round_id)
        )
    }
    entries = list(await session.scalars(select(RollEntry).where(RollEntry.round_id == round_id)))
    found = {}
    for entry in entries:
        given = {
            str(contest.id): marks.get(passes.mark(secret, contest.id, entry.id, entry.generation))
            for contest in frozen.sheet.contests
            if may_vote_in(entry, contest)
        }
        if held := {contest: issued for contest, issued in given.items() if issued}:
            found[entry.id] = json.dumps(held)
        session.expunge(entry)
    columns = {name: f"old.{name}" for name in RollEntry.__table__.columns.keys()}  # noqa: SIM118
    await rewrite_partition(
        session,
        "roll",
        round_id,
        columns | {"issued": "CAST(given.issued AS jsonb)"},
        joined="LEFT JOIN unnest(CAST(:ids AS uuid[]), CAST(:issued AS text[])) AS given (id, issued) USING (id)",
        values={"ids": list(found), "issued": list(found.values())},
    )
