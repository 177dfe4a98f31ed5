"""The published rule applied to the ballots: one entry point for every rule, one shape of outcome."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

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
from budgeting.equal_shares import count_equal_shares, likely_selected, selected_by_equal_shares
from budgeting.explanations_needs import Recounts
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
    "recounts",
    "winners",
]


def count(election: Election, rule: Rule = "equal-shares", options: Options | None = None) -> Outcome:
    """The outcome of a rule. Pure and repeatable: equal inputs give equal outcomes, on any machine."""
    chosen = options or Options()
    if rule == "equal-shares":
        return count_equal_shares(election, chosen)
    if rule == "phragmen":
        return count_phragmen(election, chosen)
    return count_greedy(election, rule, chosen)


def winners(election: Election, rule: Rule, options: Options) -> Collection[int]:
    """Positions of the projects that `count` would select, and nothing else: for recounts by the hundred."""
    if rule == "equal-shares":
        return selected_by_equal_shares(election, options)
    return count(election, rule, options).order


def recounts(outcome: Outcome) -> Recounts:
    """The same frozen rule for changed elections, as `explanations_needs.find` asks for it.

    An election that differs little probably ends near the same endowment: a cheap guess for Add1.
    """
    options, endowment = outcome.options, outcome.endowment

    def again(changed: Election) -> Collection[int]:
        return winners(changed, outcome.rule, options)

    def guess(changed: Election) -> Collection[int]:
        return likely_selected(changed, options, endowment or Fraction(0))

    plain = options.completion == "add1" and options.top_up == "none" and not options.comparison
    return Recounts(again, guess if outcome.rule == "equal-shares" and plain and endowment else None)
