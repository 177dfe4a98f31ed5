"""Random small elections with dense ties, and the real ones if they are there."""

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import strategies as st

from budgeting.election import Choices, Election, Project, borda, group

DATA = Path(os.environ.get("CYDLAIS_DATA", Path(__file__).parents[4] / "shared" / "data")) / "pabulib"
REAL = sorted(DATA.glob("*.pb"))
needs_data = pytest.mark.skipif(not REAL, reason=f"no real elections at {DATA} (set CYDLAIS_DATA)")

# The usual run draws a few thousand elections; CYDLAIS_EXAMPLES=20 draws twenty times as many.
SCALE = int(os.environ.get("CYDLAIS_EXAMPLES", "1"))
FEW_COSTS = st.sampled_from([1, 2, 3, 4, 6, 12])  # few divisors: ties everywhere
COSTS = FEW_COSTS | st.integers(1, 40)


@st.composite
def elections(
    draw: st.DrawFn, kinds: tuple[str, ...] = ("approval", "cumulative", "ordinal"), free: bool = False
) -> Election:
    costs = draw(st.lists((COSTS | st.just(0)) if free else COSTS, min_size=1, max_size=7))
    kind = draw(st.sampled_from(kinds))
    ballots = draw(st.lists(_ballot(kind, len(costs)), min_size=1, max_size=12))
    projects = tuple(Project(f"p{n}", cost, f"Project {n}") for n, cost in enumerate(costs))
    return Election(projects, draw(st.integers(0, 40)), group(ballots), kind)


@st.composite
def _ballot(draw: st.DrawFn, kind: str, projects: int) -> Choices:
    chosen = draw(st.lists(st.integers(0, projects - 1), unique=True, max_size=projects))
    if kind == "approval":
        return tuple((p, 1) for p in sorted(chosen))
    if kind == "ordinal":
        return tuple(zip(chosen, borda(len(chosen)), strict=True))
    return tuple((p, draw(st.integers(0, 4))) for p in chosen)


def approval(costs: list[int], budget: int, ballots: list[list[int]]) -> Election:
    projects = tuple(Project(f"p{n}", cost) for n, cost in enumerate(costs))
    return Election(projects, budget, group(tuple((p, 1) for p in row) for row in ballots))


def voters_of(election: Election) -> list[dict[int, int]]:
    """Every single voter's positive points."""
    rows = zip(election.ballots.rows(), election.ballots.weights.tolist(), strict=True)
    return [{p: x for p, x in row if x > 0} for row, weight in rows for _ in range(weight)]


def plain_equal_shares(
    election: Election, endowment: Fraction, by_cost: bool
) -> tuple[list[int], list[Fraction], list[dict[int, Fraction]]]:
    """The definition, voter by voter in fractions: order, money left, and who paid how much for what.

    Ties: lower cost, more voters, then position (the elections here have lots in the order of ids only by
    chance, so callers avoid full ties or compare with the lot's own key).
    """
    voters = voters_of(election)
    money = [endowment] * len(voters)
    paid: list[dict[int, Fraction]] = [{} for _ in voters]
    order: list[int] = []
    while True:
        best: tuple[Fraction, int, int, int] | None = None
        for p, cost in enumerate(election.costs):
            backers = [i for i, points in enumerate(voters) if p in points]
            if p in order or not cost or sum(money[i] for i in backers) < cost or not backers:
                continue
            rate = _rate(cost, [(money[i], voters[i][p]) for i in backers])
            offer = (rate / (cost if by_cost else 1), cost, -election.votes[p], p)
            best = min(best, offer) if best else offer
        if best is None:
            return order, money, paid
        p = best[3]
        rate = best[0] * (election.costs[p] if by_cost else 1)
        order.append(p)
        for i, points in enumerate(voters):
            if p in points:
                payment = min(money[i], rate * points[p])
                money[i] -= payment
                paid[i][p] = payment


def _rate(cost: int, purses: list[tuple[Fraction, int]]) -> Fraction:
    left, points = Fraction(cost), sum(x for _, x in purses)
    for money, x in sorted(purses, key=lambda purse: purse[0] / purse[1]):
        if left / points * x <= money:
            break
        left, points = left - money, points - x
    return left / points
