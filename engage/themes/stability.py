"""How far the themes depend on who happened to answer, and how runs are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from engage.themes.results import StabilityPoint

Labels = NDArray[np.intp]


def subsample_agreement(
    count: int, clusterings: Callable[[NDArray[np.intp], int], Labels], *, seed: int, pairs: int = 2
) -> float:
    """Mean adjusted Rand index (Hubert & Arabie 1985) of clusterings of pairs of 90 % subsamples, over what
    both hold. `clusterings(rows, number)` labels the given rows."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(pairs):
        labels = []
        for number in range(2):
            rows = np.sort(draw.permutation(count)[: max(2, int(count * 0.9))])
            whole = np.full(count, -1)
            whole[rows] = clusterings(rows, number)
            labels.append(whole)
        both = (labels[0] >= 0) & (labels[1] >= 0)
        found.append(adjusted_rand_score(labels[0][both], labels[1][both]))
    return float(np.mean(found))


def candidates(voices: int) -> list[int]:
    """Numbers of themes to try: from 4 up to a theme for every 12 voices, at most 60, in steps of a third."""
    most = max(3, min(60, voices // 12))
    found, k = [], 4.0
    while k <= most:
        found.append(round(k))
        k *= 4 / 3
    return found or [max(2, min(3, voices // 3))]


def choose(curve: Sequence[StabilityPoint], *, slack: float = 0.05) -> int:
    """The largest number of themes whose agreement is within `slack` of the best: coarse groups are always
    stable, so among about equally stable numbers the finest says most."""
    best = max(point.ari for point in curve)
    return max(point.themes for point in curve if point.ari >= best - slack)


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
