"""Workers killed with ``kill -9`` in mid-job, and a flushed Redis: every job is done exactly once, none is lost.

Run as a program, this file is the worker that gets killed.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.database import make_engine, make_sessions
from engage.core.jobs import LongTask, job, long_job
from engage.core.outbox import enqueue
from engage.core.settings import Settings
from engage.worker import EmbeddedWorker, run_worker
from tests.core.brokers import BROKERS, own_corner

ROOT = Path(__file__).parent.parent.parent
LEASE = timedelta(seconds=1)
JOBS = 24
TABLES = """
    create table mark (number int);
    create table begun (number int, at timestamptz default clock_timestamp());
"""


@job("kill.short", attempts=1000)
async def short(session: AsyncSession, *, number: int) -> None:
    await session.execute(text("insert into mark values (:number)"), {"number": number})
    await _begun(session, number)
    await asyncio.sleep(random.uniform(0.02, 0.2))


@long_job("kill.long", attempts=1000)
async def long(task: LongTask, *, number: int) -> None:
    async with task.read() as session:
        await _begun(session, number)
    await task.progress(50, "Counting")
    await asyncio.sleep(random.uniform(0.02, 0.2))
    async with task.finish() as session:
        await session.execute(text("insert into mark values (:number)"), {"number": number})


async def _begun(session: AsyncSession, number: int) -> None:
    """Tells of the start in a transaction of its own, so that it is seen while the job goes on."""
    connection = await asyncpg.connect(
        _plain(session.get_bind().engine.url.render_as_string(hide_password=False))
    )
    await connection.execute("insert into begun values ($1)", number)
    await connection.close()


def _plain(url: str) -> str:
    return url.replace("+asyncpg", "")


@pytest.fixture
async def database(
    fresh_database: Callable[[], Awaitable[str]],
) -> AsyncIterator[tuple[str, asyncpg.Connection]]:
    url = await fresh_database()
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES)
    yield url, connection
    await connection.close()


def settings_of(url: str, broker_url: str | None) -> Settings:
    return Settings(environment="test", database_url=url, broker_url=broker_url, database_pool=3)


async def ask(url: str, number_of_jobs: int) -> None:
    engine = make_engine(Settings(database_url=url))
    async with make_sessions(engine).begin() as session:
        for number in range(number_of_jobs):
            await enqueue(session, "kill.short" if number % 2 else "kill.long", number=number)
    await engine.dispose()


@contextmanager
def workers(settings: Settings, queue: str) -> Iterator[Callable[[], int]]:
    """``start()`` forks one more worker off a process that has imported everything; none outlives the test."""
    told = [settings.database_url or "", settings.broker_url or "", queue]
    command = [sys.executable, "-m", "tests.core.test_worker_kills", *told]
    begun: list[int] = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as nursery:
        assert nursery.stdin
        assert nursery.stdout

        def start() -> int:
            nursery.stdin.write(b"\n")
            nursery.stdin.flush()
            begun.append(int(nursery.stdout.readline()))
            return begun[-1]

        try:
            yield start
        finally:
            for worker in begun:
                kill(worker)


def kill(worker: int) -> None:
    """The worker with all its processes, at one stroke."""
    with suppress(ProcessLookupError):
        os.killpg(worker, signal.SIGKILL)


async def working(connection: asyncpg.Connection, seen: int) -> int:
    """Waits until a job has begun since ``seen`` beginnings; returns their number now."""
    async with asyncio.timeout(30):
        while (count := await connection.fetchval("select count(*) from begun")) <= seen:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return int(count)


async def all_done(connection: asyncpg.Connection) -> None:
    async with asyncio.timeout(60):
        while await connection.fetchval("select count(*) from outbox where state <> 'done'"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.long)], ids=["3 kills", "20 kills"])
@pytest.mark.parametrize("kind", BROKERS)
async def test_killed_workers(database: tuple[str, asyncpg.Connection], kind: str, kills: int) -> None:
    url, connection = database
    with own_corner(kind) as (broker_url, queue):
        settings = settings_of(url, broker_url)
        with workers(settings, queue) as start:
            running, seen = [start(), start()], 0
            await ask(url, JOBS * kills // 3)
            for _ in range(kills):
                seen = await working(connection, seen)
                await asyncio.sleep(random.uniform(0, 0.1))
                kill(running[0])
                running = [running[-1], start()]
            await all_done(connection)
    done = await connection.fetch("select number from mark order by number")
    assert [row["number"] for row in done] == list(range(JOBS * kills // 3))
    assert await connection.fetchval("select count(*) from begun") > len(done), "no kill struck in mid-job"


async def test_a_flushed_redis_loses_nothing(database: tuple[str, asyncpg.Connection]) -> None:
    url, connection = database
    with own_corner("redis") as (broker_url, queue):
        assert broker_url
        settings = settings_of(url, broker_url)
        with workers(settings, queue) as start, redis.Redis.from_url(broker_url) as client:
            start()
            await ask(url, JOBS)
            seen = 0
            for _ in range(3):
                seen = await working(connection, seen)
                async with asyncio.timeout(30):
                    while not client.llen(queue):  # noqa: ASYNC110  # something to lose
                        await asyncio.sleep(0.005)
                client.flushdb()
            await all_done(connection)
    done = await connection.fetch("select number from mark order by number")
    assert [row["number"] for row in done] == list(range(JOBS))


async def embedded(settings: Settings, queue: str) -> None:
    async with EmbeddedWorker(settings, queue=queue, lease=LEASE):
        await asyncio.Event().wait()


def work(settings: Settings, queue: str) -> None:
    os.setsid()
    os.close(1)
    if settings.embedded_worker:
        asyncio.run(embedded(settings, queue))
    else:
        run_worker(settings, concurrency=2, queue=queue, lease=LEASE)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin.readline():
        if (child := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            work(settings_of(sys.argv[1], sys.argv[2] or None), sys.argv[3])
        print(child, flush=True)
