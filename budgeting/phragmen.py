"""Sequential Phragmén: voters earn money at the same steady pace and buy as soon as they can."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from budgeting.counting_rule import Options, Outcome, State, Step, Tie, break_tie, standing, tie_key
from budgeting.election import Election, Ints
from budgeting.equal_shares_run import CLOSE


def count_phragmen(election: Election, options: Options) -> Outcome:
    """Stops, as the rule does, at the first project that could be bought but no longer fits into the pot.

    A purchase resets the money of the supporters to nothing. Points do not matter here, only who backed what.
    Projects dearer than the pot never take part. Among projects affordable at the same moment, one that does
    not fit ends the count (Brill, Freeman, Janson and Lackner 2024, "Phragmén's voting methods and justified
    representation").
    """
    states: list[State | None] = standing(election, options)
    for project, cost in enumerate(election.costs):
        if states[project] is None and cost > election.budget:
            states[project] = "too-dear"
    key = tie_key(election, options)
    clock = _Clock(election)
    waiting = [p for p, state in enumerate(states) if state is None]
    left = election.budget
    order: list[int] = []
    steps: list[Step] = []
    ties: list[Tie] = []
    while waiting:
        first, ready = clock.next(waiting)
        if any(election.costs[p] > left for p in ready):
            break
        if len(ready) > 1:
            ties.append(break_tie(ready, key, options))
        project = min(ready, key=key)
        left -= election.costs[project]
        order.append(project)
        steps.append(Step(project, "count", first, election.backers[project], left=left))
        states[project] = "selected"
        waiting.remove(project)
        clock.buy(project, first)
    decided = tuple(
        state or ("no-room" if election.costs[p] > left else "stopped") for p, state in enumerate(states)
    )
    return Outcome(election, "phragmen", options, tuple(order), decided, tuple(steps), tuple(ties))


@dataclass(slots=True)
class _Clock:
    """Moments of the purchases so far, and when each ballot row last bought (0: never).

    The supporters of a project can pay at (cost + Σ voters · moment of their last purchase) / supporters:
    whole numbers and earlier moments, so floats choose the candidates and rationals decide among them.
    """

    election: Election
    moments: list[Fraction] = field(default_factory=lambda: [Fraction(0)])
    last: Ints = field(init=False)
    stale: set[int] = field(init=False)
    floats: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.last = np.zeros(len(self.election.ballots.weights), dtype=np.int64)
        self.floats = np.zeros(len(self.election.projects))
        self.stale = set(range(len(self.election.projects)))

    def rows(self, project: int) -> Ints:
        starts = self.election.supporters.starts
        return self.election.supporters.rows[starts[project] : starts[project + 1]]

    def debts(self, project: int) -> NDArray[np.float64]:
        """Supporters by the purchase they last paid for: counts, exact below 2^53."""
        rows = self.rows(project)
        counts = np.bincount(self.last[rows], self.election.ballots.weights[rows], len(self.moments))
        return counts.astype(np.float64)

    def next(self, waiting: list[int]) -> tuple[Fraction, list[int]]:
        """The next moment at which a project can be bought, and which ones then can."""
        times = np.array([float(moment) for moment in self.moments])
        for project in self.stale.intersection(waiting):
            total = float(self.debts(project) @ times) + self.election.costs[project]
            self.floats[project] = total / self.election.backers[project]
        self.stale.clear()
        estimates = self.floats[waiting]
        close = [waiting[n] for n in np.flatnonzero(estimates <= estimates.min() * (1 + 2 * CLOSE))]
        moments = {project: self.moment(project) for project in close}
        first = min(moments.values())
        return first, [project for project in close if moments[project] == first]

    def moment(self, project: int) -> Fraction:
        counts = self.debts(project)
        owed = sum((int(counts[t]) * self.moments[t] for t in np.flatnonzero(counts)), Fraction(0))
        return (self.election.costs[project] + owed) / self.election.backers[project]

    def buy(self, project: int, moment: Fraction) -> None:
        rows = self.rows(project)
        self.moments.append(moment)
        self.last[rows] = len(self.moments) - 1
        touched = np.zeros(len(self.last) + 1, dtype=np.int64)
        touched[rows] = 1
        supporters = self.election.supporters
        running = np.concatenate(([0], np.cumsum(touched[supporters.rows])))
        hit = np.diff(running[supporters.starts])
        self.stale.update(int(p) for p in np.flatnonzero(hit))
