"""Identical winners in identical order to the reference library, on thousands of elections full of ties."""

from bench_counting_oracle import Oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from small_elections import SCALE, elections

from budgeting.counting import Options, count
from budgeting.election import Election

UTILITIES = st.sampled_from(["cost", "cardinality"])
TIES = st.sampled_from([("cost", "votes", "lot"), ("votes", "cost", "lot"), ("lot",)])
SEEDS = st.binary(max_size=4)


def supported(election: Election, order: list[int]) -> list[int]:
    """The reference also spends on projects that nobody wanted; this product never does."""
    return [p for p in order if election.backers[p]]


@settings(max_examples=200 * SCALE, deadline=None)
@given(elections(), UTILITIES, TIES, SEEDS)
def test_equal_shares(election: Election, utility: str, tie: tuple[str, ...], seed: bytes) -> None:
    options = Options(utility=utility, completion="none", tie=tie, lot_seed=seed)
    assert list(count(election, "equal-shares", options).order) == Oracle(election).equal_shares(options)


@settings(max_examples=150 * SCALE, deadline=None)
@given(elections(), UTILITIES, st.integers(1, 3))
def test_add1_with_the_reference_stop(election: Election, utility: str, increment: int) -> None:
    options = Options(utility=utility, completion="add1-exhaustive", increment=increment)
    outcome = count(election, "equal-shares", options)
    assert list(outcome.order) == Oracle(election).equal_shares(options)
    assert outcome.spent <= election.budget


@settings(max_examples=100 * SCALE, deadline=None)
@given(elections(), UTILITIES)
def test_greedy_top_up(election: Election, utility: str) -> None:
    options = Options(utility=utility, completion="none", top_up="greedy")
    outcome = count(election, "equal-shares", options)
    assert list(outcome.order) == supported(election, Oracle(election).equal_shares(options))


@settings(max_examples=150 * SCALE, deadline=None)
@given(elections(), UTILITIES, TIES, SEEDS)
def test_greedy(election: Election, utility: str, tie: tuple[str, ...], seed: bytes) -> None:
    options = Options(utility=utility, tie=tie, lot_seed=seed)
    expected = supported(election, Oracle(election).greedy(options))
    assert list(count(election, "greedy", options).order) == expected


@settings(max_examples=150 * SCALE, deadline=None)
@given(elections(kinds=("approval",)), SEEDS)
def test_phragmen(election: Election, seed: bytes) -> None:
    options = Options(lot_seed=seed)
    expected = supported(election, Oracle(election).phragmen(options))
    assert sorted(count(election, "phragmen", options).order) == sorted(expected)
