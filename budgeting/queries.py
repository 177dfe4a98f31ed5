"""What pages and the API read about rounds, in few statements. Nothing of a count before it is decided."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting.models import Ballot, BallotState, CountResult, Phase, Project, ProjectState, Round
from budgeting.rounds import by_slug
from budgeting.rule_sheet import Terms
from engage.core.addresses import url
from engage.core.clock import now
from engage.core.errors import NotFound
from engage.core.outbox import JobProgress, OutboxRow, job_progress
from engage.core.permissions import Actor, Role
from engage.people.models import Ward
from translations import N_, Language, Message, format_datetime, in_language, say

PAGE = 50
# Whatever a project was in the end, it stood on the ballot.
ON_BALLOT = (ProjectState.ON_BALLOT, ProjectState.FUNDED, ProjectState.NOT_FUNDED, ProjectState.DELIVERED)
DECIDED = (Phase.DECIDED, Phase.DELIVERING, Phase.CLOSED)
JOBS = ("budgeting.close", "budgeting.seal", "budgeting.count")

STAGES: dict[str, Message] = {
    "draft": N_("Being prepared"),
    "soon": N_("Voting opens soon"),
    "open": N_("Open for votes"),
    "counting": N_("Voting has ended: the result is on its way"),
    "decided": N_("Decided"),
    "cancelled": N_("Cancelled"),
}
STAGE_KINDS = {"open": "good", "decided": "info", "counting": "wait", "soon": "info", "cancelled": "bad"}

CATEGORIES: dict[str, Message] = {
    "safety": N_("Safety"),
    "young": N_("Young people"),
    "street": N_("Streets and places"),
    "green": N_("Nature and green places"),
    "community": N_("Community"),
    "health": N_("Health"),
}


def stage(round_: Round, at: datetime) -> str:
    """Where a round stands for a reader, as a key of ``STAGES``. What casting allows is the database's to say."""
    if round_.phase is Phase.CANCELLED:
        return "cancelled"
    if round_.phase in DECIDED:
        return "decided"
    if round_.frozen_at is None:
        return "draft"
    if round_.phase is Phase.COUNTING or at >= round_.voting_closes:
        return "counting"
    return "open" if at >= round_.voting_opens else "soon"


async def public_rounds(session: AsyncSession) -> list[Round]:
    """Newest first."""
    rows = await session.scalars(
        select(Round)
        .where(Round.published_at.is_not(None))
        .order_by(Round.voting_opens.desc(), Round.id)
        .limit(PAGE)
    )
    return list(rows)


async def open_rounds(session: AsyncSession, language: Language) -> list[dict[str, Any]]:
    """Cards for the home page: those one can vote in now, the one that closes first on top."""
    at = now()
    rows = await session.scalars(
        select(Round)
        .where(Round.phase == Phase.VOTING, Round.voting_opens <= at, Round.voting_closes > at)
        .order_by(Round.voting_closes)
        .limit(PAGE)
    )
    return [
        {
            "title": in_language(round_.title, language),
            "url": url(language, "round", slug=round_.slug(language)),
            "meta": say(
                N_("Voting closes: %(date)s", date=format_datetime(round_.voting_closes, language)), language
            ),
        }
        for round_ in rows
    ]


async def find(session: AsyncSession, slug: str, actor: Actor | None = None) -> Round:
    """The public from the freezing of its rules on, its own officers from the draft. Raises NotFound."""
    round_ = await by_slug(session, slug)
    own = actor is not None and actor.holds(Role.OFFICER, round_.organisation_id)
    if round_.published_at is None and not own:
        raise NotFound
    return round_


async def find_for_officer(session: AsyncSession, slug: str, actor: Actor) -> Round:
    """Raises NotFound for a round of another organisation."""
    round_ = await by_slug(session, slug)
    if not actor.holds(Role.OFFICER, round_.organisation_id):
        raise NotFound
    return round_


async def of_actor(session: AsyncSession, actor: Actor) -> list[Round]:
    """Every round of the organisations that the person is an officer of, newest first."""
    own = [one for one in actor.organisations if actor.holds(Role.OFFICER, one)]
    rows = await session.scalars(
        select(Round).where(Round.organisation_id.in_(own)).order_by(Round.created_at.desc())
    )
    return list(rows)


async def public_projects(session: AsyncSession, round_id: UUID) -> list[Project]:
    """Everything that stands or stood on the ballot, the withdrawn among them."""
    rows = await session.scalars(
        select(Project).where(
            Project.round_id == round_id,
            Project.state.in_(ON_BALLOT) | Project.withdrawn_signature.is_not(None),
        )
    )
    return list(rows)


async def ward_names(session: AsyncSession, partnership_id: UUID, language: Language) -> dict[str, str]:
    rows = await session.scalars(select(Ward).where(Ward.partnership_id == partnership_id))
    return {ward.code: ward.name_cy if language == "cy" else ward.name_en for ward in rows}


async def results(session: AsyncSession, round_: Round) -> list[CountResult]:
    """Both rules' results of every contest. Raises NotFound until the result is decided."""
    if round_.phase not in DECIDED:
        raise NotFound(N_("There is no result yet"), N_("It is published when the count is finished."))
    rows = await session.scalars(
        select(CountResult).where(CountResult.round_id == round_.id, CountResult.released_at.is_not(None))
    )
    return list(rows)


async def turnout(session: AsyncSession, round_id: UUID) -> int:
    """Ballots that stand, blank ones among them. It is no count and may be shown at any time."""
    number = await session.scalar(
        select(func.count()).where(Ballot.round_id == round_id, Ballot.state == BallotState.CAST)
    )
    return number or 0


async def jobs_of(session: AsyncSession, round_id: UUID) -> list[JobProgress]:
    """The jobs between the close and the result, in their order; those asked for so far."""
    rows = await session.execute(
        select(OutboxRow.job, OutboxRow.id).where(
            OutboxRow.job.in_(JOBS), OutboxRow.unique_key == str(round_id)
        )
    )
    ids = {row.job: row.id for row in rows}
    found = [await job_progress(session, ids[name]) for name in JOBS if name in ids]
    return [one for one in found if one is not None]


def terms_of(round_: Round) -> Terms:
    return msgspec.convert(round_.terms, Terms)
