"""One voice: near-copies of a campaign are one, and so are one person's many stories. Nothing is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

from translations.words import tidy, words

_PROJECTED = 384
_BLOCK = 2048


def near_copies(texts: Sequence[str], *, least_words: int = 8, cosine: float = 0.6) -> list[list[int]]:
    """Groups of two or more positions whose texts are near-copies, by character 4- and 5-grams
    (`char_wb`), joined by connected components. Shorter texts ("more buses please") are never a campaign."""
    by_text: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        if len(words(text)) >= least_words:
            by_text.setdefault(tidy(text).lower(), []).append(position)
    distinct = sorted(by_text)
    groups = [[row for i in group for row in by_text[distinct[i]]] for group in _connected(distinct, cosine)]
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _connected(distinct: Sequence[str], cosine: float) -> list[list[int]]:
    if not distinct:
        return []
    # Without the inverse document frequency: in a large campaign it makes the letter's own words weigh next
    # to nothing and each sender's changes a great deal (recall 0.75 instead of 1.00 on 300 edited copies).
    vectoriser = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(4, 5), sublinear_tf=True, use_idf=False, dtype=np.float32
    )
    try:
        grams = vectoriser.fit_transform(distinct)
    except ValueError:  # nothing but marks
        return [[i] for i in range(len(distinct))]
    pairs = _pairs(sparse.csr_matrix(grams), cosine)
    graph = sparse.coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(distinct), len(distinct)))
    count, labels = connected_components(graph, directed=False)
    groups: list[list[int]] = [[] for _ in range(count)]
    for i, label in enumerate(labels):
        groups[label].append(i)
    return groups


def _pairs(grams: sparse.csr_matrix, cosine: float) -> NDArray[np.intp]:
    """Pairs (i < j) with at least this cosine, shape [pairs, 2]. A random projection proposes, the exact
    cosine decides: the whole product would cost the square of every common n-gram. At 384 dimensions the
    proposal errs by 0.05 (one standard deviation), so it looks 0.2 lower."""
    draw = np.random.default_rng(0)
    signs = draw.integers(0, 2, (grams.shape[1], _PROJECTED), dtype=np.int8)
    projected = np.asarray(grams @ (2.0 * signs.astype(np.float32) - 1.0) / np.sqrt(_PROJECTED), np.float32)
    found = [np.zeros((0, 2), np.intp)]
    for start in range(0, len(projected), _BLOCK):
        likeness = projected[start : start + _BLOCK] @ projected[start:].T
        rows, columns = np.nonzero(likeness >= cosine - 0.2)
        keep = columns > rows
        rows, columns = rows[keep] + start, columns[keep] + start
        for part in range(0, len(rows), 100_000):
            i, j = rows[part : part + 100_000], columns[part : part + 100_000]
            exact = np.asarray(grams[i].multiply(grams[j]).sum(axis=1)).ravel()
            found.append(np.column_stack([i, j])[exact >= cosine])
    return np.concatenate(found)


def voice_of_each(
    ids: Sequence[str], authors: Sequence[str | None], campaigns: Mapping[str, Sequence[int]]
) -> list[str]:
    """The voice that each story belongs to: its campaign, else its author, else the story itself."""
    voices = [f"author:{author}" if author else f"story:{ids[i]}" for i, author in enumerate(authors)]
    for name, members in campaigns.items():
        for i in members:
            voices[i] = f"campaign:{name}"
    return voices


def story_weights(voices: Sequence[str]) -> NDArray[np.float64]:
    """A voice's weight of one, shared by its stories."""
    counts = Counter(voices)
    return np.array([1.0 / counts[voice] for voice in voices])


def effective_voices(voices: Sequence[str]) -> float:
    """Inverse Simpson index of the voices' shares of the stories (Simpson 1949; Hill 1973, order 2): equals the
    number of voices when each told as many stories, falls towards 1 as one voice tells them all."""
    counts = np.array(list(Counter(voices).values()), float)
    return float(counts.sum() ** 2 / (counts**2).sum()) if len(counts) else 0.0
