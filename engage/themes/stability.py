"""How far the themes depend on who happened to answer, and how runs are compared."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from engage.themes.results import LeftOut, StabilityPoint

Labels = NDArray[np.intp]


FEWEST = 12
AGREEING = 0.72


def subsamples(count: int, *, seed: int, parts: int = 3) -> list[Labels]:
    """90 % subsamples, each as sorted places."""
    draw = np.random.default_rng(seed)
    size = max(2, int(count * 0.9))
    return [np.sort(draw.permutation(count)[:size]) for _ in range(parts)]


def mean_agreement(count: int, clusterings: Sequence[tuple[Labels, Labels]]) -> float:
    """Of every pair of them."""
    return float(np.mean([agreement(count, pair) for pair in itertools.combinations(clusterings, 2)]))


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


def left_out(
    themes: Mapping[str, set[str]], without: Sequence[tuple[str, str, set[str]]], least: int
) -> list[LeftOut]:
    """What is left of each theme (as its voices) without the voices of each (kind, value, voices): a theme is
    lost below `least` voices; the others' rank is by voices, ties keeping their order."""
    everyone = set().union(*themes.values()) if themes else set()
    return [
        _without(themes, kind, value, gone & everyone, everyone, least)
        for kind, value, gone in without
        if gone
    ]


def _without(
    themes: Mapping[str, set[str]], kind: str, value: str, gone: set[str], everyone: set[str], least: int
) -> LeftOut:
    left = {name: len(held - gone) for name, held in themes.items()}
    lost = [name for name in themes if len(themes[name]) >= least > left[name]]
    before = sorted(themes, key=lambda name: -len(themes[name]))
    after = sorted(themes, key=lambda name: -left[name])
    ranks = {n: [before.index(n) + 1, after.index(n) + 1] for n in themes if n not in lost}
    moved = {name: pair for name, pair in ranks.items() if pair[0] != pair[1]}
    return LeftOut(kind, value, len(everyone - gone), lost, moved)


def who_to_leave_out(
    voices: Sequence[str], channels: Sequence[str | None], answers: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str, set[str]]]:
    """Each channel, each answer of each group, the most prolific tenth of the voices, and all campaigns."""
    pairs = sorted({pair for given in answers.values() for pair in given.items()})
    spoken = sorted({channel for channel in channels if channel})
    through = list(zip(voices, channels, strict=True))
    found = [("channel", name, {voice for voice, channel in through if channel == name}) for name in spoken]
    found += [(g, value, {v for v, given in answers.items() if given.get(g) == value}) for g, value in pairs]
    told = Counter(voice for voice in voices if voice.startswith("author:"))
    often = sorted((v for v in told if told[v] > 1), key=lambda v: (-told[v], v))
    found.append(("prolific", "tenth", set(often[: max(1, len(set(voices)) // 10)])))
    found.append(("campaigns", "all", {voice for voice in voices if voice.startswith("campaign:")}))
    return found
