"""The outside helpers of an analysis, as plain values, so that the pipeline itself stays pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engage.themes.gloss import Glosser

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Tools:
    """All have a weaker fall-back, so `Tools()` works: words as written, and TF-IDF with SVD for meaning."""

    glosser: Glosser = field(default_factory=Glosser)
    classify: Callable[[str], str] | None = None
    welsh_lemma: Callable[[str], str] | None = None
    english_lemma: Callable[[str], str] | None = None
    encode: Callable[[Sequence[str]], Vectors] | None = None
    encoder: str = ""
    multilingual: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
