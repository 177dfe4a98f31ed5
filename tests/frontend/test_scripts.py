"""The scripts in a browser, on real pages under the content policy of the site."""

import json
import mimetypes
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, expect, sync_playwright

from engage.core.security import HEADERS
from tests.frontend.environment import ROOT, make_environment, page_context

pytestmark = pytest.mark.browser

STATIC = ROOT / "frontend" / "static"
MANIFEST: dict[str, str] = json.loads((STATIC / "manifest.json").read_text())
IMPORTS = """{% from "macros/forms.html" import button, csrf with context %}
{% from "macros/ballot.html" import ballot_item, ballot_total with context %}
{% from "macros/parts.html" import progress with context %}
"""
TELL = """{% extends "layout/page.html" %}{% set switch_form = true %}{% block title %}T{% endblock %}
{% block main %}<form id="main-form" method="post" action="/told">{{ csrf() }}
<label for="place">Lle</label><input id="place" name="place">
<label for="story">Stori</label><textarea id="story" name="story" data-guard></textarea>
{{ button("Anfon") }}</form><a id="away" href="/elsewhere">X</a>{% endblock %}"""
BALLOT = """{% extends "layout/page.html" %}{% set switch_form = true %}{% block title %}T{% endblock %}
{% block main %}<form id="main-form" method="post" action="/told" data-ballot data-limit="1000000" data-most="3">
<ul class="ballot">{% for cost in (250050, 400000, 349950, 500000, 100) %}
{{ ballot_item("choice", loop.index, "Prosiect", cost, "£", chosen=loop.first) }}{% endfor %}</ul>
{{ ballot_total("Heb sgript", "Dewis: {chosen} o {most}. Gwario: {spent}. Ar ôl: {left}.", "Gormod: {over}.") }}
</form>{% endblock %}"""
WAITING = """{% extends "layout/page.html" %}{% block title %}T{% endblock %}
{% block scripts %}<script type="module" src="{{ asset("progress.js") }}"></script>{% endblock %}
{% block main %}{{ progress(10, "Yn dechrau", poll="/job") }}{% endblock %}"""
FAILED = """{% extends "layout/page.html" %}{% block title %}T{% endblock %}
{% block main %}<div data-error-summary tabindex="-1">Gwall</div>
<textarea data-guard>Stori a ddaeth yn ôl gyda gwallau</textarea><a id="away" href="/elsewhere">X</a>{% endblock %}"""


