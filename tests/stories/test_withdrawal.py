"""What a teller takes back is gone from every column of every table, and from every page."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.core import thread
from engage.core.clock import now
from engage.core.permissions import Role
from engage.core.retention import purge_expired
from engage.people.models import Organisation
from engage.stories.models import Consent, Quote, State, Story, StoryDraft
from engage.stories.moderation import Decision, decide, quotes_of, set_quotes
from tests.factories import actor_for, make_campaign, make_organisation, make_partnership, make_person
from tests.web import Client

SECRET = "Sibrwd y gylfinir uwch Cors y Wern"
TITLES = {"cy": "Thema", "en": "Theme"}


async def places_of(session: AsyncSession, words: str) -> list[str]:
    """Every column of the database in which these words stand, whatever its type."""
    columns = await session.execute(
        text(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'public' and data_type in ('text', 'character varying', 'jsonb', 'json', 'ARRAY')"
        )
    )
    found = []
    for table, column in columns.all():
        look = text(f'select count(*) from "{table}" where "{column}"::text like :words')  # noqa: S608
        if await session.scalar(look, {"words": f"%{words}%"}):
            found.append(f"{table}.{column}")
    return sorted(found)


@pytest.fixture
async def council(session: AsyncSession) -> Organisation:
    return await make_organisation(session, await make_partnership(session))


@pytest.fixture
async def campaign(session: AsyncSession, council: Organisation) -> Campaign:
    return await make_campaign(session, council)


@pytest.fixture
async def story(client: Client, session: AsyncSession, campaign: Campaign, council: Organisation) -> Story:
    """Told by the client's browser, redacted by a moderator, in a theme, and quoted."""
    await client.get(f"/cy/ymgyrchoedd/{campaign.slug_cy}/dweud-stori")
    await client.submit({"text": f"{SECRET}. Nia Wyn."}, has="text")
    assert await places_of(session, SECRET) == ["story_draft.text"]
    await client.submit({"ward": "bro-prawf-1"}, has="ward")
    await client.submit({"consent": "publish"}, has="consent")
    await client.submit(has="draft")
    story = (await session.scalars(select(Story))).one()
    moderator = await make_person(session, council, Role.MODERATOR)
    decision = Decision(text=f"{SECRET}.", language="cy")
    await decide(session, actor_for(moderator, council, Role.MODERATOR), story.id, decision)
    await session.refresh(story)
    end = thread.End("theme", uuid4(), {"cy": "Y gors", "en": "The bog"}, {"cy": "/cy", "en": "/en"})
    start = thread.End("story", story.id, {"cy": "Stori", "en": "Story"}, {"cy": "/cy", "en": "/en"})
    await thread.tie(session, start, end, public_since=now())
    return story


async def quote(session: AsyncSession, story: Story) -> UUID:
    place = uuid4()
    await set_quotes(session, "response", place, TITLES, [story.id], published=True)
    return place


async def test_withdrawing_removes_the_words_from_every_table(
    client: Client, session: AsyncSession, campaign: Campaign, story: Story
) -> None:
    await quote(session, story)
    assert await places_of(session, SECRET) == ["story.sealed", "story.text"]
    public = f"/cy/ymgyrchoedd/{campaign.slug_cy}/straeon"
    assert SECRET in (await client.get(public)).text
    receipt = await client.get("/en/receipt/story")
    assert "Nia Wyn" in receipt.text, "the teller reads what was told"
    assert "The bog" in receipt.text
    await client.get("/en/receipt/story/withdraw")
    page = await client.submit()
    assert "Withdrawn" in page.text
    assert SECRET not in page.html
    assert await places_of(session, SECRET) == []
    assert await places_of(session, "Nia Wyn") == []
    assert SECRET not in (await client.get(public)).text
    await session.refresh(story)
    assert (story.state, story.ward_code, story.groups) == (State.WITHDRAWN, None, {})
    assert list(await session.scalars(select(Quote))) == []
    assert await thread.onwards(session, "story", [story.id]) == []


async def test_what_was_withdrawn_cannot_be_written_again(
    client: Client, session: AsyncSession, story: Story
) -> None:
    await client.get("/en/receipt/story/withdraw")
    await client.submit()
    for path, data in [
        ("/en/receipt/story/correct", {"text": SECRET}),
        ("/en/receipt/story/consent", {"consent": "publish"}),
    ]:
        page = await client.get(path)
        token = page.form(has="csrf_token")["fields"]["csrf_token"]
        await client.post(path, {**data, "csrf_token": token}, status=409)
    assert await places_of(session, SECRET) == []


async def test_a_story_for_officers_only_is_quoted_and_published_nowhere(
    client: Client, session: AsyncSession, campaign: Campaign, story: Story
) -> None:
    place = await quote(session, story)
    assert (await quotes_of(session, "response", [place]))[place] == [story]
    await client.get("/cy/derbynneb/stori/caniatad")
    await client.submit({"consent": "officers"}, has="consent")
    await session.refresh(story)
    assert (story.consent, story.state) == (Consent.OFFICERS, State.CLEARED)
    assert (await quotes_of(session, "response", [place]))[place] == []
    assert list(await session.scalars(select(Quote))) == []
    assert SECRET not in (await client.get(f"/cy/ymgyrchoedd/{campaign.slug_cy}/straeon")).text


async def test_less_openness_at_once_and_more_after_a_second_look(
    client: Client, session: AsyncSession, campaign: Campaign, story: Story
) -> None:
    place = await quote(session, story)
    public = f"/en/campaigns/{campaign.slug_en}/stories"
    await client.get("/en/receipt/story/consent")
    await client.submit({"consent": "quote"}, has="consent")
    assert SECRET not in (await client.get(public)).text
    assert (await quotes_of(session, "response", [place]))[place] == [story]
    await client.get("/en/receipt/story/consent")
    await client.submit({"consent": "publish"}, has="consent")
    await session.refresh(story)
    assert story.state == State.WAITING
    assert SECRET not in (await client.get(public)).text
    assert (await quotes_of(session, "response", [place]))[place] == []


async def test_a_corrected_story_leaves_no_earlier_words(
    client: Client, session: AsyncSession, story: Story
) -> None:
    await client.get("/en/receipt/story/correct")
    await client.submit({"text": "Gair newydd."}, has="text")
    assert await places_of(session, SECRET) == []
    assert await places_of(session, "Gair newydd") == ["story.text"]


async def test_the_database_itself_keeps_no_words_of_a_withdrawn_story(
    session: AsyncSession, story: Story
) -> None:
    for wrong in ("state = 'withdrawn'", "text = null", "state = 'withdrawn', text = null"):
        with pytest.raises(Exception, match=r"words_gone|sealed_gone"):
            async with session.begin_nested():
                await session.execute(text(f"update story set {wrong}"))  # noqa: S608


async def test_what_has_run_out_is_deleted_with_its_words(
    client: Client, session: AsyncSession, campaign: Campaign
) -> None:
    """Drafts for a day, opened receipts for an hour: the privacy notice says so."""
    await client.get(f"/cy/ymgyrchoedd/{campaign.slug_cy}/dweud-stori")
    await client.submit({"text": SECRET}, has="text")
    await purge_expired(session)
    assert await places_of(session, SECRET) == ["story_draft.text"]
    for draft in await session.scalars(select(StoryDraft)):
        draft.expires_at = now()
    await session.flush()
    await purge_expired(session)
    assert await places_of(session, SECRET) == []
