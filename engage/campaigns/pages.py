"""Campaigns: for the public, and on the desk of those who run them."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import queries, service
from engage.campaigns.forms import CampaignForm
from engage.campaigns.models import Campaign, Part
from engage.campaigns.phases import NAMES, feedback_days, takes_stories
from engage.core import thread
from engage.core.addresses import address
from engage.core.clock import now, today
from engage.core.errors import InvalidInput
from engage.core.forms import options, read_form
from engage.core.http import Request
from engage.core.pages import actor, go, language, render, to_own_slug
from engage.core.permissions import EVERYONE, Actor, Role, actor_of, holds
from engage.core.texts import read_text, text_data
from engage.people.models import Organisation
from engage.people.service import organisations, organisations_of
from translations import N_, Language, in_language, sort_key

CAMPAIGNS = address("campaigns", cy="/ymgyrchoedd", en="/campaigns")
CAMPAIGN = address("campaign", cy="/ymgyrchoedd/{slug:str}", en="/campaigns/{slug:str}")
DESK_CAMPAIGNS = address("desk-campaigns", cy="/desg/ymgyrchoedd", en="/desk/campaigns")
DESK_NEW = address("desk-campaign-new", cy="/desg/ymgyrchoedd/newydd", en="/desk/campaigns/new")
DESK_CAMPAIGN = address("desk-campaign", cy="/desg/ymgyrchoedd/{slug:str}", en="/desk/campaigns/{slug:str}")
DESK_EDIT = address(
    "desk-campaign-edit", cy="/desg/ymgyrchoedd/{slug:str}/golygu", en="/desk/campaigns/{slug:str}/edit"
)
DESK_PUBLISH = address(
    "desk-campaign-publish",
    cy="/desg/ymgyrchoedd/{slug:str}/cyhoeddi",
    en="/desk/campaigns/{slug:str}/publish",
)

MAKERS = (Role.OFFICER, Role.PARTNER, Role.MODERATOR)
TEXTS = ("title", "summary", "prompt", "promise")


@get(CAMPAIGNS, guards=[EVERYONE])
async def campaigns_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    rows = await queries.public_campaigns(session)
    return render(request, "campaigns/campaigns.html", campaigns=rows, names=NAMES)


@get(CAMPAIGN, guards=[EVERYONE])
async def campaign_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign = await service.find(session, slug, actor(request))
    if redirect := to_own_slug(request, "campaign", slug, campaign):
        return redirect
    return render(
        request,
        "campaigns/campaign.html",
        campaign=campaign,
        names=NAMES,
        takes_stories=takes_stories(campaign.phase),
        days_left=feedback_days(campaign.feedback_by, today()),
        arrows=await thread.onwards(session, "campaign", [campaign.id]),
    )


@get(DESK_CAMPAIGNS, guards=[holds(*MAKERS)])
async def desk_campaigns(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    rows = await service.of_actor(session, actor_of(request))
    may_create = actor_of(request).holds(Role.OFFICER)
    return render(
        request, "campaigns/desk-campaigns.html", campaigns=rows, names=NAMES, may_create=may_create
    )


@get(DESK_CAMPAIGN, guards=[holds(*MAKERS)])
async def desk_campaign(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign = await service.find(session, slug, actor_of(request))
    if redirect := to_own_slug(request, "desk-campaign", slug, campaign):
        return redirect
    may = {part.value: service.may(actor_of(request), campaign, part) for part in Part}
    return render(
        request, "campaigns/desk-campaign.html", campaign=campaign, names=NAMES, may=may, texts=TEXTS
    )


async def _prepare(form: CampaignForm, session: AsyncSession, who: Actor, lang: Language) -> None:
    """Fills the choices: the person's own organisations may lead, every other one be a partner."""

    def choices(rows: list[Organisation]) -> list[tuple[str, str]]:
        named = [(str(row.id), in_language(row.name, lang)) for row in rows]
        return sorted(named, key=lambda choice: sort_key(choice[1], lang))

    form.lead.choices = options(choices(await organisations_of(session, who, Role.OFFICER)))
    form.partners.choices = options(choices(await organisations(session)))


def _draft(form: CampaignForm, who: Actor, before: Campaign | None) -> service.CampaignDraft:
    at = now()
    texts = {
        name: read_text(form, name, getattr(before, name) if before else None, by=who.person_id, at=at)
        for name in TEXTS
    }
    missing = {
        f"{name}_{side}": N_("Enter this in at least one language")
        for name, text in texts.items()
        for side in ("cy",)
        if not (text.cy.text or text.en.text)
    }
    if missing:
        raise InvalidInput(missing)
    opens, closes, feedback_by = form.opens.data, form.closes.data, form.feedback_by.data
    assert opens is not None and closes is not None and feedback_by is not None  # noqa: PT018, S101  # Needed saw to it
    return service.CampaignDraft(
        **texts,
        opens=opens,
        closes=closes,
        feedback_by=feedback_by,
        partners=[UUID(key) for key in form.partners.data or []],
    )


def _form_page(request: Request, form: CampaignForm, campaign: Campaign | None) -> Response[str]:
    return render(request, "campaigns/desk-form.html", form=form, campaign=campaign, switch_form=True)


@get(DESK_NEW, guards=[holds(Role.OFFICER)])
async def new_campaign_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    form = CampaignForm()
    await _prepare(form, session, actor_of(request), language(request))
    return _form_page(request, form, None)


@post(DESK_NEW, guards=[holds(Role.OFFICER)])
async def new_campaign(
    request: Request,
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    who = actor_of(request)
    form = await read_form(request, CampaignForm)
    await _prepare(form, session, who, language(request))
    if not form.switching and form.validate():
        try:
            campaign = await service.create(session, who, UUID(form.lead.data), _draft(form, who, None))
            return go(request, "desk-campaign", slug=campaign.slug(language(request)))
        except InvalidInput as error:
            form.refuse(error)
    return _form_page(request, form, None)


@get(DESK_EDIT, guards=[holds(*MAKERS)])
async def edit_campaign_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    who = actor_of(request)
    campaign = await service.find_for(session, slug, who, Part.EDIT)
    form = CampaignForm(
        data={
            **text_data(**{name: getattr(campaign, name) for name in TEXTS}),
            "opens": campaign.opens,
            "closes": campaign.closes,
            "feedback_by": campaign.feedback_by,
            "partners": [str(part.organisation_id) for part in campaign.parts if not part.lead],
        }
    )
    await _prepare(form, session, who, language(request))
    return _form_page(request, form, campaign)


@post(DESK_EDIT, guards=[holds(*MAKERS)])
async def edit_campaign(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    who = actor_of(request)
    campaign = await service.find_for(session, slug, who, Part.EDIT)
    form = await read_form(request, CampaignForm)
    await _prepare(form, session, who, language(request))
    del form.lead
    if not form.switching and form.validate():
        try:
            await service.change(session, who, campaign, _draft(form, who, campaign))
            return go(request, "desk-campaign", slug=campaign.slug(language(request)))
        except InvalidInput as error:
            form.refuse(error)
    return _form_page(request, form, campaign)


@post(DESK_PUBLISH, guards=[holds(Role.OFFICER)])
async def publish_campaign(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Redirect:
    campaign = await service.find(session, slug, actor_of(request))
    await service.publish(session, actor_of(request), campaign)
    return go(request, "desk-campaign", slug=campaign.slug(language(request)))


HANDLERS = [
    campaigns_page,
    campaign_page,
    desk_campaigns,
    desk_campaign,
    new_campaign_page,
    new_campaign,
    edit_campaign_page,
    edit_campaign,
    publish_campaign,
]
