"""From an officer's draft to a public result: pages, jobs, and what nobody may see in between."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import box, bundle, pabulib, roll, rounds, sealing
from budgeting.models import Phase, Project, Round
from budgeting.rule_sheet import Terms
from engage.core.clock import now
from engage.core.outbox import OutboxRow
from engage.core.permissions import Role
from engage.core.settings import Settings
from engage.core.thread import Arrow
from tests.budgeting.pages.conftest import MakeRound, Voted, close_now
from tests.budgeting.pages.test_voting import RECEIPT, enter, vote
from tests.factories import make_campaign, make_organisation, make_partnership, make_person
from tests.web import Client, sign_in

RunJob = Callable[[str, UUID], Awaitable[str]]


async def cast_all(session: AsyncSession, settings: Settings, made: Voted, choices: list[list[str]]) -> None:
    for code, chosen in zip(made.codes, choices, strict=True):
        entry = await roll.entry_by_code(session, settings, made.round.id, code)
        given = await roll.issue_pass(session, settings, entry, made.contest.id)
        await box.cast(session, settings, given, [UUID(one) for one in chosen])
    await session.commit()


async def decide(client: Client, session: AsyncSession, made: Voted, run_job: RunJob) -> None:
    """An officer's presses, and the jobs between them."""
    await close_now(session, made.round.id)
    await sign_in(client, session, made.person)
    close = f"/en/desk/rounds/{made.round.slug_en}/close"
    await client.get(close)
    await client.submit(has="csrf_token")
    assert await run_job("budgeting.close", made.round.id) == "done"
    page = await client.get(close)
    await client.submit(action=close.replace("/close", "/reconcile"))
    await client.submit(action=close.replace("/close", "/seal"))
    assert await run_job("budgeting.seal", made.round.id) == "done"
    assert await run_job("budgeting.count", made.round.id) == "done"
    page = await client.get(close)
    assert f"/en/rounds/{made.round.slug_en}/result" in page.links


async def test_the_count_is_public_only_once_decided(
    client: Client, session: AsyncSession, settings: Settings, make_round: MakeRound, run_job: RunJob
) -> None:
    made = await make_round(codes=4)
    await cast_all(session, settings, made, [made.ids[:2], made.ids[:1], made.ids[:1], []])
    slug = made.round.slug_en

    async def nothing_shows() -> None:
        await client.get(f"/en/rounds/{slug}/result", status=404)
        await client.get(f"/cy/rowndiau/{made.round.slug_cy}/canlyniad", status=404)
        for path in ("results", f"contests/{made.contest.id}/ballots.pb", "bundle.zip"):
            answer = await client._once("GET", f"/api/rounds/{slug}/{path}")
            assert answer.status_code == 404, path
        page = await client.get(f"/en/rounds/{slug}")
        assert "Votes" not in page.text
        answer = await client._once("GET", f"/api/rounds/{slug}/projects")
        assert "votes" not in answer.text

    await nothing_shows()
    await close_now(session, made.round.id)
    await sealing.close_voting(session, made.round.id)
    await session.commit()
    await nothing_shows()
    await decide(client, session, made, run_job)
    page = await client.get(f"/en/rounds/{slug}/result")
    assert "Projects funded: 2 of 3" in page.text
    assert "Votes: 3" in page.text
    assert "Ballots counted 4" in page.text
    await client.get(f"/cy/rowndiau/{made.round.slug_cy}/canlyniad")


async def test_winners_are_funded_told_in_the_thread_and_promised_once(
    client: Client, session: AsyncSession, settings: Settings, make_round: MakeRound, run_job: RunJob
) -> None:
    made = await make_round(codes=3)
    await cast_all(session, settings, made, [made.ids[:2], made.ids[:2], made.ids[:2]])
    await decide(client, session, made, run_job)
    states = dict(
        (
            await session.execute(select(Project.id, Project.state).where(Project.round_id == made.round.id))
        ).all()
    )
    won = {str(key) for key, state in states.items() if state == "funded"}
    assert won == set(made.ids[:2])
    arrows = list(await session.scalars(select(Arrow).where(Arrow.from_id == made.round.id)))
    assert {(str(arrow.to_id), arrow.status) for arrow in arrows} == {(one, "funded") for one in won}
    jobs = await session.scalars(select(OutboxRow).where(OutboxRow.job == "feedback.promise_project"))
    promised = list(jobs)
    assert {job.unique_key for job in promised} == won
    assert promised[0].args["owner_id"] == str(made.organisation.id)
    page = await client.get(f"/en/rounds/{made.round.slug_en}/projects/street-trees")
    assert "Selected: its supporters could pay for it together" in page.text


async def test_the_files_repeat_the_count(
    client: Client, session: AsyncSession, settings: Settings, make_round: MakeRound, run_job: RunJob
) -> None:
    made = await make_round(codes=3)
    await cast_all(session, settings, made, [made.ids[:2], made.ids[1:], made.ids[1:2]])
    await decide(client, session, made, run_job)
    slug = made.round.slug_en
    answer = await client._once("GET", f"/api/rounds/{slug}/contests/{made.contest.id}/ballots.pb")
    file = pabulib.read(answer.content)
    assert file.election.voters == 3
    assert sorted(file.election.votes) == [1, 1, 3]
    result = (await client._once("GET", f"/api/rounds/{slug}/results")).json()
    decided = next(row for row in result if row["decides"])
    assert set(file.official or ()) == set(decided["winners"])
    parts = await sealing.read_bundle(session, made.round.id)
    assert bundle.check(parts) == []
    rules = await client._once("GET", f"/api/rounds/{slug}/rules")
    assert rules.content == parts["rules.json"]


