"""The JSON API: one document that names every answer, and answers that keep to it."""

import re
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.core.api import PROBLEMS
from engage.core.permissions import Role
from engage.stories.models import Channel, Consent, State, Story
from engage.stories.telling import LONGEST
from tests.factories import make_campaign, make_organisation, make_partnership, make_person, make_story
from tests.web import Client, sign_in

GOOD = {"text": "Roedd y bws yn hwyr.", "language": "cy", "consent": "publish"}


@pytest.fixture
async def campaign(session: AsyncSession) -> Campaign:
    return await make_campaign(session, await make_organisation(session, await make_partnership(session)))


async def document(client: Client) -> dict[str, Any]:
    answer = await client.http.get("/api/schema/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(found: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Of the API: path, method, and what is said of it."""
    return [
        (path, method, one)
        for path, methods in found["paths"].items()
        for method, one in methods.items()
        if path.startswith("/api/")
    ]


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


async def test_the_document_is_whole(client: Client) -> None:
    found = await document(client)
    assert found["openapi"].startswith("3.1.")
    assert found["info"]["title"] == "Cydlais"
    for reference in references(found):
        place: Any = found
        for step in reference.removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/").replace("~0", "~")]
    ids = [one["operationId"] for _, _, one in operations(found)]
    assert len(set(ids)) == len(ids)
    for path, method, one in operations(found):
        named = {given["name"] for given in one.get("parameters", []) if given["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), path
        assert all(given["required"] for given in one.get("parameters", []) if given["in"] == "path")
        assert one["tags"], f"{method} {path} stands under no heading"
        assert one["summary"]
        assert set(one["responses"]) >= {str(status) for status in PROBLEMS}, (
            f"{method} {path} hides its errors"
        )
        for status, response in one["responses"].items():
            assert response["description"]
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], f"{path} {status}"


async def test_every_route_of_the_api_is_in_it(app: Litestar, client: Client) -> None:
    described = {(path, method.upper()) for path, method, _ in operations(await document(client))}
    assert len(described) > 10
    routes = {
        (re.sub(r":\w+\}", "}", route.path), method)
        for route in app.routes
        for method in getattr(route, "methods", set()) - {"OPTIONS", "HEAD"}
        if route.path.startswith("/api/") and not route.path.startswith("/api/schema")
    }
    assert described == routes


async def test_a_story_is_told_and_its_receipt_opens_it(
    client: Client, session: AsyncSession, campaign: Campaign
) -> None:
    path = f"/api/campaigns/{campaign.slug_cy}/stories"
    answer = await client.http.post(path, json={**GOOD, "ward": "bro-prawf-1"})
    assert answer.status_code == 201
    story = (await session.scalars(select(Story))).one()
    assert (story.text, story.language, story.ward_code) == (GOOD["text"], "cy", "bro-prawf-1")
    assert (story.state, story.consent, story.channel) == (State.WAITING, Consent.PUBLISH, Channel.WEB)
    assert (await client.http.get(path)).json() == [], "a moderator reads it first"
    await client.get("/cy/derbynneb")
    page = await client.submit({"code": answer.json()["receipt"]}, has="code")
    assert GOOD["text"] in page.text


@pytest.mark.parametrize(
    ("wrong", "status", "fields"),
    [
        ({"text": " \n"}, 422, {"text": "Write your story first"}),
        ({"text": "a" * (LONGEST + 1)}, 422, {"text": f"Use {LONGEST} characters or fewer"}),
        ({"language": "fr"}, 422, {"language": "The language must be cy, en or mixed"}),
        ({"ward": "nowhere"}, 422, {"ward": "The place is not a ward of this partnership: nowhere"}),
        (
            {"consent": "all", "language": "de"},
            422,
            {
                "consent": "The consent must be one of: officers, quote, publish",
                "language": "The language must be cy, en or mixed",
            },
        ),
        ({"text": 5}, 400, None),
        ({"consent": None}, 400, None),
    ],
)
async def test_what_is_wrong_is_named_by_field(
    client: Client,
    session: AsyncSession,
    campaign: Campaign,
    wrong: dict[str, Any],
    status: int,
    fields: dict[str, str] | None,
) -> None:
    answer = await client.http.post(
        f"/api/campaigns/{campaign.slug_en}/stories",
        json={**GOOD, **wrong},
        headers={"accept-language": "en"},
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == ("/problems/invalid-input" if status == 422 else "/problems/bad-request")
    assert body.get("errors") == fields
    assert await session.scalar(select(func.count()).select_from(Story)) == 0


async def test_nothing_is_taken_that_is_no_json_of_ours(client: Client, campaign: Campaign) -> None:
    path = f"/api/campaigns/{campaign.slug_en}/stories"
    as_json = {"content-type": "application/json"}
    for body, headers, status in [
        (b"{", as_json, 400),
        (b"[]", as_json, 400),
        (b"", as_json, 400),
        (b"{}", as_json | {"origin": "https://evil.example"}, 403),
        (b'{"text": "' + b"a" * 3 * 1024 * 1024 + b'"}', as_json, 413),
    ]:
        answer = await client.http.post(path, content=body, headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.http.put(path, json=GOOD)).status_code == 405


async def test_what_the_public_may_not_see_is_not_there(client: Client, session: AsyncSession) -> None:
    council = await make_organisation(session, await make_partnership(session))
    draft = await make_campaign(session, council, published=False)
    await make_story(session, draft)
    await sign_in(client, session, await make_person(session, council, Role.OFFICER))
    assert (await client.http.get("/api/campaigns")).json() == []
    for rest in ("", "/stories", "/themes"):
        answer = await client.http.get(f"/api/campaigns/{draft.slug_en}{rest}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    closed = await client.http.post(f"/api/campaigns/{draft.slug_en}/stories", json=GOOD)
    assert closed.status_code == 404


async def test_both_languages_of_everything(
    client: Client, session: AsyncSession, campaign: Campaign
) -> None:
    await make_story(session, campaign, ward_code="bro-prawf-1")
    (one,) = (await client.http.get("/api/campaigns")).json()
    for name in ("title", "summary", "prompt", "promise", "slug"):
        assert set(one[name]) == {"cy", "en"}
        assert all(one[name].values())
    assert one == (await client.http.get(f"/api/campaigns/{campaign.slug_cy}")).json()
    assert one["phase"] == "open"
    (story,) = (await client.http.get(f"/api/campaigns/{campaign.slug_en}/stories")).json()
    assert story["ward"] == {"cy": "Y Cei", "en": "The Quay"}
    assert set(story) == {"id", "text", "language", "told_on", "ward"}, "no answer about the teller"
