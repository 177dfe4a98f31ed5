"""Small themes kept from being swallowed by large ones.

A clustering into few themes has to put a small matter somewhere. A finer clustering of the same stories shows
which small groups stand apart; those become themes of their own, on top of the number asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from engage.themes.representation import LARGEST_Q, LEAST_LIFT, benjamini_hochberg, smoothed_lift

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
Flags = NDArray[np.bool_]
LARGEST = 0.05  # of all voices: beyond that it is no small theme
APART = 0.2  # likeness to the rest of its theme, as a share of likeness within
MOST_FINE = 120


@dataclass(frozen=True)
class Answer:
    """One answer of a group that was heard too little: who answered the question, and who gave this answer."""

    answered: Flags
    given: Flags


def finer(themes: int, stories: int) -> int:
    """How many groups to look for when looking for small ones: about one for every twenty stories found most
    of what was planted, whatever the number of themes."""
    return min(max(2 * themes, stories // 20), MOST_FINE, stories // 8)


def protect(vectors: Array, labels: Labels, fine: Labels, quiet: Sequence[Answer], *, least: int) -> Labels:
    """`labels` with the small groups of `fine` split off that either stand apart in meaning, or are raised at
    least twice as often (and not by chance) by a group heard too little, unlike the theme that held them."""
    groups = _small(labels, fine, least)
    raised = _raised(groups, quiet)
    result = labels.copy()
    new = int(labels.max(initial=-1)) + 1
    for (inside, held), loud in zip(groups, raised, strict=True):
        rest = (labels == held) & ~inside
        unlike = any(_lift(labels == held, answer) < LEAST_LIFT for answer in loud)
        if rest.any() and (unlike or _stands_apart(vectors, inside, rest)):
            result[inside] = new
            new += 1
    return result


def _small(labels: Labels, fine: Labels, least: int) -> list[tuple[Flags, int]]:
    """Groups of `fine` of a protected size, and the theme that holds most of each."""
    found = []
    for number in range(int(fine.max(initial=-1)) + 1):
        inside = fine == number
        if least <= inside.sum() <= max(LARGEST * len(labels), least):
            found.append((inside, int(np.bincount(labels[inside]).argmax())))
    return found


def _raised(groups: Sequence[tuple[Flags, int]], quiet: Sequence[Answer]) -> list[list[Answer]]:
    """For each group the answers that are clearly over-represented in it."""
    chances = [_chance(inside, answer) for answer in quiet for inside, _ in groups]
    q = benjamini_hochberg(chances)
    found: list[list[Answer]] = [[] for _ in groups]
    for place, value in enumerate(q):
        answer, number = quiet[place // len(groups)], place % len(groups)
        if value <= LARGEST_Q and _lift(groups[number][0], answer) >= LEAST_LIFT:
            found[number].append(answer)
    return found


def _chance(inside: Flags, answer: Answer) -> float:
    drawn = int((inside & answer.answered).sum())
    count = int((inside & answer.given).sum())
    return float(hypergeom.sf(count - 1, int(answer.answered.sum()), int(answer.given.sum()), drawn))


def _lift(inside: Flags, answer: Answer) -> float:
    drawn = int((inside & answer.answered).sum())
    count = int((inside & answer.given).sum())
    return smoothed_lift(count, drawn, int(answer.given.sum()), int(answer.answered.sum()))


def _stands_apart(vectors: Array, inside: Flags, rest: Flags) -> bool:
    own, other = vectors[inside].mean(axis=0), vectors[rest].mean(axis=0)
    within = float((vectors[inside] @ own).mean() / max(np.linalg.norm(own), 1e-9))
    across = float((vectors[inside] @ other).mean() / max(np.linalg.norm(other), 1e-9))
    return across < APART * within
