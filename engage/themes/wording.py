"""Words for the officer: what a theme talks about in each language, its stories to read first, a rough name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from engage.themes.gloss import FUNCTION_WORDS, welsh_words
from engage.themes.meaning import content, english_terms
from engage.themes.tools import Tools
from translations.detection import WELSH

Array = NDArray[np.float64]


def spoken(text: str, language: str, tools: Tools) -> list[str]:
    """The words with content as a reader knows them: dictionary forms of the story's own language."""
    if language == WELSH:
        plain = [w for w in welsh_words(text) if w not in FUNCTION_WORDS and len(w) > 2]
        return [w for w in map(tools.welsh_lemma or str, plain) if w not in FUNCTION_WORDS and len(w) > 2]
    return content(english_terms(text, tools.english_lemma))


def class_words(
    documents: Sequence[Sequence[str]], labels: Sequence[int], themes: int, *, weights: Array, most: int = 8
) -> list[list[str]]:
    """The words that set each theme apart, by class-based TF-IDF (Grootendorst 2022): the frequency of a word
    in a theme times log(1 + average words a theme / frequency of the word everywhere). A word that fewer than
    two stories of the theme use is left out when the theme has more than three."""
    chosen = [i for i, label in enumerate(labels) if label >= 0 and documents[i]]
    if not chosen:
        return [[] for _ in range(themes)]
    vectoriser = CountVectorizer(analyzer=lambda document: document, binary=True)
    present = vectoriser.fit_transform([documents[i] for i in chosen]).astype(float)
    vocabulary = vectoriser.get_feature_names_out()
    label = np.array([labels[i] for i in chosen])
    weighted = present.multiply(weights[chosen][:, None]).tocsr()
    total = np.asarray(weighted.sum(axis=0)).ravel()
    average = total.sum() / max(1, len(set(label.tolist())))
    found = []
    for theme in range(themes):
        inside = np.asarray(weighted[label == theme].sum(axis=0)).ravel()
        stories = np.asarray((present[label == theme] > 0).sum(axis=0)).ravel()
        least = 2 if (label == theme).sum() > 3 else 1
        score = np.where(stories >= least, inside / max(inside.sum(), 1e-9) * np.log1p(average / total), 0.0)
        found.append([str(vocabulary[i]) for i in np.lexsort((vocabulary, -score))[:most] if score[i] > 0])
    return found


def rough_label(words: Sequence[str], most: int = 3) -> str:
    """A suggestion only, marked as such on the page: the first few words that do not repeat each other."""
    kept: list[str] = []
    for word in words:
        if not any(word.startswith(other[:5]) or other.startswith(word[:5]) for other in kept):
            kept.append(word)
    return ", ".join(kept[:most])


def central(vectors: Array, members: Sequence[int], most: int = 3) -> list[int]:
    """The stories nearest to the middle of their theme."""
    likeness = _to_middle(vectors, members)
    return [members[i] for i in np.argsort(-likeness, kind="stable")[:most]]


def typical(vectors: Array, members: Sequence[int], most: int = 3) -> list[int]:
    """A spread of ordinary ones: around the median of likeness to the middle, none of the central."""
    likeness = _to_middle(vectors, members)
    order = [members[i] for i in np.argsort(-likeness, kind="stable")]
    rest = order[3:]
    start = max(0, len(rest) // 2 - most // 2 - 1)
    return rest[start : start + most]


def contrasting(vectors: Array, members: Sequence[int], most: int = 3) -> list[int]:
    """Belonging, but most unlike each other: farthest-first from the middle within the nearer nine tenths."""
    likeness = _to_middle(vectors, members)
    order = np.argsort(-likeness, kind="stable")
    pool = [members[i] for i in order[: max(most + 1, int(len(order) * 0.9))]]
    if len(pool) < 4:
        return []
    picked = [pool[0]]
    while len(picked) <= most and len(picked) < len(pool):
        nearest = (vectors[pool] @ vectors[picked].T).max(axis=1)
        picked.append(pool[int(np.argmin(nearest))])
    return picked[1:]


def _to_middle(vectors: Array, members: Sequence[int]) -> Array:
    chosen = vectors[list(members)]
    return np.asarray(chosen @ chosen.mean(axis=0))
