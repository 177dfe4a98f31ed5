"""Voting: from the code to the receipt, without scripts, and as often as the voter likes until the close.

Unfinished choices live in the form only. What casts writes one row of the box and nothing else, and no
page here leaves a line in the log: see ``quiet``.
"""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import box, passes, queries, receipts, roll
from budgeting.forms import BallotForm, CodeForm
from budgeting.models import BallotState, Project, ProjectState, Round
from budgeting.passes import Pass
from budgeting.rounds import OpenRules, rules_of
from budgeting.rule_sheet import SheetContest, SheetProject
from budgeting.validity import check
from engage.core.addresses import address, url
from engage.core.clock import now
from engage.core.errors import DomainError, InvalidInput, NotFound
from engage.core.forms import read_form
from engage.core.http import Request
from engage.core.limits import address_key, client_address, count_failure, refuse_if_too_many
from engage.core.pages import go, language, render, settings_of, to_own_slug
from engage.core.permissions import EVERYONE
from engage.core.security import PASS_COOKIE, SESSION_COOKIE, drop_cookie, make_cookie, read_cookie
from translations import Language, Message

VOTE = address("vote", cy="/pleidleisio/{slug:str}", en="/vote/{slug:str}")
LINK = address(
    "vote-link", cy="/pleidleisio/{slug:str}/cod/{code:str}", en="/vote/{slug:str}/code/{code:str}"
)
BALLOTS = address("ballots", cy="/pleidleisio/{slug:str}/papurau", en="/vote/{slug:str}/ballots")
BALLOT = address(
    "ballot", cy="/pleidleisio/{slug:str}/papur/{number:int}", en="/vote/{slug:str}/ballot/{number:int}"
)
CAST = address(
    "ballot-cast",
    cy="/pleidleisio/{slug:str}/papur/{number:int}/bwrw",
    en="/vote/{slug:str}/ballot/{number:int}/cast",
)
RECEIPT = address(
    "ballot-receipt",
    cy="/pleidleisio/{slug:str}/papur/{number:int}/derbynneb",
    en="/vote/{slug:str}/ballot/{number:int}/receipt",
)
RECEIPT_FILE = address(
    "ballot-receipt-file",
    cy="/pleidleisio/{slug:str}/papur/{number:int}/derbynneb/ffeil",
    en="/vote/{slug:str}/ballot/{number:int}/receipt/file",
)
REMOVE = address(
    "ballot-remove",
    cy="/pleidleisio/{slug:str}/papur/{number:int}/tynnu-allan",
    en="/vote/{slug:str}/ballot/{number:int}/remove",
)

QUIET = {"quiet": True}
WRONG_CODES = 200  # per address and ten minutes: a hall of people shares one address
BETWEEN_PASSES = "."
NO_REFERRER = {"referrer-policy": "no-referrer"}


class Voting(msgspec.Struct, frozen=True):
    """A voter with a genuine pass before one ballot of a round."""

    round: Round
    rules: OpenRules
    given: Pass
    number: int

    @property
    def contest(self) -> SheetContest:
        return self.rules.contest


def _passes(request: Request) -> list[Pass]:
    """One for each ballot of the voter."""
    cookie = read_cookie(request, PASS_COOKIE) or ""
    found = [passes.from_text(text) for text in cookie.split(BETWEEN_PASSES)]
    return [given for given in found if given is not None]


async def _voting(request: Request, session: AsyncSession, round_: Round) -> list[Voting]:
    """The ballots of this round that the browser has a genuine pass for. Raises SecretLost."""
    found = []
    for given in _passes(request):
        try:
            if (await rules_of(session, given.contest)).round_id != round_.id:
                continue
            rules = await box.admit(session, settings_of(request), given)
        except (box.PassRefused, NotFound):
            continue
        else:
            ids = [contest.id for contest in rules.frozen.sheet.contests]
            found.append(Voting(round_, rules, given, ids.index(given.contest) + 1))
    return found


async def _before(request: Request, session: AsyncSession, slug: str, number: int) -> Voting:
    """Raises PassRefused, SecretLost, NotFound, VotingClosed once the box is sealed: no pass is known then."""
    round_ = await queries.find(session, slug)
    if round_.sealed_at is not None or round_.cancelled_at is not None:
        raise box.VotingClosed
    for voting in await _voting(request, session, round_):
        if voting.number == number:
            return voting
    raise box.PassRefused


@get(VOTE, guards=[EVERYONE], opt=QUIET)
async def vote_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find(session, slug)
    if redirect := to_own_slug(request, "vote", slug, round_):
        return redirect
    return _code_page(request, round_, CodeForm())


