"""The Method of Equal Shares with its completions: everyone holds the same money, and pays for what they backed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from budgeting.counting_rule import Options, Outcome, State, Step, Tie, break_tie, standing, tie_key
from budgeting.election import Election
from budgeting.equal_shares_run import Run, backings, room_between, run
from budgeting.greedy import count_greedy, ranking

SMALL = 0.01  # the part of a purse beyond which a stride surely changes something


@dataclass(frozen=True, slots=True)
class Completed:
    run: Run
    increments: int
    stop: str
    runs: int = 1


def count_equal_shares(election: Election, options: Options) -> Outcome:
    """The outcome for `options`: utility, completion, top-up and comparison."""
    states = standing(election, options)
    able = [p for p, state in enumerate(states) if state is None]
    free = sorted((p for p in able if not election.costs[p]), key=tie_key(election, options))
    paid = [p for p in able if election.costs[p]]
    completed = complete(election, options, paid) if election.voters else None
    outcome = _outcome(election, options, states, free, completed)
    if options.top_up == "greedy":
        outcome = topped_up(outcome)
    return compared(outcome) if options.comparison else outcome


def selected_by_equal_shares(election: Election, options: Options) -> list[int]:
    """Only which projects win, without prices or states: for recounts."""
    if options.top_up != "none" or options.comparison or not election.voters:
        return list(count_equal_shares(election, options).order)
    able = [p for p, state in enumerate(standing(election, options)) if state is None]
    paid = [p for p in able if election.costs[p]]
    free = [p for p in able if not election.costs[p]]
    return free + complete(election, options, paid).run.order


def complete(election: Election, options: Options, projects: list[int]) -> Completed:
    """Runs at growing endowments from an equal share of the pot, as `options.completion` says.

    "add1" raises everyone's money by the increment until the next raise would overspend; "add1-exhaustive"
    stops as well at the first outcome to which no project could be added. Both end when all is bought. Where
    many increments in a row provably change nothing they are taken in one stride (`room_between`).
    """
    backed = backings(election, options.utility, projects)
    key, rows = tie_key(election, options), len(election.ballots.weights)
    endowment = Fraction(election.budget, election.voters)
    increment = step_of(election, options)
    latest, increments, stride = run(backed, endowment, rows, key), 0, 1
    if options.completion == "none":
        return Completed(latest, 0, "")
    for runs in range(1, options.most_runs + 1):
        if len(latest.purchases) == len(projects):
            return Completed(latest, increments, "all-bought", runs)
        if options.completion == "add1-exhaustive" and exhaustive(election, projects, latest.order):
            return Completed(latest, increments, "exhaustive", runs)
        more = stride * increment / max(latest.purse, 1e-9)
        margin = (
            8 * more if more < SMALL else 0.0
        )  # long strides are worth a closer look at what comes second
        following = run(backed, endowment + (increments + stride) * increment, rows, key, margin)
        room = room_between(latest, following)
        if stride > 1 and room <= 1:
            stride = max(1, int(stride * room * 0.8) or stride // 4)  # something may happen on the way
            continue
        if sum(election.costs[p] for p in following.order) > election.budget:
            return Completed(latest, increments, "overspend", runs + 1)
        latest, increments = following, increments + stride
        stride = max(1, int(stride * min(room * 0.8, 8.0)))
    return Completed(latest, increments, "bound", options.most_runs)


def likely_selected(election: Election, options: Options, endowment: Fraction) -> list[int]:
    """What the completion probably selects: the last run that does not overspend, looked for near `endowment`.

    A good guess at a fraction of the work, never a result: an earlier run may have overspent already.
    """
    projects = [
        p for p, state in enumerate(standing(election, options)) if state is None and election.costs[p]
    ]
    backed, key = backings(election, options.utility, projects), tie_key(election, options)
    share, increment = Fraction(election.budget, election.voters), step_of(election, options)

    def at(increments: int) -> list[int] | None:
        order = run(backed, share + increments * increment, len(election.ballots.weights), key).order
        return order if sum(election.costs[p] for p in order) <= election.budget else None

    low, stride = max(0, round((endowment - share) / increment)), 1
    best = at(low)
    while best is None and low:
        low, stride = max(0, low - stride), stride * 2
        best = at(low)
    high = low + 1
    while (order := at(high)) is not None and len(order) < len(projects):
        best, low, high = order, high, high + 2 * (high - low)
    while high - low > 1 and order is None:
        middle = (low + high) // 2
        found = at(middle)
        low, high = (low, middle) if found is None else (middle, high)
        best = best if found is None else found
    return best or order or []


def step_of(election: Election, options: Options) -> int:
    """What one increment gives each voter, in minor units."""
    return int(options.increment or 10**election.decimals)


def exhaustive(election: Election, projects: list[int], order: list[int]) -> bool:
    left = election.budget - sum(election.costs[p] for p in order)
    chosen = set(order)
    return all(p in chosen or election.costs[p] > left for p in projects)


def _outcome(
    election: Election,
    options: Options,
    standings: list[State | None],
    free: list[int],
    completed: Completed | None,
) -> Outcome:
    left = election.budget
    steps = [Step(p, "free", left=left) for p in free]
    ties: list[Tie] = []
    if completed is not None:
        key = tie_key(election, options)
        ties = [break_tie(tied, key, options) for tied, _ in completed.run.ties]
        for position, purchase in enumerate(completed.run.purchases):
            b = completed.run.backed[purchase.project]
            left -= b.cost
            price = completed.run.rate(position)
            paying = b.voters - int(b.whole_weights @ purchase.broke)
            short = purchase.poor if purchase.level is None else purchase.poor & ~purchase.level
            in_full = b.voters - int(b.whole_weights @ short)
            steps.append(Step(purchase.project, "count", price, paying, in_full, left))
    order = tuple(step.project for step in steps)
    chosen = set(order)
    states: list[State] = []
    for project, state in enumerate(standings):
        if project in chosen:
            states.append("selected")
        elif state is None:
            states.append("too-dear" if election.costs[project] > election.budget else "unaffordable")
        else:
            states.append(state)
    return Outcome(
        election,
        "equal-shares",
        options,
        order,
        tuple(states),
        tuple(steps),
        tuple(ties),
        completed.run.endowment if completed else None,
        completed.increments if completed else 0,
        completed.runs if completed else 0,
        completed.stop if completed else "",
        run=completed.run if completed else None,
    )


def topped_up(outcome: Outcome) -> Outcome:
    """What is left of the pot goes greedily to the best-supported projects that still fit."""
    election = outcome.election
    open_to = [p for p, state in enumerate(outcome.states) if state == "unaffordable"]
    ranked, ties = ranking(election, replace(outcome.options, utility="cost"), open_to)
    left, steps, states = election.budget - outcome.spent, list(outcome.steps), list(outcome.states)
    for project in ranked:
        if election.costs[project] <= left:
            left -= election.costs[project]
            steps.append(Step(project, "top-up", left=left))
            states[project] = "selected"
    order = tuple(step.project for step in steps)
    won = set(order)
    mattered = tuple(t for t in ties if t.chosen in won and not won.issuperset(t.tied))
    return replace(
        outcome, order=order, states=tuple(states), steps=tuple(steps), ties=outcome.ties + mattered
    )


def compared(outcome: Outcome) -> Outcome:
    """The voters decide between this outcome and the greedy one.

    A voter prefers the outcome with more of the projects they backed (more of their points). Greedy is taken
    only if strictly more voters prefer it.
    """
    election = outcome.election
    greedy = count_greedy(election, "greedy", outcome.options)
    shares = satisfaction(election, outcome.order)
    rival = satisfaction(election, greedy.order)
    weights = election.ballots.weights
    for_shares, for_greedy = int(weights[shares > rival].sum()), int(weights[rival > shares].sum())
    votes = (for_shares, for_greedy)
    if for_greedy <= for_shares:
        return replace(outcome, compared=votes)
    return replace(greedy, rule="equal-shares", compared=votes)


def satisfaction(election: Election, order: tuple[int, ...]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Points of each ballot row for the selected projects (for approvals, how many it backed)."""
    ballots = election.ballots
    chosen = np.zeros(len(election.projects), dtype=np.bool_)
    chosen[list(order)] = True
    points = np.where(chosen[ballots.projects], np.maximum(ballots.points, 0), 0)
    running = np.concatenate(([0], np.cumsum(points)))
    return np.asarray(running[ballots.starts[1:]] - running[ballots.starts[:-1]], dtype=np.int64)
