"""Casting, changing, removing: one ballot a voter, whatever comes at once."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from budgeting import box, passes, receipts, roll, rounds
from budgeting.box import BallotRefused, PassRefused, RulesDiffer, VotingClosed, VotingNotOpen
from budgeting.models import BallotState
from budgeting.passes import Pass
from budgeting.receipts import Receipt
from budgeting.round_secret import SecretLost
from budgeting.rule_sheet import BallotForm
from engage.core.errors import InvalidInput, NotFound
from engage.core.settings import Settings

from .world import World, make_world, pass_for

Sessions = async_sessionmaker[AsyncSession]


async def rows_of(session: AsyncSession, world: World) -> list[Any]:
    return list(await session.execute(text(f"SELECT * FROM ballot_{world.round.id.hex}")))  # noqa: S608


async def test_a_ballot_is_cast_changed_blanked_removed_and_cast_again(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    given = await pass_for(session, world, 0)
    assert await box.own_ballot(session, settings, given) is None
    first = await box.cast(session, settings, given, world.ids(0, 1))
    again = await box.cast(session, settings, given, world.ids(1, 0))
    assert again == first, "the same choices in another order are the same ballot"
    changed = await box.cast(session, settings, given, world.ids(2))
    assert (changed.version, changed.slot) == (2, first.slot)
    assert changed.commitment != first.commitment
    blank = await box.cast(session, settings, given, [])
    own = await box.own_ballot(session, settings, given)
    assert own is not None
    assert (own.state, own.choices, own.receipt) == (BallotState.CAST, [], blank)
    gone = await box.remove(session, settings, given)
    assert await box.remove(session, settings, given) == gone
    own = await box.own_ballot(session, settings, given)
    assert own is not None
    assert (own.state, own.choices) == (BallotState.REMOVED, None)
    back = await box.cast(session, settings, given, world.ids(0, 1))
    assert (back.version, back.slot) == (5, first.slot)
    assert back.commitment != first.commitment, "going back must not say so in the log"
    (row,) = await rows_of(session, world)
    assert bytes(row.earlier) == b"".join(one.commitment for one in (first, changed, blank, gone)), (
        "every receipt ever signed stays provable"
    )


async def test_the_receipt_is_signed_and_commits_to_the_row(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    receipt = await box.cast(session, settings, await pass_for(session, world, 0), world.ids(0))
    (row,) = await rows_of(session, world)
    assert receipts.commit(row.nonce, row.contest_id, row.choices) == receipt.commitment
    frozen = await rounds.frozen_rules(session, world.round.id)
    key = bytes.fromhex(frozen.sheet.public_key)
    assert receipts.receipt_is_genuine(receipt, key)
    read_back = receipts.from_text(receipts.to_text(receipt))
    assert read_back == receipt
    assert not receipts.receipt_is_genuine(
        Receipt(receipt.round, receipt.slot, receipt.version + 1, receipt.commitment, receipt.signature), key
    )


async def test_the_row_holds_no_date_and_nothing_of_the_voter(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    await box.cast(session, settings, await pass_for(session, world, 0), world.ids(0))
    columns = await session.execute(
        text("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'ballot'")
    )
    found = {row.column_name: row.data_type for row in columns}
    assert not [name for name, kind in found.items() if "time" in kind or "date" in kind]
    assert set(found) == {
        *("round_id", "contest_id", "channel", "key_hash", "slot", "nonce", "version"),
        *("choices", "commitment", "earlier", "state"),
    }


async def test_casting_writes_the_one_row_and_nothing_else(sessions: Sessions, settings: Settings) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings)
        given = await pass_for(session, world, 0)
        await flush_statistics(session)
    before = await written(sessions)
    async with sessions.begin() as session:
        await box.cast(session, settings, given, world.ids(0))
        await flush_statistics(session)
    assert await changes(sessions, before) == {f"ballot_{world.round.id.hex}": (1, 0, 0)}
    before = await written(sessions)
    async with sessions.begin() as session:
        await box.cast(session, settings, given, world.ids(1))
        await flush_statistics(session)
    assert await changes(sessions, before) == {f"ballot_{world.round.id.hex}": (0, 1, 0)}


async def flush_statistics(session: AsyncSession) -> None:
    """What this transaction counts is to be seen as soon as it has committed."""
    await session.execute(text("SELECT pg_stat_force_next_flush()"))


async def written(sessions: Sessions) -> dict[str, tuple[int, int, int]]:
    """Rows inserted, updated and deleted so far, by table."""
    async with sessions() as session:
        rows = await session.execute(
            text("SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables")
        )
        return {name: tuple(numbers) for name, *numbers in rows}  # type: ignore[misc]


async def changes(sessions: Sessions, before: dict[str, tuple[int, int, int]]) -> dict[str, tuple[int, ...]]:
    after = await written(sessions)
    found = {name: tuple(a - b for a, b in zip(after[name], before[name], strict=True)) for name in after}
    return {name: numbers for name, numbers in found.items() if any(numbers)}


async def test_twelve_different_ballots_at_once_leave_one_valid_ballot(
    sessions: Sessions, settings: Settings
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings, ballot=BallotForm(most_choices=2))
        given = await pass_for(session, world, 0)
    wanted = [world.ids(*{n % 4, (n + n // 4 + 1) % 4}) for n in range(12)]
    got = await at_once(sessions, settings, given, wanted)
    async with sessions() as session:
        (row,) = await rows_of(session, world)
        own = await box.own_ballot(session, settings, given)
    assert own is not None
    assert own.receipt in got, "the ballot that stands is one that was acknowledged"
    assert sorted(own.choices or []) in [sorted(map(str, choices)) for choices in wanted]
    assert len(own.choices or []) <= 2
    assert len({receipt.slot for receipt in got}) == 1
    assert row.version == max(receipt.version for receipt in got)
    assert len(bytes(row.earlier)) == 32 * (row.version - 1)


async def test_eight_identical_ballots_at_once_get_one_receipt(
    sessions: Sessions, settings: Settings
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings)
        given = await pass_for(session, world, 0)
    got = await at_once(sessions, settings, given, [world.ids(0, 3)] * 8)
    assert len(set(map(receipts.to_text, got))) == 1
    assert got[0].version == 1


async def at_once(
    sessions: Sessions, settings: Settings, given: Pass, wanted: list[list[Any]]
) -> list[Receipt]:
    """All of them started before the first is allowed to write."""
    start = asyncio.Event()

    async def one(choices: list[Any]) -> Receipt:
        async with sessions.begin() as session:
            await session.execute(text("SELECT 1"))
            await start.wait()
            return await box.cast(session, settings, given, choices)

    tasks = [asyncio.create_task(one(choices)) for choices in wanted]
    await asyncio.sleep(0.05)
    start.set()
    return await asyncio.gather(*tasks)


async def test_none_of_ten_thousand_made_up_passes_is_accepted(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    real = await pass_for(session, world, 0)
    made_up = [Pass(world.contest, secrets.token_bytes(32), secrets.token_bytes(32)) for _ in range(9_700)]
    for bit in range(256):  # the real one with one bit of its tag turned
        tag = (int.from_bytes(real.tag) ^ (1 << bit)).to_bytes(32)
        made_up.append(Pass(real.contest, real.key, tag))
    made_up += [Pass(world.round.id, real.key, real.tag)] * 44
    assert len(made_up) == 10_000
    accepted = 0
    for given in made_up:
        try:
            await box.admit(session, settings, given)
            accepted += 1
        except PassRefused:
            pass
    assert accepted == 0
    assert await box.admit(session, settings, real)
    with pytest.raises(PassRefused):
        await box.cast(session, settings, made_up[0], world.ids(0))
    assert await rows_of(session, world) == []


@pytest.mark.parametrize("cookie", [None, "", "x", "é" * 107, "A" * 107, "A" * 108])
async def test_a_cookie_that_is_no_pass_is_refused(
    session: AsyncSession, settings: Settings, cookie: str | None
) -> None:
    with pytest.raises(PassRefused):
        await box.admit(session, settings, box.pass_of(cookie))


async def test_issuing_again_gives_the_same_pass(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings)
    first, again, other = [await pass_for(session, world, voter) for voter in (0, 0, 1)]
    assert first == again
    assert passes.from_text(passes.to_text(first)) == first
    assert first.key != other.key
    totals = await roll.issued_totals(session, world.round.id)
    assert totals[world.contest].passes == 2


async def test_voting_opens_and_ends_by_the_clock_of_the_database(
    session: AsyncSession, settings: Settings
) -> None:
    early = await make_world(session, settings, opens=timedelta(hours=1), closes=timedelta(hours=2))
    with pytest.raises(VotingNotOpen):
        await pass_for(session, early, 0)
    world = await make_world(session, settings)
    given = await pass_for(session, world, 0)
    stands = await box.cast(session, settings, given, world.ids(0))
    world.round.voting_closes = world.round.voting_opens + timedelta(minutes=1)
    await session.flush()
    with pytest.raises(VotingClosed):
        await box.cast(session, settings, given, world.ids(1))
    with pytest.raises(VotingClosed):
        await box.remove(session, settings, given)
    with pytest.raises(VotingClosed):
        await pass_for(session, world, 1)
    assert await pass_for(session, world, 0) == given, "who has a pass may still look at their receipt"
    own = await box.own_ballot(session, settings, given)
    assert own is not None
    assert own.receipt == stands


async def test_a_cast_in_the_last_moment_is_judged_when_it_writes_not_when_it_began(
    sessions: Sessions, settings: Settings
) -> None:
    """The transaction begins while voting is open; the statement runs after the end."""
    async with sessions.begin() as session:
        world = await make_world(session, settings)
        given = await pass_for(session, world, 0)
    async with sessions.begin() as session:
        await session.execute(text("SELECT now()"))
        async with sessions.begin() as elsewhere:  # ends now: after our beginning, before our statement
            ends = text("UPDATE round SET voting_closes = clock_timestamp() WHERE id = :id")
            await elsewhere.execute(ends, {"id": world.round.id})
        with pytest.raises(VotingClosed):
            await box.cast(session, settings, given, world.ids(0))


async def test_choices_checked_against_other_rules_are_not_written(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    given = await pass_for(session, world, 0)
    await box.cast(session, settings, given, world.ids(0))
    await session.execute(
        text("UPDATE round SET rules_hash = sha256(rules_hash) WHERE id = :id"), {"id": world.round.id}
    )
    with pytest.raises(RulesDiffer):
        await box.cast(session, settings, given, world.ids(1))


async def test_a_ballot_over_its_limit_is_refused_and_the_old_one_stands(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings, ballot=BallotForm(most_choices=2))
    given = await pass_for(session, world, 0)
    stands = await box.cast(session, settings, given, world.ids(0, 1))
    with pytest.raises(BallotRefused) as refused:
        await box.cast(session, settings, given, world.ids(0, 1, 2))
    assert "at most 2" in str(refused.value.problems[0])
    own = await box.own_ballot(session, settings, given)
    assert own is not None
    assert own.receipt == stands


async def test_nothing_to_remove(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings)
    with pytest.raises(NotFound):
        await box.remove(session, settings, await pass_for(session, world, 0))


async def test_a_missing_or_different_secret_stops_the_round(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    given = await pass_for(session, world, 0)
    (path,) = settings.secrets_dir.glob("round-*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings.secrets_dir.stat().st_mode & 0o777 == 0o700
    kept = path.read_bytes()
    for wrong in (b"x" * 32, b"", None):
        path.unlink()
        if wrong is not None:
            path.write_bytes(wrong)
        with pytest.raises(SecretLost):
            await box.cast(session, settings, given, world.ids(0))
        with pytest.raises(SecretLost):
            await pass_for(session, world, 1)
        path.touch()
    path.write_bytes(kept)
    assert await box.cast(session, settings, given, world.ids(0))


async def test_a_wrong_code_and_an_unknown_one_say_the_same(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    other = await make_world(session, settings)
    said = set()
    for typed in ("", "not a code", "7" * 14, other.codes[0]):
        with pytest.raises(InvalidInput) as refused:
            await roll.entry_by_code(session, settings, world.round.id, typed)
        said.add(str(refused.value.fields["code"]))
    assert len(said) == 1
    typed = world.codes[0].lower().replace("-", " ")
    assert await roll.entry_by_code(session, settings, world.round.id, typed)
