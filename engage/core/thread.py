"""The thread: story → theme → response → commitment or round → update, each arrow a row that both ends can walk.

The slice that makes an arrow writes it in the same transaction as the thing itself. Receipt pages, campaign pages and
feedback clocks read only this, so no slice needs to look up at another.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Index, delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.clock import now
from engage.core.database import Base, HasId
from translations import N_, Language, Message


class Arrow(HasId, Base):
    """``from`` led to ``to``. Titles and addresses are those of ``to`` (and of ``from``), in both languages."""

    __tablename__ = "thread"

    from_kind: Mapped[str]
    from_id: Mapped[UUID]
    from_titles: Mapped[dict[str, Any]]
    from_addresses: Mapped[dict[str, Any]]
    to_kind: Mapped[str]
    to_id: Mapped[UUID]
    to_titles: Mapped[dict[str, Any]]
    to_addresses: Mapped[dict[str, Any]]
    status: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    public_since: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_thread_ends", "from_kind", "from_id", "to_kind", "to_id", unique=True),
        Index(None, "to_kind", "to_id"),
        {"info": {"retention": "as long as the things at its ends; a withdrawn story's arrows go with it"}},
    )


class End(dict[str, Any]):
    """One end of an arrow: ``kind``, ``id``, ``titles`` and ``addresses`` by language."""

    def __init__(
        self,
        kind: str,
        id: UUID,  # noqa: A002
        titles: dict[Language, str],
        addresses: dict[Language, str],
    ) -> None:
        super().__init__(kind=kind, id=id, titles=titles, addresses=addresses)


async def tie(
    session: AsyncSession, start: End, end: End, *, status: str = "", public_since: datetime | None = None
) -> None:
    """Writes the arrow, or brings titles, addresses and status of an existing one up to date."""
    values = {f"from_{key}": value for key, value in start.items()} | {
        f"to_{key}": value for key, value in end.items()
    }
    statement = insert(Arrow).values(**values, status=status, public_since=public_since, made_at=now())
    changed = {
        name: statement.excluded[name]
        for name in ("from_titles", "from_addresses", "to_titles", "to_addresses", "status", "public_since")
    }
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["from_kind", "from_id", "to_kind", "to_id"], set_=changed
        )
    )


async def untie(session: AsyncSession, kind: str, id: UUID) -> None:  # noqa: A002
    """Removes every arrow at either end of a thing."""
    await session.execute(
        delete(Arrow).where(
            ((Arrow.from_kind == kind) & (Arrow.from_id == id))
            | ((Arrow.to_kind == kind) & (Arrow.to_id == id))
        )
    )


async def set_status(session: AsyncSession, kind: str, id: UUID, status: str) -> None:  # noqa: A002
    """Brings every arrow that leads to a thing up to its present status."""
    await session.execute(update(Arrow).where(Arrow.to_kind == kind, Arrow.to_id == id).values(status=status))


async def retitle(session: AsyncSession, end: End) -> None:
    """Brings every arrow from and to a thing up to its present titles and addresses."""
    for side in ("from", "to"):
        kind, id_ = getattr(Arrow, f"{side}_kind"), getattr(Arrow, f"{side}_id")
        fresh = {f"{side}_titles": end["titles"], f"{side}_addresses": end["addresses"]}
        await session.execute(update(Arrow).where(kind == end["kind"], id_ == end["id"]).values(fresh))


async def onwards(session: AsyncSession, kind: str, ids: Iterable[UUID]) -> list[Arrow]:
    """Every public arrow reachable from these things, nearest first, in one statement (at most 8 steps)."""
    return await _walk(session, kind, list(ids), "from", "to")


async def back(session: AsyncSession, kind: str, ids: Iterable[UUID]) -> list[Arrow]:
    """Every public arrow that leads to these things, nearest first, in one statement (at most 8 steps)."""
    return await _walk(session, kind, list(ids), "to", "from")


async def _walk(session: AsyncSession, kind: str, ids: list[UUID], near: str, far: str) -> list[Arrow]:
    near_kind, near_id = getattr(Arrow, f"{near}_kind"), getattr(Arrow, f"{near}_id")
    far_kind, far_id = getattr(Arrow, f"{far}_kind"), getattr(Arrow, f"{far}_id")
    public = Arrow.public_since.is_not(None) & (Arrow.public_since <= now())
    first = select(Arrow.id, far_kind.label("kind"), far_id.label("far"), literal(1).label("depth")).where(
        public, near_kind == kind, near_id.in_(ids)
    )
    steps = first.cte("steps", recursive=True)
    more = select(Arrow.id, far_kind, far_id, steps.c.depth + 1).where(
        public, near_kind == steps.c.kind, near_id == steps.c.far, steps.c.depth < 8
    )
    steps = steps.union(more)
    rows = await session.execute(
        select(Arrow, steps.c.depth)
        .join(steps, steps.c.id == Arrow.id)
        .order_by(steps.c.depth, Arrow.made_at)
    )
    return list(dict.fromkeys(arrow for arrow, _ in rows))


async def tie_many(
    session: AsyncSession, starts: Iterable[End], end: End, *, public_since: datetime | None = None
) -> None:
    """Many beginnings, one end (all the stories of a theme), in one statement a thousand."""
    rows = [
        {f"from_{key}": value for key, value in start.items()}
        | {f"to_{key}": value for key, value in end.items()}
        | {"status": "", "public_since": public_since, "made_at": now(), "id": uuid4()}
        for start in starts
    ]
    for batch in range(0, len(rows), 1000):
        await session.execute(insert(Arrow).values(rows[batch : batch + 1000]).on_conflict_do_nothing())


STATUS_NAMES: dict[str, Message] = {
    "not-started": N_("Not started"),
    "under-way": N_("Under way"),
    "done": N_("Done"),
    "late": N_("Late"),
    "changed": N_("Changed"),
    "dropped": N_("Dropped"),
    "did": N_("We did this"),
    "will": N_("We will do this"),
    "cannot": N_("We cannot do this"),
    "voting": N_("Voting"),
    "funded": N_("Funded"),
    "not-funded": N_("Not funded"),
}


async def leading_to(session: AsyncSession, kind: str, id: UUID) -> Arrow | None:  # noqa: A002
    """The first arrow that leads to a thing, public or not."""
    return await session.scalar(
        select(Arrow).where(Arrow.to_kind == kind, Arrow.to_id == id).order_by(Arrow.made_at).limit(1)
    )
