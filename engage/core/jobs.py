"""Doing the jobs of the outbox.

A message carries a row's id and the token of its lease. Whoever begins the job trades that token for one of its own,
so a repeated message finds nothing to do, and everything a job writes is guarded by the token that it holds.
"""

import asyncio
import inspect
import random
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar, get_type_hints
from uuid import UUID, uuid4

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engage.core.clock import now
from engage.core.outbox import OutboxRow, _wake

LEASE = timedelta(seconds=30)

Result = TypeVar("Result")
ShortJob = Callable[..., Awaitable[None]]
log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """The lease ran out and another worker may have the job: nothing was written."""


class JobCancelled(Exception):
    """Someone asked for the job to stop: nothing was written."""


class GiveUp(Exception):
    """Trying again is useless: straight to the dead letters, with ``code`` for the officer who looks."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Job(NamedTuple):
    name: str
    function: ShortJob
    attempts: int
    long: bool
    types: dict[str, Any]


REGISTRY: dict[str, Job] = {}


def job(name: str, *, attempts: int = 8) -> Callable[[ShortJob], ShortJob]:
    """Registers ``async def f(session, *, …ids)``, done in one transaction with its row."""
    return _register(name, attempts, long=False)


def long_job(name: str, *, attempts: int = 3) -> Callable[[ShortJob], ShortJob]:
    """Registers ``async def f(task: LongTask, *, …ids)``: it reads, computes outside any transaction, and ends
    with ``async with task.finish() as session``."""
    return _register(name, attempts, long=True)


def _register(name: str, attempts: int, *, long: bool) -> Callable[[ShortJob], ShortJob]:
    def register(function: ShortJob) -> ShortJob:
        known = REGISTRY.get(name)
        if known is not None and known.function is not function:
            raise ValueError(f"two jobs are named {name}")
        names = list(inspect.signature(function).parameters)[1:]
        types = {key: kind for key, kind in get_type_hints(function).items() if key in names}
        REGISTRY[name] = Job(name, function, attempts, long, types)
        return function

    return register


class LongTask:
    """What a long job holds. ``stopped`` is set once the work is in vain: a computation may look at it."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], row_id: UUID, token: UUID, lease: timedelta
    ) -> None:
        self.id = row_id
        self.stopped = threading.Event()
        self._sessions = sessions
        self._token = token
        self._lease = lease
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.finished = False

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A short transaction, to read in."""
        return self._sessions.begin()

    async def progress(self, percent: int, message_key: str) -> None:
        """Shows on the job's page. Raises LeaseLost or JobCancelled, so that work in vain ends early."""
        self._raise_for(await self._update(percent=percent, progress_message=message_key))

    async def cancelled(self) -> bool:
        """Asks the database. Raises LeaseLost."""
        asked = await self._update()
        if asked is None:
            raise LeaseLost
        return asked

    async def compute(self, function: Callable[..., Result], *args: Any) -> Result:
        """Runs CPU work in a thread while the lease is kept alive.

        Raises JobCancelled or LeaseLost as soon as either is known; the thread is then left to end by itself.
        """
        work = asyncio.ensure_future(_in_thread(function, *args))
        await asyncio.wait((work, self._over), return_when=asyncio.FIRST_COMPLETED)
        if self._over.done():
            work.cancel()
            self._over.result()
        return await work

    @asynccontextmanager
    async def finish(self) -> AsyncIterator[AsyncSession]:
        """The last transaction: the results and "done" together, or (LeaseLost, JobCancelled) neither."""
        async with self._sessions.begin() as session:
            row = await _hold(session, self.id, self._token)
            self._raise_for(None if row is None else row.cancel_asked)
            yield session
            _end(row, "done")
            row.percent = 100
        self.finished = True

    async def beat(self) -> None:
        """Extends the lease three times as often as needed, on a connection of its own."""
        while not self._over.done():
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                self._raise_for(await self._update())
            except (LeaseLost, JobCancelled) as error:
                self.stopped.set()
                self._over.set_exception(error)
                self._over.exception()  # seen: it is raised where the job next looks
            except Exception as error:  # noqa: BLE001  # the database may be back before the lease ends
                log.warning("heartbeat failed", row=str(self.id), error=type(error).__name__)

    async def _update(self, **values: Any) -> bool | None:
        """Extends the lease; returns whether cancelling was asked for, None if the lease is lost."""
        async with self._sessions.begin() as session:
            mine = update(OutboxRow).where(OutboxRow.id == self.id, OutboxRow.lease_token == self._token)
            return await session.scalar(
                mine.values(due=now() + self._lease, **values).returning(OutboxRow.cancel_asked)
            )

    @staticmethod
    def _raise_for(cancel_asked: bool | None) -> None:
        if cancel_asked is None:
            raise LeaseLost
        if cancel_asked:
            raise JobCancelled
