"""The application under test, and a client that looks hard at every page it opens."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from engage.app import create_app
from engage.core.addresses import names
from engage.core.security import SESSION_COOKIE
from engage.core.settings import Settings
from engage.people.models import Person
from engage.people.service import start_session
from translations.leftovers import english_left

ORIGIN = "https://cydlais.test"
MOST_STATEMENTS = 10
HEADERS = (
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "strict-transport-security",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    return Settings(
        environment="test",
        public_url=ORIGIN,
        data_dir=tmp_path,
        secrets_dir=secrets,
        server_key=b"k" * 32,
        log_format="text",
    )


@pytest.fixture(scope="session")
def application() -> Litestar:
    """Put together once: its routes are the same for every test."""
    return create_app(Settings(environment="test", public_url=ORIGIN, server_key=b"k" * 32))


@pytest.fixture
async def app(
    application: Litestar, settings: Settings, engine: AsyncEngine, session: AsyncSession
) -> AsyncIterator[Litestar]:
    """On the test's own connection: what a request commits, the test sees, and nobody else ever does."""
    app = application
    before = dict(app.state.dict())
    app.state.settings = settings
    connection = await session.connection()
    app.state.sessions = async_sessionmaker(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    )
    yield app
    for name in app.state.dict():
        if name in before:
            app.state[name] = before[name]
        else:
            del app.state[name]


class Page(HTMLParser):
    """What a test needs of a page: its language, title, headings, forms with their fields, and links."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response = response
        self.html = response.text
        self.language: str | None = None
        self.title = ""
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self._in_title = False
        self._textarea: tuple[dict[str, Any], str] | None = None
        self._select: tuple[dict[str, Any], str] | None = None
        self.feed(self.html)

    @property
    def text(self) -> str:
        """The visible words, as a reader finds them."""
        words = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", self.html, flags=re.S)
        return re.sub(r"\s+", " ", words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "html":
                self.language = given.get("lang")
            case "title":
                self._in_title = self.title == ""
            case "a" if "href" in given:
                self.links.append(given["href"])
            case "form":
                self.forms.append(
                    {
                        "action": given.get("action", ""),
                        "method": given.get("method", "get"),
                        "fields": {},
                        "names": set(),
                    }
                )
            case "input" | "button" if self.forms and "form" not in given:
                self._field(given)
            case "textarea" if self.forms:
                self._textarea = (self.forms[-1]["fields"], given["name"])
                self.forms[-1]["fields"][given["name"]] = ""
            case "select" if self.forms:
                self._select = (self.forms[-1]["fields"], given["name"])
            case "option" if self._select:
                fields, name = self._select
                if "selected" in given or name not in fields:
                    fields[name] = given.get("value", "")

    def _field(self, given: dict[str, str]) -> None:
        name, kind = given.get("name"), given.get("type", "text")
        if not name or kind in ("submit", "button"):
            return
        self.forms[-1]["names"].add(name)
        if kind in ("radio", "checkbox") and "checked" not in given:
            return
        fields = self.forms[-1]["fields"]
        if kind == "checkbox" and name in fields:
            fields[name] = [
                *([fields[name]] if isinstance(fields[name], str) else fields[name]),
                given.get("value", "on"),
            ]
        else:
            fields[name] = given.get("value", "on")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif self._textarea:
            fields, name = self._textarea
            fields[name] = (fields[name] + data).removeprefix("\n")

    def form(self, *, has: str | None = None) -> dict[str, Any]:
        """The page's form: the one that has this field, else the last one."""
        wanted = [form for form in self.forms if has is None or has in form["fields"] or has in form["names"]]
        assert wanted, f"no form with {has} on {self.response.url}"
        return wanted[-1]


