"""Staff sign in with a password and out again; what can be guessed is limited, what went right is not."""

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engage.app import create_app
from engage.core.clock import now
from engage.core.limits import Failure
from engage.core.permissions import Role
from engage.core.security import hash_token
from engage.core.settings import Settings
from engage.people.models import Person, StaffSession
from engage.people.pages import TRIES_PER_ACCOUNT
from engage.people.service import hasher
from tests.factories import make_organisation, make_partnership, make_person
from tests.web import Client

PASSWORD = "tri gair ar hap"
HASHED = hasher.hash(PASSWORD)


@pytest.fixture
async def officer(session: AsyncSession) -> Person:
    organisation = await make_organisation(session, await make_partnership(session))
    person = await make_person(session, organisation, Role.OFFICER)
    person.password_hash = HASHED
    await session.flush()
    return person


async def try_to_sign_in(client: Client, email: str, password: str, status: int = 200) -> None:
    await client.get("/en/sign-in")
    await client.submit({"email": email, "password": password}, has="password", status=status)


@pytest.mark.parametrize(("sign_in", "desk"), [("/cy/mewngofnodi", "/cy/desg"), ("/en/sign-in", "/en/desk")])
async def test_the_right_password_opens_the_desk_whatever_the_case_of_the_address(
    client: Client, officer: Person, sign_in: str, desk: str
) -> None:
    await client.get(sign_in)
    page = await client.submit({"email": f"  {officer.email.upper()} ", "password": PASSWORD}, has="password")
    assert page.response.url.path == desk
    assert "Elin Prydderch" in page.text


async def test_wrong_and_unknown_are_one_sentence(client: Client, officer: Person) -> None:
    sentences = []
    for email, password in [(officer.email, "tri gair arall"), ("neb@example.org", PASSWORD)]:
        await try_to_sign_in(client, email, password, status=422)
        assert client.page is not None
        assert client.page.title.startswith("Error:")
        assert client.page.form(has="password")["fields"]["email"] == email
        assert password not in client.page.html
        sentences.append("The e-mail address or the password is not right" in client.page.text)
    assert sentences == [True, True]
    page = await client.get("/en/desk")
    assert page.response.url.path == "/en/sign-in"


async def test_an_invited_person_without_a_password_cannot_sign_in(
    client: Client, session: AsyncSession, officer: Person
) -> None:
    officer.password_hash = None
    await session.flush()
    await try_to_sign_in(client, officer.email, "", status=422)
    await try_to_sign_in(client, officer.email, PASSWORD, status=422)


async def test_only_wrong_tries_count_and_they_run_out(
    client: Client, session: AsyncSession, officer: Person
) -> None:
    await try_to_sign_in(client, officer.email, PASSWORD)
    client.http.cookies.clear()
    assert await session.scalar(select(func.count()).select_from(Failure)) == 0
    await try_to_sign_in(client, officer.email, "tri gair arall", status=422)
    assert set(await session.scalars(select(Failure.tries))) == {1}
    await session.execute(update(Failure).values(tries=TRIES_PER_ACCOUNT))
    await try_to_sign_in(client, officer.email, PASSWORD, status=429)
    assert client.page is not None
    assert "Too many tries" in client.page.text
    assert PASSWORD not in client.page.html
    await session.execute(update(Failure).values(window_ends=now()))
    await try_to_sign_in(client, officer.email, PASSWORD)


async def test_one_account_s_failures_leave_the_others_alone(
    client: Client, session: AsyncSession, officer: Person
) -> None:
    for _ in range(2):
        await try_to_sign_in(client, "neb@example.org", "tri gair arall", status=422)
    tries = list(await session.scalars(select(Failure.tries)))
    assert tries == [2, 2], "the address that is typed, and the address that it is typed from"
    await session.execute(update(Failure).values(tries=TRIES_PER_ACCOUNT))
    await try_to_sign_in(client, officer.email, PASSWORD)
    assert "neb@" not in str((await session.execute(select(Failure))).all())


