"""From the outbox to the broker. Any number of relays may run; a crashed one costs nothing but time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from engage.core.clock import now
from engage.core.database import async_url
from engage.core.jobs import LEASE
from engage.core.outbox import CHANNEL, KEPT_DAYS, OutboxRow, purge
from engage.core.retention import purge_expired

Lease = tuple[UUID, UUID]  # a row's id and the token of its lease
Publish = Callable[[Sequence[Lease]], None]

POLL = 1.0  # seconds; a notification comes first as a rule
WINDOW = 50  # rows leased at once: what waits in the broker for longer than its lease is sent again
log = structlog.get_logger(__name__)

# One statement, so that two relays never take the same row. A lease that ran out is due again.
TAKE = text("""
    with due as materialized (
        select id from outbox
        where state in ('waiting', 'leased') and due <= clock_timestamp()
        order by due limit :room for update skip locked
    )
    update outbox
    set state = 'leased', lease_token = gen_random_uuid(), due = clock_timestamp() + :lease
    from due where outbox.id = due.id
    returning outbox.id, outbox.lease_token
""")
NEXT = text("""
    select extract(epoch from min(due) - clock_timestamp())::float8 from outbox
    where state in ('waiting', 'leased')
""")
GIVE_BACK = text("""
    update outbox set state = 'waiting', lease_token = null, due = clock_timestamp()
    where lease_token = any(:tokens)
""")


class Relay:
    """``publish`` may block: it runs in a thread. What it could not send is due again at once.

    ``take_back``: the broker ends with this relay, so what was sent and not begun is due again when it stops.
    """

    def __init__(
        self,
        database_url: str,
        publish: Publish,
        *,
        lease: timedelta = LEASE,
        poll: float = POLL,
        take_back: bool = False,
    ) -> None:
        self._url = async_url(database_url)
        self._publish = publish
        self._lease = lease
        self._poll = poll
        self._take_back = take_back
        self._sent: deque[UUID] = deque(maxlen=2 * WINDOW)
        self._wake = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Until stop(); outlives a database or broker that goes away for a while."""
        while not self._stopping:
            try:
                async with self._connection() as connection:
                    await self._serve(connection)
            except Exception as error:
                log.warning("relay without database", error=type(error).__name__)
                await self._pause(self._poll)

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """One connection, both to take rows and to be woken."""
        engine = create_async_engine(self._url, poolclass=NullPool)
        try:
            async with engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert driver is not None  # noqa: S101  # for the type checker: it was opened just now
                await driver.add_listener(CHANNEL, lambda *_: self._wake.set())
                yield connection
        finally:
            await engine.dispose()

    async def _serve(self, connection: AsyncConnection) -> None:
        purged = None
        while not self._stopping:
            self._wake.clear()
            if purged is None or now() - purged > timedelta(hours=1):
                purged = await self._purge(connection)
            leases = await self._take(connection)
            sent = await self._send(connection, leases) if leases else True
            await self._pause(await self._next(connection) if sent else self._poll)
        if self._take_back:
            await self._give_back(connection, list(self._sent))

    async def _take(self, connection: AsyncConnection) -> list[Lease]:
        async with connection.begin():
            in_hand = select(func.count()).where(OutboxRow.state == "leased", OutboxRow.due > func.now())
            room = max(WINDOW - (await connection.scalar(in_hand) or 0), 0)
            rows = await connection.execute(TAKE, {"room": room, "lease": self._lease})
            return [(row.id, row.lease_token) for row in rows]

    async def _next(self, connection: AsyncConnection) -> float:
        """Seconds until a row is due. What is due already waits for room, or its job outlasts its lease."""
        async with connection.begin():
            due = await connection.scalar(NEXT)
        return self._poll if due is None else min(max(due, 0.05), self._poll)

    async def _send(self, connection: AsyncConnection, leases: list[Lease]) -> bool:
        try:
            await asyncio.to_thread(self._publish, leases)
        except Exception as error:
            log.warning("relay without broker", error=type(error).__name__, rows=len(leases))
            await self._give_back(connection, [token for _, token in leases])
            return False
        self._sent.extend(token for _, token in leases)
        return True

    async def _give_back(self, connection: AsyncConnection, tokens: list[UUID]) -> None:
        """A job that was begun has another token by now, and is left alone."""
        async with connection.begin():
            await connection.execute(GIVE_BACK, {"tokens": tokens})

    async def _purge(self, connection: AsyncConnection) -> datetime:
        async with AsyncSession(connection) as session:
            await purge(session, now() - timedelta(days=KEPT_DAYS))
            await purge_expired(session)
            await session.commit()
        return now()

    async def _pause(self, seconds: float) -> None:
        if not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)
