"""The outbox, the relay and the worker together, on every broker that answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engage.core import jobs
from engage.core.clock import now
from engage.core.database import make_engine, make_sessions
from engage.core.errors import Refused
from engage.core.jobs import GiveUp, JobCancelled, LeaseLost, LongTask, job, long_job, perform
from engage.core.outbox import JobProgress, cancel, dead_letters, enqueue, job_progress, purge, retry
from engage.core.relay import POLL, Lease, Relay
from engage.core.settings import Settings
from engage.worker import EmbeddedWorker
from tests.core.brokers import BROKERS, own_corner

Sessions = async_sessionmaker[AsyncSession]
LEASE = timedelta(seconds=1)
Found = TypeVar("Found")


@job("test.mark")
async def mark(session: AsyncSession, *, name: str, pause: float = 0) -> None:
    await session.execute(text("insert into mark (name) values (:name)"), {"name": name})
    await asyncio.sleep(pause)


@job("test.typed")
async def typed(session: AsyncSession, *, story_id: UUID) -> None:
    assert isinstance(story_id, UUID)
    await mark(session, name=str(story_id))


@job("test.fail", attempts=3)
async def fail(session: AsyncSession, *, name: str) -> None:
    await mark(session, name=name)
    raise ValueError("Mrs Jones of 4 Mill Lane")


@job("test.refuse", attempts=1)
async def refuse(session: AsyncSession) -> None:
    raise Refused


@job("test.give-up")
async def give_up(session: AsyncSession) -> None:
    raise GiveUp("no-such-address")


@long_job("test.long")
async def long(task: LongTask, *, name: str, seconds: float) -> None:
    async with task.read() as session:
        assert await session.scalar(text("select count(*) from mark where name = :name"), {"name": name}) == 0
    await task.progress(40, "Reading the stories")
    await task.compute(spin, seconds, task.stopped.is_set)
    async with task.finish() as session:
        await mark(session, name=name)


@long_job("test.unfinished", attempts=1)
async def unfinished(task: LongTask) -> None:
    await task.progress(10, "Reading the stories")


def spin(seconds: float, stopped: Callable[[], bool]) -> int:
    """Python that holds the interpreter's lock, as the worst computation does."""
    end, turns = time.monotonic() + seconds, 0
    while time.monotonic() < end and not stopped():
        turns += 1
    return turns


@pytest.fixture
async def sessions(fresh_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Sessions]:
    """A database of the test's own, in which it commits."""
    engine = make_engine(Settings(environment="test", database_url=await fresh_database()))
    async with engine.begin() as connection:
        await connection.execute(
            text("create table mark (name text, at timestamptz default clock_timestamp())")
        )
    yield make_sessions(engine)
    await engine.dispose()


@pytest.fixture(params=BROKERS)
async def worker(
    request: pytest.FixtureRequest, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[EmbeddedWorker]:
    monkeypatch.setattr(jobs, "back_off", lambda attempt: timedelta(milliseconds=20 * attempt))
    with own_corner(request.param) as (broker_url, queue):
        async with EmbeddedWorker(settings_of(sessions, broker_url), queue=queue, lease=LEASE) as worker:
            yield worker


def settings_of(sessions: Sessions, broker_url: str | None = None) -> Settings:
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)
    return Settings(environment="test", database_url=url, broker_url=broker_url, database_pool=3)


async def ask(sessions: Sessions, job: str, /, **options: Any) -> UUID:
    async with sessions.begin() as session:
        return await enqueue(session, job, **options)


async def look(sessions: Sessions, row_id: UUID) -> JobProgress:
    async with sessions() as session:
        seen = await job_progress(session, row_id)
    assert seen is not None
    return seen


async def eventually(find: Callable[[], Awaitable[Found]], good: Callable[[Found], bool]) -> Found:
    async with asyncio.timeout(20):
        while not good(found := await find()):  # noqa: ASYNC110  # other processes tell nobody
            await asyncio.sleep(0.01)
    return found


async def until(sessions: Sessions, row_id: UUID, state: str) -> JobProgress:
    seen = await eventually(lambda: look(sessions, row_id), lambda seen: seen.ended or seen.state == state)
    assert seen.state == state
    return seen


async def computing(sessions: Sessions, row_id: UUID) -> JobProgress:
    return await eventually(lambda: look(sessions, row_id), lambda seen: seen.percent == 40)


