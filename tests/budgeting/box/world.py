"""A small world to vote in: a partnership, two officers, a round with projects, and a roll."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from budgeting import projects, roll, rounds
from budgeting.models import Contest, Project, ProjectState, Round
from budgeting.passes import Pass
from budgeting.rounds import RoundDraft
from budgeting.rule_sheet import BallotForm, Terms
from engage.core.permissions import Actor, Role
from engage.core.settings import Settings
from engage.people.models import Organisation, Partnership, Person
from translations import Bilingual, Side


def both(text: str) -> Bilingual:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Bilingual(Side(f"{text} (cy)", "approved", "1", at), Side(text, "approved", "1", at))


def settings_in(folder: Path) -> Settings:
    return Settings(environment="test", secrets_dir=folder / "secrets", server_key=b"k" * 32)


@dataclass
class World:
    settings: Settings
    officer: Actor
    second: Actor
    round: Round
    contests: list[Contest]
    projects: list[Project]
    codes: list[str] = field(default_factory=list)

    @property
    def contest(self) -> UUID:
        return self.contests[0].id

    def ids(self, *positions: int) -> list[UUID]:
        """Projects of the first contest, by their place."""
        here = [project for project in self.projects if project.contest_id == self.contest]
        return [here[position].id for position in positions]


async def person(session: AsyncSession, organisation: Organisation) -> Actor:
    somebody = Person(email=f"{uuid4()}@example.org", name="Gwen", language="cy")
    session.add(somebody)
    await session.flush()
    roles = frozenset({(organisation.id, Role.OFFICER)})
    return Actor(person_id=somebody.id, name="Gwen", language="cy", roles=roles, session_token="")


async def make_world(
    session: AsyncSession,
    settings: Settings,
    *,
    terms: Terms | None = None,
    ballot: BallotForm | None = None,
    opens: timedelta = timedelta(hours=-1),
    closes: timedelta = timedelta(hours=1),
    voters: int = 3,
    costs: tuple[int, ...] = (300_000, 200_000, 150_000, 100_000),
    pots: tuple[int, ...] = (500_000,),
    freeze: bool = True,
) -> World:
    """A round with the projects in ``costs`` for every pot; frozen, with codes on its roll."""
    partnership = Partnership(slug_cy=uuid4().hex, slug_en=uuid4().hex, name=both("Partnership"))
    session.add(partnership)
    await session.flush()
    organisation = Organisation(partnership_id=partnership.id, kind="council", name=both("Council"))
    session.add(organisation)
    await session.flush()
    officer, second = await person(session, organisation), await person(session, organisation)
    moment = datetime.now(UTC)
    draft = RoundDraft(
        title=both("Living streets"),
        summary=both("A round"),
        purpose=both("Safer streets"),
        voting_opens=moment + opens,
        voting_closes=moment + closes,
        terms=terms or Terms(ballot=ballot or BallotForm(), minimum_ballots=1),
    )
    round_ = await rounds.create(session, officer, organisation.id, draft)
    contests, made = [], []
    for number, pot in enumerate(pots):
        contest = await rounds.add_contest(
            session, officer, round_, title=both(f"Pot {number}"), pot_pence=pot
        )
        contests.append(contest)
        for place, cost in enumerate(costs):
            made.append(
                await projects.add(
                    session,
                    officer,
                    round_,
                    contest,
                    title=both(f"Project {number} {place}"),
                    summary=both("What it is"),
                    cost_pence=cost,
                    state=ProjectState.SHORTLISTED,
                )
            )
    world = World(settings, officer, second, round_, contests, made)
    if voters:
        world.codes = await roll.make_codes(session, settings, officer, round_, voters)
    if freeze:
        await rounds.freeze_rules(session, settings, officer, round_.id)
    return world


async def pass_for(session: AsyncSession, world: World, voter: int, contest: UUID | None = None) -> Pass:
    entry = await roll.entry_by_code(session, world.settings, world.round.id, world.codes[voter])
    return await roll.issue_pass(session, world.settings, entry, contest or world.contest)


async def end_voting(sessions: async_sessionmaker[AsyncSession], world: World) -> None:
    """Moves the dates into the past, as waiting would: the database's clock cannot be turned."""
    async with sessions.begin() as session:
        round_ = await rounds.by_id(session, world.round.id)
        round_.voting_opens -= timedelta(days=2)
        round_.voting_closes -= timedelta(days=2)


def sessions_of(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False)
