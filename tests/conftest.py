"""The database of the tests: PostgreSQL at DATABASE_URL, else the embedded one in a folder of its own.

One template is made once; every database of a test is a copy of it.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from engage.core.database import Base, async_url, make_engine
from engage.core.postgres import EmbeddedPostgres
from engage.core.settings import Settings
from engage.migrations import REVISIONS, import_models, upgrade

pytest_plugins = ["tests.web"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server; its own database is left alone."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="cydlais-"))
    folder.chmod(0o755)  # run by root, the server is the user nobody
    with EmbeddedPostgres(folder, options=["fsync=off", "max_connections=200"]) as url:
        yield url
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """The name of a database with all tables and no rows."""
    name = f"cydlais_test_{secrets.token_hex(4)}"
    asyncio.run(_execute(postgres_url, f"create database {name}"))
    url = _with_database(postgres_url, name)
    if any(REVISIONS.glob("*.py")):
        upgrade(url)
    else:
        asyncio.run(_create_tables(url))
    yield name
    asyncio.run(_execute(postgres_url, f"drop database {name} with (force)"))


@pytest.fixture(scope="session")
def database_url(postgres_url: str, template: str) -> Iterator[str]:
    """The database that most tests share; what they write is rolled back."""
    name = f"{template}_shared"
    asyncio.run(_execute(postgres_url, f"create database {name} template {template}"))
    yield _with_database(postgres_url, name)
    asyncio.run(_execute(postgres_url, f"drop database {name} with (force)"))


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(Settings(environment="test", database_url=database_url))
    yield engine
    await engine.dispose()


@pytest.fixture
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A transaction that is rolled back; a commit within it ends a savepoint only."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
        await transaction.rollback()


@pytest.fixture
async def fresh_database(postgres_url: str, template: str) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """Makes databases for tests in which several processes commit: ``url = await fresh_database()``."""
    made: list[str] = []

    async def make() -> str:
        made.append(f"{template}_{len(made)}_{secrets.token_hex(2)}")
        await _execute(postgres_url, f"create database {made[-1]} template {template}")
        return _with_database(postgres_url, made[-1])

    yield make
    for name in made:
        await _execute(postgres_url, f"drop database {name} with (force)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _create_tables(url: str) -> None:
    import_models()
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
