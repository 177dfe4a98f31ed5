"""Every figure of an explanation, recomputed from the ballots; every claim, counted again."""

from fractions import Fraction

import pytest
from bench_counting_oracle import Oracle
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_elections import SCALE, approval, elections, plain_equal_shares, voters_of

from budgeting.counting import RULES, Options, Outcome, Rule, count, recounts, winners
from budgeting.election import Election, Project, approval_election
from budgeting.explanations import explain
from budgeting.explanations_money import amount
from budgeting.explanations_needs import find, points_each, smallest

FLAT = elections(kinds=("approval",))


@settings(max_examples=75 * SCALE, deadline=None)
@given(elections(kinds=("approval", "cumulative")), st.sampled_from(["none", "add1"]))
def test_where_the_money_went(election: Election, completion: str) -> None:
    outcome = count(election, "equal-shares", Options(completion=completion, increment=1))
    assume(outcome.endowment is not None and not any(tie.by == "lot" for tie in outcome.ties))
    assert outcome.endowment is not None
    _, money, paid = plain_equal_shares(election, outcome.endowment, by_cost=True)
    voters = voters_of(election)
    for p, told in enumerate(explain(outcome).values()):
        backers = [i for i, points in enumerate(voters) if p in points]
        assert told.facts["supporters"] == len(backers)
        if told.facts["state"] == "selected":
            payments = [paid[i].get(p, Fraction(0)) for i in backers]
            assert told.facts["paying"] == sum(payment > 0 for payment in payments)
            full = sum(
                x == Fraction(told.facts["price"]) * voters[i][p]
                for i, x in zip(backers, payments, strict=True)
            )
            assert told.facts["paid_in_full"] == full
        elif told.facts["state"] in ("unaffordable", "too-dear"):
            assert Fraction(told.facts["money_left"]) == sum(money[i] for i in backers)
            spent = {f"p{w}": sum(paid[i].get(w, Fraction(0)) for i in backers) for w in outcome.order}
            told_spent = {name: Fraction(x) for name, x in told.facts["money_spent"].items()}
            assert told_spent == {name: x for name, x in spent.items() if x}


@settings(max_examples=30 * SCALE, deadline=None)
@given(elections(), st.sampled_from(RULES), st.sampled_from(["none", "add1"]))
def test_needs_are_true_when_counted_again(election: Election, rule: Rule, completion: str) -> None:
    options = Options(
        completion=completion, increment=1, minimum_votes=2 if rule == "greedy-threshold" else 0
    )
    outcome = count(election, rule, options)
    for p, need in find(outcome, recounts(outcome)).items():
        if need.votes is not None:
            assert _wins(outcome, election.with_voters(p, need.votes, need.points), p)
            if need.votes > 1:
                assert not _wins(outcome, election.with_voters(p, need.votes - 1, need.points), p)
        if need.cost is not None:
            assert need.cost < election.costs[p]
            assert _wins(outcome, election.with_cost(p, need.cost), p)
            if need.cost + 1 < election.costs[p]:
                assert not _wins(outcome, election.with_cost(p, need.cost + 1), p)


def _wins(outcome: Outcome, changed: Election, project: int) -> bool:
    """Counted from a fresh election, so that nothing kept from the first count can help."""
    fresh = Election(changed.projects, changed.budget, changed.ballots, changed.vote_type)
    return project in count(fresh, outcome.rule, outcome.options).order


@settings(max_examples=20 * SCALE, deadline=None)
@given(FLAT, st.integers(0, 6))
def test_the_reference_agrees_on_what_was_needed(election: Election, position: int) -> None:
    options = Options(completion="none")
    outcome = count(election, "equal-shares", options)
    position %= len(election.projects)
    assume(outcome.states[position] in ("unaffordable", "no-support"))
    need = find(outcome, recounts(outcome), [position])[position]
    if need.votes is not None:
        assert position in Oracle(election.with_voters(position, need.votes)).equal_shares(options)
    if need.cost:
        assert position in Oracle(election.with_cost(position, need.cost)).equal_shares(options)


