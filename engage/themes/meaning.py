"""Where each story lies in the space of meaning, with the language itself taken out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from translations.words import trim_english, words

Array = NDArray[np.float64]
FEWEST_TO_CENTRE = 20


def english_terms(text: str, lemma: Callable[[str], str] | None = None) -> list[str]:
    plain = [trim_english(word) for word in words(text)]
    return [lemma(word) for word in plain] if lemma else plain


def content(terms: Sequence[str]) -> list[str]:
    """Without grammar words and single letters."""
    return [term for term in terms if len(term) > 1 and term not in ENGLISH_STOP_WORDS]


def weigh_terms(documents: Sequence[Sequence[str]], *, least: int = 1) -> tuple[sparse.csr_matrix, list[str]]:
    """TF-IDF of ready-made terms, rows of length one, and the terms."""
    vectoriser = TfidfVectorizer(
        analyzer=lambda document: document, sublinear_tf=True, min_df=least, dtype=np.float64
    )
    try:
        matrix = sparse.csr_matrix(vectoriser.fit_transform(documents))
    except ValueError:  # no term at all
        return sparse.csr_matrix((len(documents), 1)), [""]
    return matrix, list(vectoriser.get_feature_names_out())


def reduce_terms(matrix: sparse.csr_matrix, *, seed: int, width: int = 100) -> Array:
    """Latent semantic analysis: TF-IDF through a truncated SVD, rows of length one."""
    width = min(width, min(matrix.shape) - 1)
    if width < 2:
        return unit(np.asarray(matrix.todense(), float))
    reduced = TruncatedSVD(width, random_state=seed, n_iter=7).fit_transform(matrix)
    return unit(np.asarray(reduced, float))


def unit(vectors: Array) -> Array:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 1e-12, lengths, 1.0))


def centre_by_language(
    vectors: Array, languages: Sequence[str], weights: Array | None = None
) -> tuple[Array, str]:
    """Each language's mean taken off its vectors, so that themes are not the languages. A language with fewer
    than 20 stories has no mean to trust: then one mean is taken off all. Returns also which was done."""
    weights = np.ones(len(vectors)) if weights is None else weights
    tags = np.array(languages)
    counts = {tag: int((tags == tag).sum()) for tag in dict.fromkeys(sorted(languages))}
    enough = [tag for tag, count in counts.items() if count >= FEWEST_TO_CENTRE]
    moved = vectors - _mean(vectors, weights)
    for tag in enough:
        chosen = tags == tag
        moved[chosen] = vectors[chosen] - _mean(vectors[chosen], weights[chosen])
    how = (
        "per language"
        if len(enough) == len(counts)
        else "together"
        if not enough
        else "per language where 20"
    )
    return unit(moved), how


def compress(vectors: Array, width: int = 100) -> Array:
    """The directions in which the stories differ most (PCA without whitening), rows of length one."""
    if min(vectors.shape) <= width:
        return vectors
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    return unit(vectors @ directions[:, ::-1][:, :width])


def _mean(vectors: Array, weights: Array) -> Array:
    return np.asarray(np.average(vectors, axis=0, weights=weights)) if len(vectors) else np.zeros(0)


def join(parts: Sequence[Array], shares: Sequence[float]) -> Array:
    """Several views of the same stories side by side: cosines add up in these shares."""
    return unit(np.hstack([np.sqrt(share) * unit(part) for part, share in zip(parts, shares, strict=True)]))