async def marks(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(text("select name from mark order by at")))


async def lease_of(sessions: Sessions, row_id: UUID) -> UUID:
    """Leases a row as a relay would."""
    token = uuid4()
    take = text(
        "update outbox set state = 'leased', lease_token = :token, due = now() + :lease where id = :id"
    )
    async with sessions.begin() as session:
        await session.execute(take, {"token": token, "lease": LEASE, "id": row_id})
    return token


# On every broker


async def test_a_job_is_done_in_one_transaction_with_its_row(
    sessions: Sessions, worker: EmbeddedWorker
) -> None:
    started = time.monotonic()
    seen = await until(sessions, await ask(sessions, "test.mark", name="a"), "done")
    assert time.monotonic() - started < 0.9 * POLL, "the relay was not woken"
    assert await marks(sessions) == ["a"]
    assert (seen.percent, seen.attempts, seen.error_code) == (100, 1, None)
    assert seen.ended
    assert seen.ended_at is not None


async def test_what_is_rolled_back_is_never_done(sessions: Sessions, worker: EmbeddedWorker) -> None:
    async with sessions() as session:
        lost = await enqueue(session, "test.mark", name="rolled back")
        await session.rollback()
    await until(sessions, await ask(sessions, "test.mark", name="b"), "done")
    assert await marks(sessions) == ["b"]
    async with sessions() as session:
        assert await job_progress(session, lost) is None


async def test_arguments_arrive_with_their_types(sessions: Sessions, worker: EmbeddedWorker) -> None:
    story_id = uuid4()
    await until(sessions, await ask(sessions, "test.typed", story_id=story_id), "done")
    assert await marks(sessions) == [str(story_id)]


