"""Making, changing and opening campaigns, and who may do what in them."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from engage.campaigns.models import Campaign, CampaignPart, Part
from engage.campaigns.phases import Phase
from engage.core import audit
from engage.core.clock import now
from engage.core.errors import InvalidInput, NotFound, Refused
from engage.core.permissions import Actor, Role, require
from engage.core.slugs import free_slugs
from engage.people.models import Organisation
from translations import N_, Bilingual, Language, require_publishable

# The role that a person needs in an organisation to use that organisation's part.
ROLES_FOR: dict[Part, tuple[Role, ...]] = {
    Part.EDIT: (Role.OFFICER, Role.PARTNER),
    Part.COLLECT: (Role.OFFICER, Role.PARTNER),
    Part.MODERATE: (Role.MODERATOR, Role.OFFICER),
    Part.ANALYSE: (Role.OFFICER,),
    Part.PUBLISH: (Role.OFFICER,),
}
LEAD_MAY = list(Part)
PARTNER_MAY = [Part.EDIT, Part.COLLECT, Part.MODERATE]


class CampaignDraft(msgspec.Struct, kw_only=True):
    """What an officer fills in. Dates are Europe/London's; the last day counts whole."""

    title: Bilingual
    summary: Bilingual
    prompt: Bilingual
    promise: Bilingual
    opens: date
    closes: date
    feedback_by: date
    partners: list[UUID]


def may(actor: Actor | None, campaign: Campaign, part: Part) -> bool:
    """Whether this person may do this in this campaign, through any organisation that has the part."""
    if actor is None:
        return False
    able = [row.organisation_id for row in campaign.parts if part in row.may]
    return actor.holds_any(ROLES_FOR[part], able)


def sees(actor: Actor | None, campaign: Campaign) -> bool:
    """The public from its opening; the organisations in it from the draft on."""
    inside = {row.organisation_id for row in campaign.parts}
    return campaign.published_at is not None or (actor is not None and bool(actor.organisations & inside))


async def by_slug(session: AsyncSession, slug: str) -> Campaign | None:
    """By either language's slug, with its parts, whoever may see it."""
    return await session.scalar(_with_parts().where((Campaign.slug_cy == slug) | (Campaign.slug_en == slug)))


async def find(session: AsyncSession, slug: str, actor: Actor | None = None) -> Campaign:
    """Raises NotFound for what the person may not see."""
    campaign = await by_slug(session, slug)
    if campaign is None or not sees(actor, campaign):
        raise NotFound
    return campaign


async def by_id(session: AsyncSession, campaign_id: UUID) -> Campaign:
    campaign = await session.scalar(_with_parts().where(Campaign.id == campaign_id))
    if campaign is None:
        raise NotFound
    return campaign


async def find_for(session: AsyncSession, slug: str, actor: Actor, part: Part) -> Campaign:
    """The campaign, if this person may do this in it. Raises NotFound or Forbidden."""
    campaign = await find(session, slug, actor)
    require(may(actor, campaign, part))
    return campaign


async def of_actor(session: AsyncSession, actor: Actor) -> list[Campaign]:
    """Every campaign that the person's organisations are in, newest first."""
    inside = select(CampaignPart.campaign_id).where(CampaignPart.organisation_id.in_(actor.organisations))
    return list(
        await session.scalars(_with_parts().where(Campaign.id.in_(inside)).order_by(Campaign.made_at.desc()))
    )


def _with_parts() -> Select[Campaign]:
    return select(Campaign).options(selectinload(Campaign.parts).joinedload(CampaignPart.organisation))


async def create(session: AsyncSession, actor: Actor, lead_id: UUID, draft: CampaignDraft) -> Campaign:
    """A draft that its lead and its partners all see from now on."""
    require(actor.holds(Role.OFFICER, lead_id))
    _check_dates(draft)
    lead = await session.get_one(Organisation, lead_id)
    campaign = Campaign(
        partnership_id=lead.partnership_id,
        **_fields(draft),
        **_named(await free_slugs(session, Campaign, draft.title, otherwise="campaign")),
    )
    session.add(campaign)
    await session.flush()
    session.add(CampaignPart(campaign_id=campaign.id, organisation_id=lead_id, lead=True, may=[*LEAD_MAY]))
    for partner_id in draft.partners:
        if partner_id != lead_id:
            session.add(CampaignPart(campaign_id=campaign.id, organisation_id=partner_id, may=[*PARTNER_MAY]))
    audit.record(session, actor, "campaign.created", "campaign", campaign.id)
    await session.flush()
    return await _again(session, campaign)


async def change(session: AsyncSession, actor: Actor, campaign: Campaign, draft: CampaignDraft) -> Campaign:
    """Partners may be added, not silently dropped. What is public stays two-sided: the database sees to it."""
    require(may(actor, campaign, Part.EDIT))
    _check_dates(draft)
    if campaign.published_at:
        require_publishable(
            title=draft.title, summary=draft.summary, prompt=draft.prompt, promise=draft.promise
        )
    for name, value in _fields(draft).items():
        setattr(campaign, name, value)
    inside = {row.organisation_id for row in campaign.parts}
    for partner_id in draft.partners:
        if partner_id not in inside:
            session.add(CampaignPart(campaign_id=campaign.id, organisation_id=partner_id, may=[*PARTNER_MAY]))
    audit.record(session, actor, "campaign.changed", "campaign", campaign.id)
    await session.flush()
    return await _again(session, campaign)


async def _again(session: AsyncSession, campaign: Campaign) -> Campaign:
    session.expire(campaign, ["parts"])
    return await by_id(session, campaign.id)


async def publish(session: AsyncSession, actor: Actor, campaign: Campaign) -> None:
    """From now on the public sees it, and stories are taken between its dates. Raises OneSided."""
    require(may(actor, campaign, Part.PUBLISH))
    if campaign.phase is not Phase.DRAFT:
        raise Refused(N_("This campaign is already published"))
    require_publishable(
        title=campaign.title, summary=campaign.summary, prompt=campaign.prompt, promise=campaign.promise
    )
    campaign.published_at = now()
    slugs = await free_slugs(
        session, Campaign, campaign.title, Campaign.id != campaign.id, otherwise="campaign"
    )
    campaign.slug_cy, campaign.slug_en = slugs["cy"], slugs["en"]
    audit.record(session, actor, "campaign.published", "campaign", campaign.id)
    await session.flush()


def _named(slugs: dict[Language, str]) -> dict[str, str]:
    return {f"slug_{lang}": slug for lang, slug in slugs.items()}


def _fields(draft: CampaignDraft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in draft.__struct_fields__ if name != "partners"}


def _check_dates(draft: CampaignDraft) -> None:
    wrong = {}
    if draft.closes < draft.opens:
        wrong["closes"] = N_("The last day must not be before the first day")
    if draft.feedback_by < draft.closes:
        wrong["feedback_by"] = N_("Promise feedback for a day after the last day")
    if wrong:
        raise InvalidInput(wrong)
