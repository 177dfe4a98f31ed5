"""Who was heard, who was not, and which themes belong to a group that was heard too little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from engage.themes.results import GroupLift, GroupShare, LanguageParity, Parameters
from engage.themes.weighting import effective_sample, rake

Array = NDArray[np.float64]
LEAST_LIFT, LARGEST_Q = 2.0, 0.10
WATCH_FROM, PUBLIC_FROM = 3, 5
LEAST_HEARD, LEAST_EXPECTED = 5, 10


@dataclass(frozen=True)
class Company:
    """Everybody heard: each voice's answers, how the groups compare with the area, and who was heard too
    little as (group, value)."""

    answers: dict[str, dict[str, str]]
    shares: list[GroupShare]
    index: dict[str, float]
    under: set[tuple[str, str]]


def company(
    voices: Sequence[str], groups: Sequence[Mapping[str, str]], margins: Mapping[str, Mapping[str, float]]
) -> Company:
    answers = voice_groups(voices, groups)
    rows, index = shares(list(answers.values()), margins)
    return Company(answers, rows, index, under_represented(rows))


def voice_groups(voices: Sequence[str], groups: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """One answer a voice for each group: the one that most of its stories give (ties: first in the alphabet)."""
    answers: dict[str, dict[str, Counter[str]]] = {}
    for voice, given in zip(voices, groups, strict=True):
        held = answers.setdefault(voice, {})
        for name, value in given.items():
            if value:
                held.setdefault(name, Counter())[value] += 1
    return {
        voice: {name: min(counts, key=lambda v: (-counts[v], v)) for name, counts in held.items()}
        for voice, held in answers.items()
    }


def shares(
    answers: Sequence[Mapping[str, str]], margins: Mapping[str, Mapping[str, float]]
) -> tuple[list[GroupShare], dict[str, float]]:
    """Heard against expected for each value, and per margin one minus the total variation distance."""
    names = sorted({name for given in answers for name in given} | set(margins))
    found: list[GroupShare] = []
    index: dict[str, float] = {}
    for name in names:
        heard = Counter(given[name] for given in answers if name in given)
        rows = [
            _share(name, v, heard, margins.get(name, {}))
            for v in sorted(set(heard) | set(margins.get(name, {})))
        ]
        found += rows
        if name in margins and heard:
            index[name] = 1.0 - sum(abs(row.share - (row.expected or 0.0)) for row in rows) / 2
    return found, index


def _share(name: str, value: str, heard: Counter[str], margin: Mapping[str, float]) -> GroupShare:
    answered, population = heard.total(), sum(margin.values())
    share = heard[value] / answered if answered else 0.0
    expected = margin.get(value, 0.0) / population if population else None
    expected_voices = None if expected is None else expected * answered
    under = expected_voices is not None and heard[value] < 0.9 * expected_voices
    return GroupShare(
        group=name,
        value=value,
        voices=heard[value],
        share=share,
        expected=expected,
        expected_voices=expected_voices,
        ratio=share / expected if expected else None,
        under=under,
        not_heard=heard[value] < LEAST_HEARD and (expected_voices or 0.0) >= LEAST_EXPECTED,
    )


def under_represented(rows: Sequence[GroupShare]) -> set[tuple[str, str]]:
    """(group, value) of who was heard too little: clearly less than the margin lets expect (under nine tenths)
    or, for a group without a margin, fewer than an equal share of the values heard."""
    values = Counter(row.group for row in rows)
    return {
        (row.group, row.value)
        for row in rows
        if (row.under if row.expected is not None else row.share < 1 / values[row.group])
    }


def lifts(
    themes: Mapping[str, set[str]],
    answers: Mapping[str, Mapping[str, str]],
    under: set[tuple[str, str]],
) -> dict[str, list[GroupLift]]:
    """For each theme and group value: lift with Jeffreys' half a voice added, the hypergeometric chance of as
    many or more, and its Benjamini–Hochberg q. Values heard too little are one family of tests, the others
    another: what may be marked quiet is not paid for by what may not. Quiet: see the constants."""
    tests: list[tuple[str, str, str, int, float, float]] = []
    for name in sorted({n for given in answers.values() for n in given}):
        answered = {voice: given[name] for voice, given in answers.items() if name in given}
        for theme in sorted(themes):
            tests += _theme_tests(theme, themes[theme], name, answered)
    found: dict[str, list[GroupLift]] = {theme: [] for theme in themes}
    for family in (True, False):
        chosen = [test for test in tests if ((test[1], test[2]) in under) is family]
        for test, q in zip(chosen, benjamini_hochberg([test[5] for test in chosen]), strict=True):
            theme, name, value, count, lift, _ = test
            found[theme].append(GroupLift(name, value, count, lift, q, _mark(family, count, lift, q)))
    return {theme: sorted(held, key=lambda lift: (lift.group, lift.value)) for theme, held in found.items()}


def _mark(under: bool, count: int, lift: float, q: float) -> str:
    if under and lift >= LEAST_LIFT and q <= LARGEST_Q and count >= WATCH_FROM:
        return "public" if count >= PUBLIC_FROM else "watch"
    return ""


def _theme_tests(
    theme: str, members: set[str], name: str, answered: Mapping[str, str]
) -> list[tuple[str, str, str, int, float, float]]:
    inside = Counter(answered[voice] for voice in members if voice in answered)
    everybody = Counter(answered.values())
    total, drawn = len(answered), inside.total()
    found = []
    for value in sorted(everybody):
        count, size = inside[value], everybody[value]
        chance = float(hypergeom.sf(count - 1, total, size, drawn)) if drawn else 1.0
        found.append((theme, name, value, count, smoothed_lift(count, drawn, size, total), chance))
    return found


def smoothed_lift(count: int, drawn: int, size: int, total: int) -> float:
    """How much oftener a value is given within (count of drawn) than by all (size of total), Jeffreys-smoothed."""
    return ((count + 0.5) / (drawn + 1.0)) / ((size + 0.5) / (total + 1.0))


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """q-values (Benjamini & Hochberg 1995): the smallest false discovery rate at which each would count."""
    if not chances:
        return []
    p = np.asarray(chances, float)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return [float(value) for value in q]


def raked_weights(
    answers: Mapping[str, Mapping[str, str]], parameters: Parameters
) -> tuple[str, float | None, dict[str, float] | None]:
    """("none" | "raked" | "withheld", effective sample, weight of each voice). Withheld when the effective
    sample is below half of the voices: then the weights would rest on too few."""
    if not parameters.margins or not answers:
        return "none", None, None
    weights = rake(list(answers.values()), parameters.margins, trim=parameters.trim)
    sample = effective_sample(weights)
    if sample < len(weights) / 2:
        return "withheld", sample, None
    return "raked", sample, dict(zip(answers, weights.tolist(), strict=True))


def language_parity(
    languages: Sequence[str], labels: NDArray[np.intp], likeness: Array
) -> list[LanguageParity]:
    """For each language the share that no theme took, and the mean likeness to the middle of its own theme."""
    tags, found = np.array(languages), []
    for language in sorted(set(languages)):
        rows = tags == language
        inside = rows & (labels >= 0)
        cohesion = float(likeness[inside].mean()) if inside.any() else None
        unassigned = float((labels[rows] < 0).mean())
        found.append(LanguageParity(language, int(rows.sum()), unassigned, cohesion))
    return found
