"""Who voted for what: not from a dump while voting is open, and not from the cluster after sealing."""

import hmac
import itertools
import logging
import math
import secrets
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from budgeting import box, passes, roll, round_secret, rounds, sealing
from engage.core.settings import Settings

from .test_closing import close
from .world import World, end_voting, make_world

Sessions = async_sessionmaker[AsyncSession]
VOTERS = 1_000


def quantile(share: float) -> int:
    """Of the number of right pairs when people and ballots are matched at random.

    Fixed points of a random permutation: k of them with probability e⁻¹/k!, to 300 places for 1,000.
    """
    total = 0.0
    for matches in itertools.count():
        total += math.exp(-1) / math.factorial(matches)
        if total >= share:
            return matches
    raise AssertionError


def right_pairs(people: list[UUID], ballots: list[bytes], truth: dict[UUID, bytes]) -> int:
    """How many the attack gets right that lays the two lists side by side."""
    return sum(truth[person] == slot for person, slot in zip(people, ballots, strict=True))


async def vote(sessions: Sessions, world: World) -> dict[UUID, bytes]:
    """Everybody votes right after getting their pass, in an order that the voter list does not have.

    Voter → slot, in the order of voting.
    """
    truth = {}
    order = list(world.codes)
    secrets.SystemRandom().shuffle(order)
    async with sessions() as session:  # one connection, and a commit after each step
        for number, code in enumerate(order):
            entry = await roll.entry_by_code(session, world.settings, world.round.id, code)
            given = await roll.issue_pass(session, world.settings, entry, world.contest)
            await session.commit()
            receipt = await box.cast(session, world.settings, given, world.ids(number % 4))
            await session.commit()
            truth[entry.id] = receipt.slot
            session.expunge(entry)
    return truth


async def in_heap_order(sessions: Sessions, table: str, column: str, order: str = "ctid") -> list:  # type: ignore[type-arg]
    async with sessions() as session:
        rows = await session.scalars(text(f"SELECT {column} FROM {table} ORDER BY {order}"))  # noqa: S608
        return [bytes(row) if isinstance(row, memoryview) else row for row in rows]


async def dump(sessions: Sessions) -> dict[str, list[dict[str, object]]]:
    """Every row of every table in the order in which a dump would write it."""
    async with sessions() as session:
        names = await session.scalars(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        )
        return {
            name: [dict(row) for row in (await session.execute(text(f"TABLE {name}"))).mappings()]
            for name in list(names)
        }


def byte_strings(rows: list[dict[str, object]]) -> set[bytes]:
    """Everything in these rows that could be a key to something else."""
    found = set()
    for row in rows:
        for value in row.values():
            if isinstance(value, bytes | memoryview):
                found.add(bytes(value))
            elif isinstance(value, UUID):
                found.add(value.bytes)
    return found


def derived(values: set[bytes], keys: list[bytes]) -> set[bytes]:
    """What somebody without R could make of them: hashes, and keyed hashes under everything in the dump."""
    plain = {sha256(value).digest() for value in values}
    keyed = {hmac.digest(key, value, sha256) for key in keys for value in values}
    return values | plain | keyed


