"""Responses, "you said, we did", and the commitments that come of them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.clock import now, today
from engage.core.database import Base, HasId, both_sides
from translations import Bilingual

KEPT = {"info": {"retention": "as long as the partnership's public record"}}


class Kind(StrEnum):
    DID = "did"
    WILL = "will"
    CANNOT = "cannot"


class Status(StrEnum):
    NOT_STARTED = "not-started"
    UNDER_WAY = "under-way"
    DONE = "done"
    CHANGED = "changed"
    DROPPED = "dropped"


class Response(HasId, Base):
    """The answer to one signed-off theme."""

    __tablename__ = "response"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    theme_id: Mapped[UUID] = mapped_column(ForeignKey("theme.id"), index=True)
    kind: Mapped[Kind]
    you_said: Mapped[Bilingual]
    we_did: Mapped[Bilingual]  # or will do, or why we cannot
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]

    __table_args__ = (
        both_sides("published_at IS NOT NULL", "you_said", "we_did"),
        Index("ix_response_published_at", "published_at"),
        KEPT,
    )


class Commitment(HasId, Base):
    """A promised action. ``source`` is the response, or the funded project, that it comes from."""

    __tablename__ = "commitment"

    source_kind: Mapped[str]  # response, project
    source_id: Mapped[UUID]
    title: Mapped[Bilingual]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    due: Mapped[date | None]
    status: Mapped[Status] = mapped_column(default=Status.NOT_STARTED)
    made_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_commitment_source", "source_kind", "source_id"),
        CheckConstraint("source_kind IN ('response', 'project')", name="source_kind"),
        both_sides("published_at IS NOT NULL", "title"),
        KEPT,
    )

    @property
    def shown_status(self) -> str:
        """Late is computed, never typed."""
        open_still = self.status in (Status.NOT_STARTED, Status.UNDER_WAY)
        return "late" if open_still and self.due and self.due < today() else self.status.value


class CommitmentUpdate(HasId, Base):
    """What was said about a commitment, when its status changed or not."""

    __tablename__ = "commitment_update"

    commitment_id: Mapped[UUID] = mapped_column(ForeignKey("commitment.id", ondelete="CASCADE"), index=True)
    text: Mapped[Bilingual]
    status: Mapped[Status]
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[UUID]

    __table_args__ = (both_sides("true", "text"), KEPT)
