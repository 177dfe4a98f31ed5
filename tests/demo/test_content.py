"""The demo's content is whole, two-sided and consistent, and what could be rung or posted to is invented."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from engage.demo.content.draw_ballots import ballots_json

CONTENT = Path(__file__).parents[2] / "engage" / "demo" / "content"
JSON_FILES = ["partnership", "campaigns", "themes", "rounds", "ballots"]
COLUMNS = [
    "campaign",
    "ref",
    "language",
    "channel",
    "ward",
    "consent",
    "told_days_ago",
    "author",
    "state",
    "age_group",
    "theme_hint",
    "text",
]
ALLOWED = {
    "language": {"cy", "en", "mixed"},
    "channel": {"web", "assisted", "offline", "paper", "import"},
    "consent": {"officers", "quote", "publish"},
    "state": {"published", "waiting", "declined"},
}
ROLES = {"administrator", "officer", "moderator", "translator", "partner", "scrutiny"}
# The same name in both languages is how such places really are.
MAY_BE_EQUAL = {"name"}


def load(name: str) -> Any:
    return json.loads((CONTENT / f"{name}.json").read_text("utf-8"))


def load_stories() -> list[dict[str, str]]:
    with (CONTENT / "stories.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PARTNERSHIP = load("partnership")
CAMPAIGNS = load("campaigns")["campaigns"]
THEMES = load("themes")
ROUNDS = {r["key"]: r for r in load("rounds")["rounds"]}
BALLOTS = load("ballots")
STORIES = load_stories()
STORY = {story["ref"]: story for story in STORIES}
WARDS = {ward["code"] for ward in PARTNERSHIP["partnership"]["wards"]}
ORGANISATIONS = {organisation["key"] for organisation in PARTNERSHIP["organisations"]}


def unique(values: list[str]) -> bool:
    return len(values) == len(set(values))


def bilingual_pairs(node: Any, where: str) -> Iterator[tuple[str, str, Any, Any]]:
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from bilingual_pairs(child, f"{where}[{index}]")
    if isinstance(node, dict):
        for stem in sorted({key[:-3] for key in node if key.endswith(("_cy", "_en"))}):
            yield where, stem, node.get(f"{stem}_cy"), node.get(f"{stem}_en")
        for key, child in node.items():
            yield from bilingual_pairs(child, f"{where}.{key}")


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize("name", JSON_FILES)
def test_every_bilingual_field_has_two_sides(name: str) -> None:
    for where, stem, welsh, english in bilingual_pairs(load(name), name):
        assert welsh, f"{where}: {stem}_cy"
        assert english, f"{where}: {stem}_en"
        assert welsh.strip() == welsh
        assert english.strip() == english
        if stem not in MAY_BE_EQUAL:
            assert welsh != english, f"{where}: {stem} is the same on both sides"


def test_partnership() -> None:
    assert 8 <= len(WARDS) == len(PARTNERSHIP["partnership"]["wards"]) <= 10
    assert len(ORGANISATIONS) == len(PARTNERSHIP["organisations"]) == 7
    same = [w for w in PARTNERSHIP["partnership"]["wards"] if w["name_cy"] == w["name_en"]]
    assert 0 < len(same) < len(WARDS)


def test_people() -> None:
    people = PARTNERSHIP["people"]
    roles = [pair for person in people for pair in person["roles"]]
    assert {role for _, role in roles} == ROLES
    assert {organisation for organisation, _ in roles} <= ORGANISATIONS
    assert unique([person["key"] for person in people])
    assert unique([person["email"] for person in people])
    assert all(person["email"].endswith("@example.org") for person in people)
    assert {person["language"] for person in people} == {"cy", "en"}


def test_one_campaign_is_finished_and_one_open() -> None:
    for campaign in CAMPAIGNS:
        assert {campaign["lead"], *campaign["partners"]} <= ORGANISATIONS
        assert campaign["lead"] not in campaign["partners"]
        assert campaign["opens"] < campaign["closes"] < campaign["feedback_by"]
    assert [c["closes"] < 0 for c in CAMPAIGNS] == [True, False]
    assert CAMPAIGNS[1]["opens"] < 0
    assert all(
        re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", thing[slug])
        for thing in [PARTNERSHIP["partnership"], *CAMPAIGNS, *ROUNDS.values()]
        for slug in ("slug_cy", "slug_en")
    )


def test_story_table() -> None:
    assert len(STORIES) >= 170
    assert list(STORIES[0]) == COLUMNS
    assert unique([story["ref"] for story in STORIES])
    campaigns = {campaign["key"]: campaign for campaign in CAMPAIGNS}
    for story in STORIES:
        for column, allowed in ALLOWED.items():
            assert story[column] in allowed, (story["ref"], column)
        assert story["ward"] in WARDS, story["ref"]
        campaign = campaigns[story["campaign"]]
        told = -int(story["told_days_ago"])
        assert campaign["opens"] <= told <= min(0, campaign["closes"]), story["ref"]


def test_stories_are_short_and_long() -> None:
    lengths = [len(story["text"].split()) for story in STORIES]
    assert min(lengths) >= 15
    assert max(lengths) <= 140
    assert sum(length < 30 for length in lengths) >= 10
    assert sum(length > 100 for length in lengths) >= 8


def test_at_least_45_per_cent_is_in_welsh_in_each_campaign() -> None:
    for campaign in CAMPAIGNS:
        told = [story["language"] for story in STORIES if story["campaign"] == campaign["key"]]
        assert told.count("cy") >= 0.45 * len(told)
        assert told.count("en") >= 0.35 * len(told)


def test_every_ward_channel_consent_and_state_is_used() -> None:
    assert {story["ward"] for story in STORIES} == WARDS
    for column, allowed in ALLOWED.items():
        assert {story[column] for story in STORIES} == allowed
    prolific = Counter(story["author"] for story in STORIES if story["author"])
    assert len(prolific) >= 3
    assert min(prolific.values()) >= 2


def test_a_finished_campaign_leaves_nobody_waiting() -> None:
    assert not [s["ref"] for s in STORIES if s["campaign"] == "street" and s["state"] == "waiting"]


def test_no_text_twice_and_near_copies_only_in_the_leaflet_campaign() -> None:
    assert unique([" ".join(story["text"].lower().split()) for story in STORIES])
    near = set()
    for one, other in combinations(STORIES, 2):
        a, b = words(one["text"]), words(other["text"])
        if len(a & b) > 0.6 * len(a | b):
            near |= {one["ref"], other["ref"]}
    assert {STORY[ref]["theme_hint"] for ref in near} == {"carpark"}
    # Seven in English; the eighth says the same in Welsh.
    assert len(near) == 7


def test_no_telephone_postcode_or_address_that_could_be_real() -> None:
    fictional = re.compile(r"01632 960\d{3}|07700 900\d{3}")
    everything = {path.name: path.read_text("utf-8") for path in CONTENT.iterdir() if path.is_file()}
    for name, text in everything.items():
        for number in re.findall(r"\b0\d(?:[ -]?\d){8,9}\b|\+44[\d ]+", text):
            assert fictional.fullmatch(number), (name, number)
        for postcode in re.findall(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", text):
            assert postcode.startswith("ZZ"), (name, postcode)
        for host in re.findall(r"@([\w.-]+\.\w+)", text):
            assert host == "example.org", (name, host)
        assert "http" not in text, name


def test_contacts_stand_only_in_stories_that_wait_for_a_moderator() -> None:
    contact = re.compile(r"\d{5} \d{6}|ZZ\d|@")
    holding = [story for story in STORIES if contact.search(story["text"])]
    assert len(holding) >= 4
    assert {story["state"] for story in holding} == {"waiting"}


def test_themes_hold_published_stories_of_their_campaign_once_each() -> None:
    assert 6 <= len(THEMES["themes"]) <= 8
    refs = [ref for theme in THEMES["themes"] for ref in theme["story_refs"]]
    assert unique(refs)
    for theme in THEMES["themes"]:
        assert len(theme["story_refs"]) >= 5
    for ref in refs:
        assert (STORY[ref]["campaign"], STORY[ref]["state"]) == (THEMES["campaign"], "published"), ref


def test_one_theme_is_quiet_and_mostly_welsh() -> None:
    quiet = min(THEMES["themes"], key=lambda theme: len(theme["story_refs"]))
    languages = [STORY[ref]["language"] for ref in quiet["story_refs"]]
    assert quiet["key"] == "farms"
    assert languages.count("cy") >= 0.75 * len(languages)


def test_every_theme_but_one_is_answered() -> None:
    themes = {theme["key"]: theme for theme in THEMES["themes"]}
    responses = THEMES["responses"]
    assert unique([response["theme"] for response in responses])
    assert len(set(themes) - {response["theme"] for response in responses}) == 1
    assert {response["kind"] for response in responses} == {"did", "will", "cannot"}
    for response in responses:
        assert response["owner"] in ORGANISATIONS
        for ref in response["quote_refs"]:
            assert ref in themes[response["theme"]]["story_refs"]
            assert STORY[ref]["consent"] in {"quote", "publish"}, ref


def test_commitments_are_in_step_with_their_dates() -> None:
    commitments = [c for response in THEMES["responses"] for c in response["commitments"]]
    assert {c["status"] for c in commitments} == {"not-started", "under-way", "done", "late"}
    for commitment in commitments:
        assert commitment["owner"] in ORGANISATIONS
        if commitment["status"] in {"done", "late"}:
            assert commitment["due_days"] < 0, commitment["title_en"]
        else:
            assert commitment["due_days"] > 0, commitment["title_en"]


@pytest.mark.parametrize(("key", "pot", "few", "many"), [
    ("safer-streets", 6_000_000, 24, 24),
    ("small-sparks", 700_000, 8, 12),
])  # fmt: skip
def test_round(key: str, pot: int, few: int, many: int) -> None:
    budget_round = ROUNDS[key]
    projects = budget_round["projects"]
    assert budget_round["pot_pence"] == pot
    assert few <= len(projects) <= many
    assert unique([project["key"] for project in projects])
    assert {project["ward"] for project in projects} <= WARDS
    assert budget_round["organisation"] in ORGANISATIONS
    assert budget_round["campaign"] in {campaign["key"] for campaign in CAMPAIGNS}
    assert 0.25 < pot / sum(project["cost_pence"] for project in projects) < 0.4
    limit = budget_round["max_project_pence"] or pot
    assert all(type(p["cost_pence"]) is int and 0 < p["cost_pence"] <= limit for p in projects)
    for project in projects:
        for side in ("summary_cy", "summary_en"):
            assert 2 <= len(re.findall(r"[.?!](?:\s|$)", project[side])) <= 3, (project["key"], side)


def test_one_round_is_closed_and_one_is_open() -> None:
    closed, open_now = ROUNDS["safer-streets"], ROUNDS["small-sparks"]
    assert closed["opens"] < closed["closes"] < 0
    assert open_now["opens"] < 0 < open_now["closes"]


def test_ballots_are_real_and_as_the_seed_draws_them() -> None:
    projects = {project["key"] for project in ROUNDS[BALLOTS["round"]]["projects"]}
    assert len(BALLOTS["ballots"]) == 400
    for ballot in BALLOTS["ballots"]:
        assert ballot
        assert unique(ballot)
        assert set(ballot) <= projects
    assert (CONTENT / "ballots.json").read_text("utf-8") == ballots_json()


def greedy(costs: dict[str, int], votes: Counter[str], pot: int) -> list[str]:
    winners = []
    for project in sorted(costs, key=lambda key: (-votes[key], costs[key])):
        if costs[project] <= pot:
            winners.append(project)
            pot -= costs[project]
    return winners


def test_ballots_are_not_uniform_and_votes_alone_fund_only_what_is_dear_and_in_town() -> None:
    """So the demo's two counts differ: equal shares has cheap village projects to fund."""
    projects = {project["key"]: project for project in ROUNDS[BALLOTS["round"]]["projects"]}
    votes = Counter(key for ballot in BALLOTS["ballots"] for key in ballot)
    assert max(votes.values()) > 3 * min(votes.values())
    winners = greedy({key: p["cost_pence"] for key, p in projects.items()}, votes, 6_000_000)
    assert len(winners) <= 5
    assert {projects[key]["ward"] for key in winners} == {"BE01"}
    left_out = sum(not set(ballot) & set(winners) for ballot in BALLOTS["ballots"])
    assert left_out >= 40
