"""The whole thread by hand: campaign, story, theme, answer, vote, count, commitment, and back to the teller.

Walked in Welsh without scripts and in English with them.
"""

import asyncio
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engage.core.addresses import url
from engage.demo.accounts import PASSWORD
from tests.browser.conftest import PHONE, ROOT, Server, violations
from translations import Language

WORDS = {
    "cy": {
        "campaign": "Bysiau’r cwm",
        "theme": "Bysiau’r hwyr",
        "round": "Arian i’r cwm",
        "project": "Lloches bws",
    },
    "en": {
        "campaign": "Buses of the valley",
        "theme": "Late buses",
        "round": "Money for the valley",
        "project": "A bus shelter",
    },
}
STORY = "Collais y bws olaf adref o’r dref a cherddais dair milltir yn y tywyllwch."
OTHERS = [
    "Mae’r bws olaf adref o’r dref yn gadael am chwech, a bues i’n cerdded adref yn y tywyllwch.",
    "There is no bus home from town after six and I walked home in the dark again.",
    "The last bus from town had gone at six so I walked the three miles home in the dark.",
    "Doedd dim bws adref o’r dref ar ôl chwech, felly cerddais adref yn y glaw.",
    "The bus home from town never came and we walked in the dark with the children.",
    "Mae’r parc yn llawn sbwriel a gwydr, a does dim bin yn agos at y siglenni.",
    "The park is full of litter and glass and there is no bin near the swings.",
    "Litter and broken glass all over the park by the swings again, and no bin.",
    "Sbwriel a gwydr wedi torri ym mhob man yn y parc wrth y siglenni, a dim bin.",
]


def one_bilingual(page: Page, name: str, cy: str, en: str) -> None:
    for side, text in (("cy", cy), ("en", en)):
        page.fill(f"[name={name}_{side}]", text)
        page.check(f"[name={name}_{side}_approved]")


def send(page: Page, button: str | None = None) -> None:
    """Presses the main button of the page's own form, or the one of that name."""
    wanted = (
        page.locator(f"main button[name={button}]")
        if button
        else page.locator("main form button.govuk-button")
    )
    wanted.first.click()
    page.wait_for_load_state()


class Walk:
    def __init__(self, browser: Browser, server: Server, language: Language) -> None:
        self.server, self.language = server, language
        self.words = WORDS[language]
        scripts = language == "en"
        self.context = browser.new_context(base_url=server.url, viewport=PHONE, java_script_enabled=scripts)
        self.context.set_default_timeout(20_000)
        self.page = self.context.new_page()

    def go(self, name: str, **parameters: object) -> Page:
        answer = self.page.goto(url(self.language, name, **parameters))
        assert answer is not None
        assert answer.ok, f"{self.page.url}: {answer.status}"
        return self.page

    def sign_in(self, person: str) -> None:
        self.context.clear_cookies()
        page = self.go("sign-in")
        page.fill("#email", f"{person}@example.org")
        page.fill("#password", PASSWORD)
        send(page)
        expect(page).to_have_url(re.compile(r"/des[gk]$"))

    def slug(self) -> str:
        """The last readable part of the present address."""
        return [part for part in urlsplit(self.page.url).path.split("/") if part][-1]

    @property
    def database_url(self) -> str:
        given = self.server.database_url
        return (
            given
            or f"postgresql://cydlais@/postgres?host={quote(str(self.server.folder / 'postgres' / 'socket'))}"
        )


@pytest.mark.parametrize("language", ["cy", "en"])
def test_the_eight_steps(browser: Browser, server: Server, language: Language, tmp_path: Path) -> None:
    walk = Walk(browser, server, language)
    campaign = make_campaign(walk)
    code = tell_a_story(walk, campaign)
    moderate(walk, campaign, tmp_path)
    theme = find_themes(walk, campaign)
    answer(walk, campaign)
    round_slug, codes = open_a_round(walk)
    vote(walk, round_slug, codes)
    count(walk, round_slug)
    follow_the_thread(walk, code, theme)
    walk.context.close()


def make_campaign(walk: Walk) -> str:
    """Step 1: an officer and a partner both see the draft; then it is published."""
    walk.sign_in("elin")
    page = walk.go("desk-campaign-new")
    tick_partner(page)
    one_bilingual(page, "title", WORDS["cy"]["campaign"], WORDS["en"]["campaign"])
    one_bilingual(page, "summary", "Sut mae pobl yn teithio yn y cwm?", "How do people travel in the valley?")
    one_bilingual(page, "prompt", "Soniwch am un daith.", "Tell us about one journey.")
    one_bilingual(page, "promise", "Byddwn ni’n darllen ac yn ateb.", "We will read and answer.")
    day = date.today()  # noqa: DTZ011  # the browser's own day
    page.fill("#opens", day.isoformat())
    page.fill("#closes", (day + timedelta(days=20)).isoformat())
    page.fill("#feedback_by", (day + timedelta(days=60)).isoformat())
    send(page)
    expect(page.locator("h1")).to_contain_text(walk.words["campaign"])
    slug = walk.slug()
    walk.sign_in("mared")
    expect(walk.go("desk-campaigns").locator("main")).to_contain_text(walk.words["campaign"])
    walk.sign_in("elin")
    page = walk.go("desk-campaign", slug=slug)
    page.locator("form[action$='/publish'] button, form[action$='/cyhoeddi'] button").click()
    page.wait_for_load_state()
    return walk.slug()


