"""The voter's way through the pages, in a browser without scripts."""

import re
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting.models import Ballot, RollMark
from budgeting.passes import from_text
from budgeting.rule_sheet import BallotForm, Terms
from engage.core.limits import Failure
from engage.core.settings import Settings
from tests.budgeting.pages.conftest import MakeRound, Voted, close_now
from tests.web import Client, Page, sign_in

STATIC = Path(__file__).parents[3] / "frontend" / "static"
WAYS = {
    "cy": {"vote": "/cy/pleidleisio/{}", "ballot": "/papur/1", "cast": "/bwrw", "receipt": "/derbynneb"},
    "en": {"vote": "/en/vote/{}", "ballot": "/ballot/1", "cast": "/cast", "receipt": "/receipt"},
}
RECEIPT = re.compile(r"[A-Za-z0-9_-]{198}")


def vote_address(made: Voted, lang: str) -> str:
    return WAYS[lang]["vote"].format(made.round.slug(lang))


def ballot_address(made: Voted, lang: str) -> str:
    return vote_address(made, lang) + WAYS[lang]["ballot"]


async def enter(client: Client, made: Voted, lang: str = "en", code: int = 0) -> Page:
    await client.get(vote_address(made, lang))
    return await client.submit({"code": made.codes[code]}, has="code")


async def vote(client: Client, made: Voted, choices: list[str], lang: str = "en") -> Page:
    """From the ballot to the receipt."""
    await client.get(ballot_address(made, lang))
    await client.submit({"choice": choices}, has="choice")
    return await client.submit({"choice": choices}, has="reviewed")


