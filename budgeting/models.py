"""Rounds and projects; the roll, which says who may vote; the box, which holds ballots; what is
published of them.

Roll and box share no key, order, sequence or date. Neither has a foreign key: checking one would lock,
and so mark, the row that it points to.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.clock import now
from engage.core.database import Base, HasId, both_sides
from translations.parity import Bilingual

WITH_THE_RECORD = {"info": {"retention": "the public record of the round: kept"}}


class Phase(StrEnum):
    IDEAS = "ideas"
    CHECKING = "checking"
    SHORTLIST = "shortlist"
    VOTING = "voting"  # the rules are frozen; whether it is open is for the dates and the database's clock
    COUNTING = "counting"  # voting has ended; the box is drained, reconciled, sealed, counted
    DECIDED = "decided"
    DELIVERING = "delivering"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ProjectState(StrEnum):
    IDEA = "idea"
    CHECKING = "checking"
    REFUSED = "refused"
    SHORTLISTED = "shortlisted"
    ON_BALLOT = "on-ballot"
    WITHDRAWN = "withdrawn"
    FUNDED = "funded"
    NOT_FUNDED = "not-funded"
    DELIVERED = "delivered"


class Channel(StrEnum):
    WEB = "web"
    EVENT = "event"
    KIOSK = "kiosk"
    PAPER = "paper"


class BallotState(StrEnum):
    CAST = "cast"
    REMOVED = "removed"  # by the voter, who may cast again until the close
    VOID = "void"  # by two people; casting refuses to overwrite it


class Issued(StrEnum):
    PASS = "pass"  # noqa: S105
    PAPER = "paper"


def in_round() -> Any:
    return mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)


def words(kind: type[StrEnum]) -> Enum:
    """An enumeration kept as the words of its values."""
    return Enum(
        kind, native_enum=False, length=20, values_callable=lambda members: [m.value for m in members]
    )


class Round(HasId, Base):
    """One participatory budget. What is frozen stands here too, for drafting and for the casting
    statement.
    """

    __tablename__ = "round"

    partnership_id: Mapped[UUID] = mapped_column(ForeignKey("partnership.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    slug_cy: Mapped[str] = mapped_column(unique=True)
    slug_en: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Bilingual]
    summary: Mapped[Bilingual]
    purpose: Mapped[Bilingual]  # of the money
    phase: Mapped[Phase] = mapped_column(words(Phase), default=Phase.IDEAS)
    terms: Mapped[dict[str, Any]]  # rule_sheet.Terms, until they are frozen
    voting_opens: Mapped[datetime]
    voting_closes: Mapped[datetime]
    rules_hash: Mapped[bytes | None]
    secret_fingerprint: Mapped[bytes | None]
    public_key: Mapped[bytes | None]
    published_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    drained_at: Mapped[datetime | None]  # after the close, when no cast was in flight any more
    reconciled_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]
    secret_destroyed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[Bilingual | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("round.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        CheckConstraint("voting_opens < voting_closes", name="dates"),
        both_sides("published_at IS NOT NULL", "title", "summary", "purpose"),
        WITH_THE_RECORD,
    )

    def slug(self, language: str) -> str:
        return self.slug_cy if language == "cy" else self.slug_en


class Contest(HasId, Base):
    """One pot and those who may share it out: the whole round's, or an area's."""

    __tablename__ = "contest"

    round_id: Mapped[UUID] = in_round()
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[Bilingual]
    pot_pence: Mapped[int] = mapped_column(BigInteger)
    wards: Mapped[list[str]] = mapped_column(default=list)  # codes; empty: everyone on the roll
    merges_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("contest.id"))  # if too few vote

    __table_args__ = (CheckConstraint("pot_pence > 0", name="pot"), WITH_THE_RECORD)


class Project(HasId, Base):
    __tablename__ = "project"

    round_id: Mapped[UUID] = in_round()
    contest_id: Mapped[UUID] = mapped_column(ForeignKey("contest.id", ondelete="CASCADE"), index=True)
    slug_cy: Mapped[str]
    slug_en: Mapped[str]
    title: Mapped[Bilingual]
    summary: Mapped[Bilingual]
    cost_pence: Mapped[int] = mapped_column(BigInteger)
    category: Mapped[str | None]
    ward_code: Mapped[str | None]
    state: Mapped[ProjectState] = mapped_column(words(ProjectState), default=ProjectState.IDEA)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[Bilingual | None]
    withdrawn_signature: Mapped[bytes | None]  # over projects.notice_document, if the rules were frozen
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        UniqueConstraint("round_id", "slug_cy"),
        UniqueConstraint("round_id", "slug_en"),
        CheckConstraint("cost_pence > 0", name="cost"),
        both_sides("state NOT IN ('idea', 'checking', 'refused', 'withdrawn')", "title", "summary"),
        WITH_THE_RECORD,
    )

    def slug(self, language: str) -> str:
        return self.slug_cy if language == "cy" else self.slug_en


class FrozenRules(Base):
    """The rule sheet as it was frozen: canonical JSON, found by its hash. Nothing changes or deletes it."""

    __tablename__ = "frozen_rules"

    rules_hash: Mapped[bytes] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id"), unique=True)
    body: Mapped[str]

    __table_args__ = (WITH_THE_RECORD,)


class RollEntry(Base):
    """Somebody who may vote. Issuing a pass leaves this row as it is; see :class:`RollMark`.

    ``issued`` is filled when the box is sealed: contest id → pass or paper.
    """

    __tablename__ = "roll"

    round_id: Mapped[UUID]
    id: Mapped[UUID]
    code_hash: Mapped[bytes | None]
    reference: Mapped[str | None]  # the row of the list that the organisation keeps, never a name
    ward_code: Mapped[str | None]
    generation: Mapped[int] = mapped_column(default=0)  # raised by each voiding
    issued: Mapped[dict[str, Any] | None]

    __table_args__ = (
        PrimaryKeyConstraint("round_id", "id"),
        UniqueConstraint("round_id", "code_hash"),
        UniqueConstraint("round_id", "reference"),
        {
            "postgresql_partition_by": "LIST (round_id)",
            "info": {"retention": "6 months after the result, then the round's partition is dropped"},
        },
    )


class RollMark(Base):
    """The mark that a roll entry was issued a pass or a paper, readable only with the round secret.

    Updating the entry itself would move its row to the end of the table, so that the roll would lie in
    the order of issuing and the box in the order of casting: a plain dump, taken while people vote
    seconds after their pass, would join the two row by row. A mark joins nothing to anybody without R.
    Sealing writes who was issued into the roll, in a new order, and drops the marks with their signals.
    """

    __tablename__ = "roll_mark"

    round_id: Mapped[UUID]
    mark: Mapped[bytes]
    contest_id: Mapped[UUID]
    issued: Mapped[Issued] = mapped_column(words(Issued))
    address_signal: Mapped[bytes | None]
    device_signal: Mapped[bytes | None]

    __table_args__ = (
        PrimaryKeyConstraint("round_id", "mark"),
        {
            "postgresql_partition_by": "LIST (round_id)",
            "info": {"retention": "dropped when the box is sealed"},
        },
    )


class Ballot(Base):
    """One voter's choices in one contest. No date, no age, no sex, no ward, ever.

    ``slot`` is kept for life. ``nonce`` and ``version`` stay while the choices do: a later version has
    a nonce of its own, since the opened nonce of the last would otherwise open the earlier ones, which
    nobody is to see. ``earlier`` holds the commitments of the superseded versions, 32 bytes each,
    oldest first.
    """

    __tablename__ = "ballot"

    round_id: Mapped[UUID]
    contest_id: Mapped[UUID]
    channel: Mapped[Channel] = mapped_column(words(Channel))
    key_hash: Mapped[bytes | None]  # SHA-256 of the pass's key; dropped when the box is sealed
    slot: Mapped[bytes]
    nonce: Mapped[bytes]
    version: Mapped[int]
    choices: Mapped[str | None]  # canonical JSON; None: removed or void
    commitment: Mapped[bytes]
    earlier: Mapped[bytes]
    state: Mapped[BallotState] = mapped_column(words(BallotState))

    __table_args__ = (
        PrimaryKeyConstraint("round_id", "slot"),
        UniqueConstraint("round_id", "contest_id", "key_hash"),
        {
            "postgresql_partition_by": "LIST (round_id)",
            "info": {"retention": "with the round: it can be recounted"},
        },
    )


class VoidRequest(HasId, Base):
    """Two people void what a roll entry was issued, and what was cast with it: one asks, another decides."""

    __tablename__ = "void_request"

    round_id: Mapped[UUID] = in_round()
    roll_entry_id: Mapped[UUID]
    reason: Mapped[str]  # stolen-code, paper-instead, fraud
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None]  # voided, refused

    __table_args__ = (
        CheckConstraint("decided_by <> asked_by", name="two_people"),
        {"info": {"retention": "6 months after the result, with the roll"}},
    )


class TreeLeaf(Base):
    """Leaf hashes of a round's log in the tree's order: by hash within one head, never by arrival."""

    __tablename__ = "tree_leaf"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    position: Mapped[int]
    leaf: Mapped[bytes]

    __table_args__ = (
        PrimaryKeyConstraint("round_id", "position"),
        UniqueConstraint("round_id", "leaf"),
        WITH_THE_RECORD,
    )


class TreeHead(Base):
    """A signed head (RFC 6962): the round, the rules' hash, size, root and date."""

    __tablename__ = "tree_head"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    size: Mapped[int]
    root: Mapped[bytes]
    dated: Mapped[date]
    signature: Mapped[bytes]
    final: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        PrimaryKeyConstraint("round_id", "size"),
        Index("uq_tree_head_final", "round_id", unique=True, postgresql_where=text("final")),
        WITH_THE_RECORD,
    )


class BundlePart(Base):
    """One file of the sealed bundle, as published."""

    __tablename__ = "bundle_part"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    name: Mapped[str]
    body: Mapped[bytes]

    __table_args__ = (PrimaryKeyConstraint("round_id", "name"), WITH_THE_RECORD)


class CountResult(HasId, Base):
    """What one rule makes of one contest. The rule on the sheet decides; the other is shown beside it."""

    __tablename__ = "count_result"

    round_id: Mapped[UUID] = in_round()
    contest_id: Mapped[UUID] = mapped_column(ForeignKey("contest.id", ondelete="CASCADE"), index=True)
    rule: Mapped[str]
    decides: Mapped[bool]
    outcome: Mapped[dict[str, Any]]
    counted_at: Mapped[datetime] = mapped_column(default=now)
    released_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("contest_id", "rule"), WITH_THE_RECORD)
