"""What every page is made of: its language, what it remembers, and logs that hold nobody's words."""

from pathlib import Path
from typing import Any

import pytest
import structlog
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.clock import today
from engage.stories.models import Story
from tests.factories import make_campaign, make_organisation, make_partnership
from tests.web import Client
from translations import format_date

WORDS = "Sibrwd y gylfinir uwch Cors y Wern"


async def test_the_first_visit_shows_both_and_the_next_remembers(client: Client) -> None:
    page = await client.get("/")
    assert {"/cy", "/en"} <= set(page.links)
    assert page.html.index('href="/cy"') < page.html.index('href="/en"'), "Welsh first"
    await client.get("/en/campaigns")
    assert (await client.get("/")).response.url.path == "/en"
    await client.get("/cy")
    assert (await client.get("/")).response.url.path == "/cy"


async def test_the_language_is_remembered_in_a_cookie_that_says_nothing_else(client: Client) -> None:
    answer = await client.http.get("/en")
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-language=en;")
    assert {"httponly", "secure"} <= {part.strip().lower() for part in cookie.split(";")}
    again = await client.http.get("/en/campaigns")
    assert "set-cookie" not in again.headers


async def test_every_page_offers_its_twin_first_and_the_twin_leads_back(
    client: Client, session: AsyncSession
) -> None:
    campaign = await make_campaign(session, await make_organisation(session, await make_partnership(session)))
    for path, twin in [
        ("/cy", "/en"),
        ("/en/campaigns", "/cy/ymgyrchoedd"),
        ("/en/what-came-of-it", "/cy/beth-ddaeth-ohono"),
        (f"/en/campaigns/{campaign.slug_en}", f"/cy/ymgyrchoedd/{campaign.slug_cy}"),
        (
            f"/cy/ymgyrchoedd/{campaign.slug_cy}/straeon?iaith=en",
            f"/en/campaigns/{campaign.slug_en}/stories?iaith=en",
        ),
    ]:
        page = await client.get(path)
        assert page.links[0].startswith("#"), "the skip link"
        there = await client.get(page.links[1])
        asked = there.response.url
        assert str(asked.raw_path.decode()) == twin
        assert there.language != page.language


@pytest.mark.parametrize("name", ["accessibility", "privacy", "cookies", "contact"])
async def test_the_footer_leads_to_what_the_law_asks_for(client: Client, name: str) -> None:
    english = await client.get(f"/en/{name}")
    welsh = await client.get(english.links[1])
    for page in (english, welsh):
        home = await client.get(f"/{page.language}")
        assert page.response.url.path in home.links
        assert "noreply" not in page.html


async def test_dates_are_written_out_in_the_page_s_language(client: Client, session: AsyncSession) -> None:
    campaign = await make_campaign(session, await make_organisation(session, await make_partnership(session)))
    for path, lang in (
        (f"/cy/ymgyrchoedd/{campaign.slug_cy}", "cy"),
        (f"/en/campaigns/{campaign.slug_en}", "en"),
    ):
        page = await client.get(path)
        assert format_date(campaign.closes, lang) in page.text  # type: ignore[arg-type]
    assert campaign.opens < today()


async def test_logs_hold_no_story_no_code_and_no_contact(
    app: Litestar, client: Client, session: AsyncSession
) -> None:
    campaign = await make_campaign(session, await make_organisation(session, await make_partnership(session)))
    lines: list[dict[str, Any]] = []

    def keep(logger: Any, method: str, line: Any) -> Any:
        lines.append(dict(line))
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep])
    await client.get(f"/cy/ymgyrchoedd/{campaign.slug_cy}/dweud-stori")
    await client.submit({"text": f"{WORDS}, nia@example.org"}, has="text")
    await client.submit({"ward": "bro-prawf-1"}, has="ward")
    await client.submit({"consent": "publish"}, has="consent")
    page = await client.submit(has="draft")
    code = page.html.split('class="panel__code"')[1].split(">")[1].split("<")[0].strip()
    token = client.http.cookies["__Host-session"]
    client.http.cookies.clear()
    await client.get("/cy/derbynneb")
    await client.submit({"code": code}, has="code")
    await client.get("/cy/derbynneb")
    await client.submit({"code": "7KQ4M-2XTWD-9HPC"}, has="code", status=422)
    await client.http.get("/api/campaigns/nowhere?code=" + code)
    story = (await session.scalars(select(Story))).one()
    logged = "\n".join(map(str, lines))
    assert logged.count("'request'") > 8, "each request has its line"
    for secret in (
        WORDS,
        "nia@example.org",
        code,
        code.replace("-", ""),
        token,
        "7KQ4M",
        "127.0.0.1",
        str(story.id),
    ):
        assert secret not in logged
    assert {"request_id", "method", "route", "status", "ms"} <= set(lines[-1])
    assert all("{" in line["route"] for line in lines if "ymgyrchoedd/" in line.get("route", ""))


def test_no_template_says_that_its_words_are_safe() -> None:
    folder = Path(__file__).parents[2] / "frontend" / "templates"
    files = list(folder.rglob("*.html"))
    assert len(files) > 30
    assert [file.name for file in files if "|safe" in file.read_text().replace(" ", "")] == []
