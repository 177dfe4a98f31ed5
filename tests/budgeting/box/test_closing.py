"""The end of voting: by the dates in the statement; and the close waits for what was still in time."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from budgeting import box, rounds, sealing
from budgeting.box import VotingClosed
from budgeting.models import Phase
from budgeting.receipts import Receipt
from engage.core.errors import Conflict, Refused
from engage.core.settings import Settings

from .world import World, both, end_voting, make_world, pass_for

Sessions = async_sessionmaker[AsyncSession]


async def close(sessions: Sessions, world: World) -> None:
    async with sessions.begin() as session:
        await sealing.close_voting(session, world.round.id)
    async with sessions.begin() as session:
        await sealing.drain_box(session, world.round.id)


async def test_voting_cannot_be_closed_before_its_date(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings)
    with pytest.raises(Refused):
        await sealing.close_voting(session, world.round.id)
    with pytest.raises(Refused):
        await sealing.drain_box(session, world.round.id)


async def test_the_phase_must_be_committed_before_the_box_is_drained(
    sessions: Sessions, settings: Settings
) -> None:
    """Otherwise a cast that starts in between would not see it, and slip in behind the lock."""
    async with sessions.begin() as session:
        world = await make_world(session, settings)
    await end_voting(sessions, world)
    async with sessions() as session:
        await sealing.close_voting(session, world.round.id)
        with pytest.raises(Conflict):
            await sealing.drain_box(session, world.round.id)


async def test_the_close_waits_for_a_cast_in_flight(sessions: Sessions, settings: Settings) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings)
        in_time, late = [await pass_for(session, world, voter) for voter in (0, 1)]
    async with sessions() as casting:
        receipt = await box.cast(casting, settings, in_time, world.ids(0))
        await end_voting(sessions, world)
        closing = asyncio.create_task(close(sessions, world))
        await until_it_waits(sessions, world)
        assert not closing.done()
        await casting.commit()
    await asyncio.wait_for(closing, 10)
    async with sessions() as session:
        own = await box.own_ballot(session, settings, in_time)
        assert own is not None
        assert own.receipt == receipt
        with pytest.raises(VotingClosed):
            await box.cast(session, settings, late, world.ids(0))
        round_ = await rounds.by_id(session, world.round.id)
        assert round_.phase is Phase.COUNTING
        assert round_.drained_at is not None


async def until_it_waits(sessions: Sessions, world: World) -> None:
    waits = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareLock' "  # noqa: S608
        f"AND relation = 'ballot_{world.round.id.hex}'::regclass"
    )
    async with asyncio.timeout(10):
        while True:
            async with sessions() as session:
                if await session.scalar(waits):
                    return
            await asyncio.sleep(0.01)


async def test_a_close_in_the_middle_of_a_storm_keeps_exactly_what_was_acknowledged(
    sessions: Sessions, settings: Settings
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings, voters=30)
        given = [await pass_for(session, world, voter) for voter in range(30)]
    stands: dict[int, Receipt] = {}
    told_closed = set()

    async def voter(number: int) -> None:
        for turn in range(10_000):
            try:
                async with sessions.begin() as session:
                    receipt = await box.cast(
                        session, settings, given[number], world.ids(turn % 4, (turn + 1) % 4)
                    )
            except VotingClosed:
                told_closed.add(number)
                return
            stands[number] = receipt

    storm = [asyncio.create_task(voter(number)) for number in range(12)]
    async with sessions.begin() as session:
        await session.execute(
            text(
                "UPDATE round SET voting_closes = clock_timestamp() + interval '0.5 seconds' WHERE id = :id"
            ),
            {"id": world.round.id},
        )
    async with asyncio.timeout(20):
        while True:
            try:
                await close(sessions, world)
                break
            except Refused:
                await asyncio.sleep(0.02)
    drained = await in_the_box(sessions, world)
    await asyncio.gather(*storm)
    assert len(stands) == len(told_closed) == 12
    assert sum(receipt.version for receipt in stands.values()) > 50, "there was a storm"
    assert await in_the_box(sessions, world) == drained, "nothing came in behind the close"
    assert drained == {(r.slot, r.version, r.commitment) for r in stands.values()}


async def in_the_box(sessions: Sessions, world: World) -> set[tuple[bytes, int, bytes]]:
    async with sessions() as session:
        rows = await session.execute(
            text(f"SELECT slot, version, commitment FROM ballot_{world.round.id.hex}")  # noqa: S608
        )
        return {(bytes(slot), version, bytes(commitment)) for slot, version, commitment in rows}


async def test_one_round_closes_while_another_goes_on(sessions: Sessions, settings: Settings) -> None:
    """A cast in the other round, open and uncommitted, does not hold this close up."""
    async with sessions.begin() as session:
        world, other = await make_world(session, settings), await make_world(session, settings)
        given = await pass_for(session, other, 0)
    await end_voting(sessions, world)
    async with sessions() as casting:
        await box.cast(casting, settings, given, other.ids(0))
        await asyncio.wait_for(close(sessions, world), 10)
        await casting.rollback()


async def test_a_cancelled_round_keeps_no_ballot_and_no_secret(
    sessions: Sessions, settings: Settings
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings)
        given = await pass_for(session, world, 0)
        await box.cast(session, settings, given, world.ids(0))
    async with sessions() as session:
        await rounds.cancel(session, world.officer, world.round.id, both("A project was left out"))
        with pytest.raises(Conflict):
            await sealing.destroy_secret(session, settings, world.round.id)
        await session.commit()
    async with sessions.begin() as session:
        await sealing.destroy_secret(session, settings, world.round.id)
    assert await in_the_box(sessions, world) == set()
    assert list(settings.secrets_dir.iterdir()) == []
    async with sessions() as session:
        round_ = await rounds.by_id(session, world.round.id)
        assert (round_.phase, round_.secret_destroyed_at is None) == (Phase.CANCELLED, False)
        with pytest.raises(Refused):
            sealing.require_countable(round_)
        with pytest.raises(Refused):
            await box.cast(session, settings, given, world.ids(0))
