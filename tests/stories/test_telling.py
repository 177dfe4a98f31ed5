"""A resident tells a story without scripts, in either language, and it is told once whatever happens."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.stories.models import Consent, State, Story, StoryDraft
from tests.factories import make_campaign, make_organisation, make_partnership
from tests.web import Client

TEXT = "Roedd y bws yn hwyr.\nDaeth neb."


async def begin(client: Client, session: AsyncSession, language: str):  # type: ignore[no-untyped-def]
    campaign = await make_campaign(session, await make_organisation(session, await make_partnership(session)))
    slug = campaign.slug(language)
    tell = f"/cy/ymgyrchoedd/{slug}/dweud-stori" if language == "cy" else f"/en/campaigns/{slug}/tell-a-story"
    await client.get(tell)
    return campaign, tell


async def tell(client: Client) -> str:
    await client.submit({"text": TEXT}, has="text")
    await client.submit({"ward": "bro-prawf-1"}, has="ward")
    await client.submit({"consent": "publish"}, has="consent")
    page = await client.submit(has="draft")
    code = page.html.split('class="panel__code"')[1].split(">")[1].split("<")[0]
    return code.strip()


@pytest.mark.parametrize("language", ["cy", "en"])
async def test_a_story_is_told_and_its_receipt_opens_it(
    client: Client, session: AsyncSession, language: str
) -> None:
    campaign, _ = await begin(client, session, language)
    code = await tell(client)
    story = (await session.scalars(select(Story).where(Story.campaign_id == campaign.id))).one()
    assert (story.text, story.state, story.consent) == (TEXT, State.WAITING, Consent.PUBLISH)
    assert story.language == "cy", "of the words, not of the page"
    assert (await session.scalars(select(StoryDraft))).one().text is None
    client.http.cookies.clear()
    await client.get("/cy/derbynneb" if language == "cy" else "/en/receipt")
    page = await client.submit({"code": code.lower().replace("-", " ")}, has="code")
    assert "Daeth neb." in page.text
    assert code not in str(page.response.url)


async def test_sent_twice_it_is_one_story_with_one_code(client: Client, session: AsyncSession) -> None:
    await begin(client, session, "en")
    await client.submit({"text": TEXT}, has="text")
    await client.submit({"ward": ""}, has="ward")
    check = await client.submit({"consent": "quote"}, has="consent")
    again = check.form(has="draft")["fields"]
    path = str(check.response.url.path)
    first = await client.submit(has="draft")
    second = await client.post(path, again)
    code = first.html.split('class="panel__code"')[1].split("<")[0]
    assert code in second.html
    assert await session.scalar(select(func.count()).select_from(Story)) == 1


async def test_nothing_typed_is_lost_on_the_way(client: Client, session: AsyncSession) -> None:
    campaign, path = await begin(client, session, "cy")
    page = await client.submit({"text": "  "}, has="text", status=422)
    assert page.title.startswith("Gwall:")
    await client.submit({"text": TEXT}, has="text")
    back = await client.get(path)
    assert back.form(has="text")["fields"]["text"] == TEXT
    page = await client.submit({}, has="text")
    page = await client.submit({"ward": ""}, has="ward")
    page = await client.submit({}, has="csrf_token", status=422)
    assert "Dewiswch" in page.text
    other = await client.post(
        f"/en/campaigns/{campaign.slug_en}/tell-a-story",
        {"text": "Hanner stori", "switch_language": "1", "csrf_token": page.form()["fields"]["csrf_token"]},
    )
    assert other.form(has="text")["fields"]["text"] == "Hanner stori"


async def test_a_teller_corrects_narrows_and_withdraws(client: Client, session: AsyncSession) -> None:
    campaign, _ = await begin(client, session, "en")
    await tell(client)
    story = (await session.scalars(select(Story).where(Story.campaign_id == campaign.id))).one()
    story.state = State.CLEARED
    await session.flush()
    public = f"/en/campaigns/{campaign.slug_en}/stories"
    assert "Daeth neb." in (await client.get(public)).text
    await client.get("/en/receipt/story/correct")
    await client.submit({"text": "Y gwir."}, has="text")
    assert "Y gwir." not in (await client.get(public)).text
    await session.refresh(story)
    assert (story.text, story.state) == ("Y gwir.", State.WAITING)
    await client.get("/en/receipt/story/consent")
    await client.submit({"consent": "officers"}, has="consent")
    await client.get("/en/receipt/story/withdraw")
    page = await client.submit()
    assert "Y gwir." not in page.text
    await session.refresh(story)
    assert (story.text, story.sealed, story.state) == (None, None, State.WITHDRAWN)


async def test_a_wrong_code_says_so_and_a_closed_campaign_takes_nothing(
    client: Client, session: AsyncSession
) -> None:
    await client.get("/en/receipt")
    page = await client.submit({"code": "7KQ4M-2XTWD-9HPC"}, has="code", status=422)
    assert "We do not know this code" in page.text
    campaign = await make_campaign(
        session, await make_organisation(session, await make_partnership(session)), published=False
    )
    await client.get(f"/en/campaigns/{campaign.slug_en}/tell-a-story", status=404)


async def test_another_site_cannot_send_our_forms(client: Client, session: AsyncSession) -> None:
    _, path = await begin(client, session, "en")
    sent = await client.http.post(path, data={"text": TEXT}, headers={"origin": "https://evil.example"})
    assert sent.status_code == 403
    assert TEXT.split("\n")[0] in sent.text
    await client.submit({"text": TEXT}, has="text")
    forged = await client.http.post(path, data={"text": "x"}, headers={"sec-fetch-site": "same-origin"})
    assert forged.status_code == 403, "a session without its token"
