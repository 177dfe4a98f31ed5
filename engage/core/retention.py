"""What runs out goes: the one rule for every table whose rows say when."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.clock import now
from engage.core.database import Base

ENDS = ("expires_at", "window_ends")  # what such a column is called, wherever there is one


async def purge_expired(session: AsyncSession) -> None:
    """Sessions, links, unfinished stories, opened receipts, wrong tries: of every table that this process knows."""
    for table in Base.metadata.sorted_tables[::-1]:
        for name in ENDS:
            if name in table.c:
                await session.execute(delete(table).where(table.c[name] <= now()))
