"""The desk: where staff begin, what waits for them, and the jobs that need a person."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import service as campaigns
from engage.campaigns.phases import NAMES
from engage.core import outbox
from engage.core.addresses import address
from engage.core.errors import NotFound
from engage.core.http import Request
from engage.core.pages import go, render
from engage.core.permissions import STAFF, Role, actor_of, holds
from engage.people.service import organisations_of
from engage.stories.queries import waiting_by_campaign

DESK = address("desk", cy="/desg", en="/desk")
JOBS = address("desk-jobs", cy="/desg/tasgau", en="/desk/jobs")
RETRY = address("desk-job-retry", cy="/desg/tasgau/{job_id:uuid}/eto", en="/desk/jobs/{job_id:uuid}/again")


@get(DESK, guards=[STAFF])
async def desk_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    who = actor_of(request)
    works = any(who.holds(role) for role in (Role.OFFICER, Role.PARTNER, Role.MODERATOR))
    rows = await campaigns.of_actor(session, who) if works else []
    return render(
        request,
        "desk/desk.html",
        campaigns=rows,
        waiting=await waiting_by_campaign(session, [campaign.id for campaign in rows]),
        names=NAMES,
        organisations=await organisations_of(session, who, *Role),
        failed_jobs=len(await outbox.dead_letters(session)) if who.holds(Role.OFFICER) else 0,
    )


@get(JOBS, guards=[holds(Role.OFFICER)])
async def jobs_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    return render(request, "desk/jobs.html", jobs=await outbox.dead_letters(session))


@post(RETRY, guards=[holds(Role.OFFICER)])
async def retry_job(
    request: Request,
    job_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
) -> Redirect:
    if not await outbox.retry(session, job_id):
        raise NotFound
    return go(request, "desk-jobs")


HANDLERS = [desk_page, jobs_page, retry_job]
