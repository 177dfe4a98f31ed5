"""Telling a story, one thing per page; what came of it; the published stories."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import service as campaigns
from engage.campaigns.models import Campaign
from engage.core.addresses import address
from engage.core.errors import InvalidInput, NotFound
from engage.core.forms import options, read_form
from engage.core.http import Request
from engage.core.pages import actor, go, language, render, settings_of, to_own_slug
from engage.core.permissions import EVERYONE
from engage.core.security import SESSION_COOKIE, make_cookie, new_token, read_cookie
from engage.people.service import wards
from engage.stories import queries, telling
from engage.stories.forms import (
    CONSENT_HINTS,
    CONSENTS,
    LANGUAGES,
    ConsentForm,
    PlaceForm,
    TextForm,
)
from engage.stories.models import StoryDraft
from translations import N_, Language, sort_key

TELL = address("tell", cy="/ymgyrchoedd/{slug:str}/dweud-stori", en="/campaigns/{slug:str}/tell-a-story")
PLACE = address(
    "tell-place", cy="/ymgyrchoedd/{slug:str}/dweud-stori/lle", en="/campaigns/{slug:str}/tell-a-story/place"
)
CONSENT = address(
    "tell-consent",
    cy="/ymgyrchoedd/{slug:str}/dweud-stori/caniatad",
    en="/campaigns/{slug:str}/tell-a-story/consent",
)
CHECK = address(
    "tell-check",
    cy="/ymgyrchoedd/{slug:str}/dweud-stori/gwirio",
    en="/campaigns/{slug:str}/tell-a-story/check",
)
TOLD = address(
    "told",
    cy="/ymgyrchoedd/{slug:str}/dweud-stori/derbynneb",
    en="/campaigns/{slug:str}/tell-a-story/receipt",
)
STORIES = address("stories", cy="/ymgyrchoedd/{slug:str}/straeon", en="/campaigns/{slug:str}/stories")

CONSENT_NAMES = dict(CONSENTS)
LANGUAGE_NAMES = dict(LANGUAGES)


def _token(request: Request) -> str | None:
    return read_cookie(request, SESSION_COOKIE)


async def _draft(
    request: Request,
    session: AsyncSession,
    slug: str,
) -> tuple[Campaign, StoryDraft | None]:
    campaign = await campaigns.find(session, slug, actor(request))
    telling.refuse_unless_open(campaign)
    return campaign, await telling.unfinished(session, campaign, _token(request))


@get(TELL, guards=[EVERYONE])
async def tell_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign, draft = await _draft(request, session, slug)
    if redirect := to_own_slug(request, "tell", slug, campaign):
        return redirect
    form = TextForm(data={"text": draft.text if draft else ""})
    return render(request, "stories/tell.html", form=form, campaign=campaign, switch_form=True)


@post(TELL, guards=[EVERYONE])
async def tell(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign, _ = await _draft(request, session, slug)
    form = await read_form(request, TextForm)
    if not form.switching:
        token = _token(request) or new_token()
        try:
            await telling.begin(session, campaign, token, form.text.data or "", language(request))
        except InvalidInput as error:
            form.validate()
            form.refuse(error)
        else:
            answer = go(request, "tell-place", slug=campaign.slug(language(request)))
            answer.set_cookie(make_cookie(settings_of(request), SESSION_COOKIE, token))
            return answer
    return render(request, "stories/tell.html", form=form, campaign=campaign, switch_form=True)


async def _ward_choices(session: AsyncSession, campaign: Campaign, lang: Language) -> list[tuple[str, str]]:
    rows = await wards(session, campaign.partnership_id)
    named = [(ward.code, ward.name_cy if lang == "cy" else ward.name_en) for ward in rows]
    return [("", N_("I would rather not say")), *sorted(named, key=lambda choice: sort_key(choice[1], lang))]


@get(PLACE, guards=[EVERYONE])
async def place_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign, draft = await _draft(request, session, slug)
    if draft is None:
        return go(request, "tell", slug=slug)
    if redirect := to_own_slug(request, "tell-place", slug, campaign):
        return redirect
    form = PlaceForm(data={"ward": draft.ward_code or ""})
    form.ward.choices = options(await _ward_choices(session, campaign, language(request)))
    return render(request, "stories/place.html", form=form, campaign=campaign, switch_form=True)


@post(PLACE, guards=[EVERYONE])
async def place(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign, draft = await _draft(request, session, slug)
    if draft is None:
        return go(request, "tell", slug=slug)
    form = await read_form(request, PlaceForm)
    form.ward.choices = options(await _ward_choices(session, campaign, language(request)))
    if form.switching or not form.validate():
        return render(request, "stories/place.html", form=form, campaign=campaign, switch_form=True)
    draft.ward_code = form.ward.data or None
    return go(request, "tell-consent", slug=campaign.slug(language(request)))


@get(CONSENT, guards=[EVERYONE])
async def consent_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign, draft = await _draft(request, session, slug)
    if draft is None:
        return go(request, "tell", slug=slug)
    if redirect := to_own_slug(request, "tell-consent", slug, campaign):
        return redirect
    form = ConsentForm(data={"consent": draft.consent})
    return render(
        request, "stories/consent.html", form=form, campaign=campaign, hints=CONSENT_HINTS, switch_form=True
    )


@post(CONSENT, guards=[EVERYONE])
async def consent(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign, draft = await _draft(request, session, slug)
    if draft is None:
        return go(request, "tell", slug=slug)
    form = await read_form(request, ConsentForm)
    if form.switching or not form.validate():
        return render(
            request,
            "stories/consent.html",
            form=form,
            campaign=campaign,
            hints=CONSENT_HINTS,
            switch_form=True,
        )
    draft.consent = form.consent.data
    return go(request, "tell-check", slug=campaign.slug(language(request)))


@get(CHECK, guards=[EVERYONE])
async def check_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign, draft = await _draft(request, session, slug)
    if draft is None:
        return go(request, "tell", slug=slug)
    if draft.consent is None:
        return go(request, "tell-consent", slug=slug)
    if redirect := to_own_slug(request, "tell-check", slug, campaign):
        return redirect
    names = dict(await _ward_choices(session, campaign, language(request)))
    return render(
        request,
        "stories/check.html",
        draft=draft,
        campaign=campaign,
        place=names[draft.ward_code or ""],
        consent=CONSENT_NAMES[draft.consent],
    )


@post(CHECK, guards=[EVERYONE])
async def submit(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Redirect:
    campaign = await campaigns.find(session, slug, actor(request))
    sent = str((await request.form()).get("draft", ""))
    try:
        draft_id = UUID(sent)
    except ValueError:
        raise NotFound from None
    await telling.submit(session, settings_of(request), campaign, _token(request) or "", draft_id)
    return go(request, "told", slug=campaign.slug(language(request)))


@get(TOLD, guards=[EVERYONE])
async def told_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign = await campaigns.find(session, slug, actor(request))
    token = _token(request)
    draft = await telling.finished(session, campaign, token)
    if draft is None or token is None:
        return go(request, "receipt")
    code = telling.receipt_code(settings_of(request), token, draft.id)
    return render(request, "stories/told.html", campaign=campaign, code=code)


@get(STORIES, guards=[EVERYONE])
async def stories_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
    page: FromQuery[int] = 1,
    iaith: FromQuery[str | None] = None,
) -> Response[str] | Redirect:
    campaign = await campaigns.find(session, slug, actor(request))
    if redirect := to_own_slug(request, "stories", slug, campaign):
        return redirect
    chosen = iaith if iaith in LANGUAGE_NAMES else None
    rows, more = await queries.public_stories(session, campaign.id, language=chosen, page=max(page, 1))
    return render(
        request,
        "stories/stories.html",
        campaign=campaign,
        stories=rows,
        page=max(page, 1),
        more=more,
        chosen=chosen,
        language_names=LANGUAGE_NAMES,
    )


HANDLERS = [
    tell_page,
    tell,
    place_page,
    place,
    consent_page,
    consent,
    check_page,
    submit,
    told_page,
    stories_page,
]
