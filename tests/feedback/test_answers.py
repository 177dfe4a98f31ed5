"""You said, we did: answered, published and followed from the storyteller's receipt to the last promise."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.campaigns.phases import Phase
from engage.core import thread
from engage.core.clock import now, today
from engage.core.outbox import enqueue
from engage.core.permissions import Role
from engage.people.models import Organisation, Person
from engage.stories.models import Consent, State, Story
from engage.stories.moderation import change_consent
from engage.themes.models import Theme
from engage.themes.service import sign_off
from feedback.models import Commitment, CommitmentUpdate, Response, Status
from tests.factories import (
    actor_for,
    both,
    make_campaign,
    make_organisation,
    make_partnership,
    make_person,
    make_story,
)
from tests.people.jobs import do_jobs
from tests.themes.pages.world import make_theme
from tests.web import Client, sign_in

ANSWER = {
    "you_said_cy": "Roedd y bws olaf yn rhy gynnar.",
    "you_said_en": "The last bus was too early.",
    "we_did_cy": "Bydd bws am un ar ddeg.",
    "we_did_en": "There will be a bus at eleven.",
    "promise_cy": "Bws am un ar ddeg",
    "promise_en": "A bus at eleven",
    "kind": "will",
}
APPROVED = {
    f"{name}_{side}_approved": "y" for name in ("you_said", "we_did", "promise") for side in ("cy", "en")
}


@pytest.fixture
async def council(session: AsyncSession) -> Organisation:
    return await make_organisation(session, await make_partnership(session))


@pytest.fixture
async def campaign(session: AsyncSession, council: Organisation) -> Campaign:
    return await make_campaign(session, council)


@pytest.fixture
async def officer(session: AsyncSession, council: Organisation) -> Person:
    return await make_person(session, council, Role.OFFICER)


async def signed_theme(
    session: AsyncSession,
    campaign: Campaign,
    council: Organisation,
    officer: Person,
    stories: list[Story],
    *names: str,
) -> Theme:
    name = both(*names) if names else None
    theme = await make_theme(session, campaign, stories, name=name)
    await sign_off(session, actor_for(officer, council, Role.OFFICER), campaign, theme)
    return theme


async def answer(
    client: Client, theme: Theme, council: Organisation, status: int = 200, **changed: object
) -> None:
    await client.get(f"/en/desk/response/{theme.id}")
    due = {"due": (today() + timedelta(days=30)).isoformat()}
    sent = {**ANSWER, **APPROVED, **due, "owner": str(council.id), "publish": "", **changed}
    await client.submit(
        {name: None if value == "-" else value for name, value in sent.items()}, has="kind", status=status
    )


async def test_an_answer_reaches_the_storyteller_the_campaign_and_everybody(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    await client.get(f"/cy/ymgyrchoedd/{campaign.slug_cy}/dweud-stori")
    await client.submit({"text": "Collais i’r bws olaf."}, has="text")
    await client.submit({"ward": ""}, has="ward")
    await client.submit({"consent": "quote"}, has="consent")
    page = await client.submit(has="draft")
    code = page.html.split('class="panel__code"')[1].split(">")[1].split("<")[0].strip()
    story = (await session.scalars(select(Story))).one()
    story.state = State.CLEARED
    await session.flush()
    theme = await signed_theme(session, campaign, council, officer, [story])
    client.http.cookies.clear()
    await sign_in(client, session, officer)
    await client.get(f"/en/desk/response/{theme.id}")
    assert client.page is not None
    assert "Collais i’r bws olaf." in client.page.text
    await answer(client, theme, council, quotes=str(story.id))
    response = (await session.scalars(select(Response))).one()
    promise = (await session.scalars(select(Commitment))).one()
    client.http.cookies.clear()

    public = await client.get(f"/cy/ymatebion/{response.id}")
    assert "Bydd bws am un ar ddeg." in public.text
    assert "Collais i’r bws olaf." in public.text
    assert f"/cy/ymrwymiadau/{promise.id}" in public.links
    came_from = await client.get(f"/en/commitments/{promise.id}")
    for link in (
        f"/en/responses/{response.id}",
        f"/en/campaigns/{campaign.slug_en}/themes/{theme.slug_en}",
        f"/en/campaigns/{campaign.slug_en}",
    ):
        assert link in came_from.links
        await client.get(link)
    for lang, path in (
        ("cy", f"/cy/ymgyrchoedd/{campaign.slug_cy}"),
        ("en", f"/en/campaigns/{campaign.slug_en}"),
    ):
        page = await client.get(path)
        assert ("Themâu" if lang == "cy" else "Themes answered: 1.") in page.text
        assert any(str(response.id) in link for link in page.links)
    scrutiny = await client.get("/en/what-came-of-it")
    assert {f"/en/responses/{response.id}", f"/en/commitments/{promise.id}"} <= set(scrutiny.links)
    home = await client.get("/cy")
    assert f"/cy/ymatebion/{response.id}" in home.links

    client.http.cookies.clear()
    await client.get("/cy/derbynneb")
    receipt = await client.submit({"code": code}, has="code")
    for link in (
        f"/cy/ymgyrchoedd/{campaign.slug_cy}/themau/{theme.slug_cy}",
        f"/cy/ymatebion/{response.id}",
        f"/cy/ymrwymiadau/{promise.id}",
    ):
        assert link in receipt.links


async def test_a_draft_is_nobody_else_s_and_one_side_is_not_published(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    story = await make_story(session, campaign)
    theme = await signed_theme(session, campaign, council, officer, [story])
    await sign_in(client, session, officer)
    await answer(client, theme, council, publish="-")
    response = (await session.scalars(select(Response))).one()
    for half in (
        {"we_did_en": "", "we_did_en_approved": "-"},
        {"you_said_cy_approved": "-", "you_said_cy": "Geiriau newydd."},
        {"promise_en": "", "promise_en_approved": "-"},
    ):
        await answer(client, theme, council, status=409, **half)
    client.http.cookies.clear()
    await client.get(f"/en/responses/{response.id}", status=404)
    promise = (await session.scalars(select(Commitment))).one()
    await client.get(f"/en/commitments/{promise.id}", status=404)
    assert [arrow.to_kind for arrow in await thread.onwards(session, "story", [story.id])] == ["theme"]
    page = await client.get(f"/en/campaigns/{campaign.slug_en}")
    assert "Not answered yet" in page.text


async def test_a_promise_needs_its_words_and_a_no_needs_none(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    theme = await signed_theme(session, campaign, council, officer, [await make_story(session, campaign)])
    await sign_in(client, session, officer)
    none = {"promise_cy": "", "promise_en": "", "promise_cy_approved": "-", "promise_en_approved": "-"}
    await answer(client, theme, council, status=422, **none)
    assert client.page is not None
    assert "Say what is promised, or choose another answer" in client.page.text
    assert client.page.form(has="kind")["fields"]["we_did_cy"] == ANSWER["we_did_cy"]
    await answer(client, theme, council, status=422, owner=str(uuid4()))
    await answer(client, theme, council, kind="cannot", **none)
    assert await session.scalar(select(func.count()).select_from(Commitment)) == 0
    response = (await session.scalars(select(Response))).one()
    page = await client.get(f"/en/responses/{response.id}")
    assert "We cannot, because" in page.text


async def test_a_campaign_is_answered_when_its_last_theme_is(
    client: Client, session: AsyncSession, council: Organisation, officer: Person
) -> None:
    day = today()
    campaign = await make_campaign(
        session, council, opens=day - timedelta(days=9), closes=day - timedelta(days=2)
    )
    stories = [await make_story(session, campaign)]
    first = await signed_theme(session, campaign, council, officer, stories)
    second = await signed_theme(session, campaign, council, officer, stories, "Y ffordd", "The road")
    await sign_in(client, session, officer)
    phases = [campaign.phase]
    for theme in (first, second):
        await answer(client, theme, council)
        await session.refresh(campaign, ["answered_at"])
        phases.append(campaign.phase)
    assert phases == [Phase.ANALYSING, Phase.ANALYSING, Phase.ANSWERED]
    await signed_theme(session, campaign, council, officer, stories, "Y parc", "The park")
    assert campaign.phase is Phase.ANALYSING, "it owes an answer again"


async def test_what_is_public_is_changed_for_everybody_at_once(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    story = await make_story(session, campaign)
    theme = await signed_theme(session, campaign, council, officer, [story])
    await sign_in(client, session, officer)
    none = {"promise_cy": "", "promise_en": "", "promise_cy_approved": "-", "promise_en_approved": "-"}
    await answer(client, theme, council, kind="did", **none)
    await answer(client, theme, council, publish="-")
    arrows = await thread.onwards(session, "story", [story.id])
    assert [(arrow.to_kind, arrow.status) for arrow in arrows[1:]] == [
        ("response", "will"),
        ("commitment", "not-started"),
    ]
    promise = (await session.scalars(select(Commitment))).one()
    assert promise.published_at is not None
    await answer(client, theme, council, publish="-", promise_cy="Bws am ddeg", promise_en="A bus at ten")
    await session.refresh(arrows[2])
    assert arrows[2].to_titles == {"cy": "Bws am ddeg", "en": "A bus at ten"}
    await answer(client, theme, council, status=409, publish="-", we_did_en="", we_did_en_approved="-")
    await client.get(f"/en/desk/response/{theme.id}")
    assert client.page is not None
    assert 'name="publish"' not in client.page.html
    await answer(client, theme, council, status=409)


async def test_quotes_are_only_those_whose_tellers_agree(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    stories = {
        consent: await make_story(session, campaign, f"Geiriau {consent}.", consent=consent)
        for consent in Consent
    }
    waiting = await make_story(session, campaign, "Geiriau waiting.", state=State.WAITING)
    theme = await signed_theme(session, campaign, council, officer, [*stories.values(), waiting])
    await sign_in(client, session, officer)
    page = await client.get(f"/en/desk/response/{theme.id}")
    assert [
        words for words in ("officers", "quote", "publish", "waiting") if f"Geiriau {words}." in page.html
    ] == [
        "quote",
        "publish",
    ]
    for refused in (stories[Consent.OFFICERS], waiting):
        await answer(client, theme, council, status=422, quotes=str(refused.id))
    await answer(client, theme, council, quotes=str(stories[Consent.QUOTE].id))
    response = (await session.scalars(select(Response))).one()
    path = f"/cy/ymatebion/{response.id}"
    assert "Geiriau quote." in (await client.get(path)).text
    await change_consent(session, stories[Consent.QUOTE], Consent.OFFICERS)
    assert "Geiriau quote." not in (await client.get(path)).html


async def test_late_is_computed_from_the_day(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    theme = await signed_theme(session, campaign, council, officer, [await make_story(session, campaign)])
    await sign_in(client, session, officer)
    await answer(client, theme, council)
    promise = (await session.scalars(select(Commitment))).one()
    for status, days, shown in [
        (Status.NOT_STARTED, 0, "not-started"),
        (Status.NOT_STARTED, -1, "late"),
        (Status.UNDER_WAY, -1, "late"),
        (Status.DONE, -1, "done"),
        (Status.CHANGED, -1, "changed"),
        (Status.DROPPED, -1, "dropped"),
    ]:
        promise.status, promise.due = status, today() + timedelta(days=days)
        await session.flush()
        assert promise.shown_status == shown
        found = (await client.http.get("/api/commitments")).json()
        assert [one["status"] for one in found] == [shown]
        page = await client.get("/en/what-came-of-it")
        late = page.text.split("Commitments late")[1].split()[0]
        assert late == str(int(shown == "late"))
    promise.due = None
    promise.status = Status.UNDER_WAY
    assert promise.shown_status == "under-way"


async def test_an_update_is_for_everybody_and_in_both_languages(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    story = await make_story(session, campaign)
    theme = await signed_theme(session, campaign, council, officer, [story])
    await sign_in(client, session, officer)
    await answer(client, theme, council)
    promise = (await session.scalars(select(Commitment))).one()
    desk = f"/cy/desg/ymrwymiadau/{promise.id}"
    words = {"text_cy": "Mae’r bws wedi dechrau.", "text_en": "The bus has begun."}
    ticks = {"text_cy_approved": "y", "text_en_approved": "y"}
    for half in ({"text_en": "", "text_en_approved": None}, {"text_cy_approved": None}):
        await client.get(desk)
        page = await client.submit({**words, **ticks, "status": "done", **half}, has="status", status=422)
        assert page.form(has="status")["fields"]["text_cy"] == words["text_cy"]
    assert await session.scalar(select(func.count()).select_from(CommitmentUpdate)) == 0
    await client.get(desk)
    page = await client.submit({**words, **ticks, "status": "done"}, has="status")
    assert words["text_cy"] in page.text
    assert words["text_en"] in (await client.get(f"/en/commitments/{promise.id}")).text
    arrow = (await thread.onwards(session, "story", [story.id]))[-1]
    await session.refresh(arrow)
    assert arrow.status == "done"


async def test_only_who_answers_for_a_promise_reports_on_it(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    theme = await signed_theme(session, campaign, council, officer, [await make_story(session, campaign)])
    await sign_in(client, session, officer)
    await answer(client, theme, council)
    promise = (await session.scalars(select(Commitment))).one()
    other = await make_organisation(session, await make_partnership(session, "bro-arall"))
    await sign_in(client, session, await make_person(session, other, Role.OFFICER, name="Mari Bevan"))
    await client.get(f"/en/desk/response/{theme.id}", status=404)
    words = {
        "text_cy": "a",
        "text_en": "b",
        "text_cy_approved": "y",
        "text_en_approved": "y",
        "status": "done",
    }
    page = await client.get("/en/desk/commitments")
    assert str(promise.id) not in page.html
    token = page.form(has="csrf_token")["fields"]["csrf_token"]
    await client.post(f"/en/desk/commitments/{promise.id}", {**words, "csrf_token": token}, status=403)
    await session.refresh(promise)
    assert promise.status is Status.NOT_STARTED


async def test_a_funded_project_becomes_one_promise_however_often_it_is_asked_for(
    app: Litestar, client: Client, session: AsyncSession, council: Organisation
) -> None:
    round_id, project = uuid4(), uuid4()
    start = thread.End("round", round_id, {"cy": "Rownd", "en": "Round"}, {"cy": "/cy", "en": "/en"})
    end = thread.End(
        "project", project, {"cy": "Mainc newydd", "en": "New bench"}, {"cy": "/cy", "en": "/en"}
    )
    asked = {"project_id": project, "owner_id": council.id, "due": today() + timedelta(days=90)}
    await enqueue(session, "feedback.promise_project", **asked)
    await session.commit()
    assert await do_jobs(app.state.sessions) == [("feedback.promise_project", "waiting")], (
        "no project, no promise"
    )
    await thread.tie(session, start, end, status="funded", public_since=now())
    for _ in range(2):
        await enqueue(session, "feedback.promise_project", **asked)
    await session.commit()
    assert {state for _, state in await do_jobs(app.state.sessions)} == {"done"}
    promise = (await session.scalars(select(Commitment))).one()
    assert (promise.source_kind, promise.source_id, promise.owner_id) == ("project", project, council.id)
    assert (promise.title.cy.text, promise.title.en.text) == ("Mainc newydd", "New bench")
    walked = await thread.onwards(session, "round", [round_id])
    assert [(arrow.to_kind, arrow.status) for arrow in walked] == [
        ("project", "funded"),
        ("commitment", "not-started"),
    ]
    page = await client.get(f"/cy/ymrwymiadau/{promise.id}")
    assert "Mainc newydd" in page.text
    assert isinstance(promise.id, UUID)
