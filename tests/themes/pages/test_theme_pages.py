"""A person names a theme in both languages and signs it off; only then does the public see it, and never too much."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.core import thread
from engage.core.permissions import Role
from engage.people.models import Organisation, Person
from engage.stories.models import Consent, Story
from engage.stories.moderation import withdraw
from engage.themes.models import Theme
from engage.themes.service import sign_off
from tests.factories import (
    actor_for,
    make_campaign,
    make_organisation,
    make_partnership,
    make_person,
    make_story,
)
from tests.themes.pages.world import make_theme
from tests.web import Client, sign_in

NAMES = {"name_cy": "Bysiau hwyr", "name_en": "Late buses"}
APPROVED = {"name_cy_approved": "y", "name_en_approved": "y"}


@pytest.fixture
async def council(session: AsyncSession) -> Organisation:
    return await make_organisation(session, await make_partnership(session))


@pytest.fixture
async def campaign(session: AsyncSession, council: Organisation) -> Campaign:
    return await make_campaign(session, council)


@pytest.fixture
async def officer(session: AsyncSession, council: Organisation) -> Person:
    return await make_person(session, council, Role.OFFICER)


async def told(session: AsyncSession, campaign: Campaign, number: int = 6) -> list[Story]:
    return [await make_story(session, campaign, f"Stori rhif {place}.") for place in range(number)]


async def signed_off(
    session: AsyncSession,
    campaign: Campaign,
    council: Organisation,
    officer: Person,
    stories: Sequence[Story],
) -> Theme:
    theme = await make_theme(session, campaign, list(stories))
    await sign_off(session, actor_for(officer, council, Role.OFFICER), campaign, theme)
    return theme


@pytest.mark.parametrize(
    ("desk", "public"),
    [
        ("/cy/desg/themau/{id}", "/cy/ymgyrchoedd/{slug}/themau/bysiau-hwyr"),
        ("/en/desk/themes/{id}", "/en/campaigns/{slug}/themes/late-buses"),
    ],
)
async def test_named_signed_off_and_public(
    client: Client, session: AsyncSession, campaign: Campaign, officer: Person, desk: str, public: str
) -> None:
    theme = await make_theme(session, campaign, await told(session, campaign))
    lang = public[1:3]
    drafted = public.replace("bysiau-hwyr", theme.slug_cy).replace("late-buses", theme.slug_en)
    await client.get(drafted.format(slug=campaign.slug(lang)), status=404)
    await sign_in(client, session, officer)
    await client.get(desk.format(id=theme.id))
    page = await client.submit({**NAMES, **APPROVED, "sign_off": ""}, has="name_cy")
    assert public.format(slug=campaign.slug(lang)) in page.links
    client.http.cookies.clear()
    page = await client.get(public.format(slug=campaign.slug(lang)))
    assert NAMES[f"name_{lang}"] in page.text
    strange = (
        public.replace("late-buses", "bysiau-hwyr")
        if lang == "en"
        else public.replace("bysiau-hwyr", "late-buses")
    )
    led = await client.http.get(strange.format(slug=campaign.slug("cy" if lang == "en" else "en")))
    assert (led.status_code, led.headers["location"]) == (301, public.format(slug=campaign.slug(lang)))
    listed = await client.get(
        f"/cy/ymgyrchoedd/{campaign.slug_cy}" if lang == "cy" else f"/en/campaigns/{campaign.slug_en}"
    )
    assert public.format(slug=campaign.slug(lang)) in listed.links


async def test_one_side_is_refused_by_the_page_and_by_the_database(
    client: Client, session: AsyncSession, campaign: Campaign, officer: Person
) -> None:
    theme = await make_theme(session, campaign, await told(session, campaign))
    await sign_in(client, session, officer)
    for wrong in (
        {"name_cy": "", "name_cy_approved": None},
        {"name_en_approved": None},
        {"name_cy": "Un ochr newydd", "name_cy_approved": None},
    ):
        await client.get(f"/en/desk/themes/{theme.id}")
        page = await client.submit({**NAMES, **APPROVED, **wrong, "sign_off": ""}, has="name_cy", status=409)
        assert "Complete and approve the Welsh and the English" in page.text
        await session.refresh(theme)
        assert theme.signed_off_at is None
    for side in (
        '{"cy": {"text": "", "state": "missing", "stale": false}}',
        '{"en": {"text": "x", "state": "draft", "stale": false}}',
        '{"en": {"text": "x", "state": "approved", "stale": true}}',
    ):
        with pytest.raises(IntegrityError, match="ck_theme_both_sides"):
            async with session.begin_nested():
                await session.execute(
                    text("update theme set signed_off_at = now(), name = name || cast(:side as jsonb)"),
                    {"side": side},
                )


async def test_what_is_signed_off_stays_two_sided_and_is_renamed_everywhere(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    stories = await told(session, campaign)
    theme = await signed_off(session, campaign, council, officer, stories)
    await sign_in(client, session, officer)
    await client.get(f"/en/desk/themes/{theme.id}")
    await client.submit({"name_en": "", "name_en_approved": None}, has="name_cy", status=409)
    await client.get(f"/en/desk/themes/{theme.id}")
    await client.submit({**NAMES, **APPROVED}, has="name_cy")
    arrow = (await thread.onwards(session, "story", [stories[0].id]))[0]
    await session.refresh(arrow)
    assert arrow.to_titles == {"cy": "Bysiau hwyr", "en": "Late buses"}
    await client.get(arrow.to_addresses["cy"])
    await client.get(f"/en/desk/themes/{theme.id}")
    await client.submit({**NAMES, **APPROVED, "sign_off": ""}, has="name_cy", status=409)


async def test_fewer_than_five_voices_are_no_number(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    for label, voices, shown in (("t01", 4, "fewer than 5"), ("t02", 5, "5"), ("t03", 0, "fewer than 5")):
        theme = await make_theme(
            session, campaign, await told(session, campaign, 9), label=label, voices=voices
        )
        await sign_off(session, actor_for(officer, council, Role.OFFICER), campaign, theme)
        page = await client.get(f"/en/campaigns/{campaign.slug_en}/themes/{theme.slug_en}")
        row = page.text.split("Different voices")[1].split("Signed off")[0]
        assert row.strip() == shown
        assert "In English" not in page.text, (
            "nine stories in Welsh and none in English: no small cell follows"
        )
    found = (await client.http.get(f"/api/campaigns/{campaign.slug_en}/themes")).json()
    assert sorted((theme["voices"] is None, theme["voices"] or 0) for theme in found) == [
        (False, 5),
        (True, 0),
        (True, 0),
    ]


async def test_only_published_stories_are_shown_on_a_theme_s_page(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    stories = [
        await make_story(session, campaign, f"Geiriau {consent}.", consent=consent) for consent in Consent
    ]
    theme = await signed_off(session, campaign, council, officer, stories)
    for path in (
        f"/cy/ymgyrchoedd/{campaign.slug_cy}/themau/{theme.slug_cy}",
        f"/en/campaigns/{campaign.slug_en}/themes/{theme.slug_en}",
    ):
        page = await client.get(path)
        assert "Geiriau publish." in page.text
        assert "Geiriau quote." not in page.html
        assert "Geiriau officers." not in page.html
    await sign_in(client, session, officer)
    desk = await client.get(f"/en/desk/themes/{theme.id}")
    assert "Geiriau officers." in desk.text


async def test_a_story_that_was_withdrawn_before_the_sign_off_gets_no_arrow(
    session: AsyncSession, campaign: Campaign, council: Organisation, officer: Person
) -> None:
    stories = await told(session, campaign)
    theme = await make_theme(session, campaign, stories)
    await withdraw(session, stories[0])
    await sign_off(session, actor_for(officer, council, Role.OFFICER), campaign, theme)
    assert await thread.onwards(session, "story", [stories[0].id]) == []
    assert len(await thread.back(session, "theme", [theme.id])) == len(stories), (
        "the others, and the campaign"
    )


async def test_only_officers_of_the_campaign_name_its_themes(
    client: Client, session: AsyncSession, campaign: Campaign, council: Organisation
) -> None:
    theme = await make_theme(session, campaign, await told(session, campaign))
    other = await make_organisation(session, await make_partnership(session, "bro-arall"))
    for person, status in [
        (await make_person(session, council, Role.MODERATOR, name="Mari Bevan"), 403),
        (await make_person(session, other, Role.OFFICER, name="Siôn Morgan"), 404),
    ]:
        await sign_in(client, session, person)
        await client.get(f"/en/desk/themes/{theme.id}", status=status)