async def test_with_too_few_ballots_only_totals_are_told(
    client: Client, session: AsyncSession, settings: Settings, make_round: MakeRound, run_job: RunJob
) -> None:
    made = await make_round(codes=2, terms=Terms(minimum_ballots=20))
    await cast_all(session, settings, made, [made.ids[:1], made.ids[:1]])
    await decide(client, session, made, run_job)
    page = await client.get(f"/en/rounds/{made.round.slug_en}/result")
    assert "only totals are published" in page.text
    assert "supporters" not in page.text
    answer = await client._once(
        "GET", f"/api/rounds/{made.round.slug_en}/contests/{made.contest.id}/ballots.pb"
    )
    assert answer.status_code == 404


async def test_a_receipt_is_checked_before_and_after_the_count(
    client: Client, session: AsyncSession, settings: Settings, make_round: MakeRound, run_job: RunJob
) -> None:
    made = await make_round(codes=1)
    await enter(client, made)
    found = RECEIPT.search((await vote(client, made, made.ids[:1])).html)
    assert found
    receipt = found.group(0)
    await client.get("/en/ballot/check")
    page = await client.submit({"receipt": receipt}, has="receipt")
    assert "This receipt is genuine" in page.text
    assert "Street trees" not in page.text
    forged = receipt[:60] + ("A" if receipt[60] != "A" else "B") + receipt[61:]
    page = await client.submit({"receipt": forged}, has="receipt")
    assert "not signed by any vote here" in page.text
    page = await client.submit({"receipt": receipt[:-9]}, has="receipt")
    assert "not a whole receipt" in page.text
    await decide(client, session, made, run_job)
    await client.get("/en/ballot/check")
    page = await client.submit({"receipt": receipt}, has="receipt")
    assert "The ballot is in the log of the vote" in page.text
    assert "Street trees" in page.text


@pytest.fixture
def london() -> Callable[[int], str]:
    return lambda minutes: (
        (now() + timedelta(minutes=minutes)).astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M")
    )


async def test_an_officer_drafts_freezes_and_makes_codes(
    client: Client, session: AsyncSession, settings: Settings, london: Callable[[int], str]
) -> None:
    organisation = await make_organisation(session, await make_partnership(session))
    person = await make_person(session, organisation, Role.OFFICER)
    campaign = await make_campaign(session, organisation)
    await sign_in(client, session, person)

    def texts(*names: str, approved: bool = True) -> dict[str, str]:
        sides = {f"{name}_{lang}": f"{name} {lang}" for name in names for lang in ("cy", "en")}
        return sides | ({f"{key}_approved": "y" for key in sides} if approved else {})

    await client.get("/en/desk/rounds/new")
    await client.submit(
        texts("title", "summary", "purpose")
        | {
            "campaign": str(campaign.id),
            "voting_opens": london(-5),
            "voting_closes": london(60),
            "minimum_ballots": "5",
        },
        has="title_cy",
    )
    round_ = await session.scalar(select(Round))
    assert round_ is not None
    desk = f"/en/desk/rounds/{round_.slug_en}"
    page = await client.get(desk)
    assert "The round has no pot yet." in page.text
    await client.get(f"{desk}/pot")
    await client.submit(texts("title") | {"pot": "£7,000"}, has="pot")
    await client.get(f"{desk}/project")
    page = await client.submit(texts("title", "summary", approved=False) | {"cost": "3,500.50"}, has="cost")
    assert "The Welsh text is not approved yet." in page.text
    assert "desk/rounds" in str(page.response.url)
    page = await client.post(f"{desk}/freeze", {"csrf_token": token(page), "sure": "y"})
    assert round_.phase is Phase.IDEAS
    project = await session.scalar(select(Project))
    assert project is not None
    assert project.cost_pence == 350_050
    await client.get(f"/en/desk/rounds/{round_.slug_en}/project/{project.slug_en}")
    page = await client.submit(texts("title", "summary"), has="cost")
    assert "Ready for the ballot" in page.text
    page = await client.submit({"sure": "y"}, has="sure")
    assert "Open for votes" in page.text
    arrow = await session.scalar(select(Arrow).where(Arrow.to_id == round_.id))
    assert arrow is not None
    assert (arrow.from_kind, arrow.status, arrow.public_since is not None) == ("campaign", "voting", True)
    due = await session.scalar(select(OutboxRow.due).where(OutboxRow.job == "budgeting.close"))
    assert due == round_.voting_closes
    await client.get(f"{desk}/codes")
    page = await client.submit({"number": "3"}, has="number")
    codes = re.findall(r"<strong>([0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4})</strong>", page.html)
    assert len(codes) == 3
    assert codes[0] not in (await client.get(f"{desk}/codes")).html
    await roll.entry_by_code(session, settings, round_.id, codes[0])
    assert (await rounds.frozen_rules(session, round_.id)).sheet.terms.minimum_ballots == 5


def token(page: object) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', getattr(page, "html", ""))
    assert found
    return found.group(1)


async def test_a_draft_and_the_desk_are_nobody_elses(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round()
    other = await make_organisation(session, await make_partnership(session, "bro-arall"))
    await sign_in(client, session, await make_person(session, other, Role.OFFICER, name="Gwen Lloyd"))
    for path in ("", "/codes", "/close", "/void", "/cancel"):
        await client.get(f"/en/desk/rounds/{made.round.slug_en}{path}", status=404)
