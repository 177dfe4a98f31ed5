"""Projects: from an idea to the ballot, and out of it if one is withdrawn."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import receipts
from budgeting.canonical import encode
from budgeting.models import Contest, Phase, Project, ProjectState, Round
from budgeting.rounds import require_draft, require_officer
from engage.core import audit
from engage.core.clock import now
from engage.core.errors import InvalidInput, NotFound, Refused
from engage.core.permissions import Actor
from engage.core.settings import Settings
from translations import LANGUAGES, N_, Bilingual, in_language, require_publishable, slugify

ON_BALLOT = (ProjectState.ON_BALLOT, ProjectState.FUNDED, ProjectState.NOT_FUNDED, ProjectState.DELIVERED)


async def add(
    session: AsyncSession,
    actor: Actor,
    round_: Round,
    contest: Contest,
    *,
    title: Bilingual,
    summary: Bilingual,
    cost_pence: int,
    category: str | None = None,
    ward_code: str | None = None,
    state: ProjectState = ProjectState.IDEA,
) -> Project:
    """An idea, or with both sides approved one that is shortlisted already."""
    require_officer(actor, round_)
    require_draft(round_)
    if cost_pence < 1:
        raise InvalidInput({"cost": N_("Enter what it costs")})
    if state not in (ProjectState.IDEA, ProjectState.CHECKING):
        require_publishable(title=title, summary=summary)
    project = Project(
        id=uuid4(),
        round_id=round_.id,
        contest_id=contest.id,
        title=title,
        summary=summary,
        cost_pence=cost_pence,
        category=category,
        ward_code=ward_code,
        state=state,
        **await _free_slugs(session, round_.id, title),
    )
    session.add(project)
    audit.record(session, actor, "project.added", "project", project.id)
    await session.flush()
    return project


async def shortlist(session: AsyncSession, actor: Actor, round_: Round, project: Project) -> None:
    """Ready for the ballot, in both languages. Raises OneSided."""
    require_officer(actor, round_)
    require_draft(round_)
    require_publishable(title=project.title, summary=project.summary)
    project.state = ProjectState.SHORTLISTED
    audit.record(session, actor, "project.shortlisted", "project", project.id)
    await session.flush()


async def withdraw(
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    round_: Round,
    project: Project,
    reason: Bilingual,
) -> None:
    """Before the rules freeze it leaves; after that a dated, signed notice says that it cannot win.

    Ballots stand, and voters may change theirs until the close.
    """
    require_officer(actor, round_)
    require_publishable(reason=reason)
    if round_.phase not in (Phase.IDEAS, Phase.CHECKING, Phase.SHORTLIST, Phase.VOTING, Phase.COUNTING):
        raise Refused(N_("The result stands: a project can no longer be withdrawn"))
    if project.state is ProjectState.WITHDRAWN:
        raise Refused(N_("This project is already withdrawn"))
    project.state, project.withdrawn_reason = ProjectState.WITHDRAWN, reason
    project.withdrawn_at = now().replace(microsecond=0)
    if round_.frozen_at is not None:
        key = receipts.round_key(settings.server_key, round_.id)
        project.withdrawn_signature = key.sign(notice_document(project))
    audit.record(session, actor, "project.withdrawn", "project", project.id)
    await session.flush()


def notice_document(project: Project) -> bytes:
    """What is signed of a withdrawal."""
    assert project.withdrawn_at is not None  # noqa: S101  # a programming error
    assert project.withdrawn_reason is not None  # noqa: S101
    reason = {language: in_language(project.withdrawn_reason, language) for language in LANGUAGES}
    return encode(
        {
            "round": str(project.round_id),
            "project": str(project.id),
            "withdrawn": project.withdrawn_at.isoformat(),
            "reason": reason,
        }
    )


async def by_slug(session: AsyncSession, round_id: UUID, slug: str) -> Project:
    """By either language's slug. Raises NotFound."""
    project: Project | None = await session.scalar(
        select(Project).where(
            Project.round_id == round_id, (Project.slug_cy == slug) | (Project.slug_en == slug)
        )
    )
    if project is None:
        raise NotFound
    return project


async def of_round(
    session: AsyncSession, round_id: UUID, states: Sequence[ProjectState] = tuple(ProjectState)
) -> list[Project]:
    return list(
        await session.scalars(
            select(Project)
            .where(Project.round_id == round_id, Project.state.in_(states))
            .order_by(Project.created_at, Project.id)
        )
    )


async def withdrawn_ids(session: AsyncSession, round_id: UUID) -> frozenset[UUID]:
    return frozenset(
        await session.scalars(
            select(Project.id).where(Project.round_id == round_id, Project.state == ProjectState.WITHDRAWN)
        )
    )


async def _free_slugs(session: AsyncSession, round_id: UUID, title: Bilingual) -> dict[str, str]:
    """Within a round a slug names one project, whichever language it is in."""
    rows = await session.execute(select(Project.slug_cy, Project.slug_en).where(Project.round_id == round_id))
    taken = {slug for row in rows for slug in row}
    slugs = {}
    for language in LANGUAGES:
        stem = slugify(in_language(title, language) or in_language(title, "en"), language) or "project"
        free = (
            slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken
        )
        slugs[f"slug_{language}"] = next(free)
    return slugs
