"""A round on the desk of those who run it: drafted, its rules frozen, its codes made."""

from typing import Any
from uuid import UUID

import segno
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import drafting, projects, queries, roll, rounds
from budgeting.forms import CodesForm, ContestForm, FreezeForm, ProjectForm, RoundForm
from budgeting.models import Contest, Project, ProjectState, Round
from budgeting.rounds import RoundDraft
from budgeting.rule_sheet import BallotForm, Counting, Promises, Terms, WhoMayVote
from engage.campaigns import service as campaigns
from engage.core.addresses import address, url
from engage.core.clock import now
from engage.core.errors import InvalidInput
from engage.core.forms import options, read_form
from engage.core.http import Request
from engage.core.outbox import enqueue
from engage.core.pages import go, language, render, settings_of, to_own_slug
from engage.core.permissions import Actor, Role, actor_of, holds
from engage.core.texts import read_text, text_data
from engage.people.service import organisations_of
from translations import N_, Bilingual, Language, in_language, publishable, sort_key

DESK_ROUNDS = address("desk-rounds", cy="/desg/rowndiau", en="/desk/rounds")
NEW = address("desk-round-new", cy="/desg/rowndiau/newydd", en="/desk/rounds/new")
DESK_ROUND = address("desk-round", cy="/desg/rowndiau/{slug:str}", en="/desk/rounds/{slug:str}")
EDIT = address("desk-round-edit", cy="/desg/rowndiau/{slug:str}/golygu", en="/desk/rounds/{slug:str}/edit")
NEW_CONTEST = address(
    "desk-contest-new", cy="/desg/rowndiau/{slug:str}/cronfa", en="/desk/rounds/{slug:str}/pot"
)
CONTEST = address(
    "desk-contest",
    cy="/desg/rowndiau/{slug:str}/cronfa/{contest_id:uuid}",
    en="/desk/rounds/{slug:str}/pot/{contest_id:uuid}",
)
NEW_PROJECT = address(
    "desk-project-new", cy="/desg/rowndiau/{slug:str}/prosiect", en="/desk/rounds/{slug:str}/project"
)
PROJECT = address(
    "desk-project",
    cy="/desg/rowndiau/{slug:str}/prosiect/{project:str}",
    en="/desk/rounds/{slug:str}/project/{project:str}",
)
REMOVE_PROJECT = address(
    "desk-project-remove",
    cy="/desg/rowndiau/{slug:str}/prosiect/{project:str}/dileu",
    en="/desk/rounds/{slug:str}/project/{project:str}/remove",
)
FREEZE = address(
    "desk-round-freeze", cy="/desg/rowndiau/{slug:str}/rhewi", en="/desk/rounds/{slug:str}/freeze"
)
CODES = address("desk-round-codes", cy="/desg/rowndiau/{slug:str}/codau", en="/desk/rounds/{slug:str}/codes")

OFFICERS = holds(Role.OFFICER)
TEXTS = ("title", "summary", "purpose")
NOWHERE = N_("None of these")


