"""Which theme a story belongs to, or why none: "none_fit" and "cannot_tell" are different answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engage.themes.results import CANNOT_TELL, NONE_FIT

Array = NDArray[np.float64]
LEAST_TERMS = 1
NEAR_ENOUGH = 0.25


def cannot_tell(terms: Sequence[Sequence[str]], vectors: Array) -> list[bool]:
    """Too little said to know: no word with content, or nothing that any other story says."""
    empty = np.linalg.norm(vectors, axis=1) < 1e-9
    return [len(set(found)) < LEAST_TERMS or bool(e) for found, e in zip(terms, empty, strict=True)]


def middles(vectors: Array, labels: NDArray[np.intp], themes: int, weights: Array) -> Array:
    """The weighted mean direction of each theme, [themes, width], of length one (zero when empty)."""
    sums = np.zeros((themes, vectors.shape[1]))
    inside = labels >= 0
    np.add.at(sums, labels[inside], vectors[inside] * weights[inside][:, None])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.where(lengths > 1e-12, lengths, 1.0))


def none_fits(vectors: Array, labels: NDArray[np.intp], centres: Array) -> NDArray[np.bool_]:
    """Far from its own theme's middle: beyond 2.5 scaled median deviations below the median likeness of all,
    and never nearer than a cosine of 0.30 (which fits by itself)."""
    likeness = np.einsum("ij,ij->i", vectors, centres[labels])
    middle = np.median(likeness)
    deviation = 1.4826 * np.median(np.abs(likeness - middle))
    return np.asarray(likeness < min(0.30, middle - 2.5 * deviation))


def nearest_theme(
    new: Array, known: Array, names: Sequence[str], *, neighbours: int = 10, least: float | None = None
) -> list[str]:
    """For each new vector the theme of its nearest known stories, by votes weighted with likeness; "none_fit"
    when even the best are less like it than `least` (default: the 2 % of known stories least like their own
    nearest three, and never nearer than a cosine of 0.25). A zero vector is "cannot_tell"."""
    if not len(known):
        return [NONE_FIT] * len(new)
    places = np.array(names)
    least = min(_own_likeness(known), NEAR_ENOUGH) if least is None else least
    found = []
    for vector in new:
        if np.linalg.norm(vector) < 1e-9:
            found.append(CANNOT_TELL)
            continue
        likeness = known @ vector
        best = np.argsort(-likeness, kind="stable")[:neighbours]
        near = float(likeness[best[:3]].mean())
        found.append(NONE_FIT if near < least else _vote(places[best], likeness[best]))
    return found


def _own_likeness(known: Array) -> float:
    """Over at most 2,000 known stories (evenly spaced rows): the 2 % quantile of mean likeness to the nearest 3."""
    rows = np.unique(np.linspace(0, len(known) - 1, min(len(known), 2000)).astype(int))
    likeness = known[rows] @ known.T
    likeness[np.arange(len(rows)), rows] = -1.0
    most = min(3, len(known) - 1)
    if most < 1:
        return 0.0
    nearest = -np.partition(-likeness, most - 1, axis=1)[:, :most]
    return float(np.quantile(nearest.mean(axis=1), 0.02))


def _vote(names: NDArray[np.str_], likeness: Array) -> str:
    totals: dict[str, float] = {}
    for name, value in zip(names.tolist(), np.clip(likeness, 1e-6, None), strict=True):
        totals[name] = totals.get(name, 0.0) + float(value)
    return min(totals, key=lambda name: (-totals[name], name))
