"""From the sealed box to the result: both rules applied to every contest, and what is told of it.

The rule on the frozen sheet decides; the other is counted beside it. Reading and keeping are one
transaction each, counting is pure and happens between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import budgeting.addresses  # noqa: F401  # jobs name pages that they do not serve
from budgeting import bundle, counting, explanations, explanations_needs, pabulib, pabulib_rule, sealing
from budgeting.canonical import encode
from budgeting.counting_rule import Options, Outcome
from budgeting.election import Election, approval_election, points_election, ranked_election
from budgeting.election import Project as Candidate
from budgeting.explanations_needs import Needs
from budgeting.models import (
    Ballot,
    BallotState,
    BundlePart,
    CountResult,
    Phase,
    Project,
    ProjectState,
    Round,
    TreeHead,
)
from budgeting.projects import withdrawn_ids
from budgeting.queries import DECIDED
from budgeting.rounds import by_id, frozen_rules
from budgeting.rule_sheet import Rule, RuleSheet, SheetContest, SheetProject, Titles
from budgeting.validity import Canonical, read
from engage.core import audit, thread
from engage.core.addresses import url
from engage.core.clock import now
from engage.core.errors import NotFound
from engage.core.outbox import enqueue
from translations import LANGUAGES, N_, Language, in_language

RULES: tuple[Rule, ...] = ("equal-shares", "greedy")


class ToldProject(msgspec.Struct, frozen=True):
    """``why``: by language; empty where only totals are published."""

    id: UUID
    title: dict[str, str]
    cost_pence: int
    votes: int
    state: str
    why: dict[str, str]


class Told(msgspec.Struct, frozen=True):
    """What is kept and shown of one rule in one contest. ``contests``: those that were counted together."""

    ballots: int
    blank: int
    pot_pence: int
    spent_pence: int
    totals_only: bool
    contests: list[UUID]
    order: list[UUID]
    projects: list[ToldProject]


class Inputs(msgspec.Struct, frozen=True):
    sheet: RuleSheet
    seed: bytes
    root: bytes
    withdrawn: frozenset[UUID]
    ballots: dict[UUID, list[Canonical]]


class Counted(msgspec.Struct, frozen=True):
    contest: UUID
    rule: Rule
    decides: bool
    told: Told


def told(row: CountResult) -> Told:
    return msgspec.convert(row.outcome, Told)


async def inputs(session: AsyncSession, round_id: UUID) -> Inputs:
    """Raises NotSealed: nothing is counted, and so nothing can be shown, before the box is sealed."""
    round_ = await by_id(session, round_id)
    sealing.require_countable(round_)
    parts = await sealing.read_bundle(session, round_id)
    rows = await session.execute(
        select(Ballot.contest_id, Ballot.choices)
        .where(Ballot.round_id == round_id, Ballot.state == BallotState.CAST)
        .order_by(Ballot.commitment)
    )
    sheet = (await frozen_rules(session, round_id)).sheet
    ballots: dict[UUID, list[Canonical]] = {contest.id: [] for contest in sheet.contests}
    for contest_id, choices in rows:
        ballots[contest_id].append(read(choices or "[]"))
    root = await session.scalar(select(TreeHead.root).where(TreeHead.round_id == round_id, TreeHead.final))
    seed = bytes.fromhex(msgspec.json.decode(parts["lot.json"], type=dict[str, str])["seed"])
    return Inputs(sheet, seed, root or b"", await withdrawn_ids(session, round_id), ballots)


def count(given: Inputs, *, costs_needed: bool = True) -> list[Counted]:
    """Both rules for every contest, those that merge counted as one. Pure, and repeatable by anybody.

    ``costs_needed``: also at what cost each loser would have won, most of the work of explaining.
    """
    counted = []
    for target, together in merged(given.sheet, given.ballots).items():
        election = to_election(given, together)
        for rule in RULES:
            outcome = counting.count(election, rule, options(given, rule))
            decides = rule == given.sheet.terms.counting.rule
            counted.append(
                Counted(target, rule, decides, _told(given, together, outcome, decides, costs_needed))
            )
    return counted


def merged(sheet: RuleSheet, ballots: Mapping[UUID, Sequence[Canonical]]) -> dict[UUID, list[SheetContest]]:
    """Contests by the one that they are counted in: with too few ballots, the one that the sheet names."""
    cast = {contest_id: len(rows) for contest_id, rows in ballots.items()}
    found: dict[UUID, list[SheetContest]] = {}
    for contest in sheet.contests:
        found.setdefault(bundle.merge_target(sheet, cast, contest.id), []).append(contest)
    return found


def options(given: Inputs, rule: Rule) -> Options:
    """The frozen rule, with the lot that nobody could know before the sealing."""
    chosen = given.sheet.terms.counting
    return Options(
        utility=chosen.utility,
        completion=chosen.completion if rule == "equal-shares" else "none",
        increment=chosen.increment_pence,
        top_up=chosen.top_up if rule == "equal-shares" else "none",
        tie=chosen.tie_break,
        minimum_votes=chosen.minimum_votes,
        lot_seed=given.seed,
        lot_root=given.root,
    )


def to_election(given: Inputs, contests: Sequence[SheetContest]) -> Election:
    """A withdrawn project leaves: the ballots that name it stand, it cannot be selected."""
    standing = [p for contest in contests for p in contest.projects if p.id not in given.withdrawn]
    candidates = [_candidate(project) for project in standing]
    known = {candidate.id for candidate in candidates}
    pot = sum(contest.pot_pence for contest in contests)
    rows: list[list[Any]] = [list(one) for contest in contests for one in given.ballots[contest.id]]
    style = given.sheet.terms.ballot.style
    if style in ("points", "score"):
        points = [{str(p): int(n) for p, n in row if p in known} for row in rows]
        return points_election(candidates, points, pot, "cumulative" if style == "points" else "scoring")
    named = [[str(project) for project in row if project in known] for row in rows]
    if style == "ranking":
        return ranked_election(candidates, named, pot)
    return approval_election(candidates, named, pot)


def _candidate(project: SheetProject) -> Candidate:
    """Named in both languages, as the ballot file has it."""
    return Candidate(
        str(project.id),
        project.cost_pence,
        f"{project.title.cy} / {project.title.en}",
        (project.category,) if project.category else (),
        project.ward or "",
    )


def _told(
    given: Inputs, contests: Sequence[SheetContest], outcome: Outcome, decides: bool, costs_needed: bool
) -> Told:
    election = outcome.election
    too_few = election.voters < given.sheet.terms.minimum_ballots
    titles = {project.id: project.title for contest in contests for project in contest.projects}
    why = {} if too_few else _why(outcome, titles, _needs(outcome, costs_needed) if decides else None)
    projects = [
        ToldProject(
            UUID(project.id),
            {"cy": titles[UUID(project.id)].cy, "en": titles[UUID(project.id)].en},
            project.cost,
            election.votes[position],
            outcome.states[position],
            {language: why.get((project.id, language), "") for language in LANGUAGES},
        )
        for position, project in enumerate(election.projects)
    ]
    rows = [row for contest in contests for row in given.ballots[contest.id]]
    return Told(
        ballots=len(rows),
        blank=sum(not row for row in rows),
        pot_pence=election.budget,
        spent_pence=outcome.spent,
        totals_only=too_few,
        contests=[contest.id for contest in contests],
        order=[UUID(one) for one in outcome.winners],
        projects=projects,
    )


def _needs(outcome: Outcome, costs_needed: bool) -> dict[int, Needs]:
    """What each loser lacked, by counting again and again."""
    again = counting.recounts(outcome)
    if costs_needed:
        return explanations_needs.find(outcome, again)
    points, costs = explanations_needs.points_each(outcome.election), outcome.election.costs
    return {
        position: Needs(
            explanations_needs.votes_needed(outcome, again, position), points, None, costs[position]
        )
        for position, state in enumerate(outcome.states)
        if state != "selected"
    }


def _why(
    outcome: Outcome, titles: Mapping[UUID, Titles], needs: dict[int, Needs] | None
) -> dict[tuple[str, Language], str]:
    """The sentences of every project, with what it would have taken where that was looked for."""
    found: dict[tuple[str, Language], str] = {}
    for language in LANGUAGES:
        named = [replace(p, name=getattr(titles[UUID(p.id)], language)) for p in outcome.election.projects]
        own = replace(outcome, election=replace(outcome.election, projects=tuple(named)))
        for project_id, explanation in explanations.explain(own, needs).items():
            found[project_id, language] = explanation.text(language)
    return found


async def keep(session: AsyncSession, round_id: UUID, counted: Sequence[Counted]) -> None:
    """The result is decided and public from here on; winners go on into the thread. Once only."""
    round_ = await by_id(session, round_id, lock=True)
    sealing.require_countable(round_)
    if round_.phase is not Phase.COUNTING:
        return
    at = now()
    for one in counted:
        session.add(
            CountResult(
                round_id=round_id,
                contest_id=one.contest,
                rule=one.rule,
                decides=one.decides,
                outcome=msgspec.to_builtins(one.told),
                counted_at=at,
                released_at=at,
            )
        )
    round_.phase = Phase.DECIDED
    audit.record(session, None, "round.decided", "round", round_id)
    won = {project for one in counted if one.decides for project in one.told.order}
    await _settle(session, round_, won)
    await session.flush()


async def _settle(session: AsyncSession, round_: Round, won: set[UUID]) -> None:
    """Winners are funded: an arrow from the round, and a job that makes each a promise."""
    projects = await session.scalars(
        select(Project)
        .where(Project.round_id == round_.id, Project.state == ProjectState.ON_BALLOT)
        .order_by(Project.id)
    )
    await thread.set_status(session, "round", round_.id, "")
    for project in projects:
        project.state = ProjectState.FUNDED if project.id in won else ProjectState.NOT_FUNDED
        if project.id in won:
            end = project_end(round_, project)
            await thread.tie(session, round_end(round_), end, status="funded", public_since=now())
            await enqueue(
                session,
                "feedback.promise_project",
                unique=str(project.id),
                project_id=project.id,
                owner_id=round_.organisation_id,
                due=None,
            )


def round_end(round_: Round) -> thread.End:
    titles: dict[Language, str] = {lang: in_language(round_.title, lang) for lang in LANGUAGES}
    addresses: dict[Language, str] = {lang: url(lang, "round", slug=round_.slug(lang)) for lang in LANGUAGES}
    return thread.End("round", round_.id, titles, addresses)


def project_end(round_: Round, project: Project) -> thread.End:
    titles: dict[Language, str] = {lang: in_language(project.title, lang) for lang in LANGUAGES}
    addresses: dict[Language, str] = {
        lang: url(lang, "project", slug=round_.slug(lang), project=project.slug(lang)) for lang in LANGUAGES
    }
    return thread.End("project", project.id, titles, addresses)


async def pabulib_file(session: AsyncSession, round_: Round, contest_id: UUID) -> str:
    """The counted ballots of a contest, sorted by commitment. Raises NotFound until it is decided, and where
    there are so few that only totals are published.
    """
    row = await _deciding(session, round_, contest_id)
    result = told(row)
    if result.totals_only:
        raise NotFound(N_("These ballots are not published"), N_("There are too few: only the totals are."))
    given = await inputs(session, round_.id)
    together = [given.sheet.contest(key) for key in result.contests]
    election = to_election(given, together)
    ballots = await _named_ballots(session, given, result.contests)
    deciding = given.sheet.terms.counting.rule
    file = pabulib.compose(
        election,
        {
            "description": f"{in_language(round_.title, 'cy')} / {in_language(round_.title, 'en')}",
            "country": "United Kingdom",
            "unit": round_.slug_en,
            "instance": str(round_.voting_closes.year),
            "date_begin": f"{round_.voting_opens:%d.%m.%Y}",
            "date_end": f"{round_.voting_closes:%d.%m.%Y}",
            **pabulib_rule.meta_of(election, deciding, options(given, deciding)),
        },
        ballots,
        [str(key) for key in result.order],
    )
    return pabulib.write(file)


async def _deciding(session: AsyncSession, round_: Round, contest_id: UUID) -> CountResult:
    row: CountResult | None = await session.scalar(
        select(CountResult).where(
            CountResult.round_id == round_.id, CountResult.contest_id == contest_id, CountResult.decides
        )
    )
    if row is None or round_.phase not in DECIDED:
        raise NotFound
    return row


async def _named_ballots(
    session: AsyncSession, given: Inputs, contests: Sequence[UUID]
) -> list[tuple[str, list[str], list[int] | None]]:
    rows = await session.execute(
        select(Ballot.commitment, Ballot.choices)
        .where(
            Ballot.round_id == given.sheet.round,
            Ballot.contest_id.in_(contests),
            Ballot.state == BallotState.CAST,
        )
        .order_by(Ballot.commitment)
    )
    numbered = given.sheet.terms.ballot.style in ("points", "score")
    gone = {str(project) for project in given.withdrawn}
    found: list[tuple[str, list[str], list[int] | None]] = []
    for commitment, choices in rows:
        made: list[Any] = msgspec.json.decode(choices or "[]")
        pairs = [(one[0], one[1]) if numbered else (one, 1) for one in made]
        kept = [pair for pair in pairs if pair[0] not in gone]
        points = [int(number) for _, number in kept] if numbered else None
        found.append((commitment.hex(), [str(project) for project, _ in kept], points))
    return found


async def recount_parts(session: AsyncSession, round_: Round) -> dict[str, bytes]:
    """The sealed bundle, the results and the ballot files. Raises NotFound until the result is decided."""
    if round_.phase not in DECIDED:
        raise NotFound
    parts = dict(await sealing.read_bundle(session, round_.id))
    rows = list(await session.scalars(select(CountResult).where(CountResult.round_id == round_.id)))
    documents = [
        {"contest": str(row.contest_id), "rule": row.rule, "decides": row.decides, "result": row.outcome}
        for row in sorted(rows, key=lambda row: (str(row.contest_id), row.rule))
    ]
    parts["results.json"] = msgspec.json.format(encode(documents), indent=1) + b"\n"
    for row in rows:
        if row.decides and not told(row).totals_only:
            text = await pabulib_file(session, round_, row.contest_id)
            parts[f"ballots-{row.contest_id}.pb"] = text.encode()
    return parts


async def issued(session: AsyncSession, round_id: UUID) -> dict[str, bundle.Issue]:
    """Passes and papers issued by contest, as the sealed bundle publishes them."""
    body = await session.scalar(
        select(BundlePart.body).where(BundlePart.round_id == round_id, BundlePart.name == "issued.json")
    )
    return msgspec.json.decode(body or b"{}", type=dict[str, bundle.Issue])


async def told_project(session: AsyncSession, round_: Round, project: Project) -> ToldProject | None:
    """What the rule that decides said of one project; None until it is decided."""
    if round_.phase not in DECIDED:
        return None
    rows = await session.scalars(
        select(CountResult).where(CountResult.round_id == round_.id, CountResult.decides)
    )
    return next((one for row in rows for one in told(row).projects if one.id == project.id), None)