@get(DESK_ROUNDS, guards=[OFFICERS])
async def desk_rounds(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    at = now()
    rows = [(one, queries.stage(one, at)) for one in await queries.of_actor(session, actor_of(request))]
    return render(
        request, "budgeting/desk-rounds.html", rounds=rows, stages=queries.STAGES, kinds=queries.STAGE_KINDS
    )


@get(DESK_ROUND, guards=[OFFICERS])
async def desk_round(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    if redirect := to_own_slug(request, "desk-round", slug, round_):
        return redirect
    return await _round_page(request, session, round_, FreezeForm())


async def _round_page(
    request: Request, session: AsyncSession, round_: Round, form: FreezeForm
) -> Response[str]:
    found = await projects.of_round(session, round_.id)
    lang = language(request)
    stage = queries.stage(round_, now())
    return render(
        request,
        "budgeting/desk-round.html",
        round=round_,
        stage=stage,
        stages=queries.STAGES,
        kinds=queries.STAGE_KINDS,
        form=form,
        contests=await rounds.contests(session, round_.id),
        projects=sorted(found, key=lambda one: sort_key(_some(one.title, lang), lang)),
        ready=(ProjectState.SHORTLISTED, *queries.ON_BALLOT),
        missing=await drafting.missing(session, round_, found) if stage == "draft" else [],
        on_roll=await roll.on_roll(session, round_.id),
        turnout=await queries.turnout(session, round_.id) if stage != "draft" else 0,
        terms=queries.terms_of(round_),
    )


def _some(text: Bilingual, lang: Language) -> str:
    return in_language(text, lang) or text.cy.text or text.en.text


async def _choices(request: Request, session: AsyncSession, form: RoundForm) -> None:
    who, lang = actor_of(request), language(request)
    own = [
        (str(one.id), in_language(one.name, lang))
        for one in await organisations_of(session, who, Role.OFFICER)
    ]
    form.organisation.choices = options(sorted(own, key=lambda choice: sort_key(choice[1], lang)))
    rows = [(str(one.id), _some(one.title, lang)) for one in await campaigns.of_actor(session, who)]
    named = sorted(rows, key=lambda choice: sort_key(choice[1], lang))
    form.campaign.choices = options([("", NOWHERE), *named])


def _draft(form: RoundForm, who: Actor, before: Round | None) -> RoundDraft:
    texts = _read_texts(form, who, before, TEXTS)
    chosen = queries.terms_of(before) if before else Terms()
    terms = Terms(
        ballot=BallotForm(
            style=form.style.data,
            most_choices=form.most_choices.data if form.style.data == "approval" else None,
        ),
        counting=Counting(rule=form.rule.data),
        who=WhoMayVote(minimum_age=form.minimum_age.data, wards=chosen.who.wards),
        promises=Promises(money_left=form.money_left.data, winner_cannot_deliver=form.cannot_deliver.data),
        minimum_ballots=form.minimum_ballots.data or chosen.minimum_ballots,
        most_project_pence=form.most_project.data or None,
        funder=form.funder.data or "",
    )
    assert form.voting_opens.data  # noqa: S101  # Needed saw to it
    assert form.voting_closes.data  # noqa: S101
    return RoundDraft(
        **texts, voting_opens=form.voting_opens.data, voting_closes=form.voting_closes.data, terms=terms
    )


def _read_texts(
    form: RoundForm, who: Actor, before: Round | None, names: tuple[str, ...]
) -> dict[str, Bilingual]:
    """Raises InvalidInput for a text that is empty on both sides."""
    at = now()
    texts = {
        name: read_text(form, name, getattr(before, name) if before else None, by=who.person_id, at=at)
        for name in names
    }
    missing = {
        f"{name}_cy": N_("Enter this in at least one language") for name in names if not _any(texts[name])
    }
    if missing:
        raise InvalidInput(missing)
    return texts


def _any(text: Bilingual) -> bool:
    return bool(text.cy.text or text.en.text)


def _form_page(request: Request, form: RoundForm, round_: Round | None) -> Response[str]:
    return render(request, "budgeting/desk-round-form.html", form=form, round=round_, switch_form=True)


@get(NEW, guards=[OFFICERS])
async def new_round_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    form = RoundForm()
    await _choices(request, session, form)
    return _form_page(request, form, None)


@post(NEW, guards=[OFFICERS])
async def new_round(request: Request, session: NamedDependency[AsyncSession]) -> Response[str] | Redirect:
    who = actor_of(request)
    form = await read_form(request, RoundForm)
    await _choices(request, session, form)
    if not form.switching and form.validate():
        try:
            round_ = await rounds.create(session, who, UUID(form.organisation.data), _draft(form, who, None))
            await _link(session, who, round_, form)
            return go(request, "desk-round", slug=round_.slug(language(request)))
        except InvalidInput as error:
            form.refuse(error)
    return _form_page(request, form, None)


async def _link(session: AsyncSession, who: Actor, round_: Round, form: RoundForm) -> None:
    campaign = await campaigns.by_id(session, UUID(form.campaign.data)) if form.campaign.data else None
    await drafting.set_campaign(session, who, round_, campaign)


@get(EDIT, guards=[OFFICERS])
async def edit_round_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str]:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    rounds.require_draft(round_)
    campaign = await drafting.campaign_of(session, round_)
    terms = queries.terms_of(round_)
    form = RoundForm(
        data={
            **text_data(**{name: getattr(round_, name) for name in TEXTS}),
            "campaign": str(campaign.id) if campaign else "",
            "voting_opens": round_.voting_opens,
            "voting_closes": round_.voting_closes,
            "minimum_age": terms.who.minimum_age,
            "style": terms.ballot.style,
            "most_choices": terms.ballot.most_choices,
            "rule": terms.counting.rule,
            "minimum_ballots": terms.minimum_ballots,
            "most_project": terms.most_project_pence,
            "money_left": terms.promises.money_left,
            "cannot_deliver": terms.promises.winner_cannot_deliver,
            "funder": terms.funder,
        }
    )
    await _choices(request, session, form)
    del form.organisation
    return _form_page(request, form, round_)


@post(EDIT, guards=[OFFICERS])
async def edit_round(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    who = actor_of(request)
    round_ = await queries.find_for_officer(session, slug, who)
    form = await read_form(request, RoundForm)
    await _choices(request, session, form)
    del form.organisation
    if not form.switching and form.validate():
        try:
            await rounds.change(session, who, round_, _draft(form, who, round_))
            await _link(session, who, round_, form)
            return go(request, "desk-round", slug=round_.slug(language(request)))
        except InvalidInput as error:
            form.refuse(error)
    return _form_page(request, form, round_)


def _contest_page(
    request: Request, form: ContestForm, round_: Round, contest: Contest | None
) -> Response[str]:
    return render(
        request, "budgeting/desk-contest.html", form=form, round=round_, contest=contest, switch_form=True
    )


@get(NEW_CONTEST, guards=[OFFICERS])
async def new_contest_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str]:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    rounds.require_draft(round_)
    return _contest_page(request, ContestForm(), round_, None)


@post(NEW_CONTEST, guards=[OFFICERS])
async def new_contest(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    return await _save_contest(request, session, round_, None)


@get(CONTEST, guards=[OFFICERS])
async def contest_page(
    request: Request, slug: FromPath[str], contest_id: FromPath[UUID], session: NamedDependency[AsyncSession]
) -> Response[str]:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    rounds.require_draft(round_)
    contest = await drafting.contest_by_id(session, round_, contest_id)
    form = ContestForm(data={**text_data(title=contest.title), "pot": contest.pot_pence})
    return _contest_page(request, form, round_, contest)


@post(CONTEST, guards=[OFFICERS])
async def save_contest(
    request: Request, slug: FromPath[str], contest_id: FromPath[UUID], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    contest = await drafting.contest_by_id(session, round_, contest_id)
    return await _save_contest(request, session, round_, contest)


async def _save_contest(
    request: Request, session: AsyncSession, round_: Round, contest: Contest | None
) -> Response[str] | Redirect:
    who = actor_of(request)
    form = await read_form(request, ContestForm)
    if not form.switching and form.validate():
        if contest and "remove" in await request.form():
            await drafting.remove_contest(session, who, round_, contest)
            return go(request, "desk-round", slug=round_.slug(language(request)))
        title = read_text(form, "title", contest.title if contest else None, by=who.person_id, at=now())
        values: dict[str, Any] = {"title": title, "pot_pence": form.pot.data}
        if contest:
            await drafting.change_contest(session, who, round_, contest, **values)
        else:
            await rounds.add_contest(session, who, round_, **values)
        return go(request, "desk-round", slug=round_.slug(language(request)))
    return _contest_page(request, form, round_, contest)


async def _project_form(
    request: Request, session: AsyncSession, round_: Round, form: ProjectForm
) -> ProjectForm:
    """With this round's pots and areas. Raises Refused when the round has no pot to put a project in."""
    lang = language(request)
    pots = await rounds.contests(session, round_.id)
    form.contest.choices = options((str(pot.id), _some(pot.title, lang)) for pot in pots)
    names = await queries.ward_names(session, round_.partnership_id, lang)
    named = sorted(names.items(), key=lambda item: sort_key(item[1], lang))
    form.ward.choices = options([("", NOWHERE), *named])
    return form


def _project_page(
    request: Request, form: ProjectForm, round_: Round, project: Project | None
) -> Response[str]:
    return render(
        request, "budgeting/desk-project.html", form=form, round=round_, project=project, switch_form=True
    )


@get(NEW_PROJECT, guards=[OFFICERS])
async def new_project_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    rounds.require_draft(round_)
    form = await _project_form(request, session, round_, ProjectForm())
    if not form.contest.choices:
        return go(request, "desk-contest-new", slug=round_.slug(language(request)))
    return _project_page(request, form, round_, None)


@post(NEW_PROJECT, guards=[OFFICERS])
async def new_project(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    return await _save_project(request, session, round_, None)


@get(PROJECT, guards=[OFFICERS])
async def desk_project_page(
    request: Request, slug: FromPath[str], project: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str]:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    rounds.require_draft(round_)
    found = await projects.by_slug(session, round_.id, project)
    form = ProjectForm(
        data={
            **text_data(title=found.title, summary=found.summary),
            "contest": str(found.contest_id),
            "cost": found.cost_pence,
            "category": found.category or "",
            "ward": found.ward_code or "",
        }
    )
    return _project_page(request, await _project_form(request, session, round_, form), round_, found)


@post(PROJECT, guards=[OFFICERS])
async def save_project(
    request: Request, slug: FromPath[str], project: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    found = await projects.by_slug(session, round_.id, project)
    return await _save_project(request, session, round_, found)


async def _save_project(
    request: Request, session: AsyncSession, round_: Round, project: Project | None
) -> Response[str] | Redirect:
    who = actor_of(request)
    form = await _project_form(request, session, round_, await read_form(request, ProjectForm))
    if form.switching or not form.validate():
        return _project_page(request, form, round_, project)
    at = now()
    texts = {
        name: read_text(form, name, getattr(project, name) if project else None, by=who.person_id, at=at)
        for name in ("title", "summary")
    }
    if not _any(texts["title"]):
        form.refuse(InvalidInput({"title_cy": N_("Enter this in at least one language")}))
        return _project_page(request, form, round_, project)
    contest = await drafting.contest_by_id(session, round_, UUID(form.contest.data))
    values: dict[str, Any] = {
        **texts,
        "cost_pence": form.cost.data,
        "category": form.category.data or None,
        "ward_code": form.ward.data or None,
    }
    if project:
        await drafting.change_project(session, who, round_, project, contest=contest, **values)
    else:
        ready = publishable(texts["title"]) and publishable(texts["summary"])
        state = ProjectState.SHORTLISTED if ready else ProjectState.IDEA
        await projects.add(session, who, round_, contest, **values, state=state)
    return go(request, "desk-round", slug=round_.slug(language(request)))


@post(REMOVE_PROJECT, guards=[OFFICERS])
async def remove_project(
    request: Request, slug: FromPath[str], project: FromPath[str], session: NamedDependency[AsyncSession]
) -> Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    found = await projects.by_slug(session, round_.id, project)
    await drafting.remove_project(session, actor_of(request), round_, found)
    return go(request, "desk-round", slug=round_.slug(language(request)))


@post(FREEZE, guards=[OFFICERS])
async def freeze(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    """The rules are public and fixed from here; the close is already asked for."""
    who = actor_of(request)
    round_ = await queries.find_for_officer(session, slug, who)
    form = await read_form(request, FreezeForm)
    found = await projects.of_round(session, round_.id)
    if not form.sure.data:
        form.validate()
        form.refuse(InvalidInput({"sure": N_("Tick the box if you have read the rules")}))
    if form.errors or await drafting.missing(session, round_, found):
        return await _round_page(request, session, round_, form)
    await rounds.freeze_rules(session, settings_of(request), who, round_.id)
    await drafting.publish_thread(session, round_)
    await enqueue(
        session,
        "budgeting.close",
        unique=str(round_.id),
        run_after=round_.voting_closes,
        round_id=round_.id,
    )
    return go(request, "desk-round", slug=round_.slug(language(request)))


@get(CODES, guards=[OFFICERS])
async def codes_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str]:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    return await _codes_page(request, session, round_, CodesForm(), [])


async def _codes_page(
    request: Request, session: AsyncSession, round_: Round, form: CodesForm, made: list[str]
) -> Response[str]:
    return render(
        request,
        "budgeting/desk-codes.html",
        form=form,
        round=round_,
        stage=queries.stage(round_, now()),
        on_roll=await roll.on_roll(session, round_.id),
        slips=[_slip(request, round_, code) for code in made],
    )


def _slip(request: Request, round_: Round, code: str) -> dict[str, str]:
    """What is printed for one voter, in both languages; the QR leads to the page of the first."""
    settings = settings_of(request)
    link = settings.public_url + url("cy", "vote-link", slug=round_.slug_cy, code=code)
    return {
        "code": code,
        "qr": segno.make_qr(link, error="m").svg_data_uri(scale=3, border=2),
        "address_cy": settings.public_url + url("cy", "vote", slug=round_.slug_cy),
        "address_en": settings.public_url + url("en", "vote", slug=round_.slug_en),
    }


@post(CODES, guards=[OFFICERS], opt={"quiet": True})
async def make_codes(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str]:
    """Shown in this answer and never again: the roll keeps keyed hashes."""
    who = actor_of(request)
    round_ = await queries.find_for_officer(session, slug, who)
    form = await read_form(request, CodesForm)
    made: list[str] = []
    if form.validate():
        try:
            made = await roll.make_codes(session, settings_of(request), who, round_, form.number.data or 0)
        except InvalidInput as error:
            form.refuse(error)
    return await _codes_page(request, session, round_, form, made)


HANDLERS = [
    desk_rounds,
    desk_round,
    new_round_page,
    new_round,
    edit_round_page,
    edit_round,
    new_contest_page,
    new_contest,
    contest_page,
    save_contest,
    new_project_page,
    new_project,
    desk_project_page,
    save_project,
    remove_project,
    freeze,
    codes_page,
    make_codes,
]