async def test_failures_are_tried_again_then_given_up_without_a_word(
    sessions: Sessions,
    worker: EmbeddedWorker,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    row_id = await ask(sessions, "test.fail", name="never kept")
    seen = await until(sessions, row_id, "failed")
    assert (seen.attempts, seen.error_code) == (3, "unexpected")
    assert await marks(sessions) == []
    async with sessions.begin() as session:
        (letter,) = await dead_letters(session)
        assert (letter.id, letter.job, letter.error_class) == (row_id, "test.fail", "ValueError")
        row = (await session.execute(text("select * from outbox"))).one()
        assert "Jones" not in str(row)
        assert await retry(session, row_id)
    printed = capsys.readouterr()
    assert "job failed" in printed.out
    assert "Jones" not in caplog.text + printed.out + printed.err
    assert (await until(sessions, row_id, "failed")).attempts == 3
    async with sessions.begin() as session:
        assert await cancel(session, row_id)
        assert not await retry(session, row_id)
        assert not await dead_letters(session)


async def test_an_error_tells_its_code(sessions: Sessions, worker: EmbeddedWorker) -> None:
    given_up = await until(sessions, await ask(sessions, "test.give-up"), "failed")
    assert (given_up.attempts, given_up.error_code) == (1, "no-such-address")
    refused = await until(sessions, await ask(sessions, "test.refuse"), "failed")
    assert refused.error_code == "refused"
    unfinished = await until(sessions, await ask(sessions, "test.unfinished"), "failed")
    assert (unfinished.error_code, unfinished.percent) == ("unexpected", 10)


async def test_a_job_for_later_waits(sessions: Sessions, worker: EmbeddedWorker) -> None:
    later = now() + timedelta(seconds=0.5)
    row_id = await ask(sessions, "test.mark", name="later", run_after=later)
    seen = await look(sessions, row_id)
    assert (seen.state, seen.next_try) == ("waiting", later)
    seen = await until(sessions, row_id, "done")
    assert seen.ended_at is not None
    assert seen.ended_at >= later


async def test_a_long_job_reports_and_outlives_its_lease(sessions: Sessions, worker: EmbeddedWorker) -> None:
    row_id = await ask(sessions, "test.long", name="long", seconds=1.6 * LEASE.total_seconds())
    seen = await computing(sessions, row_id)
    assert (seen.state, seen.message) == ("leased", "Reading the stories")
    assert (await until(sessions, row_id, "done")).attempts == 1
    assert await marks(sessions) == ["long"]


async def test_a_running_job_is_cancelled(sessions: Sessions, worker: EmbeddedWorker) -> None:
    row_id = await ask(sessions, "test.long", name="never kept", seconds=60)
    await computing(sessions, row_id)
    async with sessions.begin() as session:
        assert await cancel(session, row_id)
        seen = await job_progress(session, row_id)
        assert seen is not None
        assert seen.cancelling
    await until(sessions, row_id, "cancelled")
    assert await marks(sessions) == []
    await until(sessions, await ask(sessions, "test.mark", name="next"), "done")


async def test_a_short_job_keeps_its_row_beyond_the_lease(sessions: Sessions, worker: EmbeddedWorker) -> None:
    seen = await until(sessions, await ask(sessions, "test.mark", name="slow", pause=1.4), "done")
    assert seen.attempts == 1
    assert await marks(sessions) == ["slow"]


@pytest.mark.parametrize("kind", BROKERS)
async def test_two_relays_and_repeated_messages_do_each_job_once(sessions: Sessions, kind: str) -> None:
    async with sessions.begin() as session:
        for number in range(60):
            await enqueue(session, "test.mark", name=f"{number:02}")
    with own_corner(kind) as (broker_url, queue):
        async with EmbeddedWorker(settings_of(sessions, broker_url), queue=queue) as worker:
            publish = worker.publish
            twice = Relay(worker.database_url, lambda leases: publish([*leases, *leases]))
            relaying = asyncio.create_task(twice.run())
            await eventually(lambda: marks(sessions), lambda found: len(found) >= 60)
            twice.stop()
            await relaying
            await until(sessions, await ask(sessions, "test.mark", name="last"), "done")
    assert sorted(await marks(sessions)) == [*(f"{number:02}" for number in range(60)), "last"]


async def test_the_relay_outlives_its_connection(sessions: Sessions, worker: EmbeddedWorker) -> None:
    await until(sessions, await ask(sessions, "test.mark", name="before"), "done")
    others = text(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
        "and pid <> pg_backend_pid() and query not ilike '%update%outbox%set%lease_token=$%'"
    )
    async with sessions.begin() as session:
        assert (await session.scalars(others)).all()
        await enqueue(session, "test.mark", name="after")
    await eventually(lambda: marks(sessions), lambda found: found == ["before", "after"])


# Of the embedded worker


async def test_stopping_takes_under_a_second_and_loses_nothing(sessions: Sessions) -> None:
    started = time.monotonic()
    async with EmbeddedWorker(settings_of(sessions), lease=LEASE * 60):
        up = time.monotonic() - started
        row_id = await ask(sessions, "test.long", name="kept", seconds=2)
        queued = await ask(sessions, "test.mark", name="queued")
        await computing(sessions, row_id)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert up < 1
    assert [(await look(sessions, id_)).state for id_ in (row_id, queued)] == ["waiting", "waiting"]
    assert (await look(sessions, row_id)).attempts == 0
    async with EmbeddedWorker(settings_of(sessions), lease=LEASE * 60):
        await until(sessions, queued, "done")
        await until(sessions, row_id, "done")
    assert sorted(await marks(sessions)) == ["kept", "queued"]


# Of rows, without a broker


async def test_unique_jobs_are_asked_for_once(sessions: Sessions) -> None:
    first = await ask(sessions, "test.mark", unique="person 1, digest 2026-11-22", name="x")
    assert await ask(sessions, "test.mark", unique="person 1, digest 2026-11-22", name="y") == first
    assert await ask(sessions, "test.mark", unique="person 2, digest 2026-11-22", name="y") != first
    assert await ask(sessions, "test.other", unique="person 1, digest 2026-11-22") != first
    assert await ask(sessions, "test.mark", name="z") != await ask(sessions, "test.mark", name="z")


async def test_unique_jobs_under_concurrency(sessions: Sessions) -> None:
    assert (
        len(set(await asyncio.gather(*(ask(sessions, "test.mark", unique="k", name="x") for _ in range(10)))))
        == 1
    )


async def test_a_job_whose_lease_was_taken_over_writes_nothing(sessions: Sessions) -> None:
    row_id = await ask(sessions, "test.long", name="late", seconds=30)
    working = asyncio.create_task(perform(sessions, row_id, await lease_of(sessions, row_id), LEASE))
    await computing(sessions, row_id)
    token = await lease_of(sessions, row_id)
    await asyncio.wait_for(working, 2)  # the heartbeat notices
    assert await marks(sessions) == []
    assert (await look(sessions, row_id)).state == "leased"
    async with sessions() as session:
        assert await session.scalar(text("select lease_token from outbox")) == token


async def test_a_message_delivered_to_two_workers_is_begun_by_one(sessions: Sessions) -> None:
    row_id = await ask(sessions, "test.long", name="once", seconds=0.2)
    token = await lease_of(sessions, row_id)
    await asyncio.gather(*(perform(sessions, row_id, token, LEASE) for _ in range(3)))
    seen = await look(sessions, row_id)
    assert (seen.state, seen.attempts) == ("done", 1)
    assert await marks(sessions) == ["once"]


async def test_the_last_transaction_is_guarded(sessions: Sessions) -> None:
    row_id = await ask(sessions, "test.long", name="x", seconds=0)
    task = LongTask(sessions, row_id, await lease_of(sessions, row_id), LEASE)
    assert not await task.cancelled()
    await lease_of(sessions, row_id)
    with pytest.raises(LeaseLost):
        async with task.finish() as session:
            await mark(session, name="late")
    with pytest.raises(LeaseLost):
        await task.progress(50, "Reading the stories")
    with pytest.raises(LeaseLost):
        await task.cancelled()
    assert await marks(sessions) == []


async def test_a_cancelled_job_cannot_finish(sessions: Sessions) -> None:
    row_id = await ask(sessions, "test.long", name="x", seconds=0)
    task = LongTask(sessions, row_id, await lease_of(sessions, row_id), LEASE)
    async with sessions.begin() as session:
        assert await cancel(session, row_id)
    assert await task.cancelled()
    with pytest.raises(JobCancelled):
        async with task.finish() as session:
            await mark(session, name="late")
    assert await marks(sessions) == []


async def test_a_job_that_kills_its_worker_counts_its_attempts(sessions: Sessions) -> None:
    """The attempt is committed before the job runs, so a crash cannot repeat for ever."""
    row_id = await ask(sessions, "test.mark", name="x", pause=30)
    crash = asyncio.create_task(perform(sessions, row_id, await lease_of(sessions, row_id), LEASE))
    seen = await eventually(lambda: look(sessions, row_id), lambda seen: seen.attempts > 0)
    assert (seen.attempts, seen.state) == (1, "leased")
    crash.cancel()
    with pytest.raises(asyncio.CancelledError):
        await crash


async def test_waiting_jobs_are_cancelled_at_once_and_ended_ones_not(sessions: Sessions) -> None:
    row_id = await ask(sessions, "test.mark", name="x", run_after=now() + timedelta(days=1))
    async with sessions.begin() as session:
        assert await cancel(session, row_id)
    assert (await look(sessions, row_id)).state == "cancelled"
    async with sessions.begin() as session:
        assert not await cancel(session, row_id)
        assert not await cancel(session, uuid4())
        assert not await retry(session, row_id)


async def test_a_broker_that_is_away_costs_no_lease(sessions: Sessions) -> None:
    row_id = await ask(sessions, "test.mark", name="x")
    sent: list[UUID] = []
    twice, loop = asyncio.Event(), asyncio.get_running_loop()

    def publish(leases: Sequence[Lease]) -> None:
        sent.extend(row_id for row_id, _ in leases)
        if len(sent) == 1:
            raise ConnectionError("no broker")
        loop.call_soon_threadsafe(twice.set)

    relay = Relay(settings_of(sessions).database_url or "", publish, lease=LEASE * 60, poll=0.05)
    relaying = asyncio.create_task(relay.run())
    async with asyncio.timeout(5):
        await twice.wait()
    relay.stop()
    await relaying
    assert sent == [row_id, row_id]


async def test_purge_keeps_what_is_not_ended(sessions: Sessions) -> None:
    kept = await ask(sessions, "test.mark", name="x")
    ended = await ask(sessions, "test.mark", name="y")
    async with sessions.begin() as session:
        await cancel(session, ended)
        await purge(session, now() - timedelta(days=1))
        assert await job_progress(session, ended)
        await purge(session, now() + timedelta(seconds=1))
        assert await job_progress(session, ended) is None
        assert await job_progress(session, kept)


def test_back_off_grows_to_an_hour() -> None:
    waits = [jobs.back_off(attempt).total_seconds() for attempt in range(1, 9)]
    assert 1.6 <= waits[0] <= 2.4
    assert waits[:6] == sorted(waits[:6])
    assert max(waits) <= 3600 * 1.2
    assert jobs.back_off(3) != jobs.back_off(3)
