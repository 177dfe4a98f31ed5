"""Alembic's entry: migrates on a connection of its own, one process at a time."""

import asyncio
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from budgeting.partitions import is_partition
from engage.core.database import Base, BilingualText, async_url
from engage.core.settings import read_settings
from engage.migrations import import_models

LOCK = 7_264_001  # any number, the same everywhere: two servers that start at once take turns


def _ours(name: str | None, kind: str, parents: object) -> bool:
    """A round's partitions come and go with the round: they are no part of the history."""
    return kind != "table" or name is None or not is_partition(name)


def _render(kind: str, item: object, autogenerating: AutogenContext) -> str | Literal[False]:
    """A revision stands by itself: it names no class that may be gone when it is run years later."""
    return "postgresql.JSONB(astext_type=sa.Text())" if isinstance(item, BilingualText) else False


def migrate(connection: Connection) -> None:
    import_models()
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_item=_render, include_name=_ours
    )
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()


async def run() -> None:
    url = context.config.attributes.get("database_url") or read_settings().database_url
    if not url:
        raise SystemExit("Set DATABASE_URL to the database that alembic shall use.")
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


asyncio.run(run())
