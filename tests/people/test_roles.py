"""Who sees which menu and which page, and for which organisation an administrator acts."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.outbox import OutboxRow
from engage.core.permissions import Role
from engage.people.models import Membership
from tests.factories import make_organisation, make_partnership, make_person
from tests.web import Client, sign_in

MENU = {
    "/en/desk/campaigns": "Campaigns",
    "/en/desk/rounds": "Budget rounds",
    "/en/desk/commitments": "Commitments",
    "/en/desk/people": "People",
}
OPEN_TO = {
    Role.ADMINISTRATOR: set(MENU),
    Role.OFFICER: set(MENU) - {"/en/desk/people"},
    Role.MODERATOR: {"/en/desk/campaigns"},
    Role.PARTNER: {"/en/desk/campaigns", "/en/desk/commitments"},
    Role.TRANSLATOR: set(),
    Role.SCRUTINY: set(),
}


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_has_its_menu_and_no_other_page_opens(
    client: Client, session: AsyncSession, role: Role
) -> None:
    organisation = await make_organisation(session, await make_partnership(session))
    await sign_in(client, session, await make_person(session, organisation, role))
    desk = await client.get("/en/desk")
    assert {link for link in desk.links if link in MENU} == OPEN_TO[role]
    welsh = await client.get("/cy/desg")
    assert ("/cy/desg/pobl" in welsh.links) == (role is Role.ADMINISTRATOR)
    for path, title in MENU.items():
        page = await client.get(path, status=200 if path in OPEN_TO[role] else 403)
        assert (title.lower() in page.title.lower()) == (path in OPEN_TO[role])


async def test_without_a_role_there_is_a_desk_and_nothing_on_it(
    client: Client, session: AsyncSession
) -> None:
    organisation = await make_organisation(session, await make_partnership(session))
    await sign_in(client, session, await make_person(session, organisation))
    desk = await client.get("/en/desk")
    assert not {link for link in desk.links if link in MENU}
    await client.get("/en/desk/campaigns", status=403)


async def test_an_administrator_acts_for_the_own_organisation_only(
    client: Client, session: AsyncSession
) -> None:
    partnership = await make_partnership(session)
    own = await make_organisation(session, partnership)
    other = await make_organisation(session, partnership, "Elusen y Cwm", "Valley Charity")
    await make_person(session, other, Role.OFFICER, name="Siôn Morgan")
    await sign_in(client, session, await make_person(session, own, Role.ADMINISTRATOR))
    page = await client.get("/en/desk/people")
    assert "Siôn Morgan" not in page.text
    assert "Valley Charity" not in page.text
    asked = {"name": "Mari Bevan", "email": "mari@example.org", "role": "officer", "language": "cy"}
    before = await session.scalar(select(func.count()).select_from(Membership))
    for organisation in (str(other.id), str(uuid4()), "nonsense"):
        await client.get("/en/desk/people")
        page = await client.submit({**asked, "organisation": organisation}, has="email", status=422)
        assert page.form(has="email")["fields"]["email"] == "mari@example.org"
    assert await session.scalar(select(func.count()).select_from(Membership)) == before
    assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 0


async def test_the_same_role_is_not_given_twice_and_a_wrong_address_comes_back(
    client: Client, session: AsyncSession
) -> None:
    own = await make_organisation(session, await make_partnership(session))
    officer = await make_person(session, own, Role.OFFICER, name="Siôn Morgan")
    await sign_in(client, session, await make_person(session, own, Role.ADMINISTRATOR))
    await client.get("/cy/desg/pobl")
    asked = {"name": "Siôn Morgan", "organisation": str(own.id), "role": "officer", "language": "cy"}
    page = await client.submit({**asked, "email": "sion"}, has="email", status=422)
    assert page.title.startswith("Gwall:")
    page = await client.submit({**asked, "email": officer.email.upper()}, has="email", status=409)
    assert page.language == "cy"
    roles = await session.scalars(select(Membership.role).where(Membership.person_id == officer.id))
    assert list(roles) == [Role.OFFICER]
