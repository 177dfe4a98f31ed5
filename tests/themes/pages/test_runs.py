"""A theme run from its button to its themes: the real pipeline, done as a job, on thirty short stories."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from engage.app import create_app
from engage.campaigns.models import Campaign
from engage.core.database import make_engine, make_sessions
from engage.core.outbox import OutboxRow
from engage.core.permissions import Role
from engage.core.settings import Settings
from engage.people.models import Person
from engage.stories.models import Consent, State
from engage.themes.models import Theme, ThemeRun, ThemeStory
from engage.themes.service import FEWEST
from tests.factories import make_campaign, make_organisation, make_partnership, make_person, make_story
from tests.people.jobs import do_jobs
from tests.themes.pages.world import STORIES, tell_all
from tests.web import Client, sign_in

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def own_engine(fresh_database: Callable[[], Awaitable[str]]) -> AsyncIterator[AsyncEngine]:
    """A long job uses several connections at once, so its data must be committed."""
    engine = make_engine(Settings(environment="test", database_url=await fresh_database()))
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(own_engine: AsyncEngine) -> Sessions:
    return make_sessions(own_engine)


@pytest.fixture
async def browser(settings: Settings, own_engine: AsyncEngine, sessions: Sessions) -> AsyncIterator[Client]:
    app: Litestar = create_app(settings)
    app.state.sessions = sessions
    client = Client(app, own_engine)
    yield client
    await client.http.aclose()


async def begin(sessions: Sessions, browser: Client) -> tuple[Campaign, Person]:
    async with sessions.begin() as session:
        council = await make_organisation(session, await make_partnership(session))
        campaign = await make_campaign(session, council)
        officer = await make_person(session, council, Role.OFFICER)
        await sign_in(browser, session, officer)
    return campaign, officer


async def progress(browser: Client, campaign: Campaign, run: ThemeRun, lang: str = "en") -> dict[str, object]:
    answer = await browser.http.get(f"/desk/theme-runs/{campaign.slug_en}/{run.id}?lang={lang}")
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


async def latest_run(sessions: Sessions) -> ThemeRun:
    async with sessions() as session:
        return (await session.scalars(select(ThemeRun).order_by(ThemeRun.made_at.desc()).limit(1))).one()


async def test_a_run_from_the_button_to_the_themes_and_again(browser: Client, sessions: Sessions) -> None:
    campaign, _ = await begin(sessions, browser)
    async with sessions.begin() as session:
        stories = await tell_all(session, campaign)
        await make_story(session, campaign, "Heb ei gymedroli.", state=State.WAITING)
        hidden = stories[0]
        hidden.consent = Consent.OFFICERS
    workbench = f"/en/desk/campaigns/{campaign.slug_en}/themes"
    await browser.get(workbench)
    page = await browser.submit({"themes": "1"}, has="themes", status=422)
    assert page.form(has="themes")["fields"]["themes"] == "1"
    page = await browser.submit({"themes": "3"}, has="themes")
    run = await latest_run(sessions)
    assert str(run.id) in str(page.response.url)
    assert await progress(browser, campaign, run) == {
        "percent": 0,
        "text": "",
        "done": False,
        "url": workbench,
    }
    assert await do_jobs(sessions) == [("themes.run", "done")]
    seen = await progress(browser, campaign, run, "cy")
    assert (seen["percent"], seen["done"]) == (100, True)
    assert str(seen["url"]).startswith("/cy/desg/")
    run = await latest_run(sessions)
    assert run.outcome is not None
    assert set(run.outcome["assignments"]) == {str(story.id) for story in stories}
    assert run.outcome["seed"] == run.parameters["seed"]
    assert not any(words[:25] in str(run.outcome) for _, words in STORIES), (
        "ids and figures, no story's words"
    )
    async with sessions() as session:
        themes = list(await session.scalars(select(Theme)))
        members = list(await session.scalars(select(ThemeStory)))
    assert len(themes) == 3
    assert sum(theme.figures["stories"] for theme in themes) == len(members)
    assert not any("members" in theme.figures for theme in themes)
    for theme in themes:
        page = await browser.get(f"/cy/desg/themau/{theme.id}")
        assert page.language == "cy"
    page = await browser.get(f"{workbench}/run/{run.id}")
    assert page.response.url.path == workbench
    assert run.outcome["input_hash"] in page.html

    kept = themes[0]
    await browser.get(f"/en/desk/themes/{kept.id}")
    names = {"name_cy": "Bysiau", "name_en": "Buses", "name_cy_approved": "y", "name_en_approved": "y"}
    await browser.submit({**names, "sign_off": ""}, has="name_cy")
    await browser.get(workbench)
    await browser.submit({"themes": "2"}, has="themes")
    assert await do_jobs(sessions) == [("themes.run", "done")]
    async with sessions() as session:
        ids = set(await session.scalars(select(Theme.id)))
    assert kept.id in ids
    assert len(ids) == 3
    assert not {theme.id for theme in themes[1:]} & ids
    await browser.get(f"/en/campaigns/{campaign.slug_en}/themes/buses")


async def test_a_run_needs_enough_stories_that_a_moderator_let_through(
    browser: Client, sessions: Sessions
) -> None:
    campaign, _ = await begin(sessions, browser)
    async with sessions.begin() as session:
        for number in range(FEWEST - 1):
            await make_story(session, campaign, f"Stori rhif {number}.")
        await make_story(session, campaign, "Stori sy’n aros.", state=State.WAITING)
    await browser.get(f"/cy/desg/ymgyrchoedd/{campaign.slug_cy}/themau")
    page = await browser.submit(has="themes", status=409)
    assert str(FEWEST) in page.text
    async with sessions.begin() as session:
        assert list(await session.scalars(select(OutboxRow))) == []
        await make_story(session, campaign, "Yr wythfed.")
    await browser.get(f"/cy/desg/ymgyrchoedd/{campaign.slug_cy}/themau")
    page = await browser.submit(has="themes")
    assert "/dadansoddiad/" in page.response.url.path


async def test_a_run_is_stopped_before_it_began_and_while_it_works(
    browser: Client, sessions: Sessions
) -> None:
    campaign, _ = await begin(sessions, browser)
    async with sessions.begin() as session:
        await tell_all(session, campaign)
    for early in (True, False):
        await browser.get(f"/en/desk/campaigns/{campaign.slug_en}/themes")
        await browser.submit(has="themes")
        run = await latest_run(sessions)
        stop = f"/en/desk/campaigns/{campaign.slug_en}/themes/run/{run.id}/stop"
        if early:
            await browser.submit(action=stop)
            assert await do_jobs(sessions) == []
        else:
            doing = asyncio.create_task(do_jobs(sessions))
            async with asyncio.timeout(60):
                while (await progress(browser, campaign, run))["percent"] == 0:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                await browser.submit(action=stop)
                assert await doing == [("themes.run", "cancelled")]
        page = await browser.get(f"/en/desk/campaigns/{campaign.slug_en}/themes")
        assert "The last analysis was stopped. Nothing was changed." in page.text
        assert (await latest_run(sessions)).outcome is None
        async with sessions() as session:
            assert list(await session.scalars(select(Theme))) == []


async def test_a_run_is_the_business_of_its_campaign_s_officers(browser: Client, sessions: Sessions) -> None:
    campaign, _ = await begin(sessions, browser)
    async with sessions.begin() as session:
        await tell_all(session, campaign)
    await browser.get(f"/en/desk/campaigns/{campaign.slug_en}/themes")
    await browser.submit(has="themes")
    run = await latest_run(sessions)
    async with sessions.begin() as session:
        other = await make_organisation(session, await make_partnership(session, "bro-arall"))
        foreign = await make_campaign(session, other)
        await sign_in(browser, session, await make_person(session, other, Role.OFFICER, name="Mari Bevan"))
    await browser.get(f"/en/desk/campaigns/{campaign.slug_en}/themes", status=403)
    for slug, status in ((campaign.slug_en, 403), (foreign.slug_en, 404)):
        answer = await browser.http.get(f"/desk/theme-runs/{slug}/{run.id}")
        assert answer.status_code == status
        await browser.get("/en/desk")
        await browser.submit(action=f"/en/desk/campaigns/{slug}/themes/run/{run.id}/stop", status=status)
    async with sessions() as session:
        assert (await session.scalars(select(OutboxRow.state))).one() == "waiting"
