"""The published rule applied to the ballots: one entry point for every rule, one shape of outcome."""

from __future__ import annotations

from budgeting.counting_rule import (
    RULES,
    Completion,
    Options,
    Outcome,
    Rule,
    State,
    Step,
    Tie,
    TopUp,
    Utility,
    measure,
)
from budgeting.election import Election
from budgeting.equal_shares import count_equal_shares
from budgeting.greedy import count_greedy
from budgeting.phragmen import count_phragmen

__all__ = [
    "RULES",
    "Completion",
    "Options",
    "Outcome",
    "Rule",
    "State",
    "Step",
    "Tie",
    "TopUp",
    "Utility",
    "count",
    "measure",
]


def count(election: Election, rule: Rule = "equal-shares", options: Options | None = None) -> Outcome:
    """The outcome of a rule. Pure and repeatable: equal inputs give equal outcomes, on any machine."""
    chosen = options or Options()
    if rule == "equal-shares":
        return count_equal_shares(election, chosen)
    if rule == "phragmen":
        return count_phragmen(election, chosen)
    return count_greedy(election, rule, chosen)
