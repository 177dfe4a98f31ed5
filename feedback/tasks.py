"""Jobs that other slices ask for by name."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.jobs import job
from feedback import service


@job("feedback.promise_project")
async def promise_project(
    session: AsyncSession, project_id: UUID, owner_id: UUID, due: date | None = None
) -> None:
    await service.promise_project(session, project_id, owner_id, due)
