"""Stories to groups: many rough clusterings vote on which neighbours belong together.

Co-association (Fred & Jain 2005) on the nearest-neighbour graph, then spectral clustering with `cluster_qr`
(Damle, Minden & Ying 2019), which needs no random start.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import KMeans, MiniBatchKMeans, SpectralClustering
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
MANY = 3000


class Stopped(Exception):
    """The analysis was asked to stop."""


def cluster(
    vectors: Array,
    themes: int,
    *,
    seed: int,
    runs: int = 20,
    neighbours: int = 15,
    weights: Array | None = None,
    check: Callable[[], None] = lambda: None,
) -> Labels:
    """A label 0 … themes-1 for each row. One thread: a sum in another order could tip a close call."""
    themes = min(themes, len(np.unique(vectors, axis=0)))
    if themes < 2:
        return np.zeros(len(vectors), np.intp)
    with threadpool_limits(1):
        if len(vectors) <= MANY:
            return _by_votes(vectors, themes, seed, runs, neighbours, weights, check)
        centres, small = micro_clusters(vectors, seed, weights)
        sizes = np.bincount(small, minlength=len(centres)).astype(float)
        return _by_votes(centres, themes, seed, runs, neighbours, sizes, check)[small]


def _by_votes(
    vectors: Array,
    themes: int,
    seed: int,
    runs: int,
    neighbours: int,
    weights: Array | None,
    check: Callable[[], None],
) -> Labels:
    graph = neighbour_graph(vectors, min(neighbours, len(vectors) - 1))
    votes = co_association(vectors, graph, themes, seed, runs, weights, check)
    check()
    return spectral(in_one_piece(votes, graph, vectors), themes)


def neighbour_graph(vectors: Array, neighbours: int) -> sparse.csr_matrix:
    """Cosines to the nearest neighbours, symmetric (an edge when either sees the other)."""
    found = NearestNeighbors(n_neighbors=neighbours + 1, algorithm="brute", metric="cosine").fit(vectors)
    distances, columns = found.kneighbors(vectors)
    rows = np.repeat(np.arange(len(vectors)), neighbours + 1)
    likeness = np.clip(1.0 - distances.ravel(), 0.0, None)
    graph = sparse.csr_matrix((likeness, (rows, columns.ravel())), shape=(len(vectors), len(vectors)))
    graph.setdiag(0.0)
    graph.eliminate_zeros()
    return sparse.csr_matrix(graph.maximum(graph.T))


def co_association(
    vectors: Array,
    graph: sparse.csr_matrix,
    themes: int,
    seed: int,
    runs: int,
    weights: Array | None,
    check: Callable[[], None],
) -> sparse.csr_matrix:
    """For each edge of the graph: in what share of the rough clusterings its two ends fell together. Each
    clustering draws its own number of clusters between `themes` and three times as many."""
    edges = graph.tocoo()
    draw = np.random.default_rng(seed)
    most = max(themes + 1, min(3 * themes, len(vectors) // 2))
    together = np.zeros(len(edges.row))
    for _ in range(runs):
        check()
        k, own = int(draw.integers(themes, most)), int(draw.integers(2**31 - 1))
        rough = MiniBatchKMeans(
            min(k, len(vectors)), random_state=own, n_init=1, batch_size=1024, max_iter=30
        )
        labels = rough.fit_predict(vectors, sample_weight=weights)
        together += labels[edges.row] == labels[edges.col]
    votes = sparse.csr_matrix((together / runs, (edges.row, edges.col)), shape=graph.shape)
    votes.eliminate_zeros()
    return votes


def in_one_piece(votes: sparse.csr_matrix, graph: sparse.csr_matrix, vectors: Array) -> sparse.csr_matrix:
    """A trace of the plain likeness, and of each piece's nearest story outside: the eigenvectors of a graph
    in pieces would only tell the pieces."""
    joined = sparse.csr_matrix(votes + 0.01 * graph)
    while True:
        count, piece = connected_components(joined, directed=False)
        if count == 1:
            return joined
        smallest = int(np.argmin(np.bincount(piece)))
        inside, outside = np.flatnonzero(piece == smallest), np.flatnonzero(piece != smallest)
        likeness = vectors[inside] @ vectors[outside].T
        row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
        link = sparse.coo_matrix(([0.01, 0.01], _both(inside[row], outside[column])), shape=votes.shape)
        joined = sparse.csr_matrix(joined + link)


def _both(i: int, j: int) -> tuple[list[int], list[int]]:
    return [i, j], [j, i]


def spectral(votes: sparse.csr_matrix, themes: int) -> Labels:
    model = SpectralClustering(themes, affinity="precomputed", assign_labels="cluster_qr", random_state=0)
    return np.asarray(model.fit_predict(votes), np.intp)


def micro_clusters(vectors: Array, seed: int, weights: Array | None) -> tuple[Array, Labels]:
    """About 2,000 small groups of like stories and the group of each: memory stays bounded."""
    model = MiniBatchKMeans(2000, random_state=seed, n_init=1, batch_size=4096, max_iter=30)
    labels = model.fit_predict(vectors, sample_weight=weights)
    used, small = np.unique(labels, return_inverse=True)
    centres = model.cluster_centers_[used]
    return centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12), small


def kmeans(vectors: Array, themes: int, *, seed: int) -> Labels:
    """For very few stories, where neighbours mean little."""
    with threadpool_limits(1):
        return np.asarray(KMeans(themes, random_state=seed, n_init=10).fit_predict(vectors), np.intp)
