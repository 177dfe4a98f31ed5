"""Raking: weights that make those heard look like the area on every margin at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rake(
    groups: Sequence[Mapping[str, str]],
    margins: Mapping[str, Mapping[str, float]],
    *,
    start: Array | None = None,
    trim: float = 5.0,
    rounds: int = 50,
) -> Array:
    """A weight for each row, mean 1, by iterative proportional fitting (Deming & Stephan 1940) with trimming to
    [1/trim, trim] in each round (Potter 1990). Who did not answer a question keeps the weight the others
    give; a value that nobody heard has, or that the margin does not know, is left out of that margin."""
    if not groups:
        return np.zeros(0)
    base = np.ones(len(groups)) if start is None else np.asarray(start, float).copy()
    weights = base.copy()
    cells = [cell for name in sorted(margins) for cell in [_cells(groups, name, margins[name])] if cell]
    for _ in range(rounds):
        before = weights.copy()
        for rows_and_targets in cells:
            _fit_one(weights, rows_and_targets)
        weights = base * _trimmed(weights / base, base, trim)
        if np.abs(weights - before).max() < 1e-6:
            break
    return weights


def _trimmed(ratio: Array, base: Array, trim: float) -> Array:
    """Within [1/trim, trim] and of mean one, as nearly as both go together."""
    for _ in range(20):
        ratio = np.clip(ratio / _mean(ratio, base), 1.0 / trim, trim)
    return ratio


def _cells(
    groups: Sequence[Mapping[str, str]], name: str, margin: Mapping[str, float]
) -> list[tuple[NDArray[np.intp], float]]:
    rows = {v: np.flatnonzero([g.get(name) == v for g in groups]) for v in sorted(margin) if margin[v] > 0}
    heard = {value: places for value, places in rows.items() if len(places)}
    total = sum(margin[value] for value in heard)
    return [(places, margin[value] / total) for value, places in heard.items()]


def _fit_one(weights: Array, cells: Sequence[tuple[NDArray[np.intp], float]]) -> None:
    total = sum(weights[rows].sum() for rows, _ in cells)
    for rows, share in cells:
        weights[rows] *= share * total / weights[rows].sum()


def _mean(values: Array, weights: Array) -> float:
    return float((values * weights).sum() / weights.sum())


def effective_sample(weights: Array) -> float:
    """Kish's effective sample size (Kish 1965): (Σw)² / Σw²."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0
