"""Campaigns, their prompt, and the organisations that run them together."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.campaigns.phases import Phase, phase_of
from engage.core.clock import now, today
from engage.core.database import Base, HasId, both_sides
from engage.people.models import Organisation
from translations import Bilingual

KEPT = {"info": {"retention": "as long as the partnership's public record"}}


class Part(StrEnum):
    """What an organisation may do in a campaign."""

    EDIT = "edit"
    COLLECT = "collect"
    MODERATE = "moderate"
    ANALYSE = "analyse"
    PUBLISH = "publish"


class Campaign(HasId, Base):
    __tablename__ = "campaign"

    partnership_id: Mapped[UUID] = mapped_column(ForeignKey("partnership.id"), index=True)
    slug_cy: Mapped[str] = mapped_column(unique=True)
    slug_en: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Bilingual]
    summary: Mapped[Bilingual]
    prompt: Mapped[Bilingual]  # the open question that a story answers
    promise: Mapped[Bilingual]  # what will be done with what people say
    opens: Mapped[date]
    closes: Mapped[date]  # the last day, whole
    feedback_by: Mapped[date]
    published_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]  # when the last signed-off theme got its response
    made_at: Mapped[datetime] = mapped_column(default=now)
    parts: Mapped[list["CampaignPart"]] = relationship(lazy="raise", order_by="CampaignPart.joined_at")

    __table_args__ = (
        CheckConstraint("opens <= closes AND closes <= feedback_by", name="dates_in_order"),
        both_sides("published_at IS NOT NULL", "title", "summary", "prompt", "promise"),
        KEPT,
    )

    @property
    def phase(self) -> Phase:
        return phase_of(
            published=self.published_at is not None,
            opens=self.opens,
            closes=self.closes,
            answered=self.answered_at is not None,
            today=today(),
        )

    def slug(self, language: str) -> str:
        return self.slug_cy if language == "cy" else self.slug_en


class CampaignPart(Base):
    """An organisation's part in a campaign, from the draft on."""

    __tablename__ = "campaign_part"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    lead: Mapped[bool] = mapped_column(default=False)
    may: Mapped[list[str]]  # of Part
    joined_at: Mapped[datetime] = mapped_column(default=now)
    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __table_args__ = (KEPT,)
