"""Partnerships, their member organisations, the people who work in them, and how they sign in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.core.clock import now
from engage.core.database import Base, HasId
from engage.core.permissions import Role
from translations import Bilingual, Language

WHILE_MEMBER = {"info": {"retention": "while the organisation uses the platform"}}


class Partnership(HasId, Base):
    __tablename__ = "partnership"

    slug_cy: Mapped[str] = mapped_column(unique=True)
    slug_en: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Bilingual]

    __table_args__ = (WHILE_MEMBER,)


class Ward(Base):
    __tablename__ = "ward"

    code: Mapped[str] = mapped_column(primary_key=True)
    partnership_id: Mapped[UUID] = mapped_column(ForeignKey("partnership.id", ondelete="CASCADE"), index=True)
    name_cy: Mapped[str]
    name_en: Mapped[str]

    __table_args__ = (WHILE_MEMBER,)


class Organisation(HasId, Base):
    __tablename__ = "organisation"

    partnership_id: Mapped[UUID] = mapped_column(ForeignKey("partnership.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]  # council, police, health, fire, charity, community
    name: Mapped[Bilingual]

    __table_args__ = (WHILE_MEMBER,)


class Person(HasId, Base):
    """Someone who signs in. A resident never has a row here."""

    __tablename__ = "person"

    email: Mapped[str] = mapped_column()
    name: Mapped[str]
    language: Mapped[Language] = mapped_column(Text, default="cy")
    password_hash: Mapped[str | None]  # None until the invitation is accepted
    demo: Mapped[bool] = mapped_column(default=False)  # production refuses to start while one is left
    created_at: Mapped[datetime] = mapped_column(default=now)
    memberships: Mapped[list["Membership"]] = relationship(cascade="all, delete-orphan", lazy="raise")

    __table_args__ = (
        Index("uq_person_email", func.lower(email), unique=True),
        CheckConstraint("language IN ('cy', 'en')", name="language"),
        {"info": {"retention": "while employed, then deleted by an administrator"}},
    )


class Membership(HasId, Base):
    """A role in an organisation; one person may hold several."""

    __tablename__ = "membership"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[Role]

    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "role"), WHILE_MEMBER)


class StaffSession(Base):
    """A signed-in browser, known by the hash of its cookie."""

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]

    __table_args__ = ({"info": {"retention": "12 hours after signing in"}},)


class SingleUseLink(Base):
    """An invitation or a password reset, sent by e-mail, good once."""

    __tablename__ = "single_use_link"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]  # invitation, reset
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = ({"info": {"retention": "until used, or 7 days"}},)
