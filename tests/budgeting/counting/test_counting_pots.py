"""Own pots: nothing flows between them, and each is exactly the count of its own projects."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_elections import SCALE, elections, voters_of

from budgeting.counting import RULES, Options, Rule, count
from budgeting.counting_pots import area_of, category_of, count_pots
from budgeting.election import Election, Project, group


@settings(max_examples=60 * SCALE, deadline=None)
@given(elections(), st.sampled_from(RULES), st.integers(0, 20), st.integers(0, 20))
def test_each_pot_is_a_count_of_its_own(election: Election, rule: Rule, north: int, south: int) -> None:
    places = ["North", "South"]
    projects = tuple(replace(p, area=places[n % 2]) for n, p in enumerate(election.projects))
    whole = Election(projects, 999, election.ballots, election.vote_type)
    pots = {"North": north, "South": south}
    outcomes = count_pots(whole, pots, area_of, rule, Options(increment=1))
    assert list(outcomes) == places
    for n, (name, outcome) in enumerate(outcomes.items()):
        mine = [p for p in range(len(projects)) if p % 2 == n]
        assert outcome.spent <= pots[name]
        assert [p.id for p in outcome.election.projects] == [projects[p].id for p in mine]
        rows = [tuple((mine.index(p), x) for p, x in row if p in mine) for row in _single_rows(whole)]
        alone = Election(
            tuple(projects[p] for p in mine),
            pots[name],
            group([row for row in rows if row]),
            election.vote_type,
        )
        assert outcome.order == count(alone, rule, Options(increment=1)).order
        assert (
            outcome.election.voters
            == len([row for row in rows if row])
            >= len([v for v in voters_of(whole) if set(v) & set(mine)])
        )


def _single_rows(election: Election) -> list[tuple[tuple[int, int], ...]]:
    rows = zip(election.ballots.rows(), election.ballots.weights.tolist(), strict=True)
    return [row for row, weight in rows for _ in range(weight)]


def test_categories_and_a_project_without_a_pot() -> None:
    projects = (Project("a", 5, categories=("green", "play")), Project("b", 5, categories=("play",)))
    election = Election(projects, 10, group([((0, 1), (1, 1))]))
    outcomes = count_pots(election, {"green": 5, "play": 4}, category_of, "greedy")
    assert {name: outcome.winners for name, outcome in outcomes.items()} == {"green": ("a",), "play": ()}
    with pytest.raises(ValueError, match=r"no pot for project b \(play\)"):
        count_pots(election, {"green": 5}, category_of)
