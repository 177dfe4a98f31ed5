"""Voiding takes two people; cancelling destroys the ballots uncounted."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting.models import Ballot, Phase, VoidRequest
from engage.core.permissions import Role
from engage.core.settings import Settings
from tests.budgeting.pages.conftest import MakeRound
from tests.budgeting.pages.test_voting import ballot_address, enter, vote
from tests.factories import make_person
from tests.web import Client, sign_in


async def test_a_pass_is_void_when_a_second_person_agrees(
    client: Client, session: AsyncSession, make_round: MakeRound
) -> None:
    made = await make_round()
    await enter(client, made)
    await vote(client, made, made.ids[:1])
    passed = client.http.cookies["__Host-pass"]
    void = f"/en/desk/rounds/{made.round.slug_en}/void"
    await sign_in(client, session, made.person)
    await client.get(void)
    await client.submit({"code": made.codes[0], "reason": "fraud"}, has="reason")
    asked = (await session.scalars(select(VoidRequest))).one()
    assert "Somebody else must decide it" in (await client.get(void)).text
    form = {**client.page.form(has="code")["fields"], "agree": "1"}  # type: ignore[union-attr]
    await client.post(f"{void}/{asked.id}", {"csrf_token": form["csrf_token"], "agree": "1"}, status=403)
    await sign_in(
        client, session, await make_person(session, made.organisation, Role.OFFICER, name="Huw Rees")
    )
    await client.get(void)
    page = await client.submit({"agree": "1"}, action=f"{void}/{asked.id}")
    assert "The old code no longer works" in page.text
    state, choices = (await session.execute(select(Ballot.state, Ballot.choices))).one()
    assert (state, choices) == ("void", None)
    client.http.cookies.clear()
    client.http.cookies.set("__Host-pass", passed, domain="cydlais.test")
    page = await client.post(ballot_address(made, "en") + "/cast", {"choice": made.ids[:1]}, status=409)
    assert "This pass was made void" in page.text


async def test_a_cancelled_round_says_why_and_keeps_no_ballot(
    client: Client,
    session: AsyncSession,
    settings: Settings,
    make_round: MakeRound,
    run_job: Callable[[str, UUID], Awaitable[str]],
) -> None:
    made = await make_round()
    await enter(client, made)
    await vote(client, made, made.ids[:1])
    await sign_in(client, session, made.person)
    cancel = f"/en/desk/rounds/{made.round.slug_en}/cancel"
    await client.get(cancel)
    await client.submit({"reason_cy": "Roedd y gost yn anghywir."}, has="reason_cy", status=422)
    reason = {"reason_cy": "Roedd y gost yn anghywir.", "reason_en": "A cost was wrong."}
    approved = {"reason_cy_approved": "y", "reason_en_approved": "y"}
    await client.submit(reason | approved, has="reason_cy")
    await session.refresh(made.round)
    assert made.round.phase is Phase.CANCELLED
    assert (await session.scalars(select(Ballot.slot))).all() == []
    assert await run_job("budgeting.destroy_secret", made.round.id) == "done"
    assert list(settings.secrets_dir.glob("*.secret")) == []
    page = await client.get(f"/cy/rowndiau/{made.round.slug_cy}")
    assert "Roedd y gost yn anghywir." in page.text
    await client.get(f"/en/vote/{made.round.slug_en}", status=409)
