"""Who did what to which thing, when, and why; never the words themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.clock import now
from engage.core.database import Base, HasId
from engage.core.permissions import Actor


class AuditEvent(HasId, Base):
    __tablename__ = "audit_event"

    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[UUID | None]  # no foreign key: the trace outlives the account
    action: Mapped[str]  # "story.published"
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    reason: Mapped[str | None]  # a reason's code, never free text about a resident

    __table_args__ = (
        Index(None, "subject_kind", "subject_id", "at"),
        {"info": {"retention": "7 years, then deleted"}},
    )


def record(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    subject_kind: str,
    subject_id: UUID,
    reason: str | None = None,
) -> None:
    """Written in the caller's transaction: what was rolled back was not done."""
    person_id = actor.person_id if actor else None
    session.add(
        AuditEvent(
            person_id=person_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            reason=reason,
        )
    )
