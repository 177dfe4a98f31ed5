"""Money in explanations: how it is written, and where that of a project's supporters went."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from budgeting.counting_rule import Outcome
from budgeting.election import Election


@dataclass(frozen=True, slots=True)
class Spending:
    """Money of all supporters of one project together: `left` at the end, `paid` for each winner."""

    left: Fraction
    paid: dict[int, Fraction]


def spending(outcome: Outcome, project: int) -> Spending:
    run = outcome.run
    assert run is not None, "only equal shares moves money"  # noqa: S101
    if project not in run.backed:
        return Spending(Fraction(0), {})
    b = run.backed[project]
    live = ~run.broke[b.rows]
    left = run.total(b.rows[live], b.whole_weights[live], len(run.purchases))
    mine = np.zeros(run.voters_rows, dtype=np.int64)
    mine[b.rows] = b.whole_weights
    paid: dict[int, Fraction] = {}
    for position, purchase in enumerate(run.purchases):
        bought, rich = purchase.backing, ~purchase.poor
        full = int(mine[bought.rows[rich]] @ bought.whole_points[rich])
        last = bought.rows[purchase.live & (mine[bought.rows] > 0)]
        sum_paid = full * run.rate(position) + run.total(last, mine[last], position)
        if sum_paid:
            paid[purchase.project] = sum_paid
    return Spending(left, paid)


def amount(election: Election, value: int | Fraction) -> str:
    """Money as people write it: £1,234.50 for pounds, else the currency's code. Fractions to the penny."""
    rounded = round(Fraction(value) / 10**election.decimals * 100)  # only shown, never decided on
    whole, pence = divmod(abs(rounded), 100)
    text = f"{whole:,}" + (f".{pence:02}" if pence else "")
    sign = "-" if rounded < 0 else ""
    if election.currency == "GBP":
        return f"{sign}£{text}"
    return f"{sign}{text} {election.currency}".rstrip()


def exact(election: Election, value: Fraction) -> str:
    """An exact amount in the election's unit: a whole number or "n/d"."""
    return str(value / 10**election.decimals)
