"""The JSON API: campaigns that the public can see."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import queries, service
from engage.campaigns.models import Campaign
from engage.campaigns.schemas import BothSides, CampaignOut
from engage.core.api import PROBLEMS
from engage.core.permissions import EVERYONE
from translations import Bilingual


def sides(text: Bilingual) -> BothSides:
    return BothSides(cy=text.cy.text, en=text.en.text)


def campaign_out(campaign: Campaign) -> CampaignOut:
    return CampaignOut(
        id=campaign.id,
        slug=BothSides(cy=campaign.slug_cy, en=campaign.slug_en),
        title=sides(campaign.title),
        summary=sides(campaign.summary),
        prompt=sides(campaign.prompt),
        promise=sides(campaign.promise),
        phase=campaign.phase,
        opens=campaign.opens,
        closes=campaign.closes,
        feedback_by=campaign.feedback_by,
    )


@get("/api/campaigns", guards=[EVERYONE], responses=PROBLEMS, tags=["campaigns"])
async def api_campaigns(session: NamedDependency[AsyncSession]) -> list[CampaignOut]:
    """Published campaigns, newest first, at most 50."""
    return [campaign_out(campaign) for campaign in await queries.public_campaigns(session)]


@get("/api/campaigns/{slug:str}", guards=[EVERYONE], responses=PROBLEMS, tags=["campaigns"])
async def api_campaign(slug: FromPath[str], session: NamedDependency[AsyncSession]) -> CampaignOut:
    """By either language's slug."""
    return campaign_out(await service.find(session, slug))


HANDLERS = [api_campaigns, api_campaign]
