"""The JSON API: rounds that the public can see, their rules, and results once they are decided."""

import io
import zipfile
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import queries, results
from budgeting.models import CountResult, Project, Round
from budgeting.rounds import frozen_rules
from budgeting.schemas import BothSides, ContestResultOut, ProjectOut, ProjectResultOut, RoundOut
from engage.core.api import PROBLEMS
from engage.core.clock import now
from engage.core.permissions import EVERYONE
from translations import Bilingual

JSON = "application/json"


def sides(text: Bilingual) -> BothSides:
    return BothSides(cy=text.cy.text, en=text.en.text)


def round_out(round_: Round) -> RoundOut:
    return RoundOut(
        id=round_.id,
        slug=BothSides(cy=round_.slug_cy, en=round_.slug_en),
        title=sides(round_.title),
        summary=sides(round_.summary),
        stage=queries.stage(round_, now()),
        voting_opens=round_.voting_opens,
        voting_closes=round_.voting_closes,
        rules_hash=(round_.rules_hash or b"").hex(),
    )


def project_out(project: Project) -> ProjectOut:
    return ProjectOut(
        id=project.id,
        contest=project.contest_id,
        slug=BothSides(cy=project.slug_cy, en=project.slug_en),
        title=sides(project.title),
        summary=sides(project.summary),
        cost_pence=project.cost_pence,
        category=project.category,
        ward=project.ward_code,
        state=project.state,
    )


def result_out(row: CountResult) -> ContestResultOut:
    told = results.told(row)
    return ContestResultOut(
        contest=row.contest_id,
        rule=row.rule,
        decides=row.decides,
        ballots=told.ballots,
        pot_pence=told.pot_pence,
        spent_pence=told.spent_pence,
        totals_only=told.totals_only,
        winners=[one.id for one in told.projects if one.state == "selected"],
        projects=[
            ProjectResultOut(
                id=one.id,
                title=BothSides(**one.title),
                cost_pence=one.cost_pence,
                votes=one.votes,
                state=one.state,
                why=BothSides(**one.why),
            )
            for one in told.projects
        ],
    )


@get("/api/rounds", guards=[EVERYONE], responses=PROBLEMS, tags=["rounds"])
async def api_rounds(session: NamedDependency[AsyncSession]) -> list[RoundOut]:
    """Rounds whose rules are published, newest first, at most 50."""
    return [round_out(round_) for round_ in await queries.public_rounds(session)]


@get("/api/rounds/{slug:str}", guards=[EVERYONE], responses=PROBLEMS, tags=["rounds"])
async def api_round(slug: FromPath[str], session: NamedDependency[AsyncSession]) -> RoundOut:
    """By either language's slug."""
    return round_out(await queries.find(session, slug))


@get("/api/rounds/{slug:str}/projects", guards=[EVERYONE], responses=PROBLEMS, tags=["rounds"])
async def api_projects(slug: FromPath[str], session: NamedDependency[AsyncSession]) -> list[ProjectOut]:
    """Every project of the ballot in the order of ids, which says nothing about them."""
    round_ = await queries.find(session, slug)
    found = await queries.public_projects(session, round_.id)
    return [project_out(project) for project in sorted(found, key=lambda one: str(one.id))]


@get("/api/rounds/{slug:str}/rules", guards=[EVERYONE], responses=PROBLEMS, tags=["rounds"])
async def api_rules(slug: FromPath[str], session: NamedDependency[AsyncSession]) -> Response[bytes]:
    """The frozen rule sheet, byte for byte: its SHA-256 is the round's rules_hash."""
    round_ = await queries.find(session, slug)
    frozen = await frozen_rules(session, round_.id)
    return _file(frozen.body, f"{round_.slug_en}-rules.json", JSON)


@get("/api/rounds/{slug:str}/results", guards=[EVERYONE], responses=PROBLEMS, tags=["rounds"])
async def api_results(slug: FromPath[str], session: NamedDependency[AsyncSession]) -> list[ContestResultOut]:
    """Both rules' results of every contest; 404 until the result is decided."""
    round_ = await queries.find(session, slug)
    return [result_out(row) for row in await queries.results(session, round_)]


@get(
    "/api/rounds/{slug:str}/contests/{contest_id:uuid}/ballots.pb",
    guards=[EVERYONE],
    responses=PROBLEMS,
    tags=["rounds"],
)
async def api_pabulib(
    slug: FromPath[str], contest_id: FromPath[UUID], session: NamedDependency[AsyncSession]
) -> Response[bytes]:
    """The ballots of a contest as a Pabulib file; 404 until the result is decided, or with too few ballots."""
    round_ = await queries.find(session, slug)
    text = await results.pabulib_file(session, round_, contest_id)
    return _file(text.encode(), f"{round_.slug_en}.pb", "text/plain; charset=utf-8")


@get("/api/rounds/{slug:str}/bundle.zip", guards=[EVERYONE], responses=PROBLEMS, tags=["rounds"])
async def api_bundle(slug: FromPath[str], session: NamedDependency[AsyncSession]) -> Response[bytes]:
    """Everything for a recount; 404 until the result is decided."""
    round_ = await queries.find(session, slug)
    parts = await results.recount_parts(session, round_)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(parts.items()):
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return _file(packed.getvalue(), f"{round_.slug_en}-recount.zip", "application/zip")


def _file(body: bytes, name: str, media_type: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)


HANDLERS = [
    api_rounds,
    api_round,
    api_projects,
    api_rules,
    api_results,
    api_pabulib,
    api_bundle,
]
