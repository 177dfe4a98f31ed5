"""How an outcome treats voters: who has a winner, how evenly, where the money goes, and a certificate.

Only ballots are used. Nothing is known about voters, so the share of voters of an area or category is what
they voted for: every voter is spread over the projects on their ballot by points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from budgeting.counting_rule import Outcome
from budgeting.election import Election, Ints, Project


@dataclass(frozen=True, slots=True)
class Spread:
    """One area or category: its exact share of the money spent and of the voters' points."""

    name: str
    winners: int
    spent: int
    money_share: Fraction
    voter_share: Fraction


@dataclass(frozen=True, slots=True)
class Violation:
    """`voters` supporters of a losing project whose share of the pot would have paid for more than they got.

    `best_off` is the utility that the best served of them has, `deserved` what the group could have had.
    """

    project: int
    voters: int
    best_off: int
    deserved: Fraction


@dataclass(frozen=True, slots=True)
class Fairness:
    """`histogram[k]` voters have exactly k winners on their ballot."""

    voters: int
    histogram: tuple[int, ...]
    gini: Fraction
    areas: tuple[Spread, ...]
    categories: tuple[Spread, ...]
    violations: tuple[Violation, ...]

    @property
    def with_winner(self) -> int:
        return self.voters - self.histogram[0]


def fairness(outcome: Outcome) -> Fairness:
    election = outcome.election
    counts = winners_per_row(election, outcome.order)
    histogram = np.bincount(counts, weights=election.ballots.weights, minlength=1) if len(counts) else [0]
    whole = tuple(int(n) for n in histogram)
    return Fairness(
        election.voters,
        whole,
        gini(whole),
        tuple(spread(outcome, lambda project: (project.area,) if project.area else ())),
        tuple(spread(outcome, lambda project: project.categories)),
        tuple(violations(outcome)),
    )


def winners_per_row(election: Election, order: Iterable[int]) -> Ints:
    """How many winners each distinct ballot backed."""
    supporters = election.supporters
    counts = np.zeros(len(election.ballots.weights), dtype=np.int64)
    for project in order:
        counts[supporters.rows[supporters.starts[project] : supporters.starts[project + 1]]] += 1
    return counts


def gini(histogram: tuple[int, ...]) -> Fraction:
    """Gini coefficient of the winners per voter: 0 if all have as many, towards 1 if few have all."""
    voters, total = sum(histogram), sum(k * n for k, n in enumerate(histogram))
    if not total:
        return Fraction(0)
    apart = sum(
        n * m * (j - k)
        for k, n in enumerate(histogram)
        for j, m in enumerate(histogram[k + 1 :], start=k + 1)
    )
    return Fraction(apart, voters * total)


def spread(outcome: Outcome, groups: Callable[[Project], Iterable[str]]) -> Iterable[Spread]:
    """Money and voters by group, groups in order of their first project. One in several counts in parts."""
    election, won = outcome.election, set(outcome.order)
    points = _voter_shares(election)
    spent, voters, winners = dict[str, Fraction](), dict[str, Fraction](), dict[str, int]()
    for position, project in enumerate(election.projects):
        names = list(groups(project))
        for name in names:
            paid = Fraction(project.cost * (position in won), len(names))
            spent[name] = spent.get(name, Fraction(0)) + paid
            voters[name] = voters.get(name, Fraction(0)) + points[position] / len(names)
            winners[name] = winners.get(name, 0) + (position in won)
    total = outcome.spent or 1
    for name, money in spent.items():
        yield Spread(name, winners[name], int(money), money / total, voters[name])


