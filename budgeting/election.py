"""What is counted: projects with exact costs, a pot, and ballots without their voters."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Choices = tuple[tuple[int, int], ...]  # (project index, points), in the voter's order

APPROVAL_TYPES = ("approval", "choose-1")
POINTS_TYPES = ("cumulative", "scoring")
VOTE_TYPES = (*APPROVAL_TYPES, *POINTS_TYPES, "ordinal")


@dataclass(frozen=True, slots=True)
class Project:
    """`cost` is in minor units (pence, or the smallest decimal place that a file uses)."""

    id: str
    cost: int
    name: str = ""
    categories: tuple[str, ...] = ()
    area: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Ballots:
    """Identical ballots kept once, as compressed rows.

    Row g lists the projects `projects[starts[g]:starts[g + 1]]` with their `points` (1 each for an approval)
    and stands for `weights[g]` voters. A blank ballot is an empty row: it counts as a voter.
    """

    starts: Ints
    projects: Ints
    points: Ints
    weights: Ints

    @property
    def voters(self) -> int:
        return int(self.weights.sum())

    @property
    def lengths(self) -> Ints:
        return np.diff(self.starts)

    def rows(self) -> list[Choices]:
        """Every distinct ballot as pairs of project index and points, in the voter's order."""
        pairs = list(zip(self.projects.tolist(), self.points.tolist(), strict=True))
        bounds = self.starts.tolist()
        return [tuple(pairs[a:b]) for a, b in itertools.pairwise(bounds)]


@dataclass(frozen=True, slots=True, eq=False)
class Supporters:
    """The ballots turned round: who gives each project more than nothing.

    Entries `starts[p]:starts[p + 1]` hold the ballot rows in `rows` and their `points`.
    """

    starts: Ints
    rows: Ints
    points: Ints


