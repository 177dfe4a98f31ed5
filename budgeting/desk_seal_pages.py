"""After the vote on the officers' desk: close, reconcile, seal, count; voiding by two people; cancelling."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import queries, roll, rounds, sealing, voiding
from budgeting.forms import REASONS, CancelForm, VoidForm
from budgeting.models import Round
from budgeting.tasks import STEPS
from engage.core import outbox
from engage.core.addresses import address, url
from engage.core.clock import now
from engage.core.errors import InvalidInput, Refused
from engage.core.forms import read_form
from engage.core.http import Request
from engage.core.outbox import JobProgress, enqueue
from engage.core.pages import go, language, render, settings_of, to_own_slug
from engage.core.permissions import Role, actor_of, holds
from engage.core.texts import read_text
from translations import N_, Language, publishable, say

CLOSE = address("desk-round-close", cy="/desg/rowndiau/{slug:str}/cau", en="/desk/rounds/{slug:str}/close")
RECONCILE = address(
    "desk-round-reconcile", cy="/desg/rowndiau/{slug:str}/cysoni", en="/desk/rounds/{slug:str}/reconcile"
)
SEAL = address("desk-round-seal", cy="/desg/rowndiau/{slug:str}/selio", en="/desk/rounds/{slug:str}/seal")
VOID = address("desk-round-void", cy="/desg/rowndiau/{slug:str}/dirymu", en="/desk/rounds/{slug:str}/void")
DECIDE_VOID = address(
    "desk-void-decide",
    cy="/desg/rowndiau/{slug:str}/dirymu/{request_id:uuid}",
    en="/desk/rounds/{slug:str}/void/{request_id:uuid}",
)
CANCEL = address(
    "desk-round-cancel", cy="/desg/rowndiau/{slug:str}/canslo", en="/desk/rounds/{slug:str}/cancel"
)

OFFICERS = holds(Role.OFFICER)
# What a person reads while a job waits or runs, and when it was given up.
WAITING = N_("Waiting to begin")


@get(CLOSE, guards=[OFFICERS])
async def close_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    if redirect := to_own_slug(request, "desk-round-close", slug, round_):
        return redirect
    job = _present(await queries.jobs_of(session, round_.id))
    return render(
        request,
        "budgeting/desk-close.html",
        round=round_,
        stage=queries.stage(round_, now()),
        tallies=await sealing.tallies(session, round_.id) if _to_reconcile(round_) else [],
        titles={one.id: one.title for one in await rounds.contests(session, round_.id)},
        requests=await voiding.open_requests(session, round_.id),
        job=job,
        running=job is not None and job.state in ("waiting", "leased") and _due(round_),
        step=_step(job),
    )


def _to_reconcile(round_: Round) -> bool:
    return round_.drained_at is not None and round_.sealed_at is None and round_.cancelled_at is None


def _due(round_: Round) -> bool:
    """The close waits for its date from the freezing on: that is not worth a bar."""
    return now() >= round_.voting_closes


def _present(jobs: list[JobProgress]) -> JobProgress | None:
    """The one that runs, waits or failed; else none."""
    return next((job for job in jobs if job.state in ("waiting", "leased", "failed")), None)


def _step(job: JobProgress | None) -> object:
    return STEPS.get(job.message or "", WAITING) if job else WAITING


@get("/desk/round-jobs/{slug:str}", guards=[OFFICERS], include_in_schema=False, opt={"quiet": True})
async def close_progress(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> dict[str, object]:
    """What the progress script asks for, in the language that the page names in its query."""
    lang: Language = "en" if request.query_params.get("lang") == "en" else "cy"
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    job = _present(await queries.jobs_of(session, round_.id))
    return {
        "percent": job.percent if job else 100,
        "text": say(_step(job), lang),
        "done": job is None or job.state == "failed",
        "url": url(lang, "desk-round-close", slug=round_.slug(lang)),
    }


@post(CLOSE, guards=[OFFICERS])
async def close(request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]) -> Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    if now() < round_.voting_closes:
        raise Refused(N_("Voting has not ended yet"))
    await _ask_for(session, "budgeting.close", round_)
    return go(request, "desk-round-close", slug=round_.slug(language(request)))


async def _ask_for(session: AsyncSession, job: str, round_: Round) -> None:
    """Once; a job that was given up begins again."""
    made = await enqueue(session, job, unique=str(round_.id), round_id=round_.id)
    await outbox.retry(session, made)


@post(RECONCILE, guards=[OFFICERS])
async def reconcile(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    await sealing.reconcile(session, actor_of(request), round_.id)
    return go(request, "desk-round-close", slug=round_.slug(language(request)))


@post(SEAL, guards=[OFFICERS])
async def seal(request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]) -> Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    if round_.reconciled_at is None:
        raise sealing.NotSealed
    if round_.secret_destroyed_at is None:
        await _ask_for(session, "budgeting.seal", round_)
    else:
        await _ask_for(session, "budgeting.count", round_)
    return go(request, "desk-round-close", slug=round_.slug(language(request)))


@get(VOID, guards=[OFFICERS])
async def void_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    if redirect := to_own_slug(request, "desk-round-void", slug, round_):
        return redirect
    return await _void_page(request, session, round_, VoidForm())


async def _void_page(request: Request, session: AsyncSession, round_: Round, form: VoidForm) -> Response[str]:
    many = await roll.many_from_one(session, round_.id) if round_.sealed_at is None else {}
    return render(
        request,
        "budgeting/desk-void.html",
        round=round_,
        form=form,
        requests=await voiding.open_requests(session, round_.id),
        me=actor_of(request).person_id,
        reasons=dict(REASONS),
        many=many,
        switch_form=True,
    )


@post(VOID, guards=[OFFICERS], opt={"quiet": True})
async def ask_to_void(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    who = actor_of(request)
    round_ = await queries.find_for_officer(session, slug, who)
    form = await read_form(request, VoidForm)
    if not form.switching and form.validate():
        try:
            entry = await roll.entry_by_code(session, settings_of(request), round_.id, form.code.data or "")
            await voiding.ask_to_void(session, who, entry, form.reason.data)
            return go(request, "desk-round-void", slug=round_.slug(language(request)))
        except InvalidInput as error:
            form.refuse(error)
    return await _void_page(request, session, round_, form)


@post(DECIDE_VOID, guards=[OFFICERS], opt={"quiet": True})
async def decide_void(
    request: Request, slug: FromPath[str], request_id: FromPath[UUID], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    """The new code is shown on this answer and never again, so there is no page to go on to."""
    who = actor_of(request)
    round_ = await queries.find_for_officer(session, slug, who)
    agree = "agree" in await request.form()
    code = await voiding.decide_void(session, settings_of(request), who, request_id, agree=agree)
    if code:
        return render(request, "budgeting/desk-void-done.html", round=round_, code=code)
    return go(request, "desk-round-void", slug=round_.slug(language(request)))


@get(CANCEL, guards=[OFFICERS])
async def cancel_page(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str]:
    round_ = await queries.find_for_officer(session, slug, actor_of(request))
    return render(request, "budgeting/desk-cancel.html", round=round_, form=CancelForm(), switch_form=True)


@post(CANCEL, guards=[OFFICERS])
async def cancel(
    request: Request, slug: FromPath[str], session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    """Ballots are destroyed uncounted; the secret of the round goes by a job, once that is committed."""
    who = actor_of(request)
    round_ = await queries.find_for_officer(session, slug, who)
    form = await read_form(request, CancelForm)
    if not form.switching:
        reason = read_text(form, "reason", None, by=who.person_id, at=now())
        if publishable(reason):
            await rounds.cancel(session, who, round_.id, reason)
            await enqueue(session, "budgeting.destroy_secret", unique=str(round_.id), round_id=round_.id)
            return go(request, "desk-round", slug=round_.slug(language(request)))
        form.validate()
        form.refuse(InvalidInput({"reason_cy": N_("Write and approve the reason in both languages")}))
    return render(request, "budgeting/desk-cancel.html", round=round_, form=form, switch_form=True)


HANDLERS = [
    close_page,
    close_progress,
    close,
    reconcile,
    seal,
    void_page,
    ask_to_void,
    decide_void,
    cancel_page,
    cancel,
]
