"""Draw the demo's 400 approval ballots: `python engage/demo/content/draw_ballots.py > ballots.json`.

Voters live somewhere and care for something. The town is large and agrees on its dear projects;
the villages are small and agree on cheap ones, so counting by votes alone and by equal shares differ.
"""

import json
import random
from pathlib import Path

ROUND = "safer-streets"
SEED = 20120
VOTERS_BY_WARD = {
    "BE01": 104, "BE02": 52, "BE03": 46, "BE04": 40, "BE05": 34,
    "BE06": 28, "BE07": 26, "BE08": 24, "BE09": 22, "BE10": 24,
}  # fmt: skip
# Who goes to town for what is in town: the coast is near, the uplands are an hour away.
NEAR_TOWN = {
    "BE01": 1.0, "BE02": 0.8, "BE03": 0.9, "BE04": 0.55, "BE05": 0.45,
    "BE06": 0.5, "BE07": 0.4, "BE08": 0.2, "BE09": 0.15, "BE10": 0.12,
}  # fmt: skip
TOWN = {"prom-lights": 0.62, "skatepark": 0.42, "street-trees": 0.5, "toilets": 0.55, "cameras": 0.4}
INTERESTS = {
    "young": {"skatepark": 0.5, "night-van": 0.4, "floodlights": 0.3, "bike-hub": 0.25, "film-club": 0.3},
    "family": {"splash": 0.55, "street-trees": 0.2, "path-lamps": 0.3, "boardwalk": 0.2, "film-club": 0.2},
    "older": {"toilets": 0.3, "kitchen": 0.3, "quiet-garden": 0.35, "soup-club": 0.25, "defibs": 0.3},
    "safety": {"cameras": 0.35, "prom-lights": 0.25, "night-bus": 0.45, "path-lamps": 0.3},
    "neighbourly": {"fridge": 0.4, "new-neighbours": 0.4, "shed": 0.25, "welsh-cafe": 0.35, "soup-club": 0.2},
    "access": {"beach-mats": 0.7, "toilets": 0.4, "street-trees": 0.3, "quiet-garden": 0.2},
    "farming": {"farm-marking": 0.75, "defibs": 0.5, "stage": 0.4, "shed": 0.2},
}
INTEREST_WEIGHTS = {
    "town": [24, 18, 16, 22, 14, 6, 0],
    "village": [18, 18, 20, 14, 18, 5, 7],
    "upland": [14, 10, 16, 6, 16, 4, 34],
}
UPLANDS = ("BE08", "BE09", "BE10")


def settlement(ward: str) -> str:
    if ward in UPLANDS:
        return "upland"
    return "town" if ward in ("BE01", "BE02", "BE03") else "village"


def draw_ballot(rng: random.Random, ward: str, project_wards: dict[str, str]) -> list[str]:
    interests = rng.choices(list(INTERESTS), INTEREST_WEIGHTS[settlement(ward)], k=2)
    generosity = rng.uniform(0.6, 1.35)
    ballot = []
    for project, home in project_wards.items():
        chance = 0.03 + TOWN.get(project, 0.0) * NEAR_TOWN[ward]
        chance += sum(INTERESTS[interest].get(project, 0.0) for interest in set(interests))
        if home == ward and project not in TOWN:
            chance += 0.55
        elif home in UPLANDS and ward in UPLANDS:
            chance += 0.2
        if rng.random() < min(0.97, chance * generosity):
            ballot.append(project)
    return ballot


def draw_ballots(project_wards: dict[str, str]) -> list[list[str]]:
    rng = random.Random(SEED)  # noqa: S311 - invented ballots, the same every time
    ballots = []
    for ward, voters in VOTERS_BY_WARD.items():
        while voters:
            if ballot := draw_ballot(rng, ward, project_wards):
                ballots.append(ballot)
                voters -= 1
    rng.shuffle(ballots)
    return ballots


def ballots_json() -> str:
    rounds = json.loads(Path(__file__).with_name("rounds.json").read_text("utf-8"))["rounds"]
    projects = next(r["projects"] for r in rounds if r["key"] == ROUND)
    drawn = draw_ballots({project["key"]: project["ward"] for project in projects})
    lines = ",\n".join(json.dumps(ballot, separators=(",", ":")) for ballot in drawn)
    return f'{{"round":"{ROUND}","ballots":[\n{lines}\n]}}\n'


if __name__ == "__main__":
    print(ballots_json(), end="")
