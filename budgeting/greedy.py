"""Greedy rules: the best-supported project first, for as long as the pot lasts."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby

from budgeting.counting_rule import (
    Options,
    Outcome,
    Rule,
    State,
    Step,
    Tie,
    break_tie,
    measure,
    standing,
    tie_key,
)
from budgeting.election import Election


def count_greedy(election: Election, rule: Rule, options: Options) -> Outcome:
    """With cost utility, by votes (or points); with cardinality utility, by votes (or points) per cost.

    That is the greedy approximation of utilitarian welfare for the two utilities: a project that gives each
    supporter its cost in utility yields its number of votes per pound, whatever it costs.
    """
    states: list[State | None] = standing(election, options)
    ranked, ties = ranking(election, options, [p for p, state in enumerate(states) if state is None])
    order: list[int] = []
    left, stopped = election.budget, False
    for project in ranked:
        cost = election.costs[project]
        if cost > election.budget:
            states[project] = "too-dear"
        elif stopped:
            states[project] = "stopped"
        elif cost > left:
            states[project], stopped = "no-room", rule == "greedy-no-skip"
        else:
            states[project], left = "selected", left - cost
            order.append(project)
    steps = _steps(election, order)
    decided = tuple(state or "no-room" for state in states)
    return Outcome(election, rule, options, tuple(order), decided, steps, decisive(ties, order))


def ranking(election: Election, options: Options, projects: list[int]) -> tuple[list[int], list[Tie]]:
    """Projects from best to least supported, and the ties on the way."""
    scores, key = measure(election), tie_key(election, options)

    def density(project: int) -> Fraction | float:
        if options.utility == "cost":
            return scores[project]
        cost = election.costs[project]
        return Fraction(scores[project], cost) if cost else float("inf")

    densities = {project: density(project) for project in projects}
    ranked: list[int] = []
    ties: list[Tie] = []
    best_first = sorted(projects, key=densities.__getitem__, reverse=True)
    for _, same in groupby(best_first, key=densities.__getitem__):
        level = list(same)
        if len(level) > 1:
            level.sort(key=key)
        ranked += level
        ties += [break_tie(level[n:], key, options) for n in range(len(level) - 1)]
    return ranked, ties


def decisive(ties: list[Tie], order: list[int]) -> tuple[Tie, ...]:
    """Ties where one project won and another tied with it did not: the only ones that mattered."""
    won = set(order)
    return tuple(tie for tie in ties if tie.chosen in won and not won.issuperset(tie.tied))


def _steps(election: Election, order: list[int]) -> tuple[Step, ...]:
    steps, left = [], election.budget
    for project in order:
        left -= election.costs[project]
        steps.append(Step(project, left=left))
    return tuple(steps)
