"""Responses and commitments: for the public, and on the desk."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import service as campaigns
from engage.campaigns.models import Campaign, Part
from engage.core import thread
from engage.core.addresses import address
from engage.core.clock import now, today
from engage.core.errors import InvalidInput, NotFound
from engage.core.forms import options, read_form
from engage.core.http import Request
from engage.core.pages import go, language, render, to_own_slug
from engage.core.permissions import EVERYONE, Actor, Role, actor_of, holds
from engage.core.texts import read_text, text_data
from engage.stories.models import Consent, State, Story
from engage.stories.moderation import quotes_of
from engage.themes import service as themes
from engage.themes.models import Theme
from feedback import models, queries, service
from feedback.forms import ResponseForm, UpdateForm
from feedback.models import Kind, Status
from translations import N_, in_language, publishable

SCRUTINY = address("scrutiny", cy="/beth-ddaeth-ohono", en="/what-came-of-it")
RESPONSE = address("response", cy="/ymatebion/{response_id:uuid}", en="/responses/{response_id:uuid}")
COMMITMENT = address(
    "commitment", cy="/ymrwymiadau/{commitment_id:uuid}", en="/commitments/{commitment_id:uuid}"
)
DESK_RESPONSES = address(
    "desk-responses", cy="/desg/ymgyrchoedd/{slug:str}/ymatebion", en="/desk/campaigns/{slug:str}/responses"
)
DESK_RESPONSE = address(
    "desk-response", cy="/desg/ymateb/{theme_id:uuid}", en="/desk/response/{theme_id:uuid}"
)
DESK_COMMITMENTS = address("desk-commitments", cy="/desg/ymrwymiadau", en="/desk/commitments")
DESK_COMMITMENT = address(
    "desk-commitment",
    cy="/desg/ymrwymiadau/{commitment_id:uuid}",
    en="/desk/commitments/{commitment_id:uuid}",
)

ANSWERERS = holds(Role.OFFICER)
KEEPERS = holds(Role.OFFICER, Role.PARTNER)
QUOTABLE = (Story.state == State.CLEARED) & (Story.consent != Consent.OFFICERS)


@get(SCRUTINY, guards=[EVERYONE])
async def scrutiny_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    return render(
        request,
        "feedback/scrutiny.html",
        totals=await queries.totals(session),
        responses=await queries.responses(session),
        commitments=await queries.commitments(session),
        clocks=[
            (campaign, signed, answered, (campaign.feedback_by - today()).days)
            for campaign, signed, answered in await queries.clocks(session)
        ],
    )


@get(RESPONSE, guards=[EVERYONE])
async def response_page(
    request: Request,
    response_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    response, theme, campaign, owner = await queries.public_response(session, response_id)
    return render(
        request,
        "feedback/response.html",
        response=response,
        theme=theme,
        campaign=campaign,
        owner=owner,
        quotes=(await quotes_of(session, "response", [response.id]))[response.id],
        commitments=(await service.commitments_of(session, "response", [response.id]))[response.id],
    )


@get(COMMITMENT, guards=[EVERYONE])
async def commitment_page(
    request: Request,
    commitment_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    commitment, owner = await queries.public_commitment(session, commitment_id)
    came_from = await thread.back(session, "commitment", [commitment.id])
    return render(
        request,
        "feedback/commitment.html",
        commitment=commitment,
        owner=owner,
        updates=await queries.updates_of(session, commitment.id),
        came_from=[arrow for arrow in came_from if arrow.from_kind != "story"],
    )


@get(DESK_RESPONSES, guards=[ANSWERERS])
async def desk_responses(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign = await campaigns.find_for(session, slug, actor_of(request), Part.PUBLISH)
    if redirect := to_own_slug(request, "desk-responses", slug, campaign):
        return redirect
    return render(
        request,
        "feedback/desk-responses.html",
        campaign=campaign,
        themes=await themes.themes_of(session, campaign.id, signed_off=True),
        responses=await queries.by_theme(session, campaign.id),
    )


async def _theme(
    session: AsyncSession, who: Actor, theme_id: UUID
) -> tuple[Theme, Campaign, models.Response | None]:
    theme = await themes.theme_by_id(session, theme_id)
    campaign = await campaigns.by_id(session, theme.campaign_id)
    if theme.signed_off_at is None or not campaigns.may(who, campaign, Part.PUBLISH):
        raise NotFound
    return theme, campaign, (await queries.by_theme(session, campaign.id)).get(theme.id)


async def _prepare(
    request: Request,
    session: AsyncSession,
    form: ResponseForm,
    theme: Theme,
    campaign: Campaign,
) -> list[Story]:
    lang = language(request)
    form.owner.choices = options(
        (str(part.organisation_id), in_language(part.organisation.name, lang)) for part in campaign.parts
    )
    stories = await themes.stories_of(session, theme.id, QUOTABLE)
    form.quotes.choices = options((str(story.id), story.text or "") for story in stories)
    return stories


def _form_page(
    request: Request,
    form: ResponseForm,
    theme: Theme,
    campaign: Campaign,
    response: models.Response | None,
    stories: list[Story],
) -> Response[str]:
    return render(
        request,
        "feedback/desk-response.html",
        form=form,
        theme=theme,
        campaign=campaign,
        response=response,
        stories=stories,
        switch_form=True,
    )


@get(DESK_RESPONSE, guards=[ANSWERERS])
async def desk_response(
    request: Request,
    theme_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    theme, campaign, response = await _theme(session, actor_of(request), theme_id)
    data: dict[str, object] = {"quotes": []}
    if response is not None:
        promised = (await service.commitments_of(session, "response", [response.id]))[response.id]
        quoted = (await quotes_of(session, "response", [response.id]))[response.id]
        data = {
            **text_data(you_said=response.you_said, we_did=response.we_did),
            **(text_data(promise=promised[0].title) if promised else {}),
            "kind": response.kind.value,
            "owner": str(response.owner_id),
            "quotes": [str(story.id) for story in quoted],
            "due": promised[0].due if promised else None,
        }
    form = ResponseForm(data=data)
    stories = await _prepare(request, session, form, theme, campaign)
    return _form_page(request, form, theme, campaign, response, stories)


@post(DESK_RESPONSE, guards=[ANSWERERS])
async def save_response(
    request: Request,
    theme_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    who = actor_of(request)
    theme, campaign, response = await _theme(session, who, theme_id)
    form = await read_form(request, ResponseForm)
    stories = await _prepare(request, session, form, theme, campaign)
    if form.switching or not form.validate():
        return _form_page(request, form, theme, campaign, response, stories)
    publishing = "publish" in await request.form()
    try:
        answer = await _answer(session, form, who, response)
        if publishing:  # before anything is written
            service.refuse_to_publish_twice(response)
            service.require_both_languages(answer)
        response = await service.save(session, who, campaign, theme, answer, response)
    except InvalidInput as error:
        form.refuse(error)
        return _form_page(request, form, theme, campaign, response, stories)
    if publishing:
        await service.publish(session, who, campaign, response)
    return go(request, "desk-responses", slug=campaign.slug(language(request)))


async def _answer(
    session: AsyncSession, form: ResponseForm, who: Actor, response: models.Response | None
) -> service.Answer:
    at = now()
    promised = (
        (await service.commitments_of(session, "response", [response.id]))[response.id] if response else []
    )
    promise = read_text(form, "promise", promised[0].title if promised else None, by=who.person_id, at=at)
    has_promise = bool(promise.cy.text or promise.en.text)
    if form.kind.data == Kind.WILL and not has_promise:
        raise InvalidInput({"promise_cy": N_("Say what is promised, or choose another answer")})
    return service.Answer(
        kind=Kind(form.kind.data),
        you_said=read_text(
            form, "you_said", response.you_said if response else None, by=who.person_id, at=at
        ),
        we_did=read_text(form, "we_did", response.we_did if response else None, by=who.person_id, at=at),
        owner_id=UUID(form.owner.data),
        quotes=[UUID(key) for key in form.quotes.data or []],
        promise=promise if has_promise else None,
        due=form.due.data,
    )


@get(DESK_COMMITMENTS, guards=[KEEPERS])
async def desk_commitments(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    rows = await queries.commitments(session, list(actor_of(request).organisations))
    return render(request, "feedback/desk-commitments.html", commitments=rows)


@get(DESK_COMMITMENT, guards=[KEEPERS])
async def desk_commitment(
    request: Request,
    commitment_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    commitment, owner = await queries.public_commitment(session, commitment_id)
    form = UpdateForm(data={"status": commitment.status.value})
    return render(
        request,
        "feedback/desk-commitment.html",
        form=form,
        commitment=commitment,
        owner=owner,
        switch_form=True,
    )


@post(DESK_COMMITMENT, guards=[KEEPERS])
async def report(
    request: Request,
    commitment_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    who = actor_of(request)
    commitment, owner = await queries.public_commitment(session, commitment_id)
    form = await read_form(request, UpdateForm)
    text = read_text(form, "text", None, by=who.person_id, at=now())
    good = not form.switching and form.validate()
    if good and not publishable(text):
        good = False
        form.refuse(InvalidInput({"text_cy": N_("Write and approve the update in both languages")}))
    if not good:
        return render(
            request,
            "feedback/desk-commitment.html",
            form=form,
            commitment=commitment,
            owner=owner,
            switch_form=True,
        )
    await service.report(session, who, commitment, Status(form.status.data), text)
    return go(request, "commitment", commitment_id=commitment.id)


HANDLERS = [
    scrutiny_page,
    response_page,
    commitment_page,
    desk_responses,
    desk_response,
    save_response,
    desk_commitments,
    desk_commitment,
    report,
]