async def test_a_dump_and_the_logs_of_the_voting_days_do_not_join_voters_and_ballots(
    sessions: Sessions, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with sessions.begin() as session:
        world = await make_world(session, settings, voters=VOTERS)
    name = world.round.id.hex
    untouched = "id, generation, issued, ctid, xmin, xmax"
    before = await in_heap_order(sessions, f"roll_{name}", f"({untouched})::text")
    truth = await vote(sessions, world)
    assert await in_heap_order(sessions, f"roll_{name}", f"({untouched})::text") == before, (
        "issuing a pass leaves no trace in the roll, and none in its order"
    )

    tables = await dump(sessions)
    voters, marks, ballots = (tables[f"{table}_{name}"] for table in ("roll", "roll_mark", "ballot"))
    assert (len(voters), len(marks), len(ballots)) == (VOTERS, VOTERS, VOTERS)
    people = [row["id"] for row in voters]
    slots = [bytes(row["slot"]) for row in ballots]  # type: ignore[call-overload]
    assert right_pairs(people, slots, truth) <= quantile(0.999)  # type: ignore[arg-type]

    # Nothing in the dump, hashed with anything but R, leads from the roll to a mark or to a ballot.
    common = {world.round.id.bytes, world.contest.bytes}
    keys = [
        settings.server_key,
        *common,
        *byte_strings(tables["round"]),
        *byte_strings(tables["frozen_rules"]),
    ]
    from_roll = derived(byte_strings(voters) - common, keys)
    assert not from_roll & (byte_strings(marks) | byte_strings(ballots))
    assert not derived(byte_strings(marks) - common, keys) & byte_strings(ballots)
    elsewhere = {
        value
        for table, rows in tables.items()
        if not table.startswith(("roll_", "ballot_"))
        for value in byte_strings(rows)
    }
    assert not elsewhere & {bytes(row["id"].bytes) for row in voters}  # type: ignore[attr-defined]
    assert not elsewhere & set(slots)

    # With R the same dump joins completely: the comparison above can fail.
    fingerprint = (await rounds_of(sessions, world)).secret_fingerprint
    assert fingerprint is not None
    secret = round_secret.read(settings.secrets_dir, world.round.id, fingerprint)
    known = {bytes(row["key_hash"]): bytes(row["slot"]) for row in ballots}  # type: ignore[call-overload]
    joined = {
        entry: known[passes.derive(secret, world.contest, entry, 0).key_hash]  # type: ignore[arg-type]
        for entry in people
    }
    assert joined == truth

    logged = caplog.text
    assert not [slot for slot in slots if slot.hex() in logged]
    assert not [person for person in people if str(person) in logged]


async def rounds_of(sessions: Sessions, world: World):  # type: ignore[no-untyped-def]
    async with sessions() as session:
        return await rounds.by_id(session, world.round.id)


async def test_after_sealing_neither_row_order_nor_xmin_joins_voters_and_ballots(
    sessions: Sessions, settings: Settings
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session, settings, voters=VOTERS)
    truth = await vote(sessions, world)
    roll_table, box_table = f"roll_{world.round.id.hex}", f"ballot_{world.round.id.hex}"
    # The worst case: a roll whose rows lie in the order of issuing, beside a box in the order of casting.
    columns = "round_id, id, code_hash, reference, ward_code, generation, issued"
    async with sessions.begin() as session:
        await session.execute(text(f"CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE {roll_table}"))
        await session.execute(text(f"TRUNCATE {roll_table}"))
        await session.execute(
            text(
                f"INSERT INTO {roll_table} ({columns}) SELECT {columns} FROM kept "  # noqa: S608
                "ORDER BY array_position(CAST(:voted AS uuid[]), id)"
            ),
            {"voted": list(truth)},
        )
    people = await in_heap_order(sessions, roll_table, "id")
    for order in ("ctid", "xmin::text::bigint"):
        slots = await in_heap_order(sessions, box_table, "slot", order)
        assert right_pairs(people, slots, truth) == VOTERS, "before sealing this attack finds everybody"

    await end_voting(sessions, world)
    await close(sessions, world)
    async with sessions.begin() as session:
        await sealing.reconcile(session, world.officer, world.round.id)
    async with sessions.begin() as session:
        await sealing.seal(session, settings, world.round.id)
    async with sessions.begin() as session:
        await sealing.destroy_secret(session, settings, world.round.id)

    people = await in_heap_order(sessions, roll_table, "id")
    slots = await in_heap_order(sessions, box_table, "slot")
    assert sorted(slots) == sorted(truth.values())
    assert sorted(people) == sorted(truth)
    assert right_pairs(people, slots, truth) <= quantile(0.999)
    for table in (roll_table, box_table):
        assert len(set(await in_heap_order(sessions, table, "xmin::text"))) == 1
    assert await in_heap_order(sessions, box_table, "key_hash") == [None] * VOTERS
    assert await in_heap_order(sessions, f"roll_mark_{world.round.id.hex}", "mark") == []
    assert list(settings.secrets_dir.iterdir()) == []
    issued = await in_heap_order(sessions, roll_table, "issued")
    assert issued == [{str(world.contest): "pass"}] * VOTERS


def test_the_quantile_is_that_of_a_random_matching() -> None:
    assert quantile(0.999) == 5
    assert quantile(0.99) == 4
