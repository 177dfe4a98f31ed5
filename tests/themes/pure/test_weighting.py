import numpy as np
import pytest

from engage.themes.weighting import effective_sample, rake

GROUPS = [{"age": "old", "sex": "f"}] * 30 + [{"age": "old", "sex": "m"}] * 30
GROUPS += [{"age": "young", "sex": "f"}] * 30 + [{"age": "young", "sex": "m"}] * 10
MARGINS = {"age": {"old": 40.0, "young": 60.0}, "sex": {"f": 50.0, "m": 50.0}}


def share(weights, name, value):
    chosen = np.array([group.get(name) == value for group in GROUPS])
    return weights[chosen].sum() / weights.sum()


def test_both_margins_are_met():
    weights = rake(GROUPS, MARGINS)
    assert share(weights, "age", "old") == pytest.approx(0.4, abs=1e-4)
    assert share(weights, "sex", "m") == pytest.approx(0.5, abs=1e-4)
    assert weights.mean() == pytest.approx(1)


def test_weights_are_trimmed():
    groups = [{"age": "old"}] * 99 + [{"age": "young"}]
    weights = rake(groups, {"age": {"old": 1.0, "young": 1.0}}, trim=5)
    assert weights.max() / np.median(weights) <= 25
    assert weights.max() <= 5.01


def test_no_answer_and_unknown_values_do_no_harm():
    groups = [{"age": "old"}] * 10 + [{}] * 5 + [{"age": "not said"}] * 5 + [{"age": "young"}] * 10
    weights = rake(groups, {"age": {"old": 1.0, "young": 3.0, "nobody heard": 1.0}})
    assert np.isfinite(weights).all()
    assert weights[10:20] == pytest.approx(weights[10])
    assert weights[-1] == pytest.approx(3 * weights[0], rel=1e-3)


def test_kish_effective_sample():
    assert effective_sample(np.ones(10)) == 10
    assert effective_sample(np.array([9.0, 1.0])) == pytest.approx(100 / 82)
    assert effective_sample(np.array([])) == 0
    assert len(rake([], MARGINS)) == 0
