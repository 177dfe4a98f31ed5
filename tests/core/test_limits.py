"""Wrong tries are counted in windows; whose they were is not kept."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engage.core.clock import now
from engage.core.database import make_engine, make_sessions
from engage.core.errors import TooMany
from engage.core.limits import WINDOW, Failure, count_failure, refuse_if_too_many
from engage.core.settings import Settings

KEY = b"a key"
Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def sessions(fresh_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Sessions]:
    engine = make_engine(Settings(environment="test", database_url=await fresh_database()))
    yield make_sessions(engine)
    await engine.dispose()


async def refused(sessions: Sessions, key: bytes = KEY, limit: int = 3) -> bool:
    async with sessions() as session:
        try:
            await refuse_if_too_many(session, key, limit)
        except TooMany:
            return True
    return False


async def test_the_limit_is_reached_and_passes_with_its_window(sessions: Sessions) -> None:
    for _ in range(3):
        assert not await refused(sessions)
        await count_failure(sessions, KEY)
    assert await refused(sessions)
    assert not await refused(sessions, b"another key")
    async with sessions.begin() as session:
        row = (await session.scalars(select(Failure))).one()
        assert row.tries == 3
        assert now() < row.window_ends <= now() + WINDOW
        await session.execute(update(Failure).values(window_ends=now()))
    assert not await refused(sessions)
    await count_failure(sessions, KEY)
    async with sessions() as session:
        assert (await session.scalars(select(Failure.tries))).one() == 1
