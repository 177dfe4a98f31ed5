"""The officer's workbench, and the public page of a theme."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import service as campaigns
from engage.campaigns.models import Campaign, Part
from engage.core import thread
from engage.core.addresses import address, url
from engage.core.clock import now
from engage.core.errors import NotFound
from engage.core.forms import read_form
from engage.core.http import Request
from engage.core.outbox import job_progress
from engage.core.pages import actor, go, language, render, to_own_slug
from engage.core.permissions import EVERYONE, Actor, Role, actor_of, holds
from engage.core.texts import read_text, text_data
from engage.stories.models import State, Story
from engage.stories.queries import PUBLIC
from engage.themes import service
from engage.themes.forms import RunForm, ThemeForm
from engage.themes.models import Theme
from engage.themes.tasks import STEPS
from translations import Language, say

WORKBENCH = address(
    "workbench", cy="/desg/ymgyrchoedd/{slug:str}/themau", en="/desk/campaigns/{slug:str}/themes"
)
RUN = address(
    "theme-run",
    cy="/desg/ymgyrchoedd/{slug:str}/themau/dadansoddiad/{run_id:uuid}",
    en="/desk/campaigns/{slug:str}/themes/run/{run_id:uuid}",
)
STOP = address(
    "theme-run-stop",
    cy="/desg/ymgyrchoedd/{slug:str}/themau/dadansoddiad/{run_id:uuid}/atal",
    en="/desk/campaigns/{slug:str}/themes/run/{run_id:uuid}/stop",
)
DESK_THEME = address("desk-theme", cy="/desg/themau/{theme_id:uuid}", en="/desk/themes/{theme_id:uuid}")
THEME = address(
    "theme", cy="/ymgyrchoedd/{slug:str}/themau/{theme:str}", en="/campaigns/{slug:str}/themes/{theme:str}"
)

ANALYSTS = holds(Role.OFFICER)
FEWEST_SHOWN = 5  # TRUST: 0 to 4 are "fewer than 5"


async def _workbench(
    request: Request, session: AsyncSession, campaign: Campaign, form: RunForm
) -> Response[str]:
    runs = await service.runs_of(session, campaign.id)
    return render(
        request,
        "themes/workbench.html",
        form=form,
        campaign=campaign,
        themes=await service.themes_of(session, campaign.id),
        runs=runs,
        latest=runs[0] if runs else None,
        job=await job_progress(session, runs[0].job_id) if runs and runs[0].job_id else None,
        switch_form=False,
    )


@get(WORKBENCH, guards=[ANALYSTS])
async def workbench(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign = await campaigns.find_for(session, slug, actor_of(request), Part.ANALYSE)
    if redirect := to_own_slug(request, "workbench", slug, campaign):
        return redirect
    return await _workbench(request, session, campaign, RunForm())


@post(WORKBENCH, guards=[ANALYSTS])
async def start_run(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign = await campaigns.find_for(session, slug, actor_of(request), Part.ANALYSE)
    form = await read_form(request, RunForm)
    if not form.validate():
        return await _workbench(request, session, campaign, form)
    run = await service.start_run(session, actor_of(request), campaign, form.themes.data)
    return go(request, "theme-run", slug=campaign.slug(language(request)), run_id=run.id)


async def _run(session: AsyncSession, who: Actor, slug: str, run_id: UUID):  # type: ignore[no-untyped-def]
    campaign = await campaigns.find_for(session, slug, who, Part.ANALYSE)
    run = next((run for run in await service.runs_of(session, campaign.id) if run.id == run_id), None)
    if run is None or run.job_id is None:
        raise NotFound
    return campaign, run, await job_progress(session, run.job_id)


@get(RUN, guards=[ANALYSTS])
async def run_page(
    request: Request,
    slug: FromPath[str],
    run_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign, run, job = await _run(session, actor_of(request), slug, run_id)
    if job is not None and job.state == "done":
        return go(request, "workbench", slug=campaign.slug(language(request)))
    return render(request, "themes/run.html", campaign=campaign, run=run, job=job, steps=STEPS)


@get(
    "/desk/theme-runs/{slug:str}/{run_id:uuid}",
    guards=[ANALYSTS],
    include_in_schema=False,
    opt={"quiet": True},
)
async def run_progress(
    request: Request,
    slug: FromPath[str],
    run_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> dict[str, object]:
    """What the progress script asks for, in the language that the page names in its query."""
    lang: Language = "en" if request.query_params.get("lang") == "en" else "cy"
    campaign, _, job = await _run(session, actor_of(request), slug, run_id)
    if job is None:
        raise NotFound
    text = say(STEPS[job.message], lang) if job.message in STEPS else ""
    onwards = url(lang, "workbench", slug=campaign.slug(lang))
    return {"percent": job.percent, "text": text, "done": job.ended, "url": onwards}


@post(STOP, guards=[ANALYSTS])
async def stop_run(
    request: Request,
    slug: FromPath[str],
    run_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Redirect:
    campaign = await campaigns.find_for(session, slug, actor_of(request), Part.ANALYSE)
    await service.stop_run(session, actor_of(request), campaign, run_id)
    return go(request, "workbench", slug=campaign.slug(language(request)))


async def _theme(session: AsyncSession, who: Actor, theme_id: UUID) -> tuple[Theme, Campaign]:
    theme = await service.theme_by_id(session, theme_id)
    campaign = await campaigns.by_id(session, theme.campaign_id)
    if not campaigns.may(who, campaign, Part.ANALYSE):
        raise NotFound
    return theme, campaign


async def _theme_page(
    request: Request,
    session: AsyncSession,
    theme: Theme,
    campaign: Campaign,
    form: ThemeForm,
) -> Response[str]:
    stories = await service.stories_of(session, theme.id, Story.state == State.CLEARED, limit=200)
    typical = theme.figures["typical"]
    stories.sort(key=lambda story: typical.index(str(story.id)) if str(story.id) in typical else len(typical))
    return render(
        request,
        "themes/desk-theme.html",
        form=form,
        theme=theme,
        campaign=campaign,
        stories=stories,
        languages=service.parity(theme.figures),
        switch_form=True,
    )


@get(DESK_THEME, guards=[ANALYSTS])
async def desk_theme(
    request: Request,
    theme_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    theme, campaign = await _theme(session, actor_of(request), theme_id)
    form = ThemeForm(data=text_data(name=theme.name, note=theme.note))
    return await _theme_page(request, session, theme, campaign, form)


@post(DESK_THEME, guards=[ANALYSTS])
async def name_theme(
    request: Request,
    theme_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    who = actor_of(request)
    theme, campaign = await _theme(session, who, theme_id)
    form = await read_form(request, ThemeForm)
    if form.switching or not form.validate():
        return await _theme_page(request, session, theme, campaign, form)
    name = read_text(form, "name", theme.name, by=who.person_id, at=now())
    note = read_text(form, "note", theme.note, by=who.person_id, at=now())
    await service.name_theme(session, who, campaign, theme, name, note)
    if "sign_off" in await request.form():
        await service.sign_off(session, who, campaign, theme)
    return go(request, "desk-theme", theme_id=theme.id)


@get(THEME, guards=[EVERYONE])
async def theme_page(
    request: Request,
    slug: FromPath[str],
    theme: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    lang = language(request)
    campaign = await campaigns.find(session, slug, actor(request))
    found = await service.public_theme(session, campaign, theme)
    own = {"slug": campaign.slug(lang), "theme": found.slug(lang)}
    if (slug, theme) != (own["slug"], own["theme"]):
        return Redirect(url(lang, "theme", **own), status_code=301)
    return render(
        request,
        "themes/theme.html",
        campaign=campaign,
        theme=found,
        figures=found.figures,
        languages=service.shown_languages(found.figures, FEWEST_SHOWN),
        fewest=FEWEST_SHOWN,
        stories=await service.stories_of(session, found.id, PUBLIC, limit=12),
        arrows=await thread.onwards(session, "theme", [found.id]),
    )


HANDLERS = [
    workbench,
    start_run,
    run_page,
    run_progress,
    stop_run,
    desk_theme,
    name_theme,
    theme_page,
]
