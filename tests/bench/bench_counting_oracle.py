"""The reference library (GPL, development only) asked for the same count with the same tie-break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pabutools.election import (
    ApprovalBallot,
    ApprovalProfile,
    CardinalBallot,
    CardinalProfile,
    Instance,
    Project,
)
from pabutools.election.satisfaction import AdditiveSatisfaction
from pabutools.fractions import frac
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares, sequential_phragmen
from pabutools.rules.exhaustion import completion_by_rule_combination
from pabutools.tiebreaking import TieBreakingRule

from budgeting.counting_rule import Options, tie_key
from budgeting.election import Election


class PointsTimesCost(AdditiveSatisfaction):
    def __init__(self, instance: Any, profile: Any, ballot: Any) -> None:
        super().__init__(instance, profile, ballot, lambda i, pr, b, p, _: _points(b, p) * p.cost)


class Points(AdditiveSatisfaction):
    def __init__(self, instance: Any, profile: Any, ballot: Any) -> None:
        super().__init__(instance, profile, ballot, lambda i, pr, b, p, _: _points(b, p))


def _points(ballot: Any, project: Any) -> int:
    return ballot.get(project, 0) if isinstance(ballot, Mapping) else int(project in ballot)


class Oracle:
    """One election in the reference library's objects; `approvals` treats points as mere approval.

    `merged` hands it identical ballots once, which it supports and which is much faster for it.
    """

    def __init__(self, election: Election, approvals: bool | None = None, merged: bool = False) -> None:
        self.election = election
        flat = bool((election.ballots.points == 1).all())
        self.approvals = flat if approvals is None else approvals
        self.projects = [Project(str(p), cost=project.cost) for p, project in enumerate(election.projects)]
        self.instance = Instance(self.projects, budget_limit=election.budget)
        ballots = []
        rows = zip(election.ballots.rows(), election.ballots.weights.tolist(), strict=True)
        for row, weight in rows:
            for _ in range(weight):
                if self.approvals:
                    ballots.append(ApprovalBallot(self.projects[p] for p, _ in row))
                else:
                    ballots.append(CardinalBallot({self.projects[p]: points for p, points in row}))
        kind = ApprovalProfile if self.approvals else CardinalProfile
        profile = kind(ballots, instance=self.instance)
        self.profile = profile.as_multiprofile() if merged else profile

    def ties(self, options: Options) -> TieBreakingRule:
        key = tie_key(self.election, options)
        return TieBreakingRule(lambda _instance, _profile, project: key(int(project.name)))

    def satisfaction(self, options: Options) -> type[AdditiveSatisfaction]:
        return PointsTimesCost if options.utility == "cost" else Points

    def greedy(self, options: Options) -> list[int]:
        return self._ids(
            greedy_utilitarian_welfare(
                self.instance,
                self.profile,
                sat_class=self.satisfaction(options),
                tie_breaking=self.ties(options),
            )
        )

    def equal_shares(self, options: Options) -> list[int]:
        increment = options.increment or 10**self.election.decimals
        step = None if options.completion == "none" else frac(increment)
        arguments = {
            "sat_class": self.satisfaction(options),
            "tie_breaking": self.ties(options),
            "voter_budget_increment": step,
        }
        if options.top_up == "none":
            return self._ids(method_of_equal_shares(self.instance, self.profile, **arguments))
        greedy = {"sat_class": PointsTimesCost, "tie_breaking": self.ties(options)}
        rules: list[Callable[..., Any]] = [method_of_equal_shares, greedy_utilitarian_welfare]
        return self._ids(
            completion_by_rule_combination(self.instance, self.profile, rules, [arguments, greedy])
        )

    def phragmen(self, options: Options) -> list[int]:
        return self._ids(sequential_phragmen(self.instance, self.profile, tie_breaking=self.ties(options)))

    @staticmethod
    def _ids(allocation: Any) -> list[int]:
        return [int(project.name) for project in allocation]
