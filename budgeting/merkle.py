"""RFC 6962 section 2: the tree whose head commits to every leaf, in order.

Hashes of leaves go in (:func:`leaf_hash`); roots and proofs come out. Pure.
"""

from collections.abc import Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf_hash(document: bytes) -> bytes:
    return sha256(b"\x00" + document).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]), level by level: an odd node at the end of a level moves up as it is."""
    if not leaves:
        return EMPTY
    level = list(leaves)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def inclusion(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """PATH(m, D[n]): the siblings from the leaf up. Raises IndexError."""
    if not 0 <= position < len(leaves):
        raise IndexError(position)
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if position < k:
        return [*inclusion(leaves[:k], position), root(leaves[k:])]
    return [*inclusion(leaves[k:], position - k), root(leaves[:k])]


def is_included(leaf: bytes, position: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """RFC 9162 section 2.1.3.2, the same tree."""
    if not 0 <= position < size:
        return False
    here, last, found = position, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if here % 2 or here == last:
            found = node_hash(sibling, found)
            while here % 2 == 0 and here:
                here, last = here // 2, last // 2
        else:
            found = node_hash(found, sibling)
        here, last = here // 2, last // 2
    return last == 0 and found == head


def consistency(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """PROOF(m, D[n]): that the first ``earlier`` leaves were the whole tree once. Raises IndexError."""
    if not 0 < earlier <= len(leaves):
        raise IndexError(earlier)
    return _subproof(leaves, earlier, whole=True)


def is_consistent(earlier: int, size: int, earlier_head: bytes, head: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2."""
    if earlier == size:
        return not proof and earlier_head == head
    if not 0 < earlier < size or not proof:
        return False
    path = list(proof)
    if earlier & (earlier - 1) == 0:
        path.insert(0, earlier_head)
    here, last = earlier - 1, size - 1
    while here % 2:
        here, last = here // 2, last // 2
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if here % 2 or here == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while here % 2 == 0 and here:
                here, last = here // 2, last // 2
        else:
            new = node_hash(new, node)
        here, last = here // 2, last // 2
    return last == 0 and old == earlier_head and new == head


def _subproof(leaves: Sequence[bytes], earlier: int, whole: bool) -> list[bytes]:
    size = len(leaves)
    if earlier == size:
        return [] if whole else [root(leaves)]
    k = _split(size)
    if earlier <= k:
        return [*_subproof(leaves[:k], earlier, whole), root(leaves[k:])]
    return [*_subproof(leaves[k:], earlier - k, whole=False), root(leaves[:k])]


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1
