"""What it would have taken: more supporters or a lower cost, found by counting again.

Greedy rules react evenly to more votes, equal shares need not: so what is found and claimed is a threshold.
With the number stated the project wins; with one fewer (or one unit of money more) it does not. Both counts
have been made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from budgeting.counting_rule import Outcome, least_votes, measure
from budgeting.election import Election
from budgeting.explanations_money import amount
from translations import N_, Message

# What a project takes, seen over real files: full recounts for two thresholds, guesses in single runs, and
# the fixed price of a run in terms of ballot entries.
RECOUNTS, GUESSES, OVERHEAD = 4, 40, 10_000

Recount = Callable[[Election], Collection[int]]  # positions of the winners of a changed election


@dataclass(frozen=True, slots=True)
class Needs:
    """`votes` more voters who name only this project (with `points` each), or `cost` at most.

    None: not even the largest change that was tried would have made it win.
    """

    votes: int | None
    points: int
    cost: int | None
    old_cost: int

    def facts(self, election: Election) -> dict[str, Any]:
        lower = None if self.cost is None else election.money(self.old_cost - self.cost)
        return {
            "votes_needed": self.votes,
            "votes_needed_assumes": "new voters who name only this project",
            "votes_needed_points": self.points,
            "cost_needed": None if self.cost is None else election.money(self.cost),
            "cost_reduction_needed": lower,
        }

    def sentences(self, election: Election) -> Iterable[Message]:
        if self.votes is not None:
            text = N_(
                "It would have won with this many more voters, if they had voted for nothing else: %(votes)s."
            )
            yield text % {"votes": self.votes}
        if self.cost is not None:
            text = N_("It would have won with the votes it has if it had cost no more than this: %(cost)s.")
            yield text % {"cost": amount(election, self.cost)}


@dataclass(frozen=True, slots=True)
class Recounts:
    """How to count a changed election under the same frozen rule, and a cheap guess at it if there is one."""

    count: Recount
    guess: Recount | None = None


def find(
    outcome: Outcome,
    recounts: Recounts,
    projects: Sequence[int] | None = None,
    most_work: int | None = None,
) -> dict[int, Needs]:
    """What each losing project lacked.

    A recount of a great many ballots takes time. With `most_work` (entries on ballots to be read, over all
    recounts, as estimated from the first count) the projects nearest to winning come first, and the others
    are left out.
    """
    election = outcome.election
    losing = [p for p, state in enumerate(outcome.states) if state != "selected"]
    chosen = losing if projects is None else list(projects)
    if most_work is not None:
        nearest = sorted(chosen, key=lambda p: _distance(outcome, p))
        chosen = sorted(nearest[: most_work // _work_each(outcome)])
    return {
        p: Needs(
            votes_needed(outcome, recounts, p),
            points_each(election),
            cost_needed(outcome, recounts, p),
            election.costs[p],
        )
        for p in chosen
    }


def _work_each(outcome: Outcome) -> int:
    entries = len(outcome.election.ballots.projects)
    if outcome.rule.startswith("greedy"):
        return RECOUNTS * OVERHEAD  # only totals are read
    if outcome.rule == "phragmen":
        return GUESSES * (20 * entries + 5 * OVERHEAD)  # every purchase sets many clocks anew
    return (RECOUNTS * outcome.runs + GUESSES) * (entries + OVERHEAD)


def _distance(outcome: Outcome, project: int) -> float:
    """What part of its cost a project lacked; for rules without money, of the votes of the best."""
    election = outcome.election
    if outcome.run is not None and project in outcome.run.backed:
        return 1 - float(_left(outcome, project)) / election.costs[project]
    return 1 - election.votes[project] / max(1, *election.votes)


def points_each(election: Election) -> int:
    """What an added voter gives: an approval, a ranking of one, or the most points that any voter gave."""
    if election.vote_type in ("cumulative", "scoring"):
        return int(election.ballots.points.max(initial=1))
    return 1


def votes_needed(outcome: Outcome, recounts: Recounts, project: int) -> int | None:
    election, points = outcome.election, points_each(outcome.election)
    if election.costs[project] > election.budget:
        return None

    def changed(extra: int) -> Election:
        return election.with_voters(project, extra, points)

    most = 4 * election.voters + 1000
    return _threshold(recounts, project, changed, most, _guess_votes(outcome, project))


def cost_needed(outcome: Outcome, recounts: Recounts, project: int) -> int | None:
    """The greatest cost below its own at which the project wins; None if it would not even at one unit."""
    election = outcome.election
    if not election.backers[project]:
        return None

    def changed(saved: int) -> Election:
        return election.with_cost(project, election.costs[project] - saved)

    most = election.costs[project] - 1
    saved = _threshold(recounts, project, changed, most, _guess_saving(outcome, project))
    return None if saved is None else election.costs[project] - saved


def _threshold(
    recounts: Recounts, project: int, changed: Callable[[int], Election], most: int, guess: int
) -> int | None:
    """The threshold that cheap guesses point to, confirmed or corrected by counting in full."""
    cheap = recounts.guess
    if cheap is not None:
        guess = smallest(lambda n: project in cheap(changed(n)), 1, most, guess) or most
    return smallest(lambda n: project in recounts.count(changed(n)), 1, most, guess)


def smallest(holds: Callable[[int], bool], least: int, most: int, guess: int) -> int | None:
    """A number that holds while the one before it does not, searched outwards from a guess.

    None if not even `most` holds. Where `holds` is monotone this is the smallest number that holds.
    """
    if most < least:
        return None
    guess = min(max(guess, least), most)
    step = 1
    if holds(guess):
        high, low = guess, guess - step
        while low >= least and holds(low):
            high, step = low, step * 2
            low -= step
        low = max(low, least - 1)
    else:
        low, high = guess, guess + step
        while high < most and not holds(high):
            low, step = high, step * 2
            high += step
        if high >= most:
            high = most
            if low >= most or not holds(most):
                return None
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def _guess_votes(outcome: Outcome, project: int) -> int:
    """A starting point: as many purses as would fill the gap; or votes to come where there was room."""
    election = outcome.election
    if outcome.run is not None and outcome.endowment and project in outcome.run.backed:
        gap = election.costs[project] - _left(outcome, project)
        return int(gap // outcome.endowment) + 1
    scores = measure(election)
    target, left = least_votes(election, outcome.options), election.budget
    for winner in outcome.order:  # whoever comes after the last winner with room finds none
        if election.costs[project] <= left:
            target = scores[winner]
        left -= election.costs[winner]
    return -(-(target - scores[project]) // points_each(election))


def _guess_saving(outcome: Outcome, project: int) -> int:
    election = outcome.election
    if outcome.run is not None and project in outcome.run.backed:
        return int(election.costs[project] - _left(outcome, project)) + 1
    scores, left = measure(election), election.budget
    left -= sum(election.costs[w] for w in outcome.order if scores[w] >= scores[project])
    return election.costs[project] - left


def _left(outcome: Outcome, project: int) -> Fraction:
    """Money that the supporters have left, to the precision of a guess."""
    run = outcome.run
    assert run is not None  # noqa: S101  # asked only of equal shares
    b = run.backed[project]
    return Fraction(float(b.weights @ run.money[b.rows]))
