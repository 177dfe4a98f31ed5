"""Limits on what can be guessed. They count failures only and are wide: a whole hall shares one address."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.clock import now
from engage.core.database import Base
from engage.core.errors import TooMany
from engage.core.http import Request
from engage.core.security import keyed_hash
from engage.core.settings import Settings

WINDOW = timedelta(minutes=10)


class Failure(Base):
    """Wrong tries per keyed-hashed key and window; the address itself is never stored."""

    __tablename__ = "failure"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    window_ends: Mapped[datetime]
    tries: Mapped[int]

    __table_args__ = ({"info": {"retention": "10 minutes after the last wrong try"}},)


async def refuse_if_too_many(session: AsyncSession, key: bytes, limit: int) -> None:
    """Raises TooMany once ``limit`` failures stand in the present window."""
    tries = await session.scalar(select(Failure.tries).where(Failure.key == key, Failure.window_ends > now()))
    if (tries or 0) >= limit:
        raise TooMany


async def count_failure(sessions: async_sessionmaker[AsyncSession], key: bytes) -> None:
    """In a transaction of its own: the request that failed is about to be rolled back."""
    fresh = insert(Failure).values(key=key, window_ends=now() + WINDOW, tries=1)
    running = Failure.window_ends > now()
    async with sessions.begin() as session:
        await session.execute(delete(Failure).where(Failure.key == key, ~running))
        await session.execute(
            fresh.on_conflict_do_update(index_elements=["key"], set_={"tries": Failure.tries + 1})
        )


def address_key(settings: Settings, request: Request, purpose: str) -> bytes:
    return keyed_hash(settings, f"address {purpose}", client_address(settings, request))


def client_address(settings: Settings, request: Request) -> str:
    """The visitor's address: what the outermost proxy of our own saw; without proxies, the peer's.

    Whatever stands further left in X-Forwarded-For was said by the visitor and is not believed.
    """
    told = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if 0 < settings.trusted_proxies <= len(told):
        return told[-settings.trusted_proxies]
    return request.client.host if request.client else ""
