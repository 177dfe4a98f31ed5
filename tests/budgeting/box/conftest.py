"""Databases that really commit: votes race one another, and a close races the votes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from engage.core.database import async_url
from engage.core.settings import Settings

from .world import sessions_of, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
async def sessions(
    fresh_database: Callable[[], Awaitable[str]],
) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = create_async_engine(async_url(await fresh_database()), pool_size=16, max_overflow=0)
    yield sessions_of(engine)
    await engine.dispose()
