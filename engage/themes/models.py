"""Theme runs, kept whole, and themes, which a person names and signs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.clock import now
from engage.core.database import Base, HasId, both_sides
from translations import Bilingual

KEPT = {"info": {"retention": "as long as the partnership's public record"}}


class ThemeRun(HasId, Base):
    """One reproducible analysis: parameters, seed, what went in (as a hash) and what came out."""

    __tablename__ = "theme_run"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    parameters: Mapped[dict[str, Any]]
    outcome: Mapped[dict[str, Any] | None]  # results.Analysis, ids and figures only, no story's words
    job_id: Mapped[UUID | None]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    __table_args__ = (KEPT,)


class Theme(HasId, Base):
    """Stories that say something alike. Its figures are those of the run that it comes from."""

    __tablename__ = "theme"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("theme_run.id"), index=True)
    label: Mapped[str]  # the run's own name for it: t01
    slug_cy: Mapped[str]
    slug_en: Mapped[str]
    name: Mapped[Bilingual]
    note: Mapped[Bilingual]
    figures: Mapped[dict[str, Any]]  # results.Theme without its members
    signed_off_at: Mapped[datetime | None]
    signed_off_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("campaign_id", "slug_cy"),
        UniqueConstraint("campaign_id", "slug_en"),
        both_sides("signed_off_at IS NOT NULL", "name"),
        KEPT,
    )

    def slug(self, language: str) -> str:
        return self.slug_cy if language == "cy" else self.slug_en


class ThemeStory(Base):
    """A story's place in a theme."""

    __tablename__ = "theme_story"

    theme_id: Mapped[UUID] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), primary_key=True)
    story_id: Mapped[UUID] = mapped_column(
        ForeignKey("story.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    __table_args__ = ({"info": {"retention": "as long as the theme; a withdrawn story stays as a count"}},)