class Client:
    """A browser without scripts: follows redirects, keeps cookies, sends forms as they stand on the page.

    Every page it opens is checked: language, title, headers, statements, forms and links that lead somewhere, and, in
    Welsh, no English left.
    """

    def __init__(self, app: Litestar, engine: AsyncEngine) -> None:
        self.app = app
        transport = httpx.ASGITransport(app=app)
        self.http = httpx.AsyncClient(transport=transport, base_url=ORIGIN, follow_redirects=False)
        self.engine = engine
        self.statements: list[str] = []
        self.page: Page | None = None

    async def get(self, path: str, status: int = 200) -> Page:
        return await self._send("GET", path, status)

    async def post(self, path: str, data: dict[str, Any] | None = None, status: int = 200) -> Page:
        return await self._send("POST", path, status, data=data or {})

    async def submit(
        self,
        values: dict[str, Any] | None = None,
        *,
        has: str | None = None,
        action: str | None = None,
        status: int = 200,
    ) -> Page:
        """Sends the form of the present page with these values changed; None takes a field out."""
        assert self.page is not None
        form = self.page.form(has=has)
        fields = {**form["fields"], **(values or {})}
        sent = {name: value for name, value in fields.items() if value is not None}
        path = action or form["action"] or str(self.page.response.url.raw_path.decode())
        return await self.post(path, sent, status)

    async def _send(self, method: str, path: str, status: int, **body: Any) -> Page:
        headers = {"sec-fetch-site": "same-origin"} if method == "POST" else {}
        response = await self._once(method, path, headers=headers, **body)
        hops = 0
        while response.is_redirect and hops < 5:
            response = await self._once("GET", response.headers["location"])
            hops += 1
        assert response.status_code == status, (
            f"{method} {path}: {response.status_code}\n{response.text[:2000]}"
        )
        self.page = Page(response)
        check(self.page, self.statements)
        return self.page

    async def _once(self, method: str, path: str, **more: Any) -> httpx.Response:
        self.statements = []

        def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
                self.statements.append(statement)

        event.listen(self.engine.sync_engine, "before_cursor_execute", note)
        try:
            return await self.http.request(method, path, **more)
        finally:
            event.remove(self.engine.sync_engine, "before_cursor_execute", note)


def check(page: Page, statements: list[str]) -> None:
    """What every page of the product owes, whoever opened it and why."""
    response = page.response
    where = str(response.url)
    for header in HEADERS:
        assert header in response.headers, f"{where} has no {header}"
    assert "unsafe" not in response.headers["content-security-policy"]
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page.html), f"inline style or handler on {where}"
    assert page.title.strip(), f"{where} has no title"
    path = response.url.path
    if path.startswith(("/cy", "/en")):
        assert page.language == path[1:3], f"{where} says it is in {page.language}"
    assert page.html.count("<h1") == 1 or path == "/", f"{where} has {page.html.count('<h1')} first headings"
    for form in page.forms:
        if form["method"].lower() == "post":
            assert leads_somewhere(form["action"] or path), f"{where}: form to {form['action']}"
    for link in page.links:
        assert link.startswith(("#", "mailto:", "tel:", "/static/", "/api/")) or leads_somewhere(link), (
            f"{where}: link to {link}"
        )
    if page.language == "cy":
        assert english_left(page.html) == [], f"English on {where}"
    assert len(statements) <= MOST_STATEMENTS, f"{where}: {len(statements)} statements\n" + "\n".join(
        statements
    )


def leads_somewhere(address: str) -> bool:
    path = address.split("?")[0].split("#")[0].rstrip("/") or "/"
    return path in ("/", "/cy", "/en") or any(pattern.fullmatch(path) for pattern in _patterns())


def _patterns() -> list[re.Pattern[str]]:
    paths = [path for both in names().values() for path in both.values()]
    return [re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)) for path in paths]


@pytest.fixture
async def client(app: Litestar, engine: AsyncEngine) -> AsyncIterator[Client]:
    """Somebody who has never been here."""
    made = Client(app, engine)
    yield made
    await made.http.aclose()


async def sign_in(client: Client, session: AsyncSession, person: Person) -> Client:
    """Gives the client the session that signing in would; the sign-in page has its own tests."""
    token = await start_session(session, person)
    client.http.cookies.set(f"__Host-{SESSION_COOKIE}", token, domain="cydlais.test")
    return client
