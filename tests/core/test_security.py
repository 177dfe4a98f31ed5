"""Headers on every kind of answer, and forms that only our own pages can send."""

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.permissions import Role
from engage.core.security import (
    cookie_name,
    csrf_token,
    csrf_token_is_valid,
    drop_cookie,
    hash_token,
    keyed_hash,
    make_cookie,
    new_token,
)
from engage.core.settings import Settings
from tests.factories import make_organisation, make_partnership, make_person
from tests.web import Client, sign_in

SETTINGS = Settings(environment="test", public_url="https://cydlais.test", server_key=b"k" * 32)
OTHER_KEY = Settings(environment="test", public_url="https://cydlais.test", server_key=b"j" * 32)

EVERY_KIND = [
    ("GET", "/", 200),
    ("GET", "/cy", 200),
    ("GET", "/en/desk", 303),
    ("GET", "/en/nowhere", 404),
    ("GET", "/nowhere", 404),
    ("POST", "/en/campaigns", 405),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/static/manifest.json", 200),
    ("GET", "/api/campaigns", 200),
    ("GET", "/api/campaigns/nowhere", 404),
    ("GET", "/api/nowhere", 404),
    ("GET", "/api/schema/openapi.json", 200),
    ("GET", "/en/campaigns/a%00b", 400),
    ("GET", "/api/campaigns/nowhere/stories?page=99999999999999999999999", 404),
]


async def test_every_kind_of_answer_carries_the_headers(client: Client) -> None:
    for method, path, status in EVERY_KIND:
        answer = await client.http.request(method, path)
        assert answer.status_code == status, path
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'"), path
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        kept = path.startswith("/static/") and status == 200
        assert answer.headers["cache-control"] == (
            "public, max-age=31536000, immutable" if kept else "no-store"
        )


async def send(client: Client, path: str = "/en/receipt", **headers: str) -> httpx.Response:
    return await client.http.post(path, data={"code": "7KQ4M-2XTWD-9HPC"}, headers=headers)


ORIGINS: list[tuple[dict[str, str], int]] = [
    ({"sec-fetch-site": "same-origin"}, 422),
    ({"sec-fetch-site": "none"}, 422),
    ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "cross-site", "origin": "https://cydlais.test"}, 403),
    ({"origin": "https://cydlais.test"}, 422),
    ({"origin": "https://evil.example"}, 403),
    ({"origin": "https://cydlais.test.evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({}, 422),
]


async def test_where_a_form_comes_from(client: Client) -> None:
    for headers, status in ORIGINS:
        answer = await send(client, **headers)
        assert answer.status_code == status, headers


async def test_with_a_session_a_form_needs_its_token(
    client: Client, session: AsyncSession, settings: Settings
) -> None:
    organisation = await make_organisation(session, await make_partnership(session))
    await sign_in(client, session, await make_person(session, organisation, Role.OFFICER))
    page = await client.get("/en/desk")
    own = page.form(has="csrf_token")["fields"]["csrf_token"]
    assert own != (await client.get("/en/desk")).form(has="csrf_token")["fields"]["csrf_token"], "masked anew"
    ours = {"sec-fetch-site": "same-origin"}
    for wrong in ("", "x", own[:-4] + "AAAA", csrf_token(settings, new_token())):
        answer = await client.http.post("/en/sign-out", data={"csrf_token": wrong}, headers=ours)
        assert answer.status_code == 403
    text = await client.http.post(
        "/en/sign-out", content=b"x", headers={**ours, "content-type": "text/plain"}
    )
    assert text.status_code == 403
    assert (await client.get("/en/desk")).response.url.path == "/en/desk", "still signed in"
    answer = await client.http.post("/en/sign-out", data={"csrf_token": own}, headers=ours)
    assert answer.status_code == 303


async def test_a_form_that_cannot_be_read_is_refused_with_a_page(client: Client) -> None:
    kind = {"sec-fetch-site": "same-origin", "content-type": "multipart/form-data; boundary=x"}
    answer = await client.http.post("/en/receipt", content=b"--x\r\nnonsense", headers=kind)
    assert answer.status_code in (400, 422)
    big = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    answer = await client.http.post("/en/receipt", content=b"code=" + b"a" * 3 * 1024 * 1024, headers=big)
    assert answer.status_code == 413
    assert "<h1" in answer.text


def test_a_token_belongs_to_its_session_and_key() -> None:
    session = new_token()
    token = csrf_token(SETTINGS, session)
    assert csrf_token_is_valid(SETTINGS, session, token)
    assert not csrf_token_is_valid(SETTINGS, new_token(), token)
    assert not csrf_token_is_valid(OTHER_KEY, session, token)
    for nonsense in ("", "é", "====", "A" * 88, token[:-4]):
        assert not csrf_token_is_valid(SETTINGS, session, nonsense)


def test_hashes_of_one_purpose_say_nothing_of_another() -> None:
    assert keyed_hash(SETTINGS, "sign-in", "a") != keyed_hash(SETTINGS, "reset", "a")
    assert keyed_hash(SETTINGS, "sign-in", "a") != keyed_hash(OTHER_KEY, "sign-in", "a")
    assert len({new_token() for _ in range(100)}) == 100
    assert hash_token("a") != hash_token("b")


def test_cookies_of_a_site_and_of_one_s_own_machine() -> None:
    plain = Settings(environment="test")
    assert (cookie_name(SETTINGS, "session"), cookie_name(plain, "session")) == ("__Host-session", "session")
    cookie = make_cookie(SETTINGS, "session", "x")
    assert (cookie.secure, cookie.httponly, cookie.samesite, cookie.path) == (True, True, "lax", "/")
    assert (cookie.domain, cookie.max_age) == (None, None)
    assert make_cookie(plain, "session", "x").secure is False
    gone = drop_cookie(SETTINGS, "session")
    assert (gone.value, gone.max_age) == ("", 0)
