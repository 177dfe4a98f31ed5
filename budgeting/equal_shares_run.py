"""One run of the Method of Equal Shares at a given endowment, in floats that never decide anything.

Every voter starts with the same money and pays for projects in order of their price per unit of utility
(Peters, Pierczyński and Skowron 2021, "Proportional participatory budgeting with additive utilities"). A voter
who cannot pay the full rate pays all that is left, so at any time a voter's money is either exactly nothing or

    endowment − Σ rate(t) · points(t)     over the purchases t that the voter has paid for.

Rates are therefore exact rationals that need only whole-number coefficients: they are computed on demand
(`Run.rate`), and only where a float comparison is within its error bound or 1e-9 of a draw. A draw is thus
decided exactly and locally, without repeating the run.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from budgeting.election import Election, Ints

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

CLOSE = 1e-9  # relative distance within which floats are never believed
ROUNDING = 2.0**-46  # a generous bound on the relative error of a float sum of money


@dataclass(slots=True)
class Backing:
    """Who stands behind one project: ballot rows, their number of voters, and the points of each.

    `multiplier` turns a rate (money per point) into a price (money per unit of utility): the cost for cost
    utility, 1 for cardinality utility.
    """

    rows: Ints
    weights: Floats
    points: Floats
    weighted: Floats
    flat: bool
    voters: int
    total: int
    cost: int
    multiplier: int
    whole_weights: Ints
    whole_points: Ints
    most: float


def backings(election: Election, utility: str, projects: Sequence[int]) -> dict[int, Backing]:
    supporters, weights = election.supporters, election.ballots.weights
    backed = {}
    for project in projects:
        part = slice(supporters.starts[project], supporters.starts[project + 1])
        rows, points = supporters.rows[part], supporters.points[part]
        own, cost = weights[rows], election.costs[project]
        weighted = own * points
        backed[project] = Backing(
            rows,
            own.astype(np.float64),
            points.astype(np.float64),
            weighted.astype(np.float64),
            bool((points == 1).all()),
            int(own.sum()),
            int(weighted.sum()),
            cost,
            cost if utility == "cost" else 1,
            own,
            points,
            float(points.max()),
        )
    return backed


@dataclass(slots=True)
class Purchase:
    """Among the supporters, `poor` paid their last money or had none: `broke` had none before.

    `level`, if anyone, paid their last money and with it exactly the full rate. The price is between `least`
    and `most`, and no other project that was still waiting was cheaper than `second`.
    """

    project: int
    backing: Backing
    poor: Mask
    broke: Mask
    rate: Fraction | None = None
    level: Mask | None = None
    least: float = 0.0
    most: float = 0.0
    second: float = 0.0

    @property
    def live(self) -> Mask:
        """Those who paid their last money here."""
        return self.poor & ~self.broke

    @property
    def rich_total(self) -> int:
        b = self.backing
        return b.total - int(b.whole_weights[self.poor] @ b.whole_points[self.poor])


@dataclass(slots=True)
class Run:
    """The state of one run: money of every ballot row, and the purchases so far."""

    backed: dict[int, Backing]
    endowment: Fraction
    voters_rows: int
    money: Floats = field(init=False)
    broke: Mask = field(init=False)
    purchases: list[Purchase] = field(default_factory=list)
    ties: list[tuple[list[int], int]] = field(default_factory=list)
    purse: float = field(init=False)
    drift: float = 0.0
    scratch: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.purse = float(self.endowment)
        self.money = np.full(self.voters_rows, self.purse)
        self.broke = np.zeros(self.voters_rows, dtype=np.bool_)
        self.scratch = np.zeros(self.voters_rows, dtype=np.int64)

    @property
    def order(self) -> list[int]:
        return [purchase.project for purchase in self.purchases]

    # The float side: a rate and how far it may be from the truth.

    def estimate(self, project: int, at_least: float) -> tuple[float, float] | None:
        """Rate and error bound, or None if the supporters certainly cannot pay."""
        b = self.backed[project]
        money = self.money[b.rows]
        held = float(b.weights @ money)
        slack = CLOSE * b.cost + self.drift * b.total
        if held < b.cost - slack:
            return None
        if held <= b.cost + slack:
            exact, *_ = self.exact(project, money, None)
            return None if exact is None else (float(exact), float(exact) * ROUNDING)
        rate, paid_by_poor, rich = at_least, 0.0, float(b.total)
        while True:
            poor = money < rate if b.flat else money < rate * b.points
            paid_by_poor = float((b.weights * money) @ poor)
            rich = b.total - float(b.weighted @ poor)
            if rich < 0.5:  # cannot happen while the money suffices, except by rounding
                exact, *_ = self.exact(project, money, None)
                return None if exact is None else (float(exact), float(exact) * ROUNDING)
            better = (b.cost - paid_by_poor) / rich
            if better <= rate * (1 + ROUNDING):
                break
            rate = better
        return better, (self.drift * (b.total - rich) + ROUNDING * b.cost) / rich + CLOSE * better

    # The exact side: rationals, on demand.

    def rate(self, position: int) -> Fraction:
        """The exact rate of a purchase; computed once."""
        purchase = self.purchases[position]
        if purchase.rate is None:
            b, live = purchase.backing, purchase.live
            had = self.total(b.rows[live], b.whole_weights[live], position)
            purchase.rate = (b.cost - had) / purchase.rich_total
        return purchase.rate

    def most_paid(self, project: int) -> Fraction:
        """What the highest payment for a bought project was, whatever the points."""
        position = self.order.index(project)
        b, purchase = self.backed[project], self.purchases[position]
        rich = ~purchase.poor
        return self.rate(position) * int(b.whole_points[rich if rich.any() else purchase.poor].max())

    def total(self, rows: Ints, weights: Ints, before: int) -> Fraction:
        """Exact money of rows that were not broke before purchase `before`."""
        if not len(rows):
            return Fraction(0)
        rates = [self.rate(position) for position in range(before)]  # first: they need the scratch as well
        self.scratch[rows] = weights
        paid = Fraction(0)
        for purchase, rate in zip(self.purchases, rates, strict=False):
            b = self.backed[purchase.project]
            owed = int(self.scratch[b.rows] @ b.whole_points)
            if owed:
                paid += owed * rate
        self.scratch[rows] = 0
        return int(weights.sum()) * self.endowment - paid

    def exact(self, project: int, money: Floats, near: float | None) -> tuple[Fraction | None, Mask, Mask]:
        """Exact rate (None if unaffordable), who then pays less with all they have, who pays it with all.

        `near` is a trusted float of the rate, or None to search from the bottom.
        """
        b, now = self.backed[project], len(self.purchases)
        broke = self.broke[b.rows]
        if near is None:
            live = ~broke
            held = self.total(b.rows[live], b.whole_weights[live], now)
            if held < b.cost:
                return None, broke, np.zeros_like(broke)
        poor = broke.copy()
        unsure = ~broke
        if near is not None:
            blur = CLOSE * (near * b.points + self.purse) + self.drift
            gap = money - near * b.points
            poor |= gap < -blur
            unsure &= np.abs(gap) <= blur
        level = np.zeros_like(broke)
        holdings = self._holdings(b, unsure)
        while True:
            live = poor & ~broke
            had = self.total(b.rows[live], b.whole_weights[live], now)
            rich = b.total - int(b.whole_weights[poor] @ b.whole_points[poor])
            if not rich:
                raise ArithmeticError("supporters who can pay cannot all be short of the rate")
            rate = (b.cost - had) / rich
            fallen = [x for held, points, x in holdings if held < rate * points and not poor[x[0]]]
            if not fallen:
                break
            for places in fallen:
                poor[places] = True
        for held, points, places in holdings:
            level[places] = held == rate * points
        return rate, poor, level

    def _holdings(self, b: Backing, unsure: Mask) -> list[tuple[Fraction, int, Ints]]:
        """Exact money of the supporters in doubt, once per class of equal payments so far."""
        places = np.flatnonzero(unsure)
        if not len(places):
            return []
        history = np.zeros((len(places), len(self.purchases) + 1), dtype=np.int64)
        history[:, -1] = b.whole_points[places]
        for position, purchase in enumerate(self.purchases):
            paid = self.backed[purchase.project]
            self.scratch[paid.rows] = paid.whole_points
            history[:, position] = self.scratch[b.rows[places]]
            self.scratch[paid.rows] = 0
        classes, which = np.unique(history, axis=0, return_inverse=True)
        order = np.argsort(which.ravel(), kind="stable")
        parts = np.split(places[order], np.cumsum(np.bincount(which.ravel()))[:-1])
        holdings = []
        for row, members in zip(classes.tolist(), parts, strict=True):
            paid_out = sum(
                (points * self.rate(t) for t, points in enumerate(row[:-1]) if points), Fraction(0)
            )
            holdings.append((self.endowment - paid_out, row[-1], members))
        return holdings

    # The run.

    def buy(self, project: int, rate: float, exact: Fraction | None) -> None:
        b = self.backed[project]
        money, broke = self.money[b.rows], self.broke[b.rows]
        gap = money - (rate if b.flat else rate * b.points)
        blur = CLOSE * (rate * b.most + self.purse) + self.drift
        poor = (gap < 0) | broke
        level = None
        if ((np.abs(gap) <= blur) > broke).any():  # someone not broke is within the blur
            exact, poor, level = self.exact(project, money, rate)
            rate, poor = float(exact or 0), poor | level
            gap = money - rate * b.points
        self.purchases.append(Purchase(project, b, poor, broke, exact, level))
        self.money[b.rows] = np.where(poor, 0.0, np.maximum(gap, 0.0))
        self.broke[b.rows] = poor
        lost = float(b.weighted @ poor)
        error = (self.drift * lost + ROUNDING * b.cost) / max(b.total - lost, 1.0)
        self.drift += (ROUNDING * rate if exact is not None else error) * b.most + ROUNDING * self.purse


def run(
    backed: dict[int, Backing],
    endowment: Fraction,
    rows: int,
    key: Callable[[int], tuple[int | bytes, ...]],
    margin: float = 0.0,
) -> Run:
    """Buys until nobody's supporters can pay. Ties go to the first by `key`.

    With a margin, projects dearer by up to that part are looked at as well, for sharper `second` prices.
    """
    state = Run(backed, endowment, rows)
    queue = [
        (b.cost / b.total / b.multiplier, project, b.cost / b.total)
        for project, b in backed.items()
        if b.voters * state.purse > b.cost * (1 - CLOSE)  # the others could not be paid with all purses
    ]
    heapq.heapify(queue)
    while queue:
        best = float("inf")
        looked: list[tuple[float, int, float, float]] = []
        while queue and queue[0][0] <= best * (1 + margin):
            _, project, at_least = heapq.heappop(queue)
            estimated = state.estimate(project, at_least)
            if estimated is None:
                continue
            multiplier = backed[project].multiplier
            rate, error = estimated
            looked.append((rate / multiplier, project, rate, error / multiplier))
            best = min(best, (rate + error) / multiplier)
        if not looked:
            break
        close = [entry for entry in looked if entry[0] - entry[3] <= best]
        chosen, exact = close[0], None
        if len(close) > 1:
            chosen, exact = _decide(state, close, key)
        state.buy(chosen[1], chosen[2], exact)
        second = float("inf")
        for price, project, rate, error in looked:
            if project != chosen[1]:
                second = min(second, price - error)
                heapq.heappush(queue, (price - error, project, rate - error * backed[project].multiplier))
        latest = state.purchases[-1]
        latest.least, latest.most = chosen[0] - chosen[3], chosen[0] + chosen[3]
        latest.second = min(second, queue[0][0]) if queue else second
    return state


def _decide(
    state: Run,
    close: list[tuple[float, int, float, float]],
    key: Callable[[int], tuple[int | bytes, ...]],
) -> tuple[tuple[float, int, float, float], Fraction]:
    """The cheapest of several that floats cannot tell apart; equal ones by the frozen tie-break."""
    prices: dict[int, Fraction] = {}
    for _, project, rate, _ in close:
        b = state.backed[project]
        exact, *_ = state.exact(project, state.money[b.rows], rate)
        assert exact is not None  # noqa: S101  # `estimate` has shown that the money suffices
        prices[project] = exact / b.multiplier
    least = min(prices.values())
    tied = sorted((p for p, price in prices.items() if price == least), key=key)
    if len(tied) > 1:
        state.ties.append((tied, tied[0]))
    chosen = next(entry for entry in close if entry[1] == tied[0])
    return chosen, prices[tied[0]] * state.backed[tied[0]].multiplier


def room_between(low: Run, high: Run) -> float:
    """Above 1: every endowment between those of two runs provably gives the same order of purchases.

    While the order of purchases is the same, more money for everyone makes no purse smaller (by induction: if
    no purse is smaller no rate is higher, so nobody has less left). So in between, the price of each purchase
    is at most that at the low end, and the price of any other project at least that at the high end. If the one
    is below the other, the purchase stays. It stays too if its price is exactly equal at both ends: then it is
    the same throughout, nothing cheaper comes up before the high end, and a draw is broken as it is there.
    What cannot be afforded at the high end cannot be before.

    The number is the least distance to the second, in terms of how far the price moved: a hint for strides.
    """
    if low.order != high.order:
        return 0.0
    room = float("inf")
    for position, (lower, higher) in enumerate(zip(low.purchases, high.purchases, strict=True)):
        if lower.least <= higher.most and low.rate(position) == high.rate(position):
            continue
        moved = lower.most - higher.least
        ahead = (higher.second - higher.least) / moved if moved > 0 else 1.0
        room = min(room, ahead if lower.most < higher.second else min(ahead, 1.0))
    return room
