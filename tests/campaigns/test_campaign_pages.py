"""An officer and a partner make a campaign; the public sees it once both languages are approved."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.service import by_slug
from engage.core.clock import today
from engage.core.permissions import Role
from tests.factories import make_organisation, make_partnership, make_person
from tests.web import Client, sign_in

TEXTS = {
    "title_cy": "Bysiau’r cwm",
    "title_en": "Buses of the valley",
    "summary_cy": "Sut mae teithio?",
    "summary_en": "How do you travel?",
    "prompt_cy": "Soniwch am un daith.",
    "prompt_en": "Tell us about one journey.",
    "promise_cy": "Byddwn ni’n ateb.",
    "promise_en": "We will answer.",
}
APPROVED = {
    f"{name}_{side}_approved": "y"
    for name in ("title", "summary", "prompt", "promise")
    for side in ("cy", "en")
}


def dates() -> dict[str, str]:
    day = today()
    return {
        "opens": day.isoformat(),
        "closes": (day + timedelta(days=30)).isoformat(),
        "feedback_by": (day + timedelta(days=60)).isoformat(),
    }


@pytest.mark.parametrize(
    ("new", "list_page"),
    [
        ("/cy/desg/ymgyrchoedd/newydd", "/cy/desg/ymgyrchoedd"),
        ("/en/desk/campaigns/new", "/en/desk/campaigns"),
    ],
)
async def test_lead_and_partner_both_see_the_draft_and_the_public_does_not(
    client: Client, session: AsyncSession, new: str, list_page: str
) -> None:
    partnership = await make_partnership(session)
    lead = await make_organisation(session, partnership)
    partner = await make_organisation(session, partnership, "Elusen y Cwm", "Valley Charity")
    officer = await make_person(session, lead, Role.OFFICER)
    helper = await make_person(session, partner, Role.PARTNER, name="Aled Rowlands")
    await sign_in(client, session, officer)
    await client.get(new)
    page = await client.submit({**TEXTS, **APPROVED, **dates(), "partners": str(partner.id)}, has="title_cy")
    assert TEXTS["title_cy" if "/cy/" in new else "title_en"] in page.text
    await sign_in(client, session, helper)
    seen = await client.get(list_page)
    assert TEXTS["title_cy" if "/cy/" in new else "title_en"] in seen.text
    client.http.cookies.clear()
    await client.get("/en/campaigns/buses-of-the-valley", status=404)
    await sign_in(client, session, officer)
    await client.get("/en/desk/campaigns/buses-of-the-valley")
    await client.submit(action="/en/desk/campaigns/buses-of-the-valley/publish")
    client.http.cookies.clear()
    public = await client.get("/cy/ymgyrchoedd/bysiaur-cwm")
    assert "Soniwch am un daith." in public.text


async def test_one_side_is_refused_by_the_page_and_by_the_database(
    client: Client, session: AsyncSession
) -> None:
    lead = await make_organisation(session, await make_partnership(session))
    await sign_in(client, session, await make_person(session, lead, Role.OFFICER))
    await client.get("/en/desk/campaigns/new")
    one_sided = {**TEXTS, **APPROVED, **dates(), "summary_cy": "", "summary_cy_approved": None}
    await client.submit(one_sided, has="title_cy")
    await client.submit(action="/en/desk/campaigns/buses-of-the-valley/publish", status=409)
    campaign = await by_slug(session, "buses-of-the-valley")
    assert campaign is not None
    assert campaign.published_at is None


async def test_wrong_dates_come_back_with_what_was_typed(client: Client, session: AsyncSession) -> None:
    lead = await make_organisation(session, await make_partnership(session))
    await sign_in(client, session, await make_person(session, lead, Role.OFFICER))
    await client.get("/cy/desg/ymgyrchoedd/newydd")
    wrong = {**TEXTS, **dates(), "closes": (today() - timedelta(days=3)).isoformat()}
    page = await client.submit(wrong, has="title_cy", status=422)
    assert page.title.startswith("Gwall:")
    assert page.form(has="title_cy")["fields"]["title_cy"] == TEXTS["title_cy"]


async def test_changing_the_language_of_a_form_keeps_what_was_typed(
    client: Client, session: AsyncSession
) -> None:
    lead = await make_organisation(session, await make_partnership(session))
    await sign_in(client, session, await make_person(session, lead, Role.OFFICER))
    await client.get("/cy/desg/ymgyrchoedd/newydd")
    page = await client.submit(
        {"title_cy": "Hanner gair", "switch_language": "1"}, has="title_cy", action="/en/desk/campaigns/new"
    )
    assert page.language == "en"
    assert page.form(has="title_cy")["fields"]["title_cy"] == "Hanner gair"
    assert not page.title.startswith("Error:")


async def test_no_role_no_desk(client: Client, session: AsyncSession) -> None:
    lead = await make_organisation(session, await make_partnership(session))
    await sign_in(client, session, await make_person(session, lead, Role.SCRUTINY))
    await client.get("/en/desk/campaigns/new", status=403)
    client.http.cookies.clear()
    page = await client.get("/en/desk/campaigns/new")
    assert "Sign in" in page.title
