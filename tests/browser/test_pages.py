"""Every page, in both languages: nothing against WCAG 2.2 AA, nothing wider than a small phone, light on the wire."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from engage.demo.accounts import PASSWORD
from tests.browser.conftest import Server, scrolls_sideways, violations
from translations.leftovers import english_left

PUBLIC = {
    "cy": [
        "/cy",
        "/cy/ymgyrchoedd",
        "/cy/ymgyrchoedd/y-stryd-fawr-wedi-nos",
        "/cy/ymgyrchoedd/y-stryd-fawr-wedi-nos/straeon",
        "/cy/beth-ddaeth-ohono",
        "/cy/derbynneb",
        "/cy/rowndiau",
        "/cy/hygyrchedd",
        "/cy/preifatrwydd",
        "/cy/cwcis",
        "/cy/cysylltu",
        "/cy/mewngofnodi",
        "/cy/cyfrinair-newydd",
        "/cy/dim-yma",
    ],
    "en": [
        "/",
        "/en",
        "/en/campaigns",
        "/en/campaigns/high-street-after-dark",
        "/en/campaigns/high-street-after-dark/stories",
        "/en/what-came-of-it",
        "/en/receipt",
        "/en/rounds",
        "/en/accessibility",
        "/en/privacy",
        "/en/cookies",
        "/en/contact",
        "/en/sign-in",
        "/en/new-password",
        "/en/nothing-here",
    ],
}
MOST_BYTES = 30_000
FOLLOWED = re.compile(r"^/(cy|en)/")
NOT_FOLLOWED = ("/allgofnodi", "/sign-out", ".json", ".pb", ".zip", ".csv")


def look(page: Page, path: str) -> list[str]:
    """Opens a page at 320 px and says what is wrong with it."""
    page.goto(path)
    wrong = [f"{path}: {line}" for line in violations(page)]
    if scrolls_sideways(page):
        wrong.append(f"{path}: wider than 320 px")
    if path.startswith("/cy"):
        wrong += [f"{path}: English left: {words}" for words in english_left(page.content())]
    return wrong


def links(page: Page) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    own = (href.split("#")[0].split("?")[0] for href in found if FOLLOWED.match(href or ""))
    return [path for path in dict.fromkeys(own) if not path.endswith(NOT_FOLLOWED)]


def kind(path: str) -> str:
    """Pages of one kind differ in their slug or id only: two of each are looked at."""
    parts = path.strip("/").split("/")
    return "/".join("*" if number >= 2 and number % 2 == 0 else part for number, part in enumerate(parts))


def crawl(page: Page, start: list[str], most_of_a_kind: int = 2) -> tuple[int, list[str]]:
    """Everything that can be reached, and what is wrong with it."""
    waiting, seen, kinds, wrong = list(start), set(start), {}, []
    while waiting:
        path = waiting.pop(0)
        kinds[kind(path)] = kinds.get(kind(path), 0) + 1
        if kinds[kind(path)] > most_of_a_kind:
            continue
        wrong += look(page, path)
        for href in links(page):
            if href not in seen and href.startswith(path[:3]):
                seen.add(href)
                waiting.append(href)
    return sum(min(count, most_of_a_kind) for count in kinds.values()), wrong


@pytest.mark.parametrize("language", ["cy", "en"])
def test_every_public_page(browser: Browser, server: Server, language: str) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": 320, "height": 700})
    seen, wrong = crawl(context.new_page(), PUBLIC[language])
    context.close()
    assert wrong == []
    assert seen > 25


@pytest.mark.parametrize("language", ["cy", "en"])
def test_every_page_of_the_desk(browser: Browser, server: Server, language: str) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": 320, "height": 700})
    page = context.new_page()
    sign_in(page, language, "elin@example.org")
    seen, wrong = crawl(page, [f"/{language}/{'desg' if language == 'cy' else 'desk'}"])
    context.close()
    assert wrong == []
    assert seen > 12


def sign_in(page: Page, language: str, email: str) -> None:
    page.goto(f"/{language}/{'mewngofnodi' if language == 'cy' else 'sign-in'}")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.locator("#main-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/des[gk]$"))


@pytest.mark.parametrize(
    "path", ["/", "/cy", "/cy/ymgyrchoedd", "/en/rounds", "/en/campaigns/high-street-after-dark"]
)
def test_a_first_visit_is_light(context: BrowserContext, path: str) -> None:
    """Everything over the wire for somebody who has never been here, headers left out."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(path, wait_until="networkidle")
    assert len(sizes) >= 3, "page, style sheet and script at least"
    assert sum(sizes) <= MOST_BYTES


def test_the_first_visit_shows_both_languages_welsh_first(page: Page) -> None:
    page.goto("/")
    assert (
        page.locator("a[href='/cy']").bounding_box()["y"] <= page.locator("a[href='/en']").bounding_box()["y"]
    )  # type: ignore[index]
    page.click("a[href='/en']")
    page.goto("/")
    assert page.url.endswith("/en")
