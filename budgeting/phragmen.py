"""Sequential Phragmén: voters earn money at the same steady pace and buy as soon as they can."""

from __future__ import annotations

from fractions import Fraction

from budgeting.counting_rule import Options, Outcome, State, Step, break_tie, standing, tie_key
from budgeting.election import Election


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
    waiting = [p for p, state in enumerate(states) if state is None]
    key = tie_key(election, options)
    supporters, weights = election.supporters, election.ballots.weights.tolist()
    starts = supporters.starts.tolist()
    rows = {p: supporters.rows[starts[p] : starts[p + 1]].tolist() for p in waiting}
    spent_at: dict[int, Fraction] = {}
    left, order, steps, ties = election.budget, [], [], []
    moments = {p: _moment(election.costs[p], rows[p], weights, spent_at) for p in waiting}
    while moments:
        first = min(moments.values())
        ready = [p for p, moment in moments.items() if moment == first]
        if any(election.costs[p] > left for p in ready):
            break
        if len(ready) > 1:
            ties.append(break_tie(ready, key, options))
        project = min(ready, key=key)
        left -= election.costs[project]
        order.append(project)
        steps.append(Step(project, "count", first, election.backers[project], left=left))
        states[project] = "selected"
        del moments[project]
        spent_at.update(dict.fromkeys(rows[project], first))
        touched = set(rows[project])
        for other in moments:
            if not touched.isdisjoint(rows[other]):
                moments[other] = _moment(election.costs[other], rows[other], weights, spent_at)
    decided = tuple(
        state or ("no-room" if election.costs[p] > left else "stopped") for p, state in enumerate(states)
    )
    return Outcome(election, "phragmen", options, tuple(order), decided, tuple(steps), tuple(ties))


def _moment(cost: int, rows: list[int], weights: list[int], spent_at: dict[int, Fraction]) -> Fraction:
    """When the supporters, who each have had an income of 1 since their last purchase, can pay."""
    debts: dict[Fraction, int] = {}
    voters = 0
    for row in rows:
        voters += weights[row]
        if row in spent_at:
            moment = spent_at[row]
            debts[moment] = debts.get(moment, 0) + weights[row]
    return (cost + sum((moment * n for moment, n in debts.items()), Fraction(0))) / voters
