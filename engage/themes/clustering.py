"""Stories to groups: many rough clusterings vote on which neighbours belong together.

Co-association (Fred & Jain 2005) on the nearest-neighbour graph, then spectral clustering with `cluster_qr`
(Damle, Minden & Ying 2019), which needs no random start. The rough clusterings are spherical k-means of a few
rounds: eight times as fast here as mini-batches and as good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.cluster import hierarchy
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, eigsh

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
MANY = 3000
MICRO = 2000
FEW = 20
_BLOCK = 4096


class Stopped(Exception):
    """The analysis was asked to stop."""


def nothing() -> None:
    """Stands for a check that never stops."""


@dataclass(frozen=True)
class Ground:
    """What every clustering of the same stories shares: rows to cluster (the stories, or micro-clusters of
    them), how much each weighs, its neighbours, and the row of each story."""

    vectors: Array
    weights: Array
    graph: sparse.csr_matrix
    row: Labels


def ground(vectors: Array, weights: Array, *, seed: int, neighbours: int = 15) -> Ground:
    row = np.arange(len(vectors))
    if len(vectors) > MANY:
        vectors, weights, row = micro_clusters(vectors, weights, seed)
    return Ground(vectors, weights, neighbour_graph(vectors, min(neighbours, len(vectors) - 1)), row)


def cluster(
    base: Ground, themes: int, *, seed: int, runs: int = 20, check: Callable[[], None] = nothing
) -> Labels:
    """A label 0 … themes-1 for each story."""
    themes = min(themes, len(np.unique(base.vectors, axis=0)))
    if themes < 2:
        return np.zeros(len(base.row), np.intp)
    if len(base.vectors) <= max(FEW, themes + 1):
        return by_linkage(base.vectors, themes)[base.row]
    votes = co_association(base, themes, seed=seed, runs=runs, check=check)
    check()
    return spectral(in_one_piece(votes, base), themes)[base.row]


def neighbour_graph(vectors: Array, neighbours: int) -> sparse.csr_matrix:
    """Cosines to the nearest neighbours, symmetric (an edge when either sees the other)."""
    rows, columns, values = [], [], []
    for start in range(0, len(vectors), _BLOCK):
        likeness = vectors[start : start + _BLOCK] @ vectors.T
        here = np.arange(len(likeness))
        likeness[here, here + start] = -2.0
        near = np.argpartition(-likeness, neighbours - 1, axis=1)[:, :neighbours]
        rows.append(np.repeat(here + start, neighbours))
        columns.append(near.ravel())
        values.append(np.clip(np.take_along_axis(likeness, near, axis=1).ravel(), 1e-6, None))
    shape = (len(vectors), len(vectors))
    places = (np.concatenate(rows), np.concatenate(columns))
    graph = sparse.csr_matrix((np.concatenate(values), places), shape=shape)
    return sparse.csr_matrix(graph.maximum(graph.T))


def co_association(
    base: Ground, themes: int, *, seed: int, runs: int, check: Callable[[], None] = nothing
) -> sparse.csr_matrix:
    """For each edge of the graph: in what share of the rough clusterings its two ends fell together, squared
    (a pair that half of them part is hardly together). Each draws its own number of clusters between
    `themes` and three times as many."""
    edges = base.graph.tocoo()
    draw = np.random.default_rng(seed)
    most = max(themes + 1, min(3 * themes, len(base.vectors) // 2))
    together = np.zeros(len(edges.row))
    for _ in range(runs):
        check()
        k = min(int(draw.integers(themes, most)), len(base.vectors))
        labels, _ = spherical_kmeans(base.vectors, base.weights, k, draw)
        together += labels[edges.row] == labels[edges.col]
    votes = sparse.csr_matrix(((together / runs) ** 2, (edges.row, edges.col)), shape=base.graph.shape)
    votes.eliminate_zeros()
    return votes


def spherical_kmeans(
    vectors: Array, weights: Array, themes: int, draw: np.random.Generator, *, rounds: int = 8
) -> tuple[Labels, Array]:
    """Lloyd's rounds on the unit sphere from random stories; (labels, centres). Memory: a block of rows."""
    centres = vectors[draw.choice(len(vectors), themes, replace=False)]
    labels = np.full(len(vectors), -1, np.intp)
    for _ in range(rounds):
        before = labels
        starts = range(0, len(vectors), _BLOCK)
        labels = np.concatenate([(vectors[s : s + _BLOCK] @ centres.T).argmax(axis=1) for s in starts])
        if (labels == before).all():
            break
        chooser = sparse.csr_matrix((weights, (labels, np.arange(len(vectors)))), (themes, len(vectors)))
        sums = chooser @ vectors
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 1e-9, sums / np.maximum(lengths, 1e-9), centres)
    return labels, centres


