import pytest
from scipy.stats import hypergeom

from engage.themes.representation import benjamini_hochberg, company, lifts, voice_groups

MARGIN = {"age": {"old": 50.0, "young": 50.0}}


def people(old, young):
    return {f"o{n}": {"age": "old"} for n in range(old)} | {f"y{n}": {"age": "young"} for n in range(young)}


def heard(answers, margins):
    return company(list(answers), list(answers.values()), margins)


def test_a_voice_answers_once_with_what_most_of_its_stories_say():
    found = voice_groups(
        ["a", "a", "a", "b"], [{"age": "old"}, {"age": "young"}, {"age": "old"}, {"age": ""}]
    )
    assert found == {"a": {"age": "old"}, "b": {}}


def test_index_is_one_minus_total_variation():
    found = heard(people(80, 20), MARGIN)
    assert found.index["age"] == pytest.approx(0.7)
    assert found.under == {("age", "young")}
    young = next(row for row in found.shares if row.value == "young")
    assert (young.voices, young.ratio) == (20, pytest.approx(0.4))


def test_who_we_have_not_heard_from_needs_ten_expected_and_fewer_than_five_heard():
    marked = {row.value for row in heard(people(96, 4), MARGIN).shares if row.not_heard}
    assert marked == {"young"}
    assert not any(row.not_heard for row in heard(people(9, 4), MARGIN).shares)
    silent = heard(people(100, 0), MARGIN)
    assert [row.value for row in silent.shares if row.not_heard] == ["young"]


def test_a_theme_of_the_under_heard_is_quiet_and_of_the_others_is_not():
    answers = people(170, 30)
    themes = {
        "t1": {f"y{n}" for n in range(10)},
        "t2": {f"o{n}" for n in range(60)},
        "t3": {"y11", "y12", "y13"},
    }
    found = lifts(themes, answers, {("age", "young")})
    marks = {(name, lift.value): lift.quiet for name, held in found.items() for lift in held}
    assert marks["t1", "young"] == "public"
    assert marks["t2", "old"] == marks["t1", "old"] == ""
    assert marks["t3", "young"] == "watch"
    assert {lift.quiet for lift in lifts(themes, answers, set())["t1"]} == {""}


def test_lift_is_smoothed_and_its_chance_is_hypergeometric():
    lift = lifts({"t": {"y0", "y1", "o0"}}, people(6, 4), {("age", "young")})["t"][1]
    assert lift.lift == pytest.approx((2.5 / 4) / (4.5 / 11))
    assert lift.q == pytest.approx(hypergeom.sf(1, 10, 4, 3))


def test_benjamini_hochberg_by_hand():
    assert benjamini_hochberg([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.04, 0.04])
    assert benjamini_hochberg([]) == []
