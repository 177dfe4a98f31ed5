"""What is clustered: voices rather than stories, where copies make one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engage.themes import meaning
from engage.themes.clustering import Ground, ground
from engage.themes.protection import Answer
from engage.themes.reading import Heard
from engage.themes.results import Parameters

Array = NDArray[np.float64]
Labels = NDArray[np.intp]


@dataclass(frozen=True)
class Points:
    """What is clustered: one row a campaign, one a story that can be told; `places` are a row's stories."""

    vectors: Array
    weights: Array
    places: list[list[int]]

    def ground(self, parameters: Parameters, rows: Labels | None = None) -> Ground:
        chosen = slice(None) if rows is None else rows
        return ground(
            self.vectors[chosen],
            self.weights[chosen],
            seed=parameters.seed,
            neighbours=parameters.neighbours,
        )


def points_to_cluster(heard: Heard, vectors: Array, told: NDArray[np.bool_]) -> Points:
    joined = {i for group in heard.campaigns.values() for i in group}
    places = [list(group) for group in heard.campaigns.values()]
    places += [[i] for i in range(len(vectors)) if i not in joined and told[i]]
    places.sort()
    rows = [vectors[place].mean(axis=0) for place in places]
    middle = meaning.unit(np.array(rows)) if rows else np.zeros((0, vectors.shape[1]))
    return Points(middle, np.array([heard.weights[place].sum() for place in places]), places)


def answers_at(
    points: Points, heard: Heard, answers: Mapping[str, Mapping[str, str]], under: set[tuple[str, str]]
) -> list[Answer]:
    """For each (group, value) heard too little: which points answered the question, which gave this answer."""
    given = [answers.get(heard.voices[place[0]], {}) for place in points.places]
    return [
        Answer(np.array([name in own for own in given]), np.array([own.get(name) == value for own in given]))
        for name, value in sorted(under)
    ]
