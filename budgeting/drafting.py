"""A round while it is drafted: pots and projects changed or taken out, where it came from, what is missing."""

from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import results
from budgeting.models import Contest, Project, ProjectState, Round
from budgeting.queries import terms_of
from budgeting.rounds import contests, require_draft, require_officer
from budgeting.rule_sheet import SheetContest, SheetProject, problems, titles
from engage.campaigns import service as campaigns
from engage.campaigns.models import Campaign
from engage.core import audit, thread
from engage.core.errors import InvalidInput, NotFound, Refused
from engage.core.permissions import Actor
from engage.themes.service import campaign_end, theme_end, themes_of
from translations import N_, Bilingual, Message, in_language, publishable
from translations import problems as sides_missing


class Missing(msgspec.Struct, frozen=True):
    """What keeps the rules from being frozen. ``text``: the title of the thing, in whichever language it has."""

    where: Message
    text: str
    why: Message


async def contest_by_id(session: AsyncSession, round_: Round, contest_id: UUID) -> Contest:
    """Raises NotFound."""
    contest = await session.get(Contest, contest_id)
    if contest is None or contest.round_id != round_.id:
        raise NotFound
    return contest


async def change_contest(
    session: AsyncSession, actor: Actor, round_: Round, contest: Contest, *, title: Bilingual, pot_pence: int
) -> None:
    require_officer(actor, round_)
    require_draft(round_)
    if pot_pence < 1:
        raise InvalidInput({"pot": N_("Enter how much money there is")})
    contest.title, contest.pot_pence = title, pot_pence
    audit.record(session, actor, "round.changed", "round", round_.id)
    await session.flush()


async def remove_contest(session: AsyncSession, actor: Actor, round_: Round, contest: Contest) -> None:
    require_officer(actor, round_)
    require_draft(round_)
    number = await session.scalar(select(func.count()).where(Project.contest_id == contest.id))
    if number:
        raise Refused(N_("There are projects in this pot"), N_("Move or remove them first."))
    await session.delete(contest)
    audit.record(session, actor, "round.changed", "round", round_.id)
    await session.flush()


async def change_project(
    session: AsyncSession,
    actor: Actor,
    round_: Round,
    project: Project,
    *,
    contest: Contest,
    title: Bilingual,
    summary: Bilingual,
    cost_pence: int,
    category: str | None,
    ward_code: str | None,
) -> None:
    """It is ready for the ballot when both its texts are approved in both languages."""
    require_officer(actor, round_)
    require_draft(round_)
    ready = publishable(title) and publishable(summary)
    project.state = ProjectState.SHORTLISTED if ready else ProjectState.IDEA
    project.contest_id, project.cost_pence = contest.id, cost_pence
    project.title, project.summary = title, summary
    project.category, project.ward_code = category, ward_code
    audit.record(session, actor, "project.changed", "project", project.id)
    await session.flush()


async def remove_project(session: AsyncSession, actor: Actor, round_: Round, project: Project) -> None:
    require_officer(actor, round_)
    require_draft(round_)
    await session.delete(project)
    audit.record(session, actor, "project.removed", "project", project.id)
    await session.flush()


async def missing(session: AsyncSession, round_: Round, projects: list[Project]) -> list[Missing]:
    """Everything that keeps the rules from being frozen, so that it can be put right in one go."""
    pots = await contests(session, round_.id)
    found = [
        Missing(where, _some(text), problem.message)
        for where, text in _texts(round_, pots, projects)
        for problem in sides_missing(text)
    ]
    sheet = tuple(_sheet_contest(pot, [p for p in projects if p.contest_id == pot.id]) for pot in pots)
    wrong = problems(terms_of(round_), sheet, round_.voting_opens, round_.voting_closes)
    return found + [Missing(N_("The rules"), "", why) for why in wrong]


def _texts(round_: Round, pots: list[Contest], projects: list[Project]) -> list[tuple[Message, Bilingual]]:
    return [
        (N_("Title"), round_.title),
        (N_("What voters should know"), round_.summary),
        (N_("What the money is for"), round_.purpose),
        *((N_("Pot"), pot.title) for pot in pots),
        *((N_("Project"), text) for project in projects for text in (project.title, project.summary)),
    ]


def _some(text: Bilingual) -> str:
    whole = in_language(text, "cy") or in_language(text, "en")
    return whole if len(whole) <= 60 else f"{whole[:60]}…"


def _sheet_contest(pot: Contest, projects: list[Project]) -> SheetContest:
    rows = tuple(SheetProject(p.id, titles(p.title), p.cost_pence, p.category, p.ward_code) for p in projects)
    return SheetContest(pot.id, titles(pot.title), pot.pot_pence, tuple(pot.wards), rows, pot.merges_into_id)


async def campaign_of(session: AsyncSession, round_: Round) -> Campaign | None:
    """The campaign that it came from. While drafting the thread holds it unseen."""
    arrow = await thread.leading_to(session, "round", round_.id)
    if arrow is None or arrow.from_kind != "campaign":
        return None
    return await campaigns.by_id(session, arrow.from_id)


async def set_campaign(session: AsyncSession, actor: Actor, round_: Round, campaign: Campaign | None) -> None:
    """Kept as an arrow that nobody sees before the rules are frozen. Raises NotFound for somebody else's."""
    require_officer(actor, round_)
    require_draft(round_)
    await thread.untie(session, "round", round_.id)
    if campaign is None:
        return
    if not campaigns.sees(actor, campaign):
        raise NotFound
    await thread.tie(session, campaign_end(campaign), results.round_end(round_))


async def publish_thread(session: AsyncSession, round_: Round) -> None:
    """With the rules: from the campaign's signed-off themes, or from the campaign itself if it has none."""
    campaign = await campaign_of(session, round_)
    if campaign is None:
        return
    themes = await themes_of(session, campaign.id, signed_off=True)
    starts = [theme_end(campaign, theme) for theme in themes] or [campaign_end(campaign)]
    await thread.untie(session, "round", round_.id)
    for start in starts:
        await thread.tie(
            session, start, results.round_end(round_), status="voting", public_since=round_.published_at
        )
