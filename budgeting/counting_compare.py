"""The same ballots under other rules: which projects differ, and for how many voters that is better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from budgeting.counting import Options, Outcome, Rule, count
from budgeting.equal_shares import satisfaction

SIDE_BY_SIDE: tuple[Rule, ...] = ("greedy", "equal-shares", "phragmen")


@dataclass(frozen=True, slots=True)
class Difference:
    """Two outcomes of the same ballots; voters by how many of their projects (points) each gives them."""

    other: Outcome
    only_here: tuple[int, ...]
    only_there: tuple[int, ...]
    better_here: int
    better_there: int
    equal: int


def side_by_side(outcome: Outcome, rules: tuple[Rule, ...] = SIDE_BY_SIDE) -> list[Difference]:
    """The outcome beside each other rule, with the same tie-break and minimum."""
    others = [rule for rule in rules if rule != outcome.rule]
    return [difference(outcome, count(outcome.election, rule, _ordinary(outcome.options))) for rule in others]


def _ordinary(options: Options) -> Options:
    """What belongs to every rule stays; the variants of one rule do not carry over to another."""
    plain = Options()
    return replace(options, utility=plain.utility, top_up=plain.top_up, comparison=plain.comparison)


def difference(here: Outcome, there: Outcome) -> Difference:
    election = here.election
    mine, theirs = satisfaction(election, here.order), satisfaction(election, there.order)
    weights = election.ballots.weights
    return Difference(
        there,
        tuple(p for p in here.order if p not in set(there.order)),
        tuple(p for p in there.order if p not in set(here.order)),
        int(weights[mine > theirs].sum()),
        int(weights[theirs > mine].sum()),
        int(weights[mine == theirs].sum()),
    )


def as_json(differences: list[Difference]) -> dict[str, Any]:
    return {
        found.other.rule: {
            "winners": list(found.other.winners),
            "spent": found.other.election.money(found.other.spent),
            "only_here": [found.other.election.projects[p].id for p in found.only_here],
            "only_there": [found.other.election.projects[p].id for p in found.only_there],
            "voters_better_here": found.better_here,
            "voters_better_there": found.better_there,
            "voters_equal": found.equal,
        }
        for found in differences
    }
