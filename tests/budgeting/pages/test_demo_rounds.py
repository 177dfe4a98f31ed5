"""The demonstration's rounds: one decided by the real services, one that its printed codes open."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import bundle, sealing
from budgeting.models import Ballot, Phase, Project, ProjectState, Round
from engage.core.settings import Settings
from engage.demo.accounts import demo_codes
from engage.demo.load import load
from tests.web import Client


async def test_one_round_is_decided_and_one_can_be_voted_in(
    client: Client, session: AsyncSession, settings: Settings
) -> None:
    assert await load(session, settings)
    await session.commit()
    decided = (await session.scalars(select(Round).where(Round.phase == Phase.DECIDED))).one()
    open_ = (await session.scalars(select(Round).where(Round.phase == Phase.VOTING))).one()
    states = dict(
        (
            await session.execute(
                select(Project.state, func.count())
                .where(Project.round_id == decided.id)
                .group_by(Project.state)
            )
        ).all()
    )
    assert set(states) == {ProjectState.FUNDED, ProjectState.NOT_FUNDED}
    assert sum(states.values()) == 24
    assert bundle.check(await sealing.read_bundle(session, decided.id)) == []
    assert await session.scalar(select(func.count()).where(Ballot.round_id == decided.id)) == 400
    page = await client.get(f"/en/rounds/{decided.slug_en}/result")
    assert "Ballots counted 400" in page.text
    assert f"Projects funded: {states[ProjectState.FUNDED]} of 24" in page.text
    assert len(set(demo_codes(settings))) == 10
    assert demo_codes(settings) == demo_codes(settings)
    for code in (demo_codes(settings)[0], demo_codes(settings)[-1]):
        await client.get(f"/cy/pleidleisio/{open_.slug_cy}")
        page = await client.submit({"code": code}, has="code")
        assert page.html.count('type="checkbox"') == 10