@settings(max_examples=50 * SCALE, deadline=None)
@given(elections(), st.integers(0, 6), st.integers(1, 3))
def test_a_changed_election_is_the_same_as_a_new_one(election: Election, position: int, more: int) -> None:
    position %= len(election.projects)
    for changed in (election.with_voters(position, more, 2), election.with_cost(position, 3)):
        fresh = Election(changed.projects, changed.budget, changed.ballots, changed.vote_type)
        assert changed.votes == fresh.votes
        assert changed.scores == fresh.scores
        assert changed.backers == fresh.backers
        assert changed.costs == fresh.costs
        for rule in RULES:
            assert set(winners(changed, rule, Options())) == set(count(fresh, rule).order)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_smallest_finds_a_threshold(threshold: int, most: int, guess: int) -> None:
    found = smallest(lambda n: n >= threshold, 1, most, guess)
    assert found == (threshold if threshold <= most else None)


@settings(max_examples=30 * SCALE, deadline=None)
@given(elections(free=True), st.sampled_from(RULES), st.sampled_from(["none", "greedy"]))
def test_both_languages_for_every_project(election: Election, rule: Rule, top_up: str) -> None:
    outcome = count(election, rule, Options(minimum_votes=1, top_up=top_up))
    told = explain(outcome, find(outcome, recounts(outcome)))
    assert list(told) == [project.id for project in election.projects]
    for explanation in told.values():
        cy, en = explanation.text("cy"), explanation.text("en")
        assert cy
        assert en
        assert cy != en
        assert "%(" not in cy + en
        assert not {"Selected", "Number", "Cost of"} & set(cy.replace(":", " ").split())


def test_the_sentences_of_a_small_round() -> None:
    projects = [Project("m", 300_00, "Mainc"), Project("c", 400_00, "Coed"), Project("g", 150_00, "Gwyl")]
    ballots = [frozenset({"m", "c"})] * 3 + [frozenset({"c"})] + [frozenset({"g"})] * 2
    election = approval_election(projects, ballots, 600_00)
    outcome = count(election, "equal-shares", Options(completion="none"))
    told = explain(outcome, find(outcome, recounts(outcome)))
    assert told["c"].text("en") == (
        "Selected: its supporters could pay for it together. Number of supporters: 4. Cost: £400. "
        "The most that one of them paid: £100."
    )
    assert told["m"].text("en") == (
        "Not selected: its supporters did not have enough money left. Number of supporters: 3. Cost: £300. "
        "What they had left together: £0. What their money paid for: Coed: £300. "
        "It would have won with this many more voters, if they had voted for nothing else: 1."
    )
    assert (
        told["m"].facts["cost_needed"] is None
    )  # their money goes to the other one first, whatever it costs
    assert told["g"].text("cy").startswith("Wedi’i ddewis: gallai ei gefnogwyr dalu amdano gyda’i gilydd.")
    assert told["m"].text("cy").startswith("Heb ei ddewis: nid oedd gan ei gefnogwyr ddigon o arian ar ôl.")


def test_greedy_says_what_was_left_at_its_turn() -> None:
    outcome = count(approval([8, 5, 2], 10, [[0], [0], [0], [1], [1], [2]]), "greedy")
    told = explain(outcome, find(outcome, recounts(outcome)))
    assert "What was left: £2. It would have won" in told["p1"].text("en")
    assert told["p1"].facts["votes_needed"] == 1  # level with the first, and cheaper
    assert told["p1"].facts["cost_needed"] == "2"


def test_little_work_goes_to_those_who_came_nearest() -> None:
    """Three losers with 2, 3 and 1 supporters of what 4 could pay for."""
    ballots = [[0]] * 4 + [[1]] * 2 + [[2]] * 3 + [[3]]
    outcome = count(approval([4, 40, 40, 40], 10, ballots), "equal-shares", Options(completion="none"))
    assert outcome.order == (0,)
    assert find(outcome, recounts(outcome), most_work=1) == {}
    some = (find(outcome, recounts(outcome), most_work=100_000 * n) for n in range(1, 100))
    assert set(next(filter(None, some))) == {2}
    assert set(find(outcome, recounts(outcome), most_work=10**9)) == {1, 2, 3}


def test_added_voters_give_what_a_voter_can_give() -> None:
    election = approval([1], 1, [[0]])
    assert points_each(election) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "£0"), (123456, "£1,234.56"), (1200, "£12"), (Fraction(100, 3), "£0.33"), (-5, "-£0.05")],
)
def test_amounts_as_people_write_them(value: int | Fraction, expected: str) -> None:
    assert amount(approval_election([], [], 0), value) == expected
