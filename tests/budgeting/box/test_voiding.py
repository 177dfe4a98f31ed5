"""Voiding: two people, a tombstone that casting refuses, and never two ballots for one voter."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import box, roll, rounds, sealing, voiding
from budgeting.box import BallotVoid
from budgeting.models import BallotState
from budgeting.roll import OtherArea, PaperIssued, PassIssued, Voter
from budgeting.voiding import SecondPersonNeeded
from engage.core import codes
from engage.core.errors import Conflict, Forbidden, InvalidInput
from engage.core.permissions import Actor
from engage.core.settings import Settings

from .world import World, make_world, pass_for


async def void(session: AsyncSession, world: World, voter: int) -> None:
    entry = await roll.entry_by_code(session, world.settings, world.round.id, world.codes[voter])
    request = await voiding.ask_to_void(session, world.officer, entry, "stolen-code")
    code = await voiding.decide_void(session, world.settings, world.second, request.id, agree=True)
    assert code is not None
    world.codes[voter] = code
    await session.refresh(entry)


async def test_the_old_pass_is_dead_and_the_new_one_votes(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings)
    stolen = await pass_for(session, world, 0)
    first = await box.cast(session, settings, stolen, world.ids(0))
    await void(session, world, 0)
    for attempt in (box.cast(session, settings, stolen, world.ids(1)), box.remove(session, settings, stolen)):
        with pytest.raises(BallotVoid):
            await attempt
    own = await box.own_ballot(session, settings, stolen)
    assert own is not None
    assert (own.state, own.choices) == (BallotState.VOID, None)
    assert (own.receipt.slot, own.receipt.version) == (first.slot, 2), "logged as a version of its own"
    again = await pass_for(session, world, 0)
    assert again.key != stolen.key
    second = await box.cast(session, settings, again, world.ids(1))
    assert second.slot != first.slot
    (tally,) = await sealing.tallies(session, world.round.id)
    assert (tally.online, tally.passes) == (1, 2)


async def test_whoever_has_the_old_code_gets_no_pass_with_it(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    old = world.codes[0]
    await void(session, world, 0)
    with pytest.raises(InvalidInput):
        await roll.entry_by_code(session, settings, world.round.id, old)
    assert await roll.entry_by_code(session, settings, world.round.id, world.codes[0])


async def test_a_pass_that_never_voted_is_dead_too(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings)
    stolen = await pass_for(session, world, 0)
    await void(session, world, 0)
    with pytest.raises(BallotVoid):
        await box.cast(session, settings, stolen, world.ids(0))


async def test_voiding_takes_every_contest_of_the_voter_with_it(
    session: AsyncSession, settings: Settings
) -> None:
    """The generation is the voter's: a contest left out would give them a second pass, and a second ballot."""
    world = await make_world(session, settings, pots=(500_000, 400_000))
    second_contest = world.contests[1].id
    old = [await pass_for(session, world, 0), await pass_for(session, world, 0, second_contest)]
    await void(session, world, 0)
    for given in old:
        with pytest.raises(BallotVoid):
            await box.cast(session, settings, given, [])
    for contest in world.contests:
        given = await pass_for(session, world, 0, contest.id)
        await box.cast(session, settings, given, [])
    assert [tally.online for tally in await sealing.tallies(session, world.round.id)] == [1, 1]


async def test_one_person_alone_cannot_void(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings)
    given = await pass_for(session, world, 0)
    entry = await roll.entry_by_code(session, settings, world.round.id, world.codes[0])
    request = await voiding.ask_to_void(session, world.officer, entry, "fraud")
    with pytest.raises(SecondPersonNeeded):
        await voiding.decide_void(session, settings, world.officer, request.id, agree=True)
    stranger = Actor(
        person_id=world.second.person_id, name="", language="cy", roles=frozenset(), session_token=""
    )
    with pytest.raises(Forbidden):
        await voiding.decide_void(session, settings, stranger, request.id, agree=True)
    await voiding.decide_void(session, settings, world.second, request.id, agree=False)
    with pytest.raises(Conflict):
        await voiding.decide_void(session, settings, world.second, request.id, agree=True)
    assert await box.cast(session, settings, given, world.ids(0))
    traced = await session.execute(
        text("SELECT action, reason, person_id FROM audit_event WHERE action LIKE 'void.%' ORDER BY at")
    )
    assert [tuple(row) for row in traced] == [
        ("void.asked", "fraud", world.officer.person_id),
        ("void.refused", "fraud", world.second.person_id),
    ]


async def test_paper_and_pass_exclude_one_another(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings)
    entries = [await roll.entry_by_code(session, settings, world.round.id, code) for code in world.codes[:2]]
    await roll.issue_paper(session, settings, world.officer, entries[0], world.contest)
    with pytest.raises(PaperIssued):
        await pass_for(session, world, 0)
    await pass_for(session, world, 1)
    with pytest.raises(PassIssued):
        await roll.issue_paper(session, settings, world.officer, entries[1], world.contest)
    await void(session, world, 1)
    await roll.issue_paper(session, settings, world.officer, entries[1], world.contest)
    totals = (await roll.issued_totals(session, world.round.id))[world.contest]
    assert (totals.passes, totals.papers) == (1, 2)


async def test_a_ballot_is_for_the_voters_of_its_area(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings, voters=0, freeze=False)
    world.contests[0].wards = ["W1"]
    for ward in ("W1", "W2"):
        world.codes += await roll.make_codes(session, settings, world.officer, world.round, 1, ward)
    await rounds.freeze_rules(session, settings, world.officer, world.round.id)
    assert await pass_for(session, world, 0)
    with pytest.raises(OtherArea):
        await pass_for(session, world, 1)
    entries = [await roll.entry_by_code(session, settings, world.round.id, code) for code in world.codes]
    assert [len(await roll.ballots_for(session, entry)) for entry in entries] == [1, 0]
    other = await make_world(session, settings)
    with pytest.raises(OtherArea):
        await roll.issue_pass(session, settings, entries[0], other.contest)


async def test_a_list_with_a_wrong_or_a_doubled_code_adds_nobody(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings, voters=2)
    good = codes.new()
    for bad in (
        [Voter(good), Voter(good[:-1] + ("2" if good[-1] != "2" else "3"))],
        [Voter(good), Voter(good)],
        [Voter(good), Voter(world.codes[0])],
        [Voter(good, "7"), Voter(codes.new(), "7")],
    ):
        with pytest.raises(InvalidInput):
            await roll.import_voters(session, settings, world.officer, world.round, bad)
    assert await roll.on_roll(session, world.round.id) == 2
    await roll.import_voters(session, settings, world.officer, world.round, [Voter(good, "7", "W1")])
    entry = await roll.entry_by_code(session, settings, world.round.id, good)
    assert (entry.reference, entry.ward_code) == ("7", "W1")
    found = await roll.entry_by_reference(session, world.round.id, "7")
    assert found.id == entry.id


async def test_many_passes_from_one_device_are_shown_without_the_device(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings, voters=12)
    for code in world.codes:
        entry = await roll.entry_by_code(session, settings, world.round.id, code)
        await roll.issue_pass(
            session, settings, entry, world.contest, address="192.0.2.7", device=f"device {code[0] > 'F'}"
        )
    found = await roll.many_from_one(session, world.round.id, at_least=12)
    assert found["address"] == [12]
    stored = await session.execute(text(f"SELECT * FROM roll_mark_{world.round.id.hex}"))  # noqa: S608
    assert "192.0.2.7" not in repr(stored.all())
