"""Sealing: what must come before, what it leaves, and the bundle that anybody can check."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from budgeting import box, bundle, merkle, receipts, roll, rounds, sealing
from budgeting.bundle import NotABundle
from budgeting.models import Channel, TreeHead
from budgeting.receipts import Receipt
from budgeting.round_secret import SecretLost
from budgeting.rule_sheet import BallotForm, Promises, Terms
from budgeting.sealing import NotSealed
from engage.core import clock
from engage.core.errors import Conflict, Refused
from engage.core.settings import Settings

from .test_closing import close
from .test_voiding import void
from .world import World, end_voting, make_world, pass_for

Sessions = async_sessionmaker[AsyncSession]


async def seal(sessions: Sessions, world: World) -> dict[str, bytes]:
    await end_voting(sessions, world)
    await close(sessions, world)
    async with sessions.begin() as session:
        await sealing.reconcile(session, world.officer, world.round.id)
    async with sessions.begin() as session:
        await sealing.seal(session, world.settings, world.round.id)
    async with sessions.begin() as session:
        await sealing.destroy_secret(session, world.settings, world.round.id)
    async with sessions() as session:
        return await sealing.read_bundle(session, world.round.id)


async def small_round(sessions: Sessions, settings: Settings) -> tuple[World, list[Receipt]]:
    """Five voters: one changes, one removes, one is voided and votes anew, one is blank."""
    async with sessions.begin() as session:
        world = await make_world(session, settings, voters=6)
        given = [await pass_for(session, world, voter) for voter in range(5)]
        kept = [await box.cast(session, settings, one, world.ids(0, 2)) for one in given]
        kept.append(await box.cast(session, settings, given[0], world.ids(1)))
        kept.append(await box.remove(session, settings, given[1]))
        await void(session, world, 2)
        kept.append(await box.cast(session, settings, await pass_for(session, world, 2), world.ids(3)))
        kept.append(await box.cast(session, settings, given[3], []))
    return world, kept


async def test_the_steps_come_in_their_order(sessions: Sessions, settings: Settings) -> None:
    world, _ = await small_round(sessions, settings)
    async with sessions() as session:
        with pytest.raises(Refused):
            await sealing.reconcile(session, world.officer, world.round.id)
        with pytest.raises(NotSealed):
            await sealing.seal(session, settings, world.round.id)
        with pytest.raises(NotSealed):
            await sealing.destroy_secret(session, settings, world.round.id)
    await end_voting(sessions, world)
    async with sessions.begin() as session:
        await sealing.close_voting(session, world.round.id)
    async with sessions() as session:
        with pytest.raises(Refused):
            await sealing.reconcile(session, world.officer, world.round.id)
    await close(sessions, world)
    async with sessions() as session:
        with pytest.raises(NotSealed):
            await sealing.seal(session, settings, world.round.id)
    async with sessions.begin() as session:
        await sealing.reconcile(session, world.officer, world.round.id)
    async with sessions() as session:
        await sealing.seal(session, settings, world.round.id)
        with pytest.raises(Conflict):
            await sealing.destroy_secret(session, settings, world.round.id)
        await session.commit()
        with pytest.raises(NotSealed):
            sealing.require_countable(await rounds.by_id(session, world.round.id))
    for _ in range(2):  # a job may be repeated
        async with sessions.begin() as session:
            await sealing.seal(session, settings, world.round.id)
        async with sessions.begin() as session:
            await sealing.destroy_secret(session, settings, world.round.id)
    async with sessions() as session:
        sealing.require_countable(await rounds.by_id(session, world.round.id))
        with pytest.raises(SecretLost):
            await pass_for(session, world, 5)
        with pytest.raises(Refused):
            await void(session, world, 5)
        with pytest.raises(Refused):
            await rounds.cancel(session, world.officer, world.round.id, world.round.title)


async def test_the_bundle_opens_what_counts_and_only_that(sessions: Sessions, settings: Settings) -> None:
    world, kept = await small_round(sessions, settings)
    parts = await seal(sessions, world)
    assert bundle.check(parts, kept) == []
    read = bundle.read(parts)
    assert len(read.leaves) == 10, "every version of every slot"
    assert len(read.ballots) == 6, "one end for each slot"
    ids = [str(project) for project in world.ids(0, 1, 2, 3)]
    counted = sorted(bundle.opened_choices(read)[world.contest])
    assert counted == sorted([[ids[1]], [ids[3]], [], sorted([ids[0], ids[2]])])
    assert [ballot.choices for ballot in read.ballots].count(None) == 2, "removed and void"
    commitments = [bundle._commitment(ballot) for ballot in read.ballots]
    assert commitments == sorted(commitments)
    superseded = kept[0].commitment.hex()
    assert superseded in parts["leaves.jsonl"].decode()
    assert superseded not in parts["ballots.jsonl"].decode()


async def test_the_opened_nonce_does_not_open_the_versions_before(
    sessions: Sessions, settings: Settings
) -> None:
    """Whoever holds the published nonces tries every choice there is against the superseded leaf."""
    world, kept = await small_round(sessions, settings)
    read = bundle.read(await seal(sessions, world))
    (last,) = (ballot for ballot in read.ballots if ballot.slot == kept[0].slot.hex())
    ids = sorted(str(project) for project in world.ids(0, 1, 2, 3))
    every = [[p for place, p in enumerate(ids) if choice >> place & 1] for choice in range(16)]
    tries = {
        receipts.commit(bytes.fromhex(last.nonce), world.contest, msgspec.json.encode(c).decode())
        for c in every
    }
    assert kept[5].commitment in tries, "the last version opens"
    assert kept[0].commitment not in tries


def tampered(parts: dict[str, bytes], name: str, change: Any) -> dict[str, bytes]:
    lines = [json.loads(line) for line in parts[name].splitlines()]
    return parts | {name: b"".join(json.dumps(line).encode() + b"\n" for line in change(lines))}


async def test_the_checker_names_what_was_tampered_with(sessions: Sessions, settings: Settings) -> None:
    world, kept = await small_round(sessions, settings)
    parts = await seal(sessions, world)
    read = bundle.read(parts)
    victim = next(ballot for ballot in read.ballots if ballot.choices)
    place = read.ballots.index(victim)
    other = str(next(p for p in world.ids(0, 1, 2, 3) if str(p) not in (victim.choices or [])))

    def found(changed: dict[str, bytes]) -> str:
        problems = bundle.check(changed)
        assert problems
        return " / ".join(map(str, problems))

    def replace(lines: list[Any]) -> list[Any]:
        return [*lines[:place], lines[place] | {"choices": [other]}, *lines[place + 1 :]]

    def drop(lines: list[Any]) -> list[Any]:
        return [line for line in lines if line["slot"] != victim.slot]

    def double(lines: list[Any]) -> list[Any]:
        return lines + [line for line in lines if line["slot"] == victim.slot]

    def rename(lines: list[Any]) -> list[Any]:
        return [line | {"slot": "0" * 64} if line["slot"] == victim.slot else line for line in lines]

    said = {
        "This ballot was changed": tampered(parts, "ballots.jsonl", replace),
        "This ballot was removed": tampered(parts, "ballots.jsonl", drop),
        "This ballot is there twice": tampered(parts, "ballots.jsonl", double),
        "This ballot was added": tampered(parts, "leaves.jsonl", drop),
        "This leaf is there twice": tampered(parts, "leaves.jsonl", double),
        "The log does not know it": tampered(parts, "ballots.jsonl", rename),
    }
    for sentence, changed in said.items():
        assert sentence.lower() in found(changed).lower()
        assert victim.slot in found(changed) or "0" * 64 in found(changed)
    # Taken out of both: the ballot's own receipt misses it, and the signed head does not fit.
    both = tampered(tampered(parts, "ballots.jsonl", drop), "leaves.jsonl", drop)
    assert "not those that this head was signed for" in found(both)
    (own,) = (r for r in kept if (r.slot.hex(), r.version) == (victim.slot, victim.version))
    assert any(victim.slot in str(problem) for problem in bundle.check(both, [own]))


async def test_the_checker_sees_other_rules_seeds_heads_and_stuffing(
    sessions: Sessions, settings: Settings
) -> None:
    world, kept = await small_round(sessions, settings)
    parts = await seal(sessions, world)
    head = json.loads(parts["heads.json"])[0]
    changes = {
        "other rules": {"rules.json": parts["rules.json"].replace(b"Living", b"Dying!")},
        "seed": {"lot.json": json.dumps({"seed": "00" * 32}).encode()},
        "signature": {"heads.json": json.dumps([head | {"date": "2020-01-01"}]).encode()},
        "More ballots": {
            "issued.json": json.dumps({str(world.contest): {"passes": 3, "papers": 0}}).encode()
        },
        "no signed head": {"heads.json": b"[]"},
    }
    for sentence, change in changes.items():
        assert any(sentence in str(problem) for problem in bundle.check(parts | change)), sentence
    forged = Receipt(kept[0].round, kept[0].slot, 9, kept[0].commitment, kept[0].signature)
    assert any("not signed" in str(problem) for problem in bundle.check(parts, [forged]))
    for name in parts:
        with pytest.raises(NotABundle):
            bundle.read({key: body for key, body in parts.items() if key != name})


async def test_a_ballot_put_into_the_box_by_hand_stops_the_reconciliation(
    sessions: Sessions, settings: Settings
) -> None:
    """More ballots than passes and papers: the published number bounds what an operator could add."""
    async with sessions.begin() as session:
        world = await make_world(session, settings)
        given = await pass_for(session, world, 0)
        await box.cast(session, settings, given, world.ids(0))
        await session.execute(
            text(
                f"INSERT INTO ballot_{world.round.id.hex} SELECT round_id, contest_id, channel, "  # noqa: S608
                "sha256(key_hash), sha256(slot), nonce, version, choices, commitment, earlier, state "
                f"FROM ballot_{world.round.id.hex}"
            )
        )
    await end_voting(sessions, world)
    await close(sessions, world)
    async with sessions() as session:
        (tally,) = await sealing.tallies(session, world.round.id)
        assert (tally.online, tally.passes, tally.fits) == (2, 1, False)
        with pytest.raises(Refused):
            await sealing.reconcile(session, world.officer, world.round.id)


async def test_paper_is_keyed_in_after_the_close_and_bounded_by_papers_issued(
    sessions: Sessions, settings: Settings
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings)
        entry = await roll.entry_by_code(session, settings, world.round.id, world.codes[0])
        await roll.issue_paper(session, settings, world.officer, entry, world.contest)
    await end_voting(sessions, world)
    await close(sessions, world)
    async with sessions.begin() as session:
        await box.put_in_paper(session, world.officer, world.contest, world.ids(1))
    async with sessions() as session:
        (tally,) = await sealing.tallies(session, world.round.id)
        assert (tally.online, tally.paper, tally.papers, tally.fits) == (0, 1, 1, True)
        await box.put_in_paper(session, world.officer, world.contest, world.ids(1))
        with pytest.raises(Refused):
            await sealing.reconcile(session, world.officer, world.round.id)
    parts = await seal(sessions, world)
    assert bundle.check(parts) == []
    assert bundle.opened_choices(bundle.read(parts)) == {world.contest: [[str(world.ids(1)[0])]]}
    assert Channel.PAPER.value not in parts["ballots.jsonl"].decode(), "no channel beside a single ballot"
    async with sessions() as session:
        with pytest.raises(Refused):
            await box.put_in_paper(session, world.officer, world.contest, world.ids(1))


async def test_too_few_ballots_stay_closed_and_the_checker_accepts_it(
    sessions: Sessions, settings: Settings
) -> None:
    terms = Terms(minimum_ballots=3)
    async with sessions.begin() as session:
        world = await make_world(session, settings, terms=terms, pots=(500_000, 500_000), voters=4)
        few = world.contests[1].id
        for voter in range(4):
            await box.cast(session, settings, await pass_for(session, world, voter), world.ids(voter))
        for voter in range(2):
            await box.cast(session, settings, await pass_for(session, world, voter, few), [])
    parts = await seal(sessions, world)
    assert bundle.check(parts) == []
    read = bundle.read(parts)
    assert set(bundle.opened_choices(read)) == {world.contest}
    closed = [ballot for ballot in read.ballots if ballot.withheld]
    assert {(b.contest, b.nonce, b.choices) for b in closed} == {(few, "", None)}
    assert len(closed) == 2
    shown = json.dumps(
        [json.loads(line) | {"withheld": True} for line in parts["ballots.jsonl"].splitlines()]
    )
    hidden = b"".join(json.dumps(line).encode() + b"\n" for line in json.loads(shown))
    assert any("should have been opened" in str(p) for p in bundle.check(parts | {"ballots.jsonl": hidden}))


async def test_a_contest_with_too_few_merges_where_the_sheet_says(
    sessions: Sessions, settings: Settings
) -> None:
    terms = Terms(minimum_ballots=3, promises=Promises(below_minimum="merge"))
    async with sessions.begin() as session:
        world = await make_world(
            session, settings, terms=terms, pots=(500_000, 500_000), voters=4, freeze=False
        )
        world.contests[1].merges_into_id = world.contest
        await rounds.freeze_rules(session, settings, world.officer, world.round.id)
        few = world.contests[1].id
        for voter in range(2):
            await box.cast(session, settings, await pass_for(session, world, voter), [])
            await box.cast(session, settings, await pass_for(session, world, voter, few), [])
    parts = await seal(sessions, world)
    assert bundle.check(parts) == []
    read = bundle.read(parts)
    assert set(bundle.opened_choices(read)) == {world.contest, few}, "together they are enough"


async def test_heads_grow_one_a_day_and_only_by_twenty(
    sessions: Sessions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings, voters=50, ballot=BallotForm())
        given = [await pass_for(session, world, voter) for voter in range(50)]

    async def cast(first: int, last: int) -> None:
        async with sessions.begin() as session:
            for one in given[first:last]:
                await box.cast(session, settings, one, world.ids(0))

    async def head() -> TreeHead | None:
        async with sessions.begin() as session:
            return await sealing.publish_head(session, settings, world.round.id)

    await cast(0, 19)
    assert await head() is None
    await cast(19, 21)
    first = await head()
    assert first is not None
    assert (first.size, first.final) == (21, False)
    await cast(21, 45)
    assert await head() is None, "at most one a day"
    tomorrow = clock.today() + timedelta(days=1)
    monkeypatch.setattr(sealing, "today", lambda: tomorrow)
    second = await head()
    assert second is not None
    assert second.size == 45
    await cast(45, 50)
    parts = await seal(sessions, world)
    assert bundle.check(parts) == []
    assert [one.size for one in bundle.read(parts).heads] == [21, 45, 50]
    # Each head's leaves are in the order of their hashes, so arrival shows nowhere.
    hashes = [merkle.leaf_hash(line) for line in parts["leaves.jsonl"].splitlines()]
    for start, end in ((0, 21), (21, 45), (45, 50)):
        assert hashes[start:end] == sorted(hashes[start:end])