@dataclass(frozen=True)
class Election:
    """Immutable. `points_scale` divides points (files may hold decimals); `decimals` places money."""

    projects: tuple[Project, ...]
    budget: int
    ballots: Ballots = field(repr=False)
    vote_type: str = "approval"
    decimals: int = 0
    points_scale: int = 1
    currency: str = "GBP"

    @cached_property
    def index(self) -> dict[str, int]:
        return {project.id: position for position, project in enumerate(self.projects)}

    @cached_property
    def costs(self) -> list[int]:
        return [project.cost for project in self.projects]

    @cached_property
    def voters(self) -> int:
        return self.ballots.voters

    @cached_property
    def votes(self) -> list[int]:
        """Voters who named each project, whatever points they gave it."""
        return self._totals(np.ones_like(self.ballots.points))

    @cached_property
    def scores(self) -> list[int]:
        """Points of each project (times `points_scale`); for approvals, votes."""
        return self._totals(self.ballots.points)

    @cached_property
    def supporters(self) -> Supporters:
        ballots = self.ballots
        rows = np.repeat(np.arange(len(ballots.weights)), ballots.lengths)
        positive = ballots.points > 0
        projects, rows, points = ballots.projects[positive], rows[positive], ballots.points[positive]
        # Sixteen bits are sorted by radix: linear, where 64 bits would take n log n.
        short = len(self.projects) < 2**16
        order = np.argsort(projects.astype(np.uint16) if short else projects, kind="stable")
        starts = np.searchsorted(projects[order], np.arange(len(self.projects) + 1))
        return Supporters(starts.astype(np.int64), rows[order], points[order])

    @cached_property
    def backers(self) -> list[int]:
        """Voters who gave each project more than nothing: what an unsupported project lacks."""
        supporters = self.supporters
        running = np.concatenate(([0], np.cumsum(self.ballots.weights[supporters.rows])))
        return [int(n) for n in np.diff(running[supporters.starts])]

    def _totals(self, values: Ints) -> list[int]:
        ballots = self.ballots
        weights = np.repeat(ballots.weights, ballots.lengths) * values
        totals = np.zeros(len(self.projects), dtype=np.int64)
        np.add.at(totals, ballots.projects, weights)
        return [int(total) for total in totals]

    def money(self, minor: int | Fraction) -> str:
        """An exact decimal string in the election's unit; an amount between two units is rounded down."""
        whole = int(minor // 1)
        sign, digits = ("-" if whole < 0 else ""), str(abs(whole)).rjust(self.decimals + 1, "0")
        if not self.decimals:
            return sign + digits
        return f"{sign}{digits[: -self.decimals]}.{digits[-self.decimals :]}"

    def with_cost(self, position: int, cost: int) -> Election:
        changed = list(self.projects)
        changed[position] = replace(changed[position], cost=cost)
        return replace(self, projects=tuple(changed))._knowing(
            index=self.index,
            voters=self.voters,
            votes=self.votes,
            scores=self.scores,
            backers=self.backers,
            supporters=self.supporters,
        )

    def with_voters(self, position: int, count: int, points: int = 1) -> Election:
        """The same election with `count` more voters who name only this project."""
        old, sides = self.ballots, self.supporters
        row, end = len(old.weights), int(sides.starts[position + 1])
        ballots = Ballots(
            np.append(old.starts, old.starts[-1] + 1),
            np.append(old.projects, position),
            np.append(old.points, points),
            np.append(old.weights, count),
        )
        later = (np.arange(len(sides.starts)) > position).astype(np.int64)
        supporters = Supporters(
            sides.starts + later, np.insert(sides.rows, end, row), np.insert(sides.points, end, points)
        )
        return replace(self, ballots=ballots)._knowing(
            index=self.index,
            costs=self.costs,
            voters=self.voters + count,
            votes=_raised(self.votes, position, count),
            scores=_raised(self.scores, position, count * points),
            backers=_raised(self.backers, position, count),
            supporters=supporters,
        )

    def _knowing(self, **derived: Any) -> Election:
        """Puts what is already known into the caches: recounts of small changes are made by the hundred."""
        self.__dict__.update(derived)
        return self

    def restricted(self, positions: Sequence[int], budget: int) -> Election:
        """Only these projects, their own pot, and the ballots that name at least one of them."""
        new = {old: position for position, old in enumerate(positions)}
        grouped: Counter[Choices] = Counter()
        for row, weight in zip(self.ballots.rows(), self.ballots.weights.tolist(), strict=True):
            kept = tuple((new[p], points) for p, points in row if p in new)
            if kept:
                grouped[kept] += weight
        return replace(
            self,
            projects=tuple(self.projects[p] for p in positions),
            budget=budget,
            ballots=group(grouped),
        )


def _raised(totals: list[int], position: int, by: int) -> list[int]:
    return [*totals[:position], totals[position] + by, *totals[position + 1 :]]


def group(ballots: Mapping[Choices, int] | Iterable[Choices]) -> Ballots:
    """Ballots from choices, identical ones merged; a mapping gives the number of voters of each."""
    counted: Mapping[Choices, int] = ballots if isinstance(ballots, Mapping) else Counter(ballots)
    lengths = np.fromiter((len(row) for row in counted), dtype=np.int64, count=len(counted))
    flat = np.array([pair for row in counted for pair in row], dtype=np.int64).reshape(-1, 2)
    return Ballots(
        np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths))),
        np.ascontiguousarray(flat[:, 0]),
        np.ascontiguousarray(flat[:, 1]),
        np.fromiter(counted.values(), dtype=np.int64, count=len(counted)),
    )


def approval_election(
    projects: Iterable[Project], approvals: Iterable[frozenset[str] | Iterable[str]], budget: int
) -> Election:
    """An election in pence from ballots that are sets of project ids. Raises KeyError on an unknown id."""
    listed = tuple(projects)
    index = {project.id: position for position, project in enumerate(listed)}
    rows = (tuple((index[p], 1) for p in sorted(ballot, key=index.__getitem__)) for ballot in approvals)
    return Election(listed, budget, group(rows), "approval", decimals=2)


def points_election(
    projects: Iterable[Project],
    ballots: Iterable[Mapping[str, int]],
    budget: int,
    vote_type: str = "cumulative",
) -> Election:
    """An election in pence from ballots that give points (or, in order given, ranks for "ordinal")."""
    listed = tuple(projects)
    index = {project.id: position for position, project in enumerate(listed)}
    rows = (tuple((index[p], int(points)) for p, points in ballot.items()) for ballot in ballots)
    return Election(listed, budget, group(rows), vote_type, decimals=2)


def ranked_election(projects: Iterable[Project], rankings: Iterable[Sequence[str]], budget: int) -> Election:
    """An election in pence from rankings, best first, in Borda points (`borda`)."""
    ballots = (dict(zip(ranking, borda(len(ranking)), strict=True)) for ranking in rankings)
    return points_election(projects, ballots, budget, "ordinal")


def borda(length: int) -> range:
    """Points of a ranking of `length` projects: as many as it ranks for the first, 1 for the last.

    This is how Pabulib's own `score` column counts a ranking, whatever `max_length` allows.
    """
    return range(length, 0, -1)


def distinct(values: Iterable[Hashable]) -> list[Any]:
    """The values once each, in order of first appearance."""
    return list(dict.fromkeys(values))
