"""Each ballot style against the frozen sheet: what is valid, what is said, and how it is written down."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgeting.rule_sheet import BallotForm, SheetContest, SheetProject, Titles
from budgeting.validity import Named, Numbered, check, read, spent

IDS = [UUID(int=number) for number in (5, 3, 9, 1)]
COSTS = (300_000, 200_000, 150_000, 100_000)
CONTEST = SheetContest(
    UUID(int=99),
    Titles("Pot", "Pot"),
    500_000,
    (),
    tuple(
        SheetProject(key, Titles("P", "P"), cost, None, None) for key, cost in zip(IDS, COSTS, strict=True)
    ),
)
A, B, C, D = IDS
APPROVAL = BallotForm()
UP_TO_2 = BallotForm(most_choices=2)
KNAPSACK = BallotForm(style="knapsack")
POINTS = BallotForm(style="points", points=10, most_points_each=6)
RANKING = BallotForm(style="ranking", most_choices=3)
SCORE = BallotForm(style="score", highest_score=10)
ALL_SCORED = {A: 10, B: 0, C: 5, D: 7}


@pytest.mark.parametrize(
    ("form", "choices", "canonical"),
    [
        (APPROVAL, [A, B, C, D], [D, B, A, C]),
        (APPROVAL, [], []),
        (UP_TO_2, [C, A], [A, C]),
        (KNAPSACK, [A, B], [B, A]),
        (KNAPSACK, [], []),
        (POINTS, {A: 6, B: 4}, [(B, 4), (A, 6)]),
        (POINTS, {A: 1, B: 0}, [(A, 1)]),
        (POINTS, {}, []),
        (RANKING, [C, A, D], [C, A, D]),
        (RANKING, [], []),
        (SCORE, ALL_SCORED, [(D, 7), (B, 0), (A, 10), (C, 5)]),
        (SCORE, {}, []),
    ],
)
def test_valid_ballots_and_their_canonical_form(
    form: BallotForm, choices: Named | Numbered, canonical: list[object]
) -> None:
    checked = check(form, CONTEST, choices)
    assert checked.problems == ()
    written = [[str(one[0]), one[1]] if isinstance(one, tuple) else str(one) for one in canonical]
    assert read(checked.choices) == written


@pytest.mark.parametrize(
    ("form", "choices", "sentence"),
    [
        (UP_TO_2, [A, B, C], "You have chosen 3 projects. You may choose at most 2."),
        (APPROVAL, [A, A], "The same project is chosen twice."),
        (APPROVAL, [A, UUID(int=77)], "not on this ballot"),
        (APPROVAL, {A: 1}, "not the kind of ballot"),
        (KNAPSACK, [A, B, D], "over the pot by £1,000."),
        (POINTS, {A: 6, B: 5}, "You have given 11 points. You have 10."),
        (POINTS, {A: 7}, "at most 6 points to one project"),
        (POINTS, {A: -1}, "whole numbers from 0"),
        (POINTS, [A], "not the kind of ballot"),
        (RANKING, [A, B, C, D], "at most 3"),
        (RANKING, [A, B, A], "chosen twice"),
        (SCORE, {A: 10, B: 0, C: 5}, "Projects without a score: 1."),
        (SCORE, ALL_SCORED | {A: 11}, "at most 10"),
        (SCORE, ALL_SCORED | {A: -1}, "whole numbers from 0"),
        (SCORE, {UUID(int=77): 3}, "not on this ballot"),
    ],
)
def test_what_is_wrong_is_said(form: BallotForm, choices: Named | Numbered, sentence: str) -> None:
    problems = check(form, CONTEST, choices).problems
    assert any(sentence in str(problem) for problem in problems)
    assert check(form, CONTEST, choices).choices == ""


@given(st.permutations(IDS), st.integers(0, 4))
def test_order_is_part_of_a_ranking_and_of_nothing_else(order: list[UUID], length: int) -> None:
    chosen = order[:length]
    approval = check(APPROVAL, CONTEST, chosen).choices
    assert approval == check(APPROVAL, CONTEST, sorted(chosen, key=str)).choices
    assert read(check(BallotForm(style="ranking"), CONTEST, chosen).choices) == [str(p) for p in chosen]


@given(st.lists(st.sampled_from(IDS), unique=True))
def test_a_basket_is_valid_exactly_when_the_pot_pays_for_it(chosen: list[UUID]) -> None:
    cost = sum(dict(zip(IDS, COSTS, strict=True))[project] for project in chosen)
    assert spent(CONTEST, chosen) == cost
    assert (not check(KNAPSACK, CONTEST, chosen).problems) == (cost <= 500_000)