class Site:
    """Serves pages by path, notes what is posted, and answers /job from a list of reports."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {
            "/elsewhere": "<!DOCTYPE html><title>E</title>",
            "/done": "<!DOCTYPE html><p>D",
        }
        self.posted: list[tuple[str, dict[str, list[str]]]] = []
        self.reports: list[dict[str, Any] | int] = []
        self.let_go = threading.Event()
        self.let_go.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/static/"):
                    name = self.path.removeprefix("/static/")
                    self.answer((STATIC / name).read_bytes(), mimetypes.guess_type(name)[0] or "")
                elif self.path == "/job":
                    report = site.reports.pop(0)
                    failed = isinstance(report, int)
                    self.answer(json.dumps(report).encode(), "application/json", report if failed else 200)
                else:
                    self.answer(site.pages.get(self.path, "").encode(), "text/html; charset=utf-8")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                site.posted.append((self.path, parse_qs(body)))
                site.let_go.wait(10)
                self.answer(b"<!DOCTYPE html><title>Told</title>", "text/html; charset=utf-8")

            def answer(self, body: bytes, media_type: str, status: Any = 200) -> None:
                self.send_response(status)
                self.send_header("content-type", media_type)
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    installed = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(
                executable_path=installed, args=["--no-sandbox", "--disable-gpu"]
            )
        except Exception as reason:
            pytest.skip(f"no Chromium to be had: {reason}")
        yield started
        started.close()


@pytest.fixture
def site() -> Iterator[Site]:
    started = Site()
    yield started
    started.let_go.set()
    started.server.shutdown()
    started.server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    refused: list[str] = []
    opened.on("console", lambda line: refused.append(line.text) if "Content Security" in line.text else None)
    yield opened
    opened.close()
    assert refused == []


@pytest.fixture
def show(site: Site, page: Page) -> Callable[[str], Page]:
    env = make_environment("cy")

    def one(source: str) -> Page:
        context = page_context(
            "cy", asset=lambda name: f"/static/{MANIFEST[name]}", here=lambda lang: f"/{lang}/tell"
        )
        site.pages["/page"] = env.from_string(
            source.replace("{% block main %}", "{% block main %}" + IMPORTS)
        ).render(context)
        page.goto(site.address + "/page")
        return page

    return one


def test_the_switch_takes_what_was_typed_along(show: Callable[[str], Page], site: Site) -> None:
    page = show(TELL)
    page.fill("#story", "Stori fer")
    page.click("text=English")
    expect(page).to_have_title("Told")
    [(path, sent)] = site.posted
    assert path == "/en/tell"
    assert sent["story"] == ["Stori fer"]
    assert sent["switch_language"] == ["1"]
    assert sent["csrf_token"] == ["token-of-this-request"]


def test_enter_sends_the_form_and_leaves_the_language(show: Callable[[str], Page], site: Site) -> None:
    page = show(TELL)
    page.fill("#place", "Y Bont")
    page.press("#place", "Enter")
    expect(page).to_have_title("Told")
    [(path, sent)] = site.posted
    assert path == "/told"
    assert "switch_language" not in sent


def test_a_form_sent_twice_in_a_hurry_goes_once(show: Callable[[str], Page], site: Site) -> None:
    page = show(TELL)
    site.let_go.clear()
    # Spread out, so that each click would be a request of its own; the answer to the first is held back.
    page.evaluate(
        "for (const at of [0, 300, 600]) setTimeout(() => document.querySelector('main button').click(), at)"
    )
    page.wait_for_timeout(1200)
    site.let_go.set()
    expect(page).to_have_title("Told")
    assert len(site.posted) == 1


def test_a_form_may_be_sent_again_after_going_back(show: Callable[[str], Page], site: Site) -> None:
    page = show(TELL)
    for _ in range(2):
        page.click("text=Anfon")
        expect(page).to_have_title("Told")
        page.go_back()
    assert len(site.posted) == 2


def test_a_form_may_be_sent_again_when_the_first_got_lost(show: Callable[[str], Page], site: Site) -> None:
    page = show(TELL)
    page.clock.install()
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.route(
        "**/told", lambda route: route.fulfill(status=204)
    )  # the page stays, as when the signal is lost
    page.click("text=Anfon")
    page.click("text=Anfon")
    page.clock.fast_forward(9000)
    page.click("text=Anfon")
    page.wait_for_timeout(100)
    assert len(sent) == 2


def answered(page: Page) -> list[str]:
    """The kinds of dialog that come up from now on; each is answered with yes."""
    asked: list[str] = []

    def yes(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", yes)
    return asked


def leaving(page: Page) -> list[str]:
    """Leaves by a link: what was asked on the way."""
    asked = answered(page)
    page.click("#away")
    page.wait_for_url("**/elsewhere")
    return asked


@pytest.mark.parametrize(
    ("typed", "asked"), [("Stori sydd eisoes yn eithaf hir", ["beforeunload"]), ("Byr", []), ("", [])]
)
def test_long_text_is_not_left_by_accident(show: Callable[[str], Page], typed: str, asked: list[str]) -> None:
    page = show(TELL)
    page.click("#story")
    page.keyboard.type(typed)
    assert leaving(page) == asked


def test_text_that_came_back_with_errors_counts_as_unsent(show: Callable[[str], Page]) -> None:
    page = show(FAILED)
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.click("textarea")  # a browser asks only after the page was touched
    assert leaving(page) == ["beforeunload"]


def test_sending_long_text_asks_nothing(show: Callable[[str], Page], site: Site) -> None:
    page = show(TELL)
    asked = answered(page)
    page.click("#story")
    page.keyboard.type("Stori sydd eisoes yn eithaf hir")
    page.click("text=Anfon")
    expect(page).to_have_title("Told")
    assert asked == []


def test_the_ballot_adds_up_in_the_language_of_the_page(show: Callable[[str], Page]) -> None:
    page = show(BALLOT)
    line = page.locator("[data-ballot-total]")
    expect(line).to_have_text("Dewis: 1 o 3. Gwario: £2,500.50. Ar ôl: £7,499.50.")
    page.check("#choice-2")
    page.check("#choice-3")
    expect(line).to_have_text("Dewis: 3 o 3. Gwario: £10,000. Ar ôl: £0.")
    expect(page.locator(".ballot-total--over")).to_have_count(0)
    page.uncheck("#choice-3")
    page.check("#choice-4")
    expect(line).to_have_text("Gormod: £1,500.50.")
    expect(page.locator(".ballot-total--over")).to_have_count(1)
    page.uncheck("#choice-4")
    page.check("#choice-5")
    expect(line).to_have_text("Dewis: 3 o 3. Gwario: £6,501.50. Ar ôl: £3,498.50.")


def test_what_has_the_focus_is_not_under_the_total(show: Callable[[str], Page]) -> None:
    page = show(BALLOT)
    page.set_viewport_size({"width": 320, "height": 500})
    page.focus("#choice-1")
    for number in range(2, 6):
        page.keyboard.press("Tab")
        box = page.locator(f"#choice-{number}")
        expect(box).to_be_focused()
        low, total = box.bounding_box(), page.locator(".ballot-total").bounding_box()
        assert low is not None
        assert total is not None
        assert low["y"] + low["height"] <= total["y"]


def test_progress_is_followed_to_its_end(show: Callable[[str], Page], site: Site) -> None:
    site.reports = [
        {"percent": 40, "text": "Darllen: 60 o 150", "done": False},
        503,
        {"percent": 90, "text": "Bron â gorffen", "done": False},
        {"percent": 100, "text": "", "done": True, "url": "/done"},
    ]
    page = show(WAITING)
    expect(page.locator("[role=status]")).to_have_text("Darllen: 60 o 150")
    assert page.locator("progress").evaluate("bar => bar.value") == 40
    expect(page.locator("[role=status]")).to_have_text("Bron â gorffen")
    page.wait_for_url("**/done")
    assert site.reports == []


@pytest.mark.parametrize("source", [TELL, BALLOT, WAITING])
def test_no_sideways_scroll_at_320_pixels(show: Callable[[str], Page], site: Site, source: str) -> None:
    site.reports = [{"percent": 1, "text": "x", "done": False}] * 9
    page = show(source)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
