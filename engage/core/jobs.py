"""Doing the jobs of the outbox.

A message carries a row's id and the token of its lease. Whoever begins the job trades that token for one of
its own, so a repeated message finds nothing to do, and all that a job writes is guarded by the token it holds.
"""

import asyncio
import inspect
import random
import threading
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
from engage.core.errors import DomainError
from engage.core.outbox import OutboxRow, State, wake

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
    """Registers ``async def f(task: LongTask, *, …ids)``, which reads, computes outside any transaction, and
    writes its results in ``async with task.finish() as session``."""
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
            if row is None:
                raise LeaseLost
            self._raise_for(row.cancel_asked)
            yield session
            _end(row, "done")
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
            except Exception as error:  # the database may be back before the lease ends
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


class Begun(NamedTuple):
    """A job that this worker, and no other, has begun."""

    row_id: UUID
    token: UUID
    job: str
    args: dict[str, Any]
    attempt: int


async def perform(
    sessions: async_sessionmaker[AsyncSession], row_id: UUID, token: UUID, lease: timedelta = LEASE
) -> None:
    """Does what a message asks for, if it is still to be done. A job's error ends up in its row, not here."""
    begun = await _begin(sessions, row_id, token, lease)
    if begun is None:
        log.debug("nothing to do", row=str(row_id))
        return
    try:
        await _run(sessions, begun, lease)
    except LeaseLost:
        log.warning("lease lost", job=begun.job, row=str(row_id))
    except JobCancelled:
        await _settle(sessions, begun, state="cancelled", ended_at=now())
    except asyncio.CancelledError:  # this worker stops: the next one begins anew
        await _settle(sessions, begun, state="waiting", due=now(), attempts=begun.attempt - 1)
        raise
    except Exception as error:
        await _settle(sessions, begun, **_failure(begun, error))


async def _begin(
    sessions: async_sessionmaker[AsyncSession], row_id: UUID, token: UUID, lease: timedelta
) -> Begun | None:
    mine = uuid4()
    async with sessions.begin() as session:
        row = await _hold(session, row_id, token)
        if row is None:
            return None
        if row.cancel_asked:
            _end(row, "cancelled")
            return None
        row.lease_token, row.due = mine, now() + lease
        row.attempts += 1  # committed before the job runs: one that kills its worker is not tried for ever
        return Begun(row_id, mine, row.job, row.args, row.attempts)


async def _run(sessions: async_sessionmaker[AsyncSession], begun: Begun, lease: timedelta) -> None:
    known = REGISTRY[begun.job]
    args = {name: msgspec.convert(value, known.types.get(name, Any)) for name, value in begun.args.items()}
    if known.long:
        await _run_long(known, LongTask(sessions, begun.row_id, begun.token, lease), args)
        return
    async with sessions.begin() as session:
        row = await _hold(session, begun.row_id, begun.token)  # held to the end: no relay leases it meanwhile
        if row is None:
            raise LeaseLost
        await known.function(session, **args)
        _end(row, "done")


async def _run_long(known: Job, task: LongTask, args: dict[str, Any]) -> None:
    beat = asyncio.create_task(task.beat())
    try:
        await known.function(task, **args)
        if not task.finished:
            if await task.cancelled():
                raise JobCancelled
            raise RuntimeError(f"{known.name} ended without task.finish()")
    finally:
        task.stopped.set()
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat


async def _hold(session: AsyncSession, row_id: UUID, token: UUID) -> OutboxRow | None:
    """The row, locked, if the lease is still the one of this token."""
    return await session.scalar(
        select(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.lease_token == token).with_for_update()
    )


def _end(row: OutboxRow, state: State) -> None:
    row.state, row.lease_token, row.ended_at = state, None, now()
    row.percent = 100 if state == "done" else row.percent


async def _settle(sessions: async_sessionmaker[AsyncSession], begun: Begun, **values: Any) -> None:
    async with sessions.begin() as session:
        mine = update(OutboxRow).where(OutboxRow.id == begun.row_id, OutboxRow.lease_token == begun.token)
        await session.execute(mine.values(lease_token=None, **values))
        if values["state"] == "waiting":
            await wake(session)


def _failure(begun: Begun, error: Exception) -> dict[str, Any]:
    """The row after an error: its class and code, never its message, which may hold a resident's words."""
    code = error.code if isinstance(error, GiveUp | DomainError) else "unexpected"
    known = REGISTRY.get(begun.job)
    last = isinstance(error, GiveUp) or (known is not None and begun.attempt >= known.attempts)
    log.error(
        "job failed",
        **{"job": begun.job, "row": str(begun.row_id), "attempt": begun.attempt, "last": last},
        **{"error": type(error).__qualname__, "code": code, "where": _where(error)},
    )
    told = {"error_class": type(error).__qualname__, "error_code": code}
    if last:
        return told | {"state": "failed", "ended_at": now()}
    return told | {"state": "waiting", "due": now() + back_off(begun.attempt)}


def back_off(attempt: int) -> timedelta:
    """2 s, 8 s, 32 s … an hour at most, give or take a fifth, so that many jobs do not come back as one."""
    return timedelta(seconds=min(3600, 2 * 4 ** (attempt - 1)) * random.uniform(0.8, 1.2))  # noqa: S311


def _where(error: BaseException) -> str:
    """The innermost place in the code: ``module.py:12``."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"


async def _in_thread(function: Callable[..., Result], *args: Any) -> Result:
    """Unlike asyncio's own, the thread is not waited for when the worker stops."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def settle(method: Callable[[Any], None], value: Any) -> None:
        if not outcome.done():
            method(value)

    def work() -> None:
        try:
            method, value = outcome.set_result, function(*args)
        except BaseException as error:
            method, value = outcome.set_exception, error  # type: ignore[assignment]
        with suppress(RuntimeError):  # the loop is gone, and with it whoever waited
            loop.call_soon_threadsafe(settle, method, value)

    threading.Thread(target=work, daemon=True).start()
    return await outcome
