"""The JSON API: telling a story, and reading the published ones."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import service as campaigns
from engage.core.api import PROBLEMS
from engage.core.errors import InvalidInput
from engage.core.http import Request
from engage.core.pages import settings_of
from engage.core.permissions import EVERYONE
from engage.people.service import wards
from engage.stories import queries, telling
from engage.stories.models import Consent
from engage.stories.schemas import ReceiptOut, StoryIn, StoryOut
from translations import N_


@post(
    "/api/campaigns/{slug:str}/stories",
    guards=[EVERYONE],
    responses=PROBLEMS,
    tags=["stories"],
    status_code=201,
)
async def api_tell(
    request: Request,
    slug: FromPath[str],
    data: JSONBody[StoryIn],
    session: NamedDependency[AsyncSession],
) -> ReceiptOut:
    """Tells a story; it waits for a moderator. The receipt is the only way back to it."""
    campaign = await campaigns.find(session, slug)
    wrong = {}
    if data.language not in ("cy", "en", "mixed"):
        wrong["language"] = N_("The language must be cy, en or mixed")
    if data.consent not in list(Consent):
        wrong["consent"] = N_("The consent must be one of: %(consents)s", consents=", ".join(Consent))
    if data.ward and data.ward not in {ward.code for ward in await wards(session, campaign.partnership_id)}:
        wrong["ward"] = N_("The place is not a ward of this partnership: %(place)s", place=data.ward)
    if wrong:
        raise InvalidInput(wrong)
    _, code = await telling.tell(
        session,
        settings_of(request),
        campaign,
        text=data.text,
        language=data.language,
        consent=Consent(data.consent),
        ward_code=data.ward,
    )
    return ReceiptOut(receipt=code)


@get("/api/campaigns/{slug:str}/stories", guards=[EVERYONE], responses=PROBLEMS, tags=["stories"])
async def api_stories(
    slug: FromPath[str], session: NamedDependency[AsyncSession], page: FromQuery[int] = 1
) -> list[StoryOut]:
    """Published stories, newest first, 20 to a page."""
    campaign = await campaigns.find(session, slug)
    rows, _ = await queries.public_stories(session, campaign.id, page=max(page, 1))
    return [StoryOut(row.id, row.text, row.language, row.told_on, row.ward) for row in rows]


HANDLERS = [api_tell, api_stories]
