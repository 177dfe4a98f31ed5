"""How far the themes depend on who happened to answer, and how runs are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from engage.themes.results import StabilityPoint

Labels = NDArray[np.intp]


FEWEST = 12
AGREEING = 0.72


def subsamples(count: int, *, seed: int, pairs: int = 2) -> list[list[Labels]]:
    """Pairs of 90 % subsamples, each as sorted places."""
    draw = np.random.default_rng(seed)
    size = max(2, int(count * 0.9))
    return [[np.sort(draw.permutation(count)[:size]) for _ in range(2)] for _ in range(pairs)]


def agreement(count: int, clusterings: Sequence[tuple[Labels, Labels]]) -> float:
    """Adjusted Rand index (Hubert & Arabie 1985) of two clusterings (places, labels), over what both hold."""
    whole = np.full((2, count), -1)
    for row, (places, labels) in zip(whole, clusterings, strict=True):
        row[places] = labels
    both = (whole >= 0).all(axis=0)
    return float(adjusted_rand_score(whole[0][both], whole[1][both]))


def candidates(voices: int) -> list[int]:
    """Numbers of themes to try: from 4 up to a theme for every 12 voices, at most 60, in steps of a quarter."""
    most = max(3, min(60, voices // 12))
    found, k = [], 4.0
    while round(k) <= most:
        found.append(round(k))
        k *= 1.25
    return found or [max(2, min(3, voices // 3))]


def choose(curve: Sequence[StabilityPoint]) -> tuple[int, str]:
    """The largest number of themes on which subsamples still agree by 0.72: a few coarse themes are always
    stable, so among stable numbers the finest says most. When none is: the one that agrees best."""
    agreeing = [point.themes for point in curve if point.ari >= AGREEING]
    if agreeing:
        return max(agreeing), "finest that is stable"
    return max(curve, key=lambda point: (point.ari, point.themes)).themes, "most stable"


def match_themes(
    old: Mapping[str, set[str]], new: Mapping[str, set[str]], least: float = 0.3
) -> dict[str, str]:
    """new id → old id by the best one-to-one matching on Jaccard overlap of members, where at least `least`."""
    before, after = sorted(old), sorted(new)
    if not before or not after:
        return {}
    overlap = np.array([[len(old[o] & new[n]) / len(old[o] | new[n]) for o in before] for n in after])
    rows, columns = linear_sum_assignment(-overlap)
    return {after[i]: before[j] for i, j in zip(rows, columns, strict=True) if overlap[i, j] >= least}