async def _set_cookie(http: httpx.AsyncClient, path: str, data: dict[str, str]) -> str:
    answer = await http.post(path, data=data, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 303
    return next(value for name, value in answer.headers.multi_items() if name == "set-cookie")


async def test_the_session_cookie_cannot_be_read_stolen_or_sent_from_elsewhere(
    client: Client, session: AsyncSession, officer: Person
) -> None:
    cookie = await _set_cookie(client.http, "/en/sign-in", {"email": officer.email, "password": PASSWORD})
    name, _, rest = cookie.partition("=")
    flags = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == "__Host-session"
    assert flags >= {"secure", "httponly", "samesite=lax", "path=/"}
    assert not any(flag.startswith("domain") for flag in flags)
    token = rest.split(";")[0]
    kept = (await session.scalars(select(StaffSession.token_hash))).one()
    assert kept == hash_token(token)
    assert token.encode() not in kept


async def test_on_this_machine_plain_http_has_a_plain_cookie(
    app: Litestar, settings: Settings, officer: Person
) -> None:
    plain = create_app(msgspec.structs.replace(settings, public_url="http://127.0.0.1:8000"))
    sessions: async_sessionmaker[AsyncSession] = app.state.sessions
    plain.state.sessions = sessions
    transport = httpx.ASGITransport(app=plain)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        cookie = await _set_cookie(http, "/en/sign-in", {"email": officer.email, "password": PASSWORD})
        assert cookie.startswith("session=")
        assert "secure" not in cookie.lower()
        assert "httponly" in cookie.lower()
        desk = await http.get("/en/desk")
    assert desk.status_code == 200
    assert "strict-transport-security" not in desk.headers


NEXT = [
    ("/en/desk/campaigns", "/en/desk/campaigns"),
    ("/cy/desg/ymgyrchoedd", "/cy/desg/ymgyrchoedd"),
    ("https://evil.example/en/", "/en/desk"),
    ("//evil.example/en/", "/en/desk"),
    ("/\\evil.example", "/en/desk"),
    ("/en/\\evil.example", "/en/desk"),
    ("/enevil.example", "/en/desk"),
    ("javascript:alert(1)", "/en/desk"),
    ("", "/en/desk"),
]


async def test_next_never_leaves_the_site(client: Client, officer: Person) -> None:
    for asked, onward in NEXT:
        client.http.cookies.clear()
        answer = await client.http.post(
            "/en/sign-in",
            params={"next": asked},
            data={"email": officer.email, "password": PASSWORD},
            headers={"sec-fetch-site": "same-origin"},
        )
        assert answer.headers["location"] == onward


async def test_who_asked_for_a_page_first_gets_it_after_signing_in(client: Client, officer: Person) -> None:
    page = await client.get("/cy/desg/ymgyrchoedd")
    assert page.response.url.path == "/cy/mewngofnodi"
    page = await client.submit({"email": officer.email, "password": PASSWORD}, has="password")
    assert page.response.url.path == "/cy/desg/ymgyrchoedd"


async def test_signing_out_ends_the_session_in_the_database(
    client: Client, session: AsyncSession, officer: Person
) -> None:
    await try_to_sign_in(client, officer.email, PASSWORD)
    stolen = dict(client.http.cookies)
    await client.submit(action="/en/sign-out")
    assert await session.scalar(select(func.count()).select_from(StaffSession)) == 0
    assert "__Host-session" not in client.http.cookies
    client.http.cookies.update(stolen)
    page = await client.get("/en/desk")
    assert page.response.url.path == "/en/sign-in"


async def test_a_session_ends_by_itself(client: Client, session: AsyncSession, officer: Person) -> None:
    await try_to_sign_in(client, officer.email, PASSWORD)
    await session.execute(update(StaffSession).values(expires_at=now()))
    page = await client.get("/en/desk")
    assert page.response.url.path == "/en/sign-in"
