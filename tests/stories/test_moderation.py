"""The moderators' queue: read, decide, put back; and what the public then sees."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.core.audit import AuditEvent
from engage.core.permissions import Role
from engage.people.models import Organisation, Person
from engage.stories.models import Consent, State, Story
from tests.factories import make_campaign, make_organisation, make_partnership, make_person, make_story
from tests.web import Client, sign_in

TOLD = "Ffoniwch fi ar 01632 960123.\nRoedd y bws yn hwyr."
READ = "Roedd y bws yn hwyr."


@pytest.fixture
async def council(session: AsyncSession) -> Organisation:
    return await make_organisation(session, await make_partnership(session))


@pytest.fixture
async def campaign(session: AsyncSession, council: Organisation) -> Campaign:
    return await make_campaign(session, council)


@pytest.fixture
async def moderator(session: AsyncSession, council: Organisation) -> Person:
    return await make_person(session, council, Role.MODERATOR)


async def waiting_story(session: AsyncSession, campaign: Campaign) -> Story:
    return await make_story(session, campaign, TOLD, state=State.WAITING)


async def open_story(client: Client, campaign: Campaign, lang: str = "en") -> None:
    """By its link in the queue."""
    slug = campaign.slug(lang)
    path = f"/cy/desg/ymgyrchoedd/{slug}/ciw" if lang == "cy" else f"/en/desk/campaigns/{slug}/queue"
    queue = await client.get(path)
    (link,) = [link for link in queue.links if "/straeon/" in link or "/stories/" in link]
    await client.get(link)


@pytest.mark.parametrize("lang", ["cy", "en"])
async def test_a_redacted_story_is_published_and_its_original_sealed(
    client: Client, session: AsyncSession, campaign: Campaign, moderator: Person, lang: str
) -> None:
    story = await waiting_story(session, campaign)
    await sign_in(client, session, moderator)
    await open_story(client, campaign, lang)
    assert client.page is not None
    assert 'class="mark"' in client.page.html
    page = await client.submit({"text": READ, "language": "cy", "clear": ""}, has="text")
    assert ("Nid oes dim yn aros." if lang == "cy" else "Nothing is waiting.") in page.text
    await session.refresh(story)
    assert (story.state, story.text, story.sealed) == (State.CLEARED, READ, TOLD)
    assert story.moderated_by == moderator.id
    client.http.cookies.clear()
    public = await client.get(f"/en/campaigns/{campaign.slug_en}/stories")
    assert READ in public.text
    assert "960123" not in public.html
    actions = list(await session.scalars(select(AuditEvent.action).order_by(AuditEvent.at)))
    assert actions == ["story.redacted", "story.cleared"]


async def test_redacting_twice_keeps_what_was_told(
    client: Client, session: AsyncSession, campaign: Campaign, moderator: Person
) -> None:
    story = await waiting_story(session, campaign)
    await sign_in(client, session, moderator)
    await open_story(client, campaign)
    await client.submit({"text": READ, "clear": ""}, has="text")
    await client.submit(action=f"/en/desk/stories/{story.id}/back")
    await open_story(client, campaign)
    await client.submit({"text": "Roedd yn hwyr.", "clear": ""}, has="text")
    await session.refresh(story)
    assert (story.text, story.sealed) == ("Roedd yn hwyr.", TOLD)


async def test_declining_needs_a_reason(
    client: Client, session: AsyncSession, campaign: Campaign, moderator: Person
) -> None:
    story = await waiting_story(session, campaign)
    await sign_in(client, session, moderator)
    await open_story(client, campaign)
    page = await client.submit({"decline": "", "text": READ}, has="text", status=422)
    assert "Choose a reason" in page.text
    assert page.form(has="text")["fields"]["text"] == READ
    page = await client.submit({"decline": "", "reason": "gossip"}, has="text", status=422)
    await session.refresh(story)
    assert (story.state, story.text) == (State.WAITING, TOLD)
    page = await client.submit({"decline": "", "reason": "advert", "text": TOLD}, has="text")
    assert "It is an advertisement" in page.text
    await session.refresh(story)
    assert (story.state, story.reason, story.sealed) == (State.DECLINED, "advert", None)


async def test_a_reason_left_on_the_form_does_not_decline_what_is_let_through(
    client: Client, session: AsyncSession, campaign: Campaign, moderator: Person
) -> None:
    story = await waiting_story(session, campaign)
    await sign_in(client, session, moderator)
    await open_story(client, campaign)
    await client.submit({"clear": "", "reason": "advert"}, has="text")
    await session.refresh(story)
    assert (story.state, story.reason) == (State.CLEARED, None)


async def test_an_emptied_story_is_not_let_through(
    client: Client, session: AsyncSession, campaign: Campaign, moderator: Person
) -> None:
    story = await waiting_story(session, campaign)
    await sign_in(client, session, moderator)
    await open_story(client, campaign)
    await client.submit({"clear": "", "text": " \n "}, has="text", status=422)
    await session.refresh(story)
    assert (story.state, story.text) == (State.WAITING, TOLD)


async def test_of_two_moderators_the_second_is_told_and_changes_nothing(
    client: Client, session: AsyncSession, campaign: Campaign, moderator: Person
) -> None:
    story = await waiting_story(session, campaign)
    await sign_in(client, session, moderator)
    await open_story(client, campaign)
    assert client.page is not None
    seen_by_both = client.page.form(has="text")["fields"]
    await client.submit({"text": READ, "clear": ""}, has="text")
    second = {**seen_by_both, "text": "Rhywbeth arall a ysgrifennodd yr ail.", "clear": ""}
    page = await client.post(f"/en/desk/stories/{story.id}", second, status=409)
    assert "Another moderator has already decided on this story" in page.text
    assert "Rhywbeth arall" in page.html
    await session.refresh(story)
    assert story.text == READ


async def test_put_back_leaves_the_public_page_and_waits_again(
    client: Client, session: AsyncSession, campaign: Campaign, moderator: Person
) -> None:
    story = await make_story(session, campaign, READ)
    public = f"/cy/ymgyrchoedd/{campaign.slug_cy}/straeon"
    assert READ in (await client.get(public)).text
    await sign_in(client, session, moderator)
    queue = await client.get(f"/cy/desg/ymgyrchoedd/{campaign.slug_cy}/ciw")
    assert READ in queue.text
    await client.submit(action=f"/cy/desg/straeon/{story.id}/nol")
    assert READ not in (await client.get(public)).text
    await session.refresh(story)
    assert story.state == State.WAITING
    await client.post(
        f"/cy/desg/straeon/{story.id}/nol",
        {"csrf_token": queue.form(has="csrf_token")["fields"]["csrf_token"]},
        status=409,
    )


async def test_only_moderators_of_the_campaign_read_it(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation
) -> None:
    story = await waiting_story(session, campaign)
    stranger = await make_organisation(session, await make_partnership(session, "bro-arall"))
    for person, status in [
        (await make_person(session, council, Role.PARTNER, name="Aled Rowlands"), 403),
        (await make_person(session, stranger, Role.MODERATOR, name="Mari Bevan"), 403),
        (await make_person(session, council, Role.OFFICER, name="Siôn Morgan"), 200),
    ]:
        await sign_in(client, session, person)
        page = await client.get(f"/en/desk/stories/{story.id}", status=status)
        assert ("960123" in page.html) == (status == 200)


async def test_the_public_list_shows_only_cleared_stories_whose_tellers_publish(
    client: Client, session: AsyncSession, campaign: Campaign
) -> None:
    for state in (State.WAITING, State.CLEARED, State.DECLINED):
        for consent in Consent:
            await make_story(session, campaign, f"Stori {state} {consent}.", state=state, consent=consent)
    await make_story(session, campaign, None, state=State.WITHDRAWN)  # type: ignore[arg-type]
    for path in (
        f"/cy/ymgyrchoedd/{campaign.slug_cy}/straeon",
        f"/en/campaigns/{campaign.slug_en}/stories",
    ):
        page = await client.get(path)
        assert page.html.count("Stori ") == 1
        assert "Stori cleared publish." in page.text
    answer = await client.http.get(f"/api/campaigns/{campaign.slug_en}/stories")
    assert [story["text"] for story in answer.json()] == ["Stori cleared publish."]


async def test_the_public_list_turns_pages_and_filters_by_language(
    client: Client, session: AsyncSession, campaign: Campaign
) -> None:
    for number in range(25):
        language = "en" if number % 5 == 0 else "cy"
        await make_story(session, campaign, f"Stori rhif {number:02}.", language=language)
    path = f"/cy/ymgyrchoedd/{campaign.slug_cy}/straeon"
    first, second = await client.get(path), await client.get(f"{path}?page=2")
    assert (first.text.count("Stori rhif"), second.text.count("Stori rhif")) == (20, 5)
    assert (await client.get(f"{path}?iaith=en")).text.count("Stori rhif") == 5
    assert (await client.get(f"{path}?iaith=nonsense")).text.count("Stori rhif") == 20
    for beyond in ("0", "-1"):
        assert (await client.get(f"{path}?page={beyond}")).text.count("Stori rhif") == 20
    assert "Stori rhif" not in (await client.get(f"{path}?page=99")).text
    for nonsense in ("99999999999999999999", "dau"):
        await client.get(f"{path}?page={nonsense}", status=400)
