"""Where the money of a project's supporters went under equal shares, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from budgeting.counting_rule import Outcome


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
        bought = run.backed[purchase.project]
        rich = np.setdiff1d(bought.rows, purchase.poor, assume_unique=True)
        full = int(mine[rich] @ bought.whole_points[np.isin(bought.rows, rich)])
        last = purchase.live[mine[purchase.live] > 0]
        sum_paid = full * run.rate(position) + run.total(last, mine[last], position)
        if sum_paid:
            paid[purchase.project] = sum_paid
    return Spending(left, paid)