def _voter_shares(election: Election) -> list[Fraction]:
    """For each project, the part of all (not blank) voters that stands behind it; they sum to 1."""
    ballots = election.ballots
    given = np.maximum(ballots.points, 0)
    running = np.concatenate(([0], np.cumsum(given)))
    sums = running[ballots.starts[1:]] - running[ballots.starts[:-1]]
    voting = int(ballots.weights[sums > 0].sum()) or 1
    rows = np.repeat(np.arange(len(sums)), ballots.lengths)
    shares = [Fraction(0)] * len(election.projects)
    for total in np.unique(sums[sums > 0]).tolist():
        here = sums[rows] == total
        parts = np.bincount(
            ballots.projects[here], (ballots.weights[rows] * given)[here], len(election.projects)
        )
        for project in np.flatnonzero(parts).tolist():
            shares[project] += Fraction(int(parts[project]), total * voting)
    return shares


def violations(outcome: Outcome) -> Iterable[Violation]:
    """Every losing project with a group of supporters who deserved better; none is the certificate.

    EJR+ (Brill and Peters 2023, "Robust and verifiable proportionality axioms for multiwinner voting") asks
    that no group large enough for ℓ seats has an unelected candidate in common while each of them has fewer
    than ℓ. With costs and utilities, "up to any project": there is no losing project c and group S of its
    supporters such that for everyone in S

        utility of the winners + utility of c  ≤  |S| · (pot / voters) · (utility of c / cost of c),

    which for unit costs is exactly EJR+, and which equal shares without completion guarantees. Utility is that
    of the options: cost, or number of projects. Only who backed what counts, not points. The largest group is
    named: supporters sorted from worst to best served, so each prefix is the best group of its size.
    """
    election = outcome.election
    by_cost = outcome.options.utility == "cost"
    worth = [cost if by_cost else 1 for cost in election.costs]
    held = _utilities(election, outcome.order, worth)
    sides, weights = election.supporters, election.ballots.weights
    for project, state in enumerate(outcome.states):
        cost = election.costs[project]
        if state in ("selected", "no-support", "below-minimum") or not cost:
            continue
        rows = sides.rows[sides.starts[project] : sides.starts[project + 1]]
        levels, which = np.unique(held[rows], return_inverse=True)
        sizes = np.cumsum(np.bincount(which, weights[rows])).astype(np.int64)
        for level, size in zip(reversed(levels.tolist()), reversed(sizes.tolist()), strict=True):
            if (level + worth[project]) * election.voters * cost <= size * election.budget * worth[project]:
                deserved = Fraction(size * election.budget * worth[project], election.voters * cost)
                yield Violation(project, size, level, deserved)
                break


def _utilities(election: Election, order: Iterable[int], worth: list[int]) -> Ints:
    sides = election.supporters
    held = np.zeros(len(election.ballots.weights), dtype=np.int64)
    for project in order:
        held[sides.rows[sides.starts[project] : sides.starts[project + 1]]] += worth[project]
    return held


def as_json(found: Fairness, outcome: Outcome) -> dict[str, Any]:
    election, money = outcome.election, outcome.election.money
    by_cost = outcome.options.utility == "cost"

    def utility(value: int | Fraction) -> str:
        return money(value) if by_cost else str(value)

    return {
        "voters": found.voters,
        "with_winner": found.with_winner,
        "share_with_winner": _rounded(Fraction(found.with_winner, found.voters or 1)),
        "winners_per_voter": list(found.histogram),
        "gini": _rounded(found.gini),
        "areas": [_spread_json(election, entry) for entry in found.areas],
        "categories": [_spread_json(election, entry) for entry in found.categories],
        "ejr_plus": {
            "axiom": "EJR+ up to any project (Brill and Peters 2023)",
            "utility": outcome.options.utility,
            "satisfied": not found.violations,
            "violations": [
                {
                    "project": election.projects[violation.project].id,
                    "voters": violation.voters,
                    "best_off": utility(violation.best_off),
                    "deserved": utility(violation.deserved),
                }
                for violation in found.violations
            ],
        },
    }


def _spread_json(election: Election, entry: Spread) -> dict[str, Any]:
    return {
        "name": entry.name,
        "winners": entry.winners,
        "spent": election.money(entry.spent),
        "money_share": _rounded(entry.money_share),
        "voter_share": _rounded(entry.voter_share),
    }


def _rounded(share: Fraction) -> float:
    return round(float(share), 6)