def _code_page(request: Request, round_: Round, form: CodeForm) -> Response[str]:
    stage = queries.stage(round_, now())
    is_open = stage == "open"
    return render(
        request,
        "budgeting/vote.html",
        status=200 if is_open or stage == "soon" else 409,
        round=round_,
        stage=stage,
        form=form if is_open else CodeForm(),
        has_pass=bool(_passes(request)),
        switch_form=is_open,
    )


@post(VOTE, guards=[EVERYONE], opt=QUIET)
async def enter_code(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find(session, slug)
    form = await read_form(request, CodeForm)
    if form.switching or not form.validate():
        return _code_page(request, round_, form)
    return await _exchange(request, session, round_, form)


@get(LINK, guards=[EVERYONE], opt=QUIET)
async def use_link(
    request: Request, slug: FromPath[str], code: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    """The address of a printed QR: exchanged at once, and left for one without the code."""
    round_ = await queries.find(session, slug)
    answer = await _exchange(request, session, round_, CodeForm(data={"code": code}))
    if not isinstance(answer, Redirect):  # the page would stand at the address with the code
        answer = go(request, "vote", slug=round_.slug(language(request)))
    answer.headers.update(NO_REFERRER)
    return answer


async def _exchange(
    request: Request, session: AsyncSession, round_: Round, form: CodeForm
) -> Response[str] | Redirect:
    """The code for passes: one for each ballot that this voter has. The identity session ends here."""
    settings = settings_of(request)
    key = address_key(settings, request, "voter code")
    await refuse_if_too_many(session, key, WRONG_CODES)
    try:
        entry = await roll.entry_by_code(session, settings, round_.id, form.code.data or "")
    except InvalidInput as error:
        await count_failure(request.app.state.sessions, key)
        form.validate()
        form.refuse(error)
        return _code_page(request, round_, form)
    given = [
        await roll.issue_pass(session, settings, entry, contest.id, **_signals(request))
        for contest in await roll.ballots_for(session, entry)
    ]
    if not given:
        raise roll.OtherArea
    answer = await _onwards(request, session, round_, given)
    text = BETWEEN_PASSES.join(passes.to_text(one) for one in given)
    answer.set_cookie(make_cookie(settings, PASS_COOKIE, text))
    answer.set_cookie(drop_cookie(settings, SESSION_COOKIE))
    return answer


def _signals(request: Request) -> dict[str, str]:
    """For a person to look into many passes from one place; a device is one browser behind one address."""
    client = client_address(settings_of(request), request)
    return {"address": client, "device": f"{client} {request.headers.get('user-agent', '')}"}


async def _onwards(request: Request, session: AsyncSession, round_: Round, given: list[Pass]) -> Redirect:
    slug = round_.slug(language(request))
    if len(given) > 1:
        return go(request, "ballots", slug=slug)
    rules = await box.admit(session, settings_of(request), given[0])
    ids = [contest.id for contest in rules.frozen.sheet.contests]
    number = ids.index(given[0].contest) + 1
    cast = await box.own_ballot(session, settings_of(request), given[0])
    return go(request, "ballot-receipt" if cast else "ballot", slug=slug, number=number)


@get(BALLOTS, guards=[EVERYONE], opt=QUIET)
async def ballots_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    """For a voter with several: which are cast already, and the way to each."""
    round_ = await queries.find(session, slug)
    if redirect := to_own_slug(request, "ballots", slug, round_):
        return redirect
    own = await _voting(request, session, round_)
    if not own:
        return go(request, "vote", slug=slug)
    rows = [(voting, await box.own_ballot(session, settings_of(request), voting.given)) for voting in own]
    return render(request, "budgeting/ballots.html", round=round_, rows=rows)


@get(BALLOT, guards=[EVERYONE], opt=QUIET)
async def ballot_page(
    request: Request, slug: FromPath[str], number: FromPath[int], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    try:
        voting = await _before(request, session, slug, number)
    except box.PassRefused:
        return go(request, "vote", slug=slug)
    if redirect := to_own_slug(request, "ballot", slug, voting.round, number=number):
        return redirect
    own = await box.own_ballot(session, settings_of(request), voting.given)
    if refusal := _why_not_now(voting.round):
        return _cannot(request, voting.round, number, refusal, [])
    chosen = [str(one) for one in own.choices or []] if own else []
    return await _ballot(request, session, voting, chosen, cast=own is not None)


@post(BALLOT, guards=[EVERYONE], opt=QUIET)
async def review(
    request: Request, slug: FromPath[str], number: FromPath[int], session: NamedDependency[AsyncSession]
) -> Response[str]:
    """Shows what would be cast, or the ballot again with what is wrong. Nothing is written."""
    return await _review(request, session, slug, number)


async def _review(request: Request, session: AsyncSession, slug: str, number: int) -> Response[str]:
    form = await read_form(request, BallotForm)
    sent = await request.form()
    chosen = list(dict.fromkeys(form.choice.data or []))
    try:
        voting = await _before(request, session, slug, number)
    except box.PassRefused as error:
        return await _refused(request, session, slug, number, error, chosen)
    if refusal := _why_not_now(voting.round):
        return _cannot(
            request, voting.round, number, refusal, _titles(voting.contest, chosen, language(request))
        )
    stays = "change" in sent or (form.switching and "reviewed" not in sent)
    problems = () if stays else _problems(voting, chosen)
    if stays or problems:
        return await _ballot(request, session, voting, chosen, problems=problems)
    return _review_page(request, voting, chosen)


def _why_not_now(round_: Round) -> DomainError | None:
    """For pages only. What may be cast is decided by the casting statement, by the database's clock."""
    match queries.stage(round_, now()):
        case "open":
            return None
        case "soon":
            return box.VotingNotOpen()
    return box.VotingClosed()


def _given(chosen: list[str]) -> list[UUID]:
    """Raises InvalidInput for what is no id at all."""
    try:
        return [UUID(one) for one in chosen]
    except ValueError as error:
        raise InvalidInput from error


def _problems(voting: Voting, chosen: list[str]) -> tuple[Message, ...]:
    try:
        return check(voting.rules.frozen.sheet.terms.ballot, voting.contest, _given(chosen)).problems
    except InvalidInput as error:
        return (error.title,)


async def _ballot(
    request: Request,
    session: AsyncSession,
    voting: Voting,
    chosen: list[str],
    *,
    problems: tuple[Message, ...] = (),
    cast: bool = False,
) -> Response[str]:
    lang = language(request)
    rows = await session.execute(
        select(Project.id, Project.summary, Project.state).where(Project.round_id == voting.round.id)
    )
    about = {key: (summary, state) for key, summary, state in rows}
    wards = await queries.ward_names(session, voting.round.partnership_id, lang)
    return render(
        request,
        "budgeting/ballot.html",
        status=422 if problems else 200,
        round=voting.round,
        contest=voting.contest,
        number=voting.number,
        ballot=voting.rules.frozen.sheet.terms.ballot,
        options=[_option(project, about, wards, chosen, lang) for project in _in_own_order(voting)],
        spent=_cost(voting.contest, chosen),
        chosen=len(chosen),
        problems=problems,
        cast=cast,
        form_errors=bool(problems),
        switch_form=True,
    )


def _in_own_order(voting: Voting) -> list[SheetProject]:
    by_id = {project.id: project for project in voting.contest.projects}
    return [by_id[key] for key in passes.project_order(voting.given.key, by_id)]


def _option(
    project: SheetProject,
    about: dict[UUID, Any],
    wards: dict[str, str],
    chosen: list[str],
    lang: Language,
) -> dict[str, Any]:
    summary, state = about.get(project.id, (None, None))
    return {
        "id": str(project.id),
        "title": getattr(project.title, lang),
        "cost_pence": project.cost_pence,
        "summary": summary,
        "category": queries.CATEGORIES.get(project.category or "", project.category),
        "ward": wards.get(project.ward or "", project.ward),
        "withdrawn": state is ProjectState.WITHDRAWN,
        "chosen": str(project.id) in chosen,
    }


def _titles(contest: SheetContest, chosen: list[str], lang: Language) -> list[tuple[str, int]]:
    return [
        (getattr(project.title, lang), project.cost_pence)
        for project in contest.projects
        if str(project.id) in chosen
    ]


def _cost(contest: SheetContest, chosen: list[str]) -> int:
    return sum(project.cost_pence for project in contest.projects if str(project.id) in chosen)


def _review_page(request: Request, voting: Voting, chosen: list[str]) -> Response[str]:
    return render(
        request,
        "budgeting/review.html",
        round=voting.round,
        contest=voting.contest,
        number=voting.number,
        chosen=chosen,
        titles=_titles(voting.contest, chosen, language(request)),
        spent=_cost(voting.contest, chosen),
        switch_form=True,
    )


@get(CAST, guards=[EVERYONE], opt=QUIET)
async def before_casting(request: Request, slug: FromPath[str], number: FromPath[int]) -> Redirect:
    return go(request, "ballot", slug=slug, number=number)


@post(CAST, guards=[EVERYONE], opt=QUIET)
async def cast(
    request: Request, slug: FromPath[str], number: FromPath[int], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    """The one confirm. Its one statement writes the row of the box; nothing else is written anywhere."""
    form = await read_form(request, BallotForm)
    if form.switching:
        return await _review(request, session, slug, number)
    chosen = list(dict.fromkeys(form.choice.data or []))
    try:
        voting = await _before(request, session, slug, number)
        await box.cast(session, settings_of(request), voting.given, _given(chosen))
    except (box.BallotRefused, InvalidInput):
        return await _review(request, session, slug, number)
    except DomainError as error:
        return await _refused(request, session, slug, number, error, chosen)
    return go(request, "ballot-receipt", slug=slug, number=number)


async def _refused(
    request: Request, session: AsyncSession, slug: str, number: int, error: DomainError, chosen: list[str]
) -> Response[str]:
    """Why it cannot be cast, with the choices kept."""
    round_ = await queries.find(session, slug)
    lang = language(request)
    rows = await session.execute(
        select(Project.id, Project.title, Project.cost_pence).where(Project.round_id == round_.id)
    )
    titles = [(getattr(title, lang).text, cost) for key, title, cost in rows if str(key) in chosen]
    return _cannot(request, round_, number, error, titles, chosen)


def _cannot(
    request: Request,
    round_: Round,
    number: int,
    error: DomainError,
    titles: list[tuple[str, int]],
    chosen: list[str] | None = None,
) -> Response[str]:
    return render(
        request,
        "budgeting/cannot-vote.html",
        status=error.status,
        round=round_,
        number=number,
        title=error.title,
        advice=error.advice,
        no_pass=isinstance(error, box.PassRefused),
        over=isinstance(error, box.VotingClosed),
        again=not isinstance(error, box.VotingClosed | box.BallotVoid),
        titles=titles,
        chosen=chosen or [],
        switch_form=bool(chosen),
    )


@get(RECEIPT, guards=[EVERYONE], opt=QUIET)
async def receipt_page(
    request: Request, slug: FromPath[str], number: FromPath[int], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    try:
        voting = await _before(request, session, slug, number)
    except box.PassRefused:
        return go(request, "vote", slug=slug)
    if redirect := to_own_slug(request, "ballot-receipt", slug, voting.round, number=number):
        return redirect
    own = await box.own_ballot(session, settings_of(request), voting.given)
    if own is None:
        return go(request, "ballot", slug=slug, number=number)
    if own.state is BallotState.VOID:
        return _cannot(request, voting.round, number, box.BallotVoid(), [])
    choices = [str(one) for one in own.choices or []]
    return render(
        request,
        "budgeting/receipt.html",
        headers=NO_REFERRER,
        round=voting.round,
        number=number,
        own=own,
        removed=own.state is BallotState.REMOVED,
        titles=_titles(voting.contest, choices, language(request)),
        spent=_cost(voting.contest, choices),
        short=receipts.short(own.receipt),
        text=receipts.to_text(own.receipt),
        can_change=queries.stage(voting.round, now()) == "open",
        several=len(_passes(request)) > 1,
        copies_deleted_by=voting.rules.frozen.sheet.copies_deleted_by,
    )


@get(RECEIPT_FILE, guards=[EVERYONE], opt=QUIET)
async def receipt_file(
    request: Request, slug: FromPath[str], number: FromPath[int], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    try:
        voting = await _before(request, session, slug, number)
    except box.PassRefused:
        return go(request, "vote", slug=slug)
    own = await box.own_ballot(session, settings_of(request), voting.given)
    if own is None:
        raise NotFound
    lang = language(request)
    name = f"{voting.round.slug(lang)}-{own.receipt.version}.txt"
    lines = [getattr(voting.rules.frozen.sheet.title, lang), "", receipts.to_text(own.receipt), ""]
    lines.append(settings_of(request).public_url + url(lang, "check-ballot-receipt"))
    return Response(
        "\n".join(lines) + "\n",
        media_type="text/plain; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@get(REMOVE, guards=[EVERYONE], opt=QUIET)
async def remove_page(
    request: Request, slug: FromPath[str], number: FromPath[int], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    try:
        voting = await _before(request, session, slug, number)
    except box.PassRefused:
        return go(request, "vote", slug=slug)
    if redirect := to_own_slug(request, "ballot-remove", slug, voting.round, number=number):
        return redirect
    if refusal := _why_not_now(voting.round):
        return _cannot(request, voting.round, number, refusal, [])
    return render(request, "budgeting/remove.html", round=voting.round, number=number)


@post(REMOVE, guards=[EVERYONE], opt=QUIET)
async def remove(
    request: Request, slug: FromPath[str], number: FromPath[int], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    try:
        voting = await _before(request, session, slug, number)
        await box.remove(session, settings_of(request), voting.given)
    except DomainError as error:
        return await _refused(request, session, slug, number, error, [])
    return go(request, "ballot-receipt", slug=slug, number=number)


HANDLERS = [
    vote_page,
    enter_code,
    use_link,
    ballots_page,
    ballot_page,
    review,
    before_casting,
    cast,
    receipt_page,
    receipt_file,
    remove_page,
    remove,
]
