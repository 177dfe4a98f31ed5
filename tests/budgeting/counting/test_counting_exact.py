"""No decision on a float: elections where floats cannot tell, against the definition in fractions."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_elections import SCALE, approval, elections, plain_equal_shares

from budgeting.counting import Options, count
from budgeting.counting_rule import tie_key
from budgeting.election import Choices, Election, Project, group
from budgeting.equal_shares_run import Run, backings, run

HUGE = 10**17  # beyond what a float can tell apart


@st.composite
def hairs_apart(draw: st.DrawFn) -> Election:
    """Costs that differ by one part in 10^17 or not at all, and points that make long fractions."""
    costs = draw(st.lists(st.integers(-1, 1), min_size=2, max_size=6))
    unit = draw(st.sampled_from([HUGE, HUGE // 3, HUGE // 7 * 2]))
    choice = st.lists(st.integers(0, len(costs) - 1), unique=True, max_size=len(costs))
    ballots = draw(st.lists(choice, min_size=2, max_size=9))
    flat = draw(st.booleans())
    rows: list[Choices] = [
        tuple((p, 1 if flat else 1 + (p + n) % 5) for p in b) for n, b in enumerate(ballots)
    ]
    projects = tuple(Project(f"p{n}", unit + cost) for n, cost in enumerate(costs))
    kind = "approval" if flat else "cumulative"
    return Election(projects, unit * draw(st.integers(1, 5)), group(rows), kind)


@settings(max_examples=200 * SCALE, deadline=None)
@given(hairs_apart(), st.booleans())
def test_hairs_are_split(election: Election, by_cost: bool) -> None:
    options = Options(utility="cost" if by_cost else "cardinality", completion="none")
    outcome = count(election, "equal-shares", options)
    endowment = Fraction(election.budget, election.voters)
    order, money, _ = plain_equal_shares(election, endowment, by_cost)
    if not any(tie.by == "lot" for tie in outcome.ties):
        assert list(outcome.order) == order
        assert outcome.run is not None
        assert [_purse(outcome.run, row) for row in _rows(election)] == money


@settings(max_examples=150 * SCALE, deadline=None)
@given(elections(kinds=("approval", "cumulative")), st.integers(0, 20))
@example(approval([6, 6, 6], 18, [[0, 1], [1, 2], [0, 2]]), 0)
def test_every_purse_is_exact(election: Election, more: int) -> None:
    """At any endowment; and what voters paid is what the winners cost."""
    endowment = Fraction(election.budget, election.voters) + more
    able = [p for p, backers in enumerate(election.backers) if backers]
    backed = backings(election, "cost", able)
    state = run(
        backed, endowment, len(election.ballots.weights), lambda p: (election.costs[p], -election.votes[p], p)
    )
    order, money, _ = plain_equal_shares(election, endowment, by_cost=True)
    assert state.order == order
    assert [_purse(state, row) for row in _rows(election)] == money
    assert sum(money) + sum(election.costs[p] for p in order) == endowment * election.voters


@settings(max_examples=75 * SCALE, deadline=None)
@given(elections(), st.integers(1, 40), st.sampled_from(["cost", "cardinality"]))
def test_strides_pass_over_nothing(election: Election, increment: int, utility: str) -> None:
    """Add1 in strides ends at the very increment, with the very order, of Add1 step by step."""
    projects = tuple(replace(project, cost=project.cost * 100) for project in election.projects)
    scaled = Election(projects, election.budget * 100, election.ballots, election.vote_type)
    outcome = count(scaled, "equal-shares", Options(utility=utility, increment=increment))
    able = [p for p, backers in enumerate(scaled.backers) if backers]
    backed, rows, key = (
        backings(scaled, utility, able),
        len(scaled.ballots.weights),
        tie_key(scaled, Options()),
    )
    share, steps = Fraction(scaled.budget, scaled.voters), 0
    order = run(backed, share, rows, key).order
    while len(order) < len(able):
        following = run(backed, share + (steps + 1) * increment, rows, key).order
        if sum(scaled.costs[p] for p in following) > scaled.budget:
            break
        order, steps = following, steps + 1
    assert (list(outcome.order), outcome.increments) == (order, steps)


def _rows(election: Election) -> list[int]:
    """The ballot row of each voter, in the order of `voters_of`."""
    return [n for n, weight in enumerate(election.ballots.weights.tolist()) for _ in range(weight)]


def _purse(state: Run, row: int) -> Fraction:
    if state.broke[row]:
        return Fraction(0)
    return state.total(np.array([row]), np.array([1]), len(state.purchases))
