"""What a sub-command of ``python -m engage`` needs: a transaction on the configured (or the embedded) database."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.database import make_engine, make_sessions
from engage.core.postgres import EmbeddedPostgres
from engage.core.settings import Settings, read_settings


@asynccontextmanager
async def transaction(settings: Settings | None = None) -> AsyncIterator[AsyncSession]:
    """Commits at the end. A running embedded server is used and left running; else one is started and stopped."""
    settings = settings or read_settings()
    with ExitStack() as stack:
        if settings.database_url is None:
            url = stack.enter_context(EmbeddedPostgres(settings.data_dir))
            settings = msgspec.structs.replace(settings, database_url=url)
        engine = make_engine(settings)
        try:
            async with make_sessions(engine).begin() as session:
                yield session
        finally:
            await engine.dispose()
