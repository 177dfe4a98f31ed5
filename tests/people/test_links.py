"""Invitations and password resets: a link that works once, sent by a real mail server's rules."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.clock import now
from engage.core.permissions import Role
from engage.core.settings import Settings
from engage.people.models import Organisation, Person, SingleUseLink
from engage.people.service import LINK_LASTS, RESET_LASTS
from tests.factories import make_organisation, make_partnership, make_person
from tests.people.jobs import do_jobs
from tests.people.mailbox import Mailbox, open_mailbox
from tests.web import ORIGIN, Client, sign_in

PASSWORD = "pont ceffyl batri"


@pytest.fixture
async def mailbox(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> AsyncIterator[Mailbox]:
    async with open_mailbox() as mailbox:
        for name, value in {
            "ENGAGE_ENV": "test",
            "PUBLIC_URL": ORIGIN,
            "SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}",
            "MAIL_FROM": "cydlais@example.org",
            "DATA_DIR": str(settings.data_dir),
            "SERVER_KEY": settings.server_key.hex(),
        }.items():
            monkeypatch.setenv(name, value)
        yield mailbox


@pytest.fixture
async def council(session: AsyncSession) -> Organisation:
    return await make_organisation(session, await make_partnership(session))


async def invite(
    client: Client, app: Litestar, session: AsyncSession, council: Organisation, lang: str
) -> None:
    admin = await make_person(session, council, Role.ADMINISTRATOR, name="Gwenno Pritchard")
    await sign_in(client, session, admin)
    await client.get("/cy/desg/pobl" if lang == "cy" else "/en/desk/people")
    page = await client.submit(
        {
            "name": "Aled Rowlands",
            "email": "aled@example.org",
            "organisation": str(council.id),
            "role": "moderator",
            "language": lang,
        },
        has="email",
    )
    assert "Aled Rowlands" in page.text
    client.http.cookies.clear()
    assert await do_jobs(app.state.sessions) == [("people.send_link", "done")]


async def ask_for_reset(client: Client, app: Litestar, address: str) -> None:
    await client.get("/en/new-password")
    page = await client.submit({"email": address}, has="email")
    assert "If that address belongs to an account, a link is on its way." in page.text
    await do_jobs(app.state.sessions)


async def signs_in(client: Client, email: str, password: str) -> bool:
    client.http.cookies.clear()
    answer = await client.http.post(
        "/en/sign-in", data={"email": email, "password": password}, headers={"sec-fetch-site": "same-origin"}
    )
    client.http.cookies.clear()
    return answer.status_code == 303


@pytest.mark.parametrize(
    ("lang", "path", "subject", "words"),
    [
        ("cy", "/cy/dewis-cyfrinair/", "Gwahoddiad", "unwaith"),
        ("en", "/en/choose-password/", "An invitation to Cydlais", "The link works once."),
    ],
)
async def test_an_invitation_opens_an_account_once(
    client: Client,
    app: Litestar,
    session: AsyncSession,
    council: Organisation,
    mailbox: Mailbox,
    lang: str,
    path: str,
    subject: str,
    words: str,
) -> None:
    await invite(client, app, session, council, lang)
    (message,) = mailbox.messages
    assert message["To"] == "aled@example.org"
    assert subject in message["Subject"]
    assert words in mailbox.text()
    link = mailbox.link()
    assert link.startswith(path)
    token = link.rsplit("/", 1)[1]
    assert token[:8] not in message["Message-ID"]
    page = await client.get(link)
    assert page.language == lang
    assert page.response.headers["referrer-policy"] == "no-referrer"
    page = await client.submit({"password": "rhy fyr"}, has="password", status=422)
    assert "12" in page.text
    page = await client.submit({"password": PASSWORD}, has="password")
    assert page.response.url.path in ("/cy/mewngofnodi", "/en/sign-in")
    await client.get(link, status=404)
    assert await signs_in(client, "aled@example.org", PASSWORD)


async def test_the_link_stands_nowhere_in_the_database(
    client: Client, app: Litestar, session: AsyncSession, council: Organisation, mailbox: Mailbox
) -> None:
    await invite(client, app, session, council, "en")
    token = mailbox.link().rsplit("/", 1)[1]
    for table in ("outbox", "single_use_link", "audit_event"):
        rows = str((await session.execute(text(f"select * from {table}"))).all())  # noqa: S608
        assert rows != "[]"
        assert token[:12] not in rows


async def test_a_reset_lasts_an_hour_and_an_invitation_a_week(
    client: Client, app: Litestar, session: AsyncSession, council: Organisation, mailbox: Mailbox
) -> None:
    await invite(client, app, session, council, "en")
    invitation = mailbox.link()
    await ask_for_reset(client, app, "aled@example.org")
    reset = mailbox.link()
    assert reset != invitation
    lasts = {link.purpose: link.expires_at - now() for link in await session.scalars(select(SingleUseLink))}
    assert LINK_LASTS * 0.99 < lasts["invitation"] <= LINK_LASTS
    assert RESET_LASTS * 0.9 < lasts["reset"] <= RESET_LASTS
    await session.execute(update(SingleUseLink).values(expires_at=now()))
    for link in (invitation, reset):
        page = await client.get(link, status=404)
        assert "This link no longer works" in page.text


async def test_a_new_link_kills_the_old_and_a_new_password_kills_every_link_and_session(
    client: Client, app: Litestar, session: AsyncSession, council: Organisation, mailbox: Mailbox
) -> None:
    await invite(client, app, session, council, "en")
    invitation = mailbox.link()
    await ask_for_reset(client, app, "Aled@Example.org")
    first = mailbox.link()
    await ask_for_reset(client, app, "aled@example.org")
    second = mailbox.link()
    await client.get(first, status=404)
    await client.get(invitation)
    person = (await session.scalars(select(Person).where(Person.email == "aled@example.org"))).one()
    await sign_in(client, session, person)
    stolen = dict(client.http.cookies)
    client.http.cookies.clear()
    await client.get(second)
    await client.submit({"password": PASSWORD}, has="password")
    await client.get(invitation, status=404)
    client.http.cookies.update(stolen)
    page = await client.get("/en/desk")
    assert page.response.url.path == "/en/sign-in"


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    client: Client, app: Litestar, mailbox: Mailbox
) -> None:
    await ask_for_reset(client, app, "neb@example.org")
    assert mailbox.messages == []


async def test_mail_that_was_refused_is_tried_again(
    client: Client, app: Litestar, session: AsyncSession, council: Organisation, mailbox: Mailbox
) -> None:
    mailbox.refusing = True
    await make_person(session, council, Role.OFFICER, name="Elin Prydderch")
    await client.get("/en/new-password")
    person = (await session.scalars(select(Person))).one()
    await client.submit({"email": person.email}, has="email")
    assert await do_jobs(app.state.sessions) == [("people.send_link", "waiting")]
    mailbox.refusing = False
    assert await do_jobs(app.state.sessions) == [("people.send_link", "done")]
    await client.get(mailbox.link())


async def test_a_made_up_link_opens_nothing(client: Client) -> None:
    await client.get("/cy/dewis-cyfrinair/abc", status=404)
    await client.post("/en/choose-password/abc", {"password": PASSWORD}, status=404)
    assert client.page is not None
    assert PASSWORD not in client.page.html