async def ballots(session: AsyncSession, made: Voted) -> list[tuple[str | None, int, str]]:
    rows = await session.execute(
        select(Ballot.choices, Ballot.version, Ballot.state).where(Ballot.round_id == made.round.id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


@pytest.mark.parametrize("lang", ["cy", "en"])
async def test_from_the_code_to_the_receipt(
    client: Client, session: AsyncSession, make_round: MakeRound, lang: str
) -> None:
    made = await make_round()
    page = await client.get(f"/{lang}/{'rowndiau' if lang == 'cy' else 'rounds'}/{made.round.slug(lang)}")
    assert vote_address(made, lang) in page.links
    page = await enter(client, made, lang)
    assert page.response.url.path == ballot_address(made, lang)
    offered = re.findall(r'type="checkbox" value="([^"]+)"', page.html)
    assert sorted(offered) == sorted(made.ids)
    page = await client.submit({"choice": made.ids[:2]}, has="choice")
    assert page.response.url.path == ballot_address(made, lang)
    assert await ballots(session, made) == []
    page = await client.submit({"choice": made.ids[:2]}, has="reviewed")
    assert page.response.url.path == ballot_address(made, lang) + WAYS[lang]["receipt"]
    assert RECEIPT.search(page.html)
    [(choices, version, state)] = await ballots(session, made)
    assert (version, state) == (1, "cast")
    assert all(one in (choices or "") for one in made.ids[:2])
    assert made.ids[2] not in (choices or "")


async def test_a_wrong_code_is_said_and_counted(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round()
    await client.get(vote_address(made, "en"))
    page = await client.submit({"code": "AAAAA-AAAAA-AAAA"}, has="code", status=422)
    assert "not a code for this vote" in page.text
    assert page.form(has="code")["fields"]["code"] == "AAAAA-AAAAA-AAAA"
    assert await session.scalar(select(func.sum(Failure.tries))) == 1
    assert not client.http.cookies.get("__Host-pass")
    assert await session.scalar(select(func.count()).select_from(RollMark)) == 0


async def test_too_many_wrong_codes_are_refused_and_a_pass_still_casts(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round()
    await enter(client, made)
    await client.post(vote_address(made, "en"), {"code": "AAAAA-AAAAA-AAAA"}, status=422)
    await session.execute(text("UPDATE failure SET tries = 200"))
    await session.commit()
    await client.post(vote_address(made, "en"), {"code": made.codes[1]}, status=429)
    await vote(client, made, made.ids[:1])
    assert len(await ballots(session, made)) == 1


async def test_the_same_code_again_leads_to_the_same_ballot(
    client: Client, app: Any, engine: Any, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round()
    await enter(client, made)
    first = RECEIPT.findall((await vote(client, made, made.ids[:1])).html)
    elsewhere = Client(app, engine)
    page = await enter(elsewhere, made, "cy")
    assert RECEIPT.findall(page.html) == first
    page = await elsewhere.get(ballot_address(made, "cy"))
    assert page.form(has="choice")["fields"]["choice"] == made.ids[0]
    assert elsewhere.http.cookies.get("__Host-pass") == client.http.cookies.get("__Host-pass")
    await elsewhere.http.aclose()


async def test_every_voter_has_an_order_of_their_own_that_stays(
    client: Client, make_round: MakeRound
) -> None:
    titles = [(f"Prosiect {number}", f"Project {number}") for number in range(20)]
    made = await make_round(titles=titles)

    def order(page: Page) -> list[str]:
        return re.findall(r'type="checkbox" value="([^"]+)"', page.html)

    first = order(await enter(client, made))
    assert order(await client.get(ballot_address(made, "cy"))) == first
    assert order(await enter(client, made, code=1)) != first


async def test_changed_removed_and_cast_again_blank(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round()
    await enter(client, made)
    await vote(client, made, made.ids[:1])
    await vote(client, made, made.ids[1:])
    [(choices, version, _)] = await ballots(session, made)
    assert (version, made.ids[0] in (choices or "")) == (2, False)
    await client.get(ballot_address(made, "en") + "/remove")
    page = await client.submit()
    assert "Your vote was removed" in page.text
    assert await ballots(session, made) == [(None, 3, "removed")]
    await client.get(ballot_address(made, "en"))
    page = await client.submit({"choice": []}, has="choice")
    assert "blank ballot" in page.text
    page = await client.submit({"choice": []}, has="reviewed")
    assert "You cast a blank ballot" in page.text
    assert await ballots(session, made) == [("[]", 4, "cast")]


async def test_the_other_language_keeps_the_choices(client: Client, make_round: MakeRound) -> None:
    made = await make_round()
    await enter(client, made)
    here, there = ballot_address(made, "en"), f"/cy/pleidleisio/{made.round.slug_en}/papur/1"
    page = await client.get(here)
    assert f'formaction="{there}"' in page.html
    page = await client.post(there, {"choice": made.ids[:2], "switch_language": "1"})
    assert page.language == "cy"
    assert sorted(page.form(has="choice")["fields"]["choice"]) == sorted(made.ids[:2])
    page = await client.post(here, {"choice": made.ids[:2]})
    page = await client.post(there, {"choice": made.ids[:2], "reviewed": "1", "switch_language": "1"})
    assert page.form(has="reviewed")["action"] == f"/cy/pleidleisio/{made.round.slug_cy}/papur/1/bwrw"
    assert all(f'name="choice" value="{one}"' in page.html for one in made.ids[:2])


async def test_voting_that_closes_before_the_last_click_keeps_the_choices_in_sight(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round()
    await enter(client, made)
    await client.get(ballot_address(made, "en"))
    await client.submit({"choice": made.ids[:1]}, has="choice")
    await close_now(session, made.round.id)
    page = await client.submit({"choice": made.ids[:1]}, has="reviewed", status=409)
    assert "Voting has closed" in page.text
    assert "Street trees" in page.text
    assert await ballots(session, made) == []
    await client.get(vote_address(made, "cy"), status=409)
    await client.post(ballot_address(made, "en"), {"choice": made.ids[:1]}, status=409)


async def test_not_open_yet(client: Client, make_round: MakeRound) -> None:
    made = await make_round(opens=30)
    page = await client.get(vote_address(made, "en"))
    assert "Voting has not opened yet" in page.text
    page = await client.post(vote_address(made, "en"), {"code": made.codes[0]}, status=409)
    assert "Voting has not opened yet" in page.text
    assert not client.http.cookies.get("__Host-pass")


async def test_over_the_pot_is_explained_and_kept(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round(terms=Terms(ballot=BallotForm(style="knapsack")))
    await enter(client, made)
    await client.get(ballot_address(made, "en"))
    page = await client.submit({"choice": made.ids}, has="choice", status=422)
    assert "over the pot by £2,000" in page.text
    assert sorted(page.form(has="choice")["fields"]["choice"]) == sorted(made.ids)
    page = await client.post(ballot_address(made, "en") + "/cast", {"choice": made.ids}, status=422)
    assert await ballots(session, made) == []


async def test_a_lost_secret_stops_the_vote_in_a_sentence(
    client: Client, session: AsyncSession, settings: Settings, make_round: MakeRound
) -> None:
    made = await make_round()
    await enter(client, made)
    for path in settings.secrets_dir.glob("*.secret"):
        path.unlink()
    page = await client.post(ballot_address(made, "en") + "/cast", {"choice": made.ids[:1]}, status=409)
    assert "Voting is stopped" in page.text
    assert "Street trees" in page.text
    assert await ballots(session, made) == []


@pytest.mark.parametrize("cookie", [None, "x", "A" * 107])
async def test_without_a_genuine_pass_nothing_is_cast_and_the_choices_stay(
    client: Client, session: AsyncSession, make_round: MakeRound, cookie: str | None
) -> None:
    made = await make_round()
    if cookie:
        client.http.cookies.set("__Host-pass", cookie, domain="cydlais.test")
    page = await client.post(ballot_address(made, "cy") + "/bwrw", {"choice": made.ids[:1]}, status=403)
    assert "Coed ar y stryd" in page.text
    assert await ballots(session, made) == []


async def test_casting_writes_one_row_of_the_box_and_nothing_else(
    client: Client, session: AsyncSession, make_round: MakeRound, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await make_round()
    await enter(client, made)
    capsys.readouterr()
    answer = await client._once(
        "POST",
        ballot_address(made, "en") + "/cast",
        data={"choice": made.ids[:2]},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 303
    writes = [one for one in client.statements if not one.lstrip().upper().startswith("SELECT")]
    assert len(writes) == 1
    assert writes[0].startswith(f"INSERT INTO ballot_{made.round.id.hex}")
    assert capsys.readouterr().out == ""
    assert "set-cookie" not in answer.headers


async def test_a_printed_address_is_left_at_once(client: Client, make_round: MakeRound) -> None:
    made = await make_round()
    address = f"/cy/pleidleisio/{made.round.slug_cy}/cod/{made.codes[0]}"
    answer = await client._once("GET", address)
    assert answer.status_code == 303
    assert answer.headers["location"] == ballot_address(made, "cy")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    given = from_text(client.http.cookies["__Host-pass"])
    assert given is not None
    assert given.contest == made.contest.id
    wrong = await client._once("GET", f"/cy/pleidleisio/{made.round.slug_cy}/cod/AAAAA-AAAAA-AAAA")
    assert wrong.headers["location"] == vote_address(made, "cy")


async def test_a_pass_ends_the_identity_session(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round()
    await sign_in(client, session, made.person)
    assert client.http.cookies.get("__Host-session")
    await enter(client, made)
    assert client.http.cookies.get("__Host-pass")
    assert not client.http.cookies.get("__Host-session")


async def test_a_ballot_of_forty_projects_is_light(client: Client, make_round: MakeRound) -> None:
    titles = [(f"Prosiect {n} i’r pentref i gyd", f"Project {n} for the whole village") for n in range(40)]
    words = "Coed, meinciau, llwybrau a goleuadau wrth y cei; lle i gwrdd a lle i chwarae ym mhob tywydd. "
    made = await make_round(titles=titles, summary=(words * 3, words * 3))
    page = await enter(client, made, "cy")
    assert page.html.count('type="checkbox"') == 40
    weight = len(brotli.compress(page.html.encode(), quality=4))
    weight += sum(path.stat().st_size for path in STATIC.glob("site.*.br"))
    assert weight <= 40_000


async def test_one_code_opens_the_ballot_of_every_pot(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round(pots=2)
    page = await enter(client, made)
    assert page.response.url.path == vote_address(made, "en") + "/ballots"
    assert page.text.count("Not voted yet") == 2
    second = vote_address(made, "en") + "/ballot/2"
    page = await client.get(second)
    assert "Bench 2" in page.text
    assert "Street trees" not in page.text
    page = await client.post(second, {"choice": made.ids[:1]}, status=422)
    assert "not on this ballot" in page.text
    await vote(client, made, made.ids[:1])
    page = await client.get(vote_address(made, "cy") + "/papurau")
    assert len(await ballots(session, made)) == 1
    assert page.text.count("Heb bleidleisio eto") == 1
