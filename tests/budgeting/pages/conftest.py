"""Rounds to vote in, made by the services that officers use."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

import budgeting.tasks
from budgeting import projects, roll, rounds
from budgeting.models import Contest, ProjectState, Round
from budgeting.rule_sheet import Terms
from engage.core.clock import now
from engage.core.jobs import perform
from engage.core.outbox import OutboxRow
from engage.core.permissions import Actor, Role
from engage.core.settings import Settings
from engage.people.models import Organisation, Person
from tests.factories import actor_for, both, make_organisation, make_partnership, make_person

assert budgeting.tasks.STEPS

TITLES = [
    ("Coed ar y stryd", "Street trees"),
    ("Golau ar y cei", "Quay lights"),
    ("Caffi trwsio", "Repair café"),
]


class Voted(msgspec.Struct):
    """A round with its rules frozen, and codes for it. ``ids``: projects in the order of ``TITLES``."""

    round: Round
    contest: Contest
    ids: list[str]
    codes: list[str]
    officer: Actor
    person: Person
    organisation: Organisation


MakeRound = Callable[..., Awaitable[Voted]]


@pytest.fixture
def make_round(session: AsyncSession, settings: Settings) -> MakeRound:
    async def make(
        *,
        terms: Terms | None = None,
        opens: int = -60,
        closes: int = 60,
        codes: int = 2,
        pots: int = 1,
        titles: list[tuple[str, str]] = TITLES,
        costs: tuple[int, ...] = (300_000, 400_000, 200_000),
        summary: tuple[str, str] = ("Deuddeg coeden.", "Twelve trees."),
    ) -> Voted:
        """Dates in minutes from now."""
        organisation = await make_organisation(session, await make_partnership(session))
        person = await make_person(session, organisation, Role.OFFICER)
        officer = actor_for(person, organisation, Role.OFFICER)
        draft = rounds.RoundDraft(
            title=both("Chi sy’n dewis", "You choose"),
            summary=both("Arian i’r pentref.", "Money for the village."),
            purpose=both("Gwella’r pentref.", "To make the village better."),
            voting_opens=now() + timedelta(minutes=opens),
            voting_closes=now() + timedelta(minutes=closes),
            terms=terms or Terms(minimum_ballots=1),
        )
        round_ = await rounds.create(session, officer, organisation.id, draft)
        contest = await rounds.add_contest(
            session, officer, round_, title=both("Y gronfa", "The pot"), pot_pence=700_000
        )
        ids = []
        for number, (cy, en) in enumerate(titles):
            project = await projects.add(
                session,
                officer,
                round_,
                contest,
                title=both(cy, en),
                summary=both(*summary),
                cost_pence=costs[number % len(costs)],
                category="green",
                ward_code="bro-prawf-1",
                state=ProjectState.SHORTLISTED,
            )
            ids.append(str(project.id))
        for number in range(2, pots + 1):
            other = await rounds.add_contest(
                session, officer, round_, title=both(f"Cronfa {number}", f"Pot {number}"), pot_pence=700_000
            )
            await projects.add(
                session,
                officer,
                round_,
                other,
                title=both(f"Mainc {number}", f"Bench {number}"),
                summary=both("Mainc.", "A bench."),
                cost_pence=50_000,
                state=ProjectState.SHORTLISTED,
            )
        await rounds.freeze_rules(session, settings, officer, round_.id)
        made = await roll.make_codes(session, settings, officer, round_, codes)
        await session.commit()
        return Voted(round_, contest, ids, made, officer, person, organisation)

    return make


@pytest.fixture
def run_job(
    app: Litestar, session: AsyncSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, UUID], Awaitable[str]]:
    """Does the job of a round as a worker would; the state it ends in."""
    monkeypatch.setenv("SERVER_KEY", settings.server_key.hex())
    monkeypatch.setenv("SECRETS_DIR", str(settings.secrets_dir))
    monkeypatch.setenv("ENGAGE_ENV", "test")

    async def run(job: str, round_id: UUID) -> str:
        token = uuid4()
        one = (OutboxRow.job == job) & (OutboxRow.unique_key == str(round_id))
        row_id = await session.scalar(
            update(OutboxRow).where(one).values(state="leased", lease_token=token).returning(OutboxRow.id)
        )
        assert row_id is not None, f"nobody asked for {job}"
        await session.commit()
        await perform(app.state.sessions, row_id, token)
        row: Any = await session.scalar(
            select(OutboxRow).where(OutboxRow.id == row_id).execution_options(populate_existing=True)
        )
        return f"{row.state} {row.error_class or ''}".strip()

    return run


async def close_now(session: AsyncSession, round_id: UUID) -> None:
    await session.execute(
        update(Round).where(Round.id == round_id).values(voting_closes=now() - timedelta(seconds=1))
    )
    await session.commit()
