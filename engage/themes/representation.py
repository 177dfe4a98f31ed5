"""Who was heard, who was not, and which themes belong to a group that was heard too little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from engage.themes.results import GroupLift, GroupShare

Array = NDArray[np.float64]
LEAST_LIFT, LARGEST_Q = 2.0, 0.10
WATCH_FROM, PUBLIC_FROM = 3, 5
LEAST_HEARD, LEAST_EXPECTED = 5, 10


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
    under = expected is not None and _fewer_than_expected(heard[value], answered, expected)
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


def _fewer_than_expected(heard: int, answered: int, expected: float) -> bool:
    """Clearly below: under nine tenths of what the census lets expect."""
    return heard < 0.9 * expected * answered


def lifts(
    themes: Mapping[str, set[str]],
    answers: Mapping[str, Mapping[str, str]],
    under: set[tuple[str, str]],
) -> dict[str, list[GroupLift]]:
    """For each theme and group value: lift with Jeffreys' half a voice added, the hypergeometric chance of as
    many or more, and its Benjamini–Hochberg q over all tests of the analysis. Quiet: see the constants."""
    tests: list[tuple[str, str, str, int, float, float]] = []
    for theme in sorted(themes):
        for name in sorted({n for given in answers.values() for n in given}):
            tests += _theme_tests(theme, themes[theme], name, answers)
    adjusted = benjamini_hochberg([test[5] for test in tests])
    found: dict[str, list[GroupLift]] = {theme: [] for theme in themes}
    for (theme, name, value, count, lift, _), q in zip(tests, adjusted, strict=True):
        quiet = ""
        if lift >= LEAST_LIFT and q <= LARGEST_Q and count >= WATCH_FROM and (name, value) in under:
            quiet = "public" if count >= PUBLIC_FROM else "watch"
        found[theme].append(GroupLift(name, value, count, lift, q, quiet))
    return found


def _theme_tests(
    theme: str, members: set[str], name: str, answers: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str, str, int, float, float]]:
    answered = {voice: given[name] for voice, given in answers.items() if name in given}
    inside = Counter(answered[voice] for voice in members if voice in answered)
    everybody = Counter(answered.values())
    total, drawn = len(answered), inside.total()
    found = []
    for value in sorted(everybody):
        count, size = inside[value], everybody[value]
        lift = ((count + 0.5) / (drawn + 1.0)) / ((size + 0.5) / (total + 1.0))
        chance = float(hypergeom.sf(count - 1, total, size, drawn)) if drawn else 1.0
        found.append((theme, name, value, count, lift, chance))
    return found


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
