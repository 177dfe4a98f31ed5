"""What a rule consists of and what a count leaves behind, whatever the rule.

A rule is frozen before voting opens. Every choice that could matter is in `Options`, and every step of a
count is in the trace of its `Outcome`, from which the explanations are written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from budgeting.election import APPROVAL_TYPES, Election
from budgeting.equal_shares_run import Run

Rule = Literal["greedy", "greedy-no-skip", "greedy-threshold", "equal-shares", "phragmen"]
Utility = Literal["cost", "cardinality"]
Completion = Literal["none", "add1", "add1-exhaustive"]
TopUp = Literal["none", "greedy"]
RULES: tuple[Rule, ...] = get_args(Rule)
TIE_KEYS = ("cost", "votes", "lot")

# Why a project stands where it stands at the end of a count.
State = Literal["selected", "no-support", "below-minimum", "too-dear", "no-room", "stopped", "unaffordable"]


@dataclass(frozen=True, slots=True)
class Options:
    """The frozen rule beside its name. Amounts in minor units of the election.

    `increment` is what Add1 gives each voter more at every step (None: one whole unit, for example £1).
    `minimum_votes` and `minimum_share` (of all voters) keep projects out before the count starts.
    A completion that has not ended after `most_runs` runs ends there, and its outcome says so ("bound").
    """

    utility: Utility = "cost"
    completion: Completion = "add1"
    increment: int | None = None
    top_up: TopUp = "none"
    comparison: bool = False
    tie: tuple[str, ...] = TIE_KEYS
    lot_seed: bytes = b""
    lot_root: bytes = b""
    minimum_votes: int = 0
    minimum_share: Fraction = Fraction(0)
    most_runs: int = 100_000


@dataclass(frozen=True, slots=True)
class Step:
    """One selection, and what was `left` of the pot after it.

    `price` is the most that one voter paid per point (per approval) under equal shares, or the income of
    every voter at the moment of the purchase under Phragmén. `paying` supporters paid, `paid_in_full` of them
    the whole price.
    """

    project: int
    kind: Literal["count", "free", "top-up"] = "count"
    price: Fraction | None = None
    paying: int | None = None
    paid_in_full: int | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """Projects level at a step, the one taken, and what decided: "cost", "votes" or "lot"."""

    tied: tuple[int, ...]
    chosen: int
    by: str


@dataclass(frozen=True)
class Outcome:
    """Positions of projects in the election; `states` has one entry per project.

    `stop` says why an equal shares completion ended: "overspend", "exhaustive", "all-bought", "bound" or "".
    `endowment` is the money that every voter held in the run that decided, `runs` how many were made.
    """

    election: Election = field(repr=False)
    rule: Rule
    options: Options
    order: tuple[int, ...]
    states: tuple[State, ...]
    steps: tuple[Step, ...] = field(default=(), repr=False)
    ties: tuple[Tie, ...] = ()
    endowment: Fraction | None = None
    increments: int = 0
    runs: int = 1
    stop: str = ""
    compared: tuple[int, int] | None = None  # voters who prefer equal shares, voters who prefer greedy
    run: Run | None = field(default=None, repr=False)

    @property
    def winners(self) -> tuple[str, ...]:
        return tuple(self.election.projects[p].id for p in self.order)

    @property
    def spent(self) -> int:
        return sum(self.election.costs[p] for p in self.order)


def measure(election: Election) -> list[int]:
    """What greedy rules compare: votes for approvals, points otherwise."""
    return election.votes if election.vote_type in APPROVAL_TYPES else election.scores


def least_votes(election: Election, options: Options) -> int:
    """Votes (points) that a project needs to take part at all."""
    return -int(-max(Fraction(options.minimum_votes), options.minimum_share * election.voters) // 1)


def standing(election: Election, options: Options) -> list[State | None]:
    """For each project, why it cannot take part in the count; None if it can."""
    scale = 1 if election.vote_type in APPROVAL_TYPES else election.points_scale
    needed = least_votes(election, options) * scale
    scores = measure(election)
    states: list[State | None] = []
    for position, backers in enumerate(election.backers):
        if not backers:
            states.append("no-support")
        elif scores[position] < needed:
            states.append("below-minimum")
        else:
            states.append(None)
    return states


def lot(options: Options, project: str) -> bytes:
    """The place of a project in the lot: ascending SHA-256(seed ‖ final root ‖ project id)."""
    return hashlib.sha256(options.lot_seed + options.lot_root + project.encode()).digest()


def tie_key(election: Election, options: Options) -> Callable[[int], tuple[int | bytes, ...]]:
    """Sorts tied projects, first one taken. The lot always has the last word, so there are no ties left."""
    getters: dict[str, Callable[[int], int | bytes]] = {
        "cost": lambda p: election.costs[p],
        "votes": lambda p: -election.votes[p],
        "lot": lambda p: lot(options, election.projects[p].id),
    }
    keys = [getters[name] for name in dict.fromkeys((*options.tie, "lot"))]
    cache: dict[int, tuple[int | bytes, ...]] = {}

    def key(project: int) -> tuple[int | bytes, ...]:
        if project not in cache:
            cache[project] = tuple(getter(project) for getter in keys)
        return cache[project]

    return key


def break_tie(tied: Sequence[int], key: Callable[[int], tuple[int | bytes, ...]], options: Options) -> Tie:
    ranked = sorted(tied, key=key)
    names = list(dict.fromkeys((*options.tie, "lot")))
    first, second = key(ranked[0]), key(ranked[1])
    by = next((name for name, a, b in zip(names, first, second, strict=True) if a != b), "lot")
    return Tie(tuple(ranked), ranked[0], by)
