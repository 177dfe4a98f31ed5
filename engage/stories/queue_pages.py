"""The moderators' queue."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import service as campaigns
from engage.campaigns.models import Campaign, Part
from engage.core.addresses import address
from engage.core.errors import InvalidInput
from engage.core.forms import read_form
from engage.core.http import Request
from engage.core.pages import go, language, render, to_own_slug
from engage.core.permissions import Role, actor_of, holds
from engage.stories import moderation, personal_data, queries
from engage.stories.forms import CONSENTS, LANGUAGES, DecisionForm
from engage.stories.models import Story

QUEUE = address("queue", cy="/desg/ymgyrchoedd/{slug:str}/ciw", en="/desk/campaigns/{slug:str}/queue")
DECIDE = address("moderate", cy="/desg/straeon/{story_id:uuid}", en="/desk/stories/{story_id:uuid}")
PUT_BACK = address(
    "put-back", cy="/desg/straeon/{story_id:uuid}/nol", en="/desk/stories/{story_id:uuid}/back"
)

MODERATORS = holds(Role.MODERATOR, Role.OFFICER)


@get(QUEUE, guards=[MODERATORS])
async def queue_page(
    request: Request,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    campaign = await campaigns.find_for(session, slug, actor_of(request), Part.MODERATE)
    if redirect := to_own_slug(request, "queue", slug, campaign):
        return redirect
    waiting = await queries.queue(session, campaign.id)
    return render(
        request,
        "stories/queue.html",
        campaign=campaign,
        waiting=[(story, personal_data.kinds_in(story.text or "")) for story in waiting],
        decided=await queries.decided(session, campaign.id),
        counts=await queries.counts_by_state(session, campaign.id),
        kinds=personal_data.KINDS,
        consents=dict(CONSENTS),
        languages=dict(LANGUAGES),
        reasons=moderation.REASONS,
    )


@get(DECIDE, guards=[MODERATORS])
async def decide_page(
    request: Request,
    story_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    story, campaign = await moderation.for_moderator(session, actor_of(request), story_id)
    form = DecisionForm(data={"text": story.text, "language": story.language})
    return _decide(request, form, story, campaign)


def _decide(request: Request, form: DecisionForm, story: Story, campaign: Campaign) -> Response[str]:
    return render(
        request,
        "stories/moderate.html",
        form=form,
        story=story,
        campaign=campaign,
        pieces=personal_data.pieces(story.text or ""),
        kinds=personal_data.KINDS,
        consents=dict(CONSENTS),
        switch_form=True,
    )


@post(DECIDE, guards=[MODERATORS])
async def decide(
    request: Request,
    story_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    story, campaign = await moderation.for_moderator(session, actor_of(request), story_id)
    form = await read_form(request, DecisionForm)
    if form.switching or not form.validate():
        return _decide(request, form, story, campaign)
    declining = "decline" in await request.form()
    decision = moderation.Decision(
        text=form.text.data or "",
        language=form.language.data,
        reason=form.reason.data if declining else None,
    )
    try:
        await moderation.decide(session, actor_of(request), story_id, decision)
    except InvalidInput as error:
        form.refuse(error)
        return _decide(request, form, story, campaign)
    return go(request, "queue", slug=campaign.slug(language(request)))


@post(PUT_BACK, guards=[MODERATORS])
async def put_back(
    request: Request,
    story_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Redirect:
    _, campaign = await moderation.for_moderator(session, actor_of(request), story_id)
    await moderation.put_back(session, actor_of(request), story_id)
    return go(request, "queue", slug=campaign.slug(language(request)))


HANDLERS = [queue_page, decide_page, decide, put_back]
