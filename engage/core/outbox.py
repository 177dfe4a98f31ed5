"""The outbox: every job is a row, written in the transaction of whoever wants it done.

The row is the truth. A relay (:mod:`engage.core.relay`) leases rows that are due and hands their ids to the
broker, a worker (:mod:`engage.core.jobs`) does the job. Whatever the broker loses or repeats, the row says
what is left to do.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import CheckConstraint, Index, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.clock import now
from engage.core.database import Base, HasId

State = Literal["waiting", "leased", "done", "failed", "cancelled"]
CHANNEL = "outbox"
KEPT_DAYS = 90


class OutboxRow(HasId, Base):
    """``due`` is when the relay looks at the row next: a waiting row's start, a leased row's end of lease."""

    __tablename__ = "outbox"

    job: Mapped[str]
    args: Mapped[dict[str, Any]]  # ids, codes and dates only, never words or contacts
    unique_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="waiting")
    due: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[UUID | None]
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    percent: Mapped[int] = mapped_column(default=0)
    progress_message: Mapped[str | None]  # the key of a message, in English
    error_code: Mapped[str | None]
    error_class: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state in ('waiting', 'leased', 'done', 'failed', 'cancelled')", name="state"),
        CheckConstraint("(state = 'leased') = (lease_token is not null)", name="lease"),
        CheckConstraint("percent between 0 and 100", name="percent"),
        Index("uq_outbox_job_unique_key", "job", "unique_key", unique=True),
        Index("ix_outbox_due", "due", postgresql_where=text("state in ('waiting', 'leased')")),
        Index("ix_outbox_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
        {"info": {"retention": f"done and cancelled: {KEPT_DAYS} days; failed: until retried or cancelled"}},
    )


class JobProgress(msgspec.Struct, frozen=True, kw_only=True):
    """What a page may show of a job. ``next_try``: when it is due, if it waits."""

    id: UUID
    job: str
    state: State
    percent: int
    message: str | None
    cancelling: bool
    attempts: int
    error_code: str | None
    made_at: datetime
    next_try: datetime | None
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    job: str
    args: dict[str, Any]
    attempts: int
    error_code: str | None
    error_class: str | None
    made_at: datetime
    ended_at: datetime


async def enqueue(
    session: AsyncSession,
    job: str,
    /,
    *,
    unique: str | None = None,
    run_after: datetime | None = None,
    **args: Any,
) -> UUID:
    """Asks for a job in the caller's transaction; nothing happens unless that commits.

    With ``unique`` a second row for the same job and key is not written, and the first one's id is returned,
    whatever became of it. ``args`` are ids, codes and dates: they end up in logs.
    """
    values = {"job": job, "args": msgspec.to_builtins(args), "unique_key": unique, "due": run_after or now()}
    statement = insert(OutboxRow).values(values).on_conflict_do_nothing().returning(OutboxRow.id)
    made = await session.scalar(statement)
    if made is None:
        found = select(OutboxRow.id).where(OutboxRow.job == job, OutboxRow.unique_key == unique)
        return (await session.scalars(found)).one()
    await wake(session)
    return made


async def job_progress(session: AsyncSession, id: UUID) -> JobProgress | None:  # noqa: A002
    row = await session.scalar(
        select(OutboxRow).where(OutboxRow.id == id).execution_options(populate_existing=True)
    )
    return None if row is None else _progress(row)


def _progress(row: OutboxRow) -> JobProgress:
    return JobProgress(
        id=row.id,
        job=row.job,
        state=row.state,  # type: ignore[arg-type]  # the database checks it
        percent=row.percent,
        message=row.progress_message,
        cancelling=row.cancel_asked and row.state == "leased",
        attempts=row.attempts,
        error_code=row.error_code,
        made_at=row.made_at,
        next_try=row.due if row.state == "waiting" else None,
        ended_at=row.ended_at,
    )


async def dead_letters(session: AsyncSession) -> Sequence[DeadLetter]:
    """The jobs that were given up, newest first."""
    rows = await session.scalars(
        select(OutboxRow).where(OutboxRow.state == "failed").order_by(OutboxRow.ended_at.desc())
    )
    return msgspec.convert(list(rows), list[DeadLetter], from_attributes=True)


async def retry(session: AsyncSession, id: UUID) -> bool:  # noqa: A002
    """Gives a dead letter all its attempts again; False if it is none."""
    again = update(OutboxRow).where(OutboxRow.id == id, OutboxRow.state == "failed").returning(OutboxRow.id)
    fresh = {"state": "waiting", "attempts": 0, "due": now(), "percent": 0, "ended_at": None}
    found = await session.scalar(again.values(**fresh, error_code=None, error_class=None, cancel_asked=False))
    if found is not None:
        await wake(session)
    return found is not None


async def cancel(session: AsyncSession, id: UUID) -> bool:  # noqa: A002
    """A waiting or failed job ends at once, a running one as soon as it looks; False if it has ended."""
    row = await session.scalar(
        select(OutboxRow)
        .where(OutboxRow.id == id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.state in ("done", "cancelled"):
        return False
    row.cancel_asked = True
    if row.state != "leased":
        row.state, row.ended_at = "cancelled", now()
    await session.flush()
    return True


async def purge(session: AsyncSession, before: datetime) -> None:
    """Keeps the table's retention rule."""
    ended = OutboxRow.state.in_(("done", "cancelled")) & (OutboxRow.ended_at < before)
    await session.execute(delete(OutboxRow).where(ended))


async def wake(session: AsyncSession) -> None:
    """PostgreSQL tells the relays when, and only if, this transaction commits."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))
