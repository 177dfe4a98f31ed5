"""Where counts are tempted to loop, to overspend, or to select what nobody asked for."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_elections import SCALE, approval, elections

from budgeting.counting import RULES, Options, Rule, count
from budgeting.election import Election, Project, approval_election, group, points_election

RULE = st.sampled_from(RULES)


@settings(max_examples=200 * SCALE, deadline=None)
@given(
    elections(free=True),
    RULE,
    st.sampled_from(["none", "add1", "add1-exhaustive"]),
    st.sampled_from(["none", "greedy"]),
    st.booleans(),
)
def test_always(election: Election, rule: Rule, completion: str, top_up: str, comparison: bool) -> None:
    options = Options(completion=completion, top_up=top_up, comparison=comparison)
    outcome = count(election, rule, options)
    assert outcome.spent <= election.budget
    assert len(set(outcome.order)) == len(outcome.order)
    assert all(election.backers[p] for p in outcome.order)
    assert {p for p, state in enumerate(outcome.states) if state == "selected"} == set(outcome.order)
    assert [step.project for step in outcome.steps] == list(outcome.order)
    assert outcome.steps == () or outcome.steps[-1].left == election.budget - outcome.spent
    assert count(election, rule, options).order == outcome.order
    for tie in outcome.ties:
        assert tie.chosen in outcome.order


@pytest.mark.parametrize("rule", RULES)
def test_everything_is_affordable(rule: Rule) -> None:
    outcome = count(approval([3, 4, 5], 100, [[0], [1, 2], [2]]), rule)
    assert set(outcome.order) == {0, 1, 2}
    if rule == "equal-shares":
        assert outcome.stop == "all-bought"


@pytest.mark.parametrize("rule", RULES)
def test_a_project_dearer_than_the_pot_never_wins_and_stops_no_other(rule: Rule) -> None:
    election = approval([999_999_999, 10], 100, [[0, 1], [0, 1], [0]])
    outcome = count(election, rule)
    assert outcome.order == (1,)
    assert outcome.states[0] == "too-dear"


@pytest.mark.parametrize("rule", RULES)
def test_a_free_project_needs_a_supporter(rule: Rule) -> None:
    election = approval([0, 0, 50], 10, [[0], [2]])
    outcome = count(election, rule)
    assert outcome.order == (0,)
    assert outcome.states[1] == "no-support"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("ballots", [[], [[]], [[], []]])
def test_nobody_chose_anything(rule: Rule, ballots: list[list[int]]) -> None:
    assert count(approval([5, 5], 100, ballots), rule).order == ()


@pytest.mark.parametrize("rule", RULES)
def test_an_empty_pot_buys_nothing(rule: Rule) -> None:
    assert count(approval([5, 1], 0, [[0, 1]]), rule).order == ()


def test_one_supporter_of_a_dear_project_does_not_keep_add1_for_ever() -> None:
    """Millions of increments would change nothing: they are passed over, and the count says where it ended."""
    election = approval([100, 5_000_000_00], 6_000_000_00, [[0]] * 99 + [[1]])
    outcome = count(election, "equal-shares", Options(increment=1))
    assert set(outcome.order) == {0, 1}
    assert outcome.stop == "all-bought"
    assert outcome.endowment == 5_000_000_00
    assert outcome.increments == 5_000_000_00 - 6_000_000


def test_runs_are_bounded_and_the_bound_is_stated() -> None:
    ballots = [[0, 1], [1], [0]]
    election = approval([50, 70], 100, ballots)
    assert count(election, "equal-shares", Options(increment=1, most_runs=2)).stop == "bound"
    assert count(election, "equal-shares", Options(increment=1)).stop == "overspend"


def test_the_default_stop_goes_past_the_first_exhaustive_outcome() -> None:
    """Real files differ: the default may swap projects after nothing more would fit."""
    election = approval([6, 5, 5], 10, [[0], [0], [0], [1], [2], [1, 2]])
    default = count(election, "equal-shares", Options(increment=1))
    early = count(election, "equal-shares", Options(increment=1, completion="add1-exhaustive"))
    assert default.increments >= early.increments
    assert default.stop in ("overspend", "all-bought")


def test_no_skip_stops_where_skip_goes_on() -> None:
    election = approval([8, 5, 2], 10, [[0], [0], [0], [1], [1], [2]])
    assert count(election, "greedy").order == (0, 2)
    strict = count(election, "greedy-no-skip")
    assert strict.order == (0,)
    assert strict.states == ("selected", "no-room", "stopped")


def test_minimum_votes_and_shares_keep_projects_out() -> None:
    election = approval([1, 1, 1], 10, [[0, 1], [0, 1], [0], [2]])
    assert count(election, "greedy-threshold", Options(minimum_votes=2)).order == (0, 1)
    third = count(election, "equal-shares", Options(minimum_share=Fraction(51, 100)))
    assert third.states == ("selected", "below-minimum", "below-minimum")


def test_ties_go_to_lower_cost_then_votes_then_the_lot() -> None:
    election = approval([5, 4, 4], 5, [[0, 1, 2], [0, 1, 2]])
    outcome = count(election, "greedy")
    assert outcome.order[0] in (1, 2)
    seeds = [bytes([n]) for n in range(16)]
    firsts = {count(election, "greedy", Options(lot_seed=seed)).order[0] for seed in seeds}
    assert firsts == {1, 2}
    assert count(election, "greedy", Options(lot_seed=b"s")).ties[0].by == "lot"


def test_lower_cost_comes_before_more_votes() -> None:
    """Both cost each supporter 2 per project; the cheaper one is taken first, unless the rule says votes."""
    election = approval([4, 8], 100, [[0], [0], [1], [1], [1], [1]])
    by_number = Options(utility="cardinality", completion="none")
    outcome = count(election, "equal-shares", by_number)
    assert outcome.order == (0, 1)
    assert [(tie.tied, tie.chosen, tie.by) for tie in outcome.ties] == [((0, 1), 0, "cost")]
    votes_first = Options(utility="cardinality", completion="none", tie=("votes", "cost", "lot"))
    assert count(election, "equal-shares", votes_first).order == (1, 0)


def test_phragmen_ends_when_one_of_several_affordable_projects_no_longer_fits() -> None:
    election = approval([2, 4, 1], 4, [[0], [1], [1], [2]])
    outcome = count(election, "phragmen")
    assert outcome.order == (2,)
    assert outcome.states == ("stopped", "no-room", "selected")


def test_the_lot_is_the_published_hash() -> None:
    import hashlib

    election = approval([4, 4], 4, [[0, 1]])
    seed, root = bytes(range(32)), b"root"
    first = min((0, 1), key=lambda p: hashlib.sha256(seed + root + f"p{p}".encode()).digest())
    assert count(election, "greedy", Options(lot_seed=seed, lot_root=root)).order == (first,)


def test_the_voters_choose_between_two_rules() -> None:
    """Three of four would rather have the big project; a small group's share buys two small ones."""
    election = approval([10, 4, 4], 12, [[0], [0], [0], [1, 2]])
    outcome = count(election, "equal-shares", Options(increment=1, comparison=True))
    shares = count(election, "equal-shares", Options(increment=1))
    assert shares.compared is None
    assert outcome.compared is not None
    preferred = count(election, "greedy") if outcome.compared[1] > outcome.compared[0] else shares
    assert outcome.order == preferred.order


def test_pence_and_ids_from_a_round() -> None:
    projects = [Project("bench", 250_00), Project("trees", 199_99), Project("fete", 60_01)]
    ballots = [
        frozenset({"bench", "fete"}),
        frozenset({"trees"}),
        frozenset({"trees", "fete"}),
        frozenset[str](),
    ]
    election = approval_election(projects, ballots, 260_00)
    outcome = count(election, "greedy")
    assert outcome.winners == ("fete", "trees")
    assert election.money(outcome.spent) == "260.00"
    with pytest.raises(KeyError):
        approval_election(projects, [frozenset({"bridge"})], 1)


def test_points_count_for_greedy_and_price_for_shares() -> None:
    projects = [Project("a", 10), Project("b", 10)]
    election = points_election(projects, [{"a": 1, "b": 9}, {"a": 2}], 10)
    assert election.scores == [3, 9]
    assert count(election, "greedy").winners == ("b",)
    assert group([((0, 1),), ((0, 1),)]).weights.tolist() == [2]