def in_one_piece(votes: sparse.csr_matrix, base: Ground) -> sparse.csr_matrix:
    """A trace of the plain likeness, and of each piece's nearest story outside: the eigenvectors of a graph
    in pieces would only tell the pieces."""
    joined = sparse.csr_matrix(votes + 0.01 * base.graph)
    while True:
        count, piece = connected_components(joined, directed=False)
        if count == 1:
            return joined
        smallest = int(np.argmin(np.bincount(piece)))
        inside, outside = np.flatnonzero(piece == smallest), np.flatnonzero(piece != smallest)
        likeness = base.vectors[inside] @ base.vectors[outside].T
        row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
        i, j = inside[row], outside[column]
        link = sparse.coo_matrix(([0.01, 0.01], ([i, j], [j, i])), shape=votes.shape)
        joined = sparse.csr_matrix(joined + link)


def spectral(votes: sparse.csr_matrix, themes: int) -> Labels:
    """The leading eigenvectors of the degree-normalised votes, read off by a pivoted QR."""
    scale = sparse.diags_array(1.0 / np.sqrt(np.asarray(votes.sum(axis=1)).ravel()))
    matrix = sparse.csr_matrix(scale @ votes @ scale)
    return cluster_qr(_leading(matrix, themes))


def _leading(matrix: sparse.csr_matrix, count: int) -> Array:
    size = matrix.shape[0]
    start = np.random.default_rng(0).uniform(-1.0, 1.0, size)
    try:
        _, vectors = eigsh(
            matrix, count, which="LA", v0=start, tol=1e-6, ncv=min(size - 1, max(2 * count + 1, 40))
        )
    except ArpackError:  # eigenvalues too close: the dense solver takes longer and always ends
        _, vectors = linalg.eigh(matrix.toarray(), subset_by_index=[size - count, size - 1])
    return np.asarray(vectors)


def cluster_qr(vectors: Array) -> Labels:
    """Damle, Minden & Ying (2019): the stories that a pivoted QR picks stand for the themes; turned to them,
    each story's largest coordinate is its theme."""
    _, _, picked = linalg.qr(vectors.T, pivoting=True)
    left, _, right = linalg.svd(vectors[picked[: vectors.shape[1]]].T)
    return np.asarray(np.abs(vectors @ (left @ right)).argmax(axis=1), np.intp)


def by_linkage(vectors: Array, themes: int) -> Labels:
    """Average linkage on cosines, for so few stories that neighbours and eigenvectors mean little."""
    tree = hierarchy.linkage(vectors, method="average", metric="sqeuclidean")
    return np.asarray(hierarchy.fcluster(tree, themes, criterion="maxclust") - 1, np.intp)


def micro_clusters(vectors: Array, weights: Array, seed: int) -> tuple[Array, Array, Labels]:
    """About 2,000 small groups of like stories: their middles, their weights and the group of each story.
    Memory and time stay bounded however many stories there are."""
    labels, centres = spherical_kmeans(vectors, weights, MICRO, np.random.default_rng(seed), rounds=5)
    used, row = np.unique(labels, return_inverse=True)
    return centres[used], np.asarray(np.bincount(row, weights), np.float64), np.asarray(row, np.intp)
