"""Stories, what is on the way to becoming one, and where stories are quoted."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.clock import now
from engage.core.database import Base, HasId


class State(StrEnum):
    WAITING = "waiting"  # for a moderator
    CLEARED = "cleared"  # a moderator let it through; the consent then says who may read it
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # the words are gone, the fact that there was a story stays


class Consent(StrEnum):
    OFFICERS = "officers"
    QUOTE = "quote"
    PUBLISH = "publish"


class Channel(StrEnum):
    WEB = "web"
    ASSISTED = "assisted"
    OFFLINE = "offline"
    PAPER = "paper"
    IMPORT = "import"


class Story(HasId, Base):
    """``text`` is what may be read; where a moderator redacted it, what the teller wrote lies in ``sealed``."""

    __tablename__ = "story"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    state: Mapped[State] = mapped_column(default=State.WAITING)
    text: Mapped[str | None]
    sealed: Mapped[str | None]
    language: Mapped[str]  # cy, en, mixed: the teller's, as a moderator confirmed it
    channel: Mapped[Channel]
    consent: Mapped[Consent]
    ward_code: Mapped[str | None] = mapped_column(ForeignKey("ward.code"))
    told_on: Mapped[date]
    groups: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # about-you answers, never shown on one story
    teller_key: Mapped[bytes | None]  # "the same person", where that can be known (keyed hash per campaign)
    receipt_hash: Mapped[bytes | None] = mapped_column(unique=True)
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    reference: Mapped[str | None]  # the row's own id in an imported file
    reason: Mapped[str | None]  # why it was declined: a code of the bilingual list
    moderated_by: Mapped[UUID | None]
    moderated_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "campaign_id", "state", "told_on"),
        Index(
            "ix_story_public",
            "campaign_id",
            "told_on",
            "id",
            postgresql_where=sql("state = 'cleared' AND consent = 'publish'"),
        ),
        CheckConstraint("language IN ('cy', 'en', 'mixed')", name="language"),
        CheckConstraint("(text IS NULL) = (state = 'withdrawn')", name="words_gone"),
        CheckConstraint("state <> 'withdrawn' OR sealed IS NULL", name="sealed_gone"),
        {
            "info": {
                "retention": "public words until withdrawn; sealed originals 12 months after the campaign"
            }
        },
    )


class StoryDraft(HasId, Base):
    """A story on its way, so that going back, reloading and changing language lose nothing.

    ``id`` is also what makes sending it twice harmless: a draft becomes one story.
    """

    __tablename__ = "story_draft"

    owner: Mapped[bytes] = mapped_column(index=True)  # hash of the browser's session cookie
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    text: Mapped[str | None]  # None once it is a story
    language: Mapped[str]
    ward_code: Mapped[str | None]
    consent: Mapped[str | None]
    story_id: Mapped[UUID | None] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]

    __table_args__ = ({"info": {"retention": "24 hours"}},)


class OpenedReceipt(Base):
    """A browser that gave a story's receipt code, for the next hour."""

    __tablename__ = "opened_receipt"

    owner: Mapped[bytes] = mapped_column(primary_key=True)
    story_id: Mapped[UUID] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]

    __table_args__ = ({"info": {"retention": "1 hour"}},)


class ImportBatch(HasId, Base):
    __tablename__ = "import_batch"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    file_name: Mapped[str]
    imported_at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]

    __table_args__ = ({"info": {"retention": "as long as the campaign"}},)


class Quote(HasId, Base):
    """Where a story is quoted. The words are read from the story itself, so a withdrawal empties every quote."""

    __tablename__ = "quote"

    story_id: Mapped[UUID] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), index=True)
    place_kind: Mapped[str]  # "response"
    place_id: Mapped[UUID]
    place_titles: Mapped[dict[str, Any]]
    published: Mapped[bool]

    __table_args__ = (
        Index("uq_quote_once", "place_kind", "place_id", "story_id", unique=True),
        {"info": {"retention": "as long as the response, or until the story is withdrawn"}},
    )
