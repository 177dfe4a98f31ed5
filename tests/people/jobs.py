"""Doing what waits in the outbox, as a relay and a worker would, one job after the other."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engage.core.clock import now
from engage.core.jobs import perform
from engage.core.outbox import OutboxRow
from engage.worker import register_jobs


async def do_jobs(
    sessions: async_sessionmaker[AsyncSession], name: str | None = None
) -> list[tuple[str, str]]:
    """Every waiting job (of this name), oldest first: its name and the state it ended in."""
    register_jobs()
    done: list[tuple[str, str]] = []
    async with sessions() as session:
        wanted = select(OutboxRow.id).where(OutboxRow.state == "waiting").order_by(OutboxRow.made_at)
        ids = list(await session.scalars(wanted.where(OutboxRow.job == name) if name else wanted))
    for row_id in ids:
        token = uuid4()
        async with sessions.begin() as session:
            row = await session.get_one(OutboxRow, row_id)
            row.state, row.lease_token, row.due = "leased", token, now() + timedelta(seconds=30)
        await perform(sessions, row_id, token)
        async with sessions() as session:
            row = await session.get_one(OutboxRow, row_id, populate_existing=True)
            done.append((row.job, row.state))
    return done
