"""A real server with the demonstration in it, and a real Chromium in front of it."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, get

ROOT = Path(__file__).parents[2]
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Server:
    """``make demo`` on a port and a data folder of its own."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.database_url = database_url
        self.log = folder / "server.log"
        env = {**os.environ, "DATA_DIR": str(folder), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        for name in ("DATABASE_URL", "BROKER_URL", "ENGAGE_ENV"):
            env.pop(name, None)
        if database_url:
            env["DATABASE_URL"] = database_url
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "engage", "demo"], cwd=ROOT, env=env, stdout=log, stderr=log
            )

    def wait(self, seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                httpx.get(f"{self.url}/cy", timeout=2)
                return
            except httpx.TransportError:
                time.sleep(0.1)
        pytest.fail(f"the demonstration did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def voter_codes(self) -> list[str]:
        lines = self.output.split("Voter codes for the open round:")[1].splitlines()
        return [line.strip() for line in lines[1:11]]


async def _database(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("demo")
    given, own = os.environ.get("DATABASE_URL"), None
    if given:
        name = f"cydlais_demo_{secrets.token_hex(4)}"
        asyncio.run(_database(given, f"create database {name}"))
        own = urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    made = Server(folder, own)
    made.wait()
    yield made
    made.stop()
    if given and own:
        asyncio.run(_database(given, f"drop database {urlsplit(own).path[1:]} with (force)"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with its module: while it lives, this thread has a running event loop and no asynchronous test could run."""
    path, why = get()
    if path is None:
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(f"no Chromium: {why}")
        pytest.skip(f"browser tests are not run: no Chromium ({why})")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A phone that has never been here."""
    made = browser.new_context(base_url=server.url, viewport=PHONE, locale="cy-GB")
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, one line each; evaluated, since the page’s own policy allows no script."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
    return [
        f"{item['id']}: {item['help']} at {[node['target'] for node in item['nodes']][:3]}"
        for item in found["violations"]
    ]


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