def tick_partner(page: Page) -> None:
    label = page.locator("label", has_text=re.compile("Gwirfoddol|Voluntary"))
    label.first.click()


def tell_a_story(walk: Walk, slug: str) -> str:
    """Step 2: on a phone, with consent, to a receipt code."""
    walk.context.clear_cookies()
    page = walk.go("campaign", slug=slug)
    page.locator("main a.govuk-button").first.click()
    page.fill("#text", STORY)
    send(page)
    page.select_option("#ward", index=1)
    send(page)
    page.check("[name=consent][value=publish]")
    send(page)
    expect(page.locator("main")).to_contain_text(STORY)
    send(page)
    code = page.locator(".panel__code").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}", code)
    return code


def moderate(walk: Walk, slug: str, folder: Path) -> None:
    """Step 3, for the story that was told and for nine that come from a file."""
    file = folder / "stories.csv"
    file.write_text("text,consent\n" + "\n".join(f'"{text}",publish' for text in OTHERS), encoding="utf-8")
    env = {**os.environ, "DATA_DIR": str(walk.server.folder), "DATABASE_URL": walk.database_url}
    command = [sys.executable, "-m", "engage", "import-stories", str(file), "--campaign", slug, "--yes"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    walk.sign_in("elin")
    for _ in range(len(OTHERS) + 1):
        page = walk.go("queue", slug=slug)
        page.locator(".queue__item a").first.click()
        send(page, "clear")
    assert walk.go("queue", slug=slug).locator(".queue__item a").count() == 0


def find_themes(walk: Walk, slug: str) -> str:
    """Step 4: a run with its progress, a theme named in both languages and signed off."""
    page = walk.go("workbench", slug=slug)
    page.fill("#themes", "2")
    send(page)
    # With scripts the page moves on by itself; without, it looks again every few seconds.
    rows = page.locator("main table tbody tr th a")
    for _ in range(60):
        if rows.count():
            break
        page.wait_for_timeout(1000)
        if walk.language == "cy":
            page.goto(url(walk.language, "workbench", slug=slug))
    for number in range(rows.count()):
        page.goto(url(walk.language, "workbench", slug=slug))
        rows.nth(number).click()
        page.wait_for_load_state()
        if STORY in page.locator("main").inner_text():
            break
    expect(page.locator("main")).to_contain_text(STORY)
    one_bilingual(page, "name", WORDS["cy"]["theme"], WORDS["en"]["theme"])
    send(page, "sign_off")
    expect(page.locator("h1")).to_contain_text(walk.words["theme"])
    return page.url


def answer(walk: Walk, slug: str) -> None:
    """Step 5: you said, we will, with a promise."""
    page = walk.go("desk-responses", slug=slug)
    page.locator(".entries__item p.govuk-body a").first.click()
    one_bilingual(page, "you_said", "Does dim bws adref gyda’r nos.", "There is no bus home at night.")
    page.check("[name=kind][value=will]")
    one_bilingual(page, "we_did", "Byddwn ni’n rhoi bws ymlaen.", "We will put on a bus.")
    one_bilingual(page, "promise", "Bws am naw o’r gloch", "A bus at nine o’clock")
    page.fill("#due", (date.today() + timedelta(days=90)).isoformat())  # noqa: DTZ011
    send(page, "publish")
    expect(page.locator("main .tag--good").first).to_be_visible()


def open_a_round(walk: Walk) -> tuple[str, list[str]]:
    """Step 6, the officer's part: a pot, three projects, frozen rules, codes."""
    page = walk.go("desk-round-new")
    one_bilingual(page, "title", WORDS["cy"]["round"], WORDS["en"]["round"])
    one_bilingual(page, "summary", "Dewiswch beth i’w ariannu.", "Choose what to fund.")
    one_bilingual(page, "purpose", "Teithio yn y cwm.", "Getting about in the valley.")
    page.select_option("[name=campaign]", label=walk.words["campaign"])
    now = datetime.now()  # noqa: DTZ005  # what an officer would type
    page.fill("#voting_opens", f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}")
    page.fill("#voting_closes", f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}")
    page.fill("#minimum_ballots", "1")
    send(page)
    slug = walk.slug()
    page = walk.go("desk-contest-new", slug=slug)
    one_bilingual(page, "title", "Y gronfa", "The pot")
    page.fill("#pot", "1000")
    send(page)
    for cy, en, cost in (
        (WORDS["cy"]["project"], WORDS["en"]["project"], "600"),
        ("Mainc", "A bench", "300"),
        ("Cerflun", "A statue", "900"),
    ):
        page = walk.go("desk-project-new", slug=slug)
        one_bilingual(page, "title", cy, en)
        one_bilingual(page, "summary", f"{cy} ger yr orsaf.", f"{en} by the station.")
        page.fill("#cost", cost)
        send(page)
    page = walk.go("desk-round", slug=slug)
    page.check("[name=sure]")
    page.locator("form[action$='/freeze'] button, form[action$='/rhewi'] button").click()
    page.wait_for_load_state()
    page = walk.go("desk-round-codes", slug=slug)
    page.fill("#number", "3")
    send(page)
    found = re.findall(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}\b", page.locator("main").inner_text())
    codes = list(dict.fromkeys(found))
    assert len(codes) == 3
    return slug, codes


def choices(page: Page, *names: str) -> None:
    for box in page.locator("[name=choice]").all():
        box.uncheck()
    for name in names:
        page.locator("label", has_text=name).first.click()


def cast(walk: Walk, slug: str, code: str, *names: str) -> Locator:
    walk.context.clear_cookies()
    page = walk.go("vote", slug=slug)
    page.fill("[name=code]", code)
    send(page)
    walk.go("ballot", slug=slug, number=1)  # a second time the code leads to the ballot that stands
    choices(page, *names)
    send(page)
    send(page)
    return page.locator(".panel__code, .govuk-panel").first


def vote(walk: Walk, slug: str, codes: list[str]) -> None:
    """Step 6, the residents' part: vote, change, remove, vote again."""
    shelter, bench = walk.words["project"], {"cy": "Mainc", "en": "A bench"}[walk.language]
    statue = {"cy": "Cerflun", "en": "A statue"}[walk.language]
    first = cast(walk, slug, codes[0], statue).inner_text()
    assert walk.page.locator("main").inner_text() != first
    changed = cast(walk, slug, codes[0], shelter, bench)
    expect(changed).to_be_visible()
    expect(cast(walk, slug, codes[1], shelter)).to_be_visible()
    page = walk.go("ballot-remove", slug=slug, number=1)
    send(page)
    expect(cast(walk, slug, codes[1], shelter)).to_be_visible()
    expect(cast(walk, slug, codes[2], bench)).to_be_visible()
    if walk.language == "en":
        assert violations(walk.page) == []


async def _end_voting(database_url: str, slug: str) -> None:
    """The day has come: nobody waits for it here. Casting goes by this column and the database's clock."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "UPDATE round SET voting_closes = clock_timestamp() WHERE slug_cy = $1 OR slug_en = $1", slug
        )
        await connection.execute(
            "UPDATE outbox SET due = clock_timestamp() WHERE job = 'budgeting.close' AND state = 'waiting' AND "
            "unique_key = (SELECT id::text FROM round WHERE slug_cy = $1 OR slug_en = $1)",
            slug,
        )
    finally:
        await connection.close()


def count(walk: Walk, slug: str) -> None:
    """Step 7: close, reconcile, seal, count; the result names winners and says why."""
    with ThreadPoolExecutor(1) as thread:  # this one has Playwright's event loop
        thread.submit(asyncio.run, _end_voting(walk.database_url, slug)).result()
    walk.sign_in("elin")
    page = walk.go("desk-round-close", slug=slug)
    result = re.compile(r"/(canlyniad|result)$")
    for _ in range(60):
        if page.locator("a.govuk-button").count() and result.search(
            page.locator("a.govuk-button").first.get_attribute("href") or ""
        ):
            break
        if page.locator("main form button.govuk-button").count():
            send(page)
        page.wait_for_timeout(500)
        page = walk.go("desk-round-close", slug=slug)
    walk.context.clear_cookies()
    page = walk.go("round-result", slug=slug)
    expect(page.locator("main")).to_contain_text(walk.words["project"])


def follow_the_thread(walk: Walk, code: str, theme: str) -> None:
    """Step 8: the receipt of step 2 shows theme, response and commitments, the budget's among them."""
    walk.context.clear_cookies()
    page = walk.go("receipt")
    page.fill("#code", code)
    send(page)
    shown = page.locator("main")
    expect(shown).to_contain_text(STORY)
    expect(shown).to_contain_text(walk.words["theme"])
    expect(shown).to_contain_text(
        {"cy": "Bws am naw o’r gloch", "en": "A bus at nine o’clock"}[walk.language]
    )
    for _ in range(20):
        if shown.get_by_role("link", name=walk.words["project"]).count() > 1:
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(shown).to_contain_text(walk.words["round"])
    assert shown.get_by_role("link", name=walk.words["project"]).count() > 1, (
        "the project, and the commitment it became"
    )
