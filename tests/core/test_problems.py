"""Whatever goes wrong is said in a sentence, in the reader's language, with what was typed and without secrets."""

from typing import Any

import pytest
from litestar import Litestar, post
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from engage.app import create_app
from engage.core import addresses, errors, problems
from engage.core.errors import DomainError, InvalidInput
from engage.core.permissions import EVERYONE
from engage.core.problems import to_domain
from engage.core.settings import Settings
from tests.factories import make_campaign, make_organisation, make_partnership
from tests.web import ORIGIN, Client
from translations import N_, OneSided, say

KINDS = sorted(
    {
        kind
        for module in (errors, problems)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, DomainError)
    },
    key=lambda kind: kind.__name__,
)


class Raising:
    """A route that raises what the test wants; the rest of the application is the real one."""

    error: Exception = DomainError()


@pytest.fixture
def application() -> Litestar:
    """Its own: a route is added to it."""
    return create_app(Settings(environment="test", public_url=ORIGIN, server_key=b"k" * 32))


@pytest.fixture
async def raising(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> Raising:
    what = Raising()
    monkeypatch.setitem(addresses._PATHS, "raise", {"cy": "/cy/codi", "en": "/en/raise"})

    @post(["/cy/codi", "/en/raise", "/api/raise"], guards=[EVERYONE], include_in_schema=False)
    async def handler() -> dict[str, Any]:
        raise what.error

    app.register(handler)
    return what


@pytest.mark.parametrize("kind", KINDS)
async def test_every_error_is_a_page_and_problem_json_in_both_languages(
    client: Client, raising: Raising, kind: type[DomainError]
) -> None:
    raising.error = kind()
    for path, language in (("/cy/codi", "cy"), ("/en/raise", "en")):
        page = await client.post(path, {"text": "Fy ngeiriau i"}, status=kind.status)
        assert say(kind.title, language) in page.text.replace("&#39;", "'")
        assert page.form(has="text")["fields"]["text"] == "Fy ngeiriau i"
    client.http.cookies.clear()
    for asked, language in (("cy", "cy"), ("en", "en"), ("", "cy")):
        answer = await client.http.post("/api/raise", json={}, headers={"accept-language": asked})
        assert answer.status_code == kind.status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == language
        body = answer.json()
        assert (body["type"], body["status"]) == (f"/problems/{kind.code}", kind.status)
        assert body["title"] == say(kind.title, language)
        assert body["detail"] == say(kind.advice, language)
        assert body["instance"]


def test_no_two_errors_share_a_code() -> None:
    codes = {kind.code: kind.status for kind in KINDS}
    assert all(codes[kind.code] == kind.status for kind in KINDS)
    shared = [kind.__name__ for kind in KINDS if sum(other.code == kind.code for other in KINDS) > 1]
    assert shared == ["DomainError", "NotUnderstood"]


async def test_fields_are_named_with_their_sentences(client: Client, raising: Raising) -> None:
    raising.error = InvalidInput({"text": N_("Write your story first")})
    answer = await client.http.post("/api/raise", json={}, headers={"accept-language": "en"})
    assert answer.json()["errors"] == {"text": "Write your story first"}
    page = await client.post("/cy/codi", {}, status=422)
    assert say(N_("Write your story first"), "cy") in page.text


async def test_nobody_reads_what_went_wrong_inside(
    client: Client, raising: Raising, capsys: pytest.CaptureFixture[str]
) -> None:
    raising.error = RuntimeError("Nia Wyn, 4 Stryd y Bont")
    page = await client.post("/en/raise", {"text": "Fy ngeiriau i"}, status=500)
    assert "Nia Wyn" not in page.html
    assert "Fy ngeiriau i" in page.html
    logged = capsys.readouterr().out
    assert "RuntimeError" in logged
    assert "Nia Wyn" not in logged
    assert "ngeiriau" not in logged


async def test_secrets_are_not_given_back(client: Client, raising: Raising) -> None:
    raising.error = errors.Conflict()
    secret = "kept-to-oneself"
    sent = dict.fromkeys(("password", "code", "receipt", "token", "csrf_token"), secret)
    page = await client.post("/en/raise", {**sent, "text": "a <b>c</b>", "note": "ie"}, status=409)
    assert secret not in page.html
    assert page.form(has="text")["fields"] == {"text": "a <b>c</b>", "note": "ie"}
    assert "<b>c" not in page.html


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (
            "insert into ward values ('bro-prawf-1', '00000000-0000-0000-0000-000000000000', 'a', 'b')",
            "conflict",
        ),
        ("insert into ward values ('x', '00000000-0000-0000-0000-000000000000', 'a', 'b')", "conflict"),
        ("update campaign set closes = opens - 1", "conflict"),
        ("update campaign set title = jsonb_set(title, '{cy,state}', '\"draft\"')", "not-both-languages"),
        ("select 'a'::int", "bad-request"),
        ("do $$ begin raise serialization_failure; end $$", "conflict"),
        ("select 1/0", "bad-request"),
        ("select nothing", "unexpected"),
    ],
)
async def test_what_the_database_refuses_is_a_sentence(
    session: AsyncSession, statement: str, code: str
) -> None:
    await make_campaign(session, await make_organisation(session, await make_partnership(session)))
    with pytest.raises(Exception) as raised:  # noqa: PT011
        async with session.begin_nested():
            await session.execute(text(statement))
    found = to_domain(raised.value)
    assert found.code == code


async def test_a_constraint_can_have_its_own_words(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "_SENTENCES", {})
    problems.conflict_says("pk_ward", N_("You cannot do this"))
    await make_partnership(session)
    with pytest.raises(Exception) as raised:  # noqa: PT011
        async with session.begin_nested():
            await session.execute(text("insert into ward select * from ward"))
    assert say(to_domain(raised.value).title, "en") == "You cannot do this"


def test_one_side_is_a_conflict_of_its_own() -> None:
    assert to_domain(OneSided([])).code == "not-both-languages"


ACCEPTED = [
    ("en", "en"),
    ("en-GB,en;q=0.9", "en"),
    ("cy;q=0.5, en;q=0.9", "en"),
    ("en;q=0.5, cy", "cy"),
    ("en;q=0, cy;q=0.1", "cy"),
    ("en;q=0", "cy"),
    ("fr, de;q=0.8", "cy"),
    ("fr, en;q=0.1", "en"),
    ("en;q=nonsense", "cy"),
    ("", "cy"),
]


async def test_the_api_answers_in_the_language_that_is_asked_for(client: Client) -> None:
    for header, language in ACCEPTED:
        answer = await client.http.get("/api/campaigns/nowhere", headers={"accept-language": header})
        assert answer.headers["content-language"] == language, header


async def test_a_page_s_address_decides_whatever_the_browser_asks_for(client: Client) -> None:
    page = await client.http.get("/cy/nowhere", headers={"accept-language": "en"})
    assert page.headers["content-language"] == "cy"
    lost = await client.http.get("/nowhere", headers={"accept-language": "en"})
    assert lost.headers["content-language"] == "cy"
    await client.get("/en")
    remembered = await client.http.get("/nowhere")
    assert remembered.headers["content-language"] == "en"
    api = await client.http.get("/api/campaigns/nowhere")
    assert api.headers["content-language"] == "en"


async def test_every_error_has_a_number_of_its_own(client: Client) -> None:
    first, second = [await client.http.get("/api/campaigns/nowhere") for _ in range(2)]
    assert first.json()["instance"] != second.json()["instance"]
