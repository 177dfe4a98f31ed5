"""Fairness figures against brute force over voters and groups."""

from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from small_elections import SCALE, approval, elections, voters_of

from budgeting.counting import Options, Outcome, count
from budgeting.election import Election, Project, group
from budgeting.fairness import as_json, fairness, gini, violations

RULE = st.sampled_from(["greedy", "equal-shares", "phragmen"])


@settings(max_examples=100 * SCALE, deadline=None)
@given(elections(), st.sampled_from(["cost", "cardinality"]))
def test_equal_shares_needs_no_completion_to_be_proportional(election: Election, utility: str) -> None:
    """The theorem is about approvals; a count of points is judged as approvals and may fail."""
    flat = Election(
        election.projects,
        election.budget,
        group(tuple((p, 1) for p, _ in row) for row in election.ballots.rows()),
    )
    outcome = count(flat, "equal-shares", Options(utility=utility, completion="none"))
    assert list(violations(outcome)) == []


@settings(max_examples=50 * SCALE, deadline=None)
@given(elections(kinds=("approval",)), RULE, st.sampled_from(["cost", "cardinality"]))
def test_violations_are_all_found_and_all_real(election: Election, rule: str, utility: str) -> None:
    outcome = count(election, rule, Options(utility=utility))
    found = {v.project: v for v in violations(outcome)}
    assert set(found) == _wronged(outcome)
    for project, violation in found.items():
        worth = election.costs[project] if utility == "cost" else 1
        assert violation.best_off + worth <= violation.deserved
        assert violation.voters <= election.backers[project]


def _wronged(outcome: Outcome) -> set[int]:
    """Every group of supporters of every losing project, one by one."""
    election = outcome.election
    by_cost = outcome.options.utility == "cost"
    worth = [cost if by_cost else 1 for cost in election.costs]
    voters = voters_of(election)
    held = [sum(worth[p] for p in points if p in outcome.order) for points in voters]
    wronged = set()
    for p in set(range(len(worth))) - set(outcome.order):
        backers = [i for i, points in enumerate(voters) if p in points]
        for size in range(1, len(backers) + 1):
            deserved = Fraction(size * election.budget * worth[p], len(voters) * election.costs[p])
            if any(all(held[i] + worth[p] <= deserved for i in s) for s in combinations(backers, size)):
                wronged.add(p)
    return wronged


def test_greedy_can_leave_half_the_voters_with_nothing() -> None:
    """Two towns of 51 and 49, ten projects each, money for ten: the certificate names the wronged half."""
    ballots = [list(range(10))] * 51 + [list(range(10, 20))] * 49
    outcome = count(approval([1] * 20, 10, ballots), "greedy")
    figures = fairness(outcome)
    assert figures.with_winner == 51
    assert figures.histogram == (49, 0, 0, 0, 0, 0, 0, 0, 0, 0, 51)
    assert {v.project for v in figures.violations} == set(range(10, 20))
    assert figures.violations[0].voters == 49
    assert figures.violations[0].deserved == Fraction(49, 10)
    fair = fairness(count(approval([1] * 20, 10, ballots), "equal-shares"))
    assert (fair.with_winner, fair.violations) == (100, ())


def test_a_group_of_exactly_the_size_of_one_seat_is_wronged() -> None:
    """Four voters, four seats: the fourth voter alone is owed one, as EJR+ counts it."""
    outcome = count(approval([1] * 5, 4, [[0, 1, 2, 3]] * 3 + [[4]]), "greedy")
    (violation,) = violations(outcome)
    assert (violation.project, violation.voters, violation.deserved) == (4, 1, 1)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_gini_is_the_mean_difference(winners: list[int]) -> None:
    histogram = tuple(winners.count(k) for k in range(max(winners) + 1))
    total = sum(abs(a - b) for a in winners for b in winners)
    expected = Fraction(total, 2 * len(winners) * sum(winners)) if any(winners) else 0
    assert gini(histogram) == expected


def test_spread_over_areas_and_categories() -> None:
    projects = (
        Project("a", 6, categories=("green",), area="North"),
        Project("b", 4, categories=("green", "play"), area="North"),
        Project("c", 10, categories=("play",), area="South"),
    )
    ballots = group([((0, 1), (1, 1)), ((0, 1),), ((2, 1),), ()])
    outcome = count(Election(projects, 10, ballots), "greedy")
    figures = fairness(outcome)
    assert outcome.winners == ("a", "b")
    north, south = figures.areas
    assert (north.name, north.winners, north.spent, north.money_share) == ("North", 2, 10, 1)
    assert (north.voter_share, south.voter_share) == (Fraction(2, 3), Fraction(1, 3))
    green, play = figures.categories
    assert (green.spent, play.spent) == (8, 2)
    assert green.voter_share + play.voter_share == 1
    assert as_json(figures, outcome)["areas"][0]["voter_share"] == 0.666667
