"""What everybody can read of a round: its projects, its rules, its result; and the check of a receipt."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import ballot_pages, desk_pages, desk_seal_pages, projects, queries, receipt_check, results
from budgeting.addresses import PROJECT, ROUND
from budgeting.forms import CheckReceiptForm
from budgeting.models import CountResult, Project, Round
from budgeting.rounds import contests, frozen_rules
from engage.core import thread
from engage.core.addresses import address, url
from engage.core.clock import now
from engage.core.errors import NotFound
from engage.core.forms import read_form
from engage.core.http import Request
from engage.core.pages import actor, language, render, to_own_slug
from engage.core.permissions import EVERYONE
from translations import Language, in_language, sort_key

ROUNDS = address("rounds", cy="/rowndiau", en="/rounds")
RULES = address("round-rules", cy="/rowndiau/{slug:str}/rheolau", en="/rounds/{slug:str}/rules")
RESULT = address("round-result", cy="/rowndiau/{slug:str}/canlyniad", en="/rounds/{slug:str}/result")
CHECK_RECEIPT = address("check-ballot-receipt", cy="/papur/gwirio", en="/ballot/check")


@get(ROUNDS, guards=[EVERYONE])
async def rounds_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    at = now()
    rows = [(round_, queries.stage(round_, at)) for round_ in await queries.public_rounds(session)]
    return render(
        request,
        "budgeting/rounds.html",
        rounds=rows,
        stages=queries.STAGES,
        kinds=queries.STAGE_KINDS,
    )


def by_name(found: list[Project], lang: Language) -> list[Project]:
    return sorted(found, key=lambda project: sort_key(in_language(project.title, lang), lang))


@get(ROUND, guards=[EVERYONE])
async def round_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    round_ = await queries.find(session, slug, actor(request))
    if redirect := to_own_slug(request, "round", slug, round_):
        return redirect
    lang = language(request)
    return render(
        request,
        "budgeting/round.html",
        round=round_,
        stage=queries.stage(round_, now()),
        stages=queries.STAGES,
        kinds=queries.STAGE_KINDS,
        contests=await contests(session, round_.id),
        projects=by_name(await queries.public_projects(session, round_.id), lang),
        categories=queries.CATEGORIES,
        wards=await queries.ward_names(session, round_.partnership_id, lang),
        turnout=await queries.turnout(session, round_.id) if round_.frozen_at else 0,
        terms=queries.terms_of(round_),
        origins=await thread.back(session, "round", [round_.id]),
    )


@get(RULES, guards=[EVERYONE])
async def rules_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    round_ = await queries.find(session, slug, actor(request))
    if redirect := to_own_slug(request, "round-rules", slug, round_):
        return redirect
    frozen = await frozen_rules(session, round_.id)
    lang = language(request)
    return render(
        request,
        "budgeting/rules.html",
        round=round_,
        sheet=frozen.sheet,
        rules_hash=frozen.rules_hash.hex(),
        wards=await queries.ward_names(session, round_.partnership_id, lang),
        categories=queries.CATEGORIES,
        replaces=await round_replaced(session, round_),
    )


async def round_replaced(session: AsyncSession, round_: Round) -> Round | None:
    return await session.get(Round, round_.replaces_id) if round_.replaces_id else None


@get(RESULT, guards=[EVERYONE])
async def result_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    round_ = await queries.find(session, slug, actor(request))
    if redirect := to_own_slug(request, "round-result", slug, round_):
        return redirect
    rows = await queries.results(session, round_)
    frozen = await frozen_rules(session, round_.id)
    lang = language(request)
    found = {project.id: project for project in await queries.public_projects(session, round_.id)}
    return render(
        request,
        "budgeting/result.html",
        round=round_,
        rules_hash=frozen.rules_hash.hex(),
        sheet=frozen.sheet,
        contests=[_contest_result(key, rows, lang) for key in _contests_of(rows)],
        found=found,
        issued=await results.issued(session, round_.id),
        arrows=await thread.onwards(session, "round", [round_.id]),
    )


def _contests_of(rows: list[CountResult]) -> list[str]:
    return list(dict.fromkeys(str(row.contest_id) for row in rows))


def _contest_result(contest_id: str, rows: list[CountResult], lang: Language) -> dict[str, object]:
    """What the page shows of one contest: the rule that decides, the other beside it, projects by name."""
    own = [row for row in rows if str(row.contest_id) == contest_id]
    deciding = next(row for row in own if row.decides)
    beside = next((row for row in own if not row.decides), None)
    told = results.told(deciding)
    other = results.told(beside) if beside else None
    return {
        "id": contest_id,
        "rule": deciding.rule,
        "told": told,
        "projects": sorted(told.projects, key=lambda one: sort_key(one.title[lang], lang)),
        "other_rule": beside.rule if beside else None,
        "other": other,
        "other_won": set(other.order) if other else set(),
    }


@get(PROJECT, guards=[EVERYONE])
async def project_page(
    request: Request,
    slug: FromPath[str],
    project: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    round_ = await queries.find(session, slug, actor(request))
    found = await projects.by_slug(session, round_.id, project)
    if found.state not in queries.ON_BALLOT and found.withdrawn_signature is None:
        raise NotFound
    lang = language(request)
    own = {"slug": round_.slug(lang), "project": found.slug(lang)}
    if (slug, project) != (own["slug"], own["project"]):
        return Redirect(url(lang, "project", **own), status_code=301)
    wards = await queries.ward_names(session, round_.partnership_id, lang)
    return render(
        request,
        "budgeting/project.html",
        round=round_,
        project=found,
        category=queries.CATEGORIES.get(found.category or "", found.category),
        ward=wards.get(found.ward_code or ""),
        told=await results.told_project(session, round_, found),
        decided=round_.phase in queries.DECIDED,
        arrows=await thread.onwards(session, "project", [found.id]),
        origins=await thread.back(session, "round", [round_.id]),
    )


@get(CHECK_RECEIPT, guards=[EVERYONE])
async def check_receipt_page(request: Request) -> Response[str]:
    return render(
        request, "budgeting/check-receipt.html", form=CheckReceiptForm(), found=None, switch_form=True
    )


@post(CHECK_RECEIPT, guards=[EVERYONE], opt={"quiet": True})
async def check_receipt(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    form = await read_form(request, CheckReceiptForm)
    good = form.validate() if not form.switching or form.receipt.data else False
    found = await receipt_check.look_up(session, form.receipt.data or "", language(request)) if good else None
    if form.switching and not good:
        form = CheckReceiptForm(data={"receipt": form.receipt.data})
    return render(request, "budgeting/check-receipt.html", form=form, found=found, switch_form=True)


HANDLERS = [
    rounds_page,
    round_page,
    rules_page,
    result_page,
    project_page,
    check_receipt_page,
    check_receipt,
    *ballot_pages.HANDLERS,
    *desk_pages.HANDLERS,
    *desk_seal_pages.HANDLERS,
]
