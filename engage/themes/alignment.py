"""A Welsh–English lexicon learned from sentences that people translated (IBM Model 1, Brown et al. 1993)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engage.themes.gloss import FUNCTION_WORDS, welsh_words
from engage.themes.meaning import content, english_terms

Array = NDArray[np.float64]
LONGEST = 40
FEWEST_PAIRS = 50


def learn_lexicon(
    pairs: Sequence[tuple[str, str]],
    *,
    welsh_lemma: Callable[[str], str] | None = None,
    english_lemma: Callable[[str], str] | None = None,
    rounds: int = 10,
    least_seen: int = 2,
    least_chance: float = 0.15,
    most: int = 2,
) -> dict[str, tuple[str, ...]]:
    """Glosses from (Welsh, English) pairs: lemma → the likeliest English lemmas. Grammar words of both
    languages are left out beforehand; a gloss must hold in both directions (product of both chances)."""
    welsh, english = [], []
    for cy, en in pairs:
        left = _welsh(cy, welsh_lemma)
        right = list(dict.fromkeys(content(english_terms(en, english_lemma))))
        if left and right and len(left) <= LONGEST and len(right) <= LONGEST:
            welsh.append(left)
            english.append(right)
    if len(welsh) < FEWEST_PAIRS:
        return {}
    table, rows, columns = _chances(welsh, english, rounds)
    back, _, _ = _chances(english, welsh, rounds)
    seen = Counter(word for sentence in welsh for word in sentence)
    both = sparse.csr_matrix(table.multiply(back.T).sqrt())
    return _best(both, rows, columns, seen, least_seen, least_chance, most)


def _welsh(text: str, lemma: Callable[[str], str] | None) -> list[str]:
    found = [word for word in welsh_words(text) if word not in FUNCTION_WORDS and len(word) > 1]
    found = [lemma(word) for word in found] if lemma else found
    return list(dict.fromkeys(word for word in found if word not in FUNCTION_WORDS and len(word) > 1))


def _chances(
    source: Sequence[Sequence[str]], target: Sequence[Sequence[str]], rounds: int
) -> tuple[sparse.csr_matrix, list[str], list[str]]:
    """P(target word | source word), [source words, target words], by expectation maximisation. Every possible
    link of every pair is one entry of three flat arrays; a round is two `bincount`s."""
    rows, columns = _number(source), _number(target)
    links, slots = [], []
    slot = 0
    for left, right in zip(source, target, strict=True):
        a, b = np.array([rows[w] for w in left]), np.array([columns[w] for w in right])
        links.append(np.column_stack([np.tile(a, len(b)), np.repeat(b, len(a))]))
        slots.append(np.repeat(np.arange(slot, slot + len(b)), len(a)))
        slot += len(b)
    flat, places = np.concatenate(links), np.concatenate(slots)
    keys, entry = np.unique(flat[:, 0] * len(columns) + flat[:, 1], return_inverse=True)
    origin = keys // len(columns)
    chance = np.ones(len(keys))
    for _ in range(rounds):
        share = chance[entry]
        share /= np.bincount(places, share)[places]
        expected = np.bincount(entry, share, minlength=len(keys))
        chance = expected / np.bincount(origin, expected)[origin]
    table = sparse.csr_matrix((chance, (origin, keys % len(columns))), shape=(len(rows), len(columns)))
    return table, list(rows), list(columns)


def _number(sentences: Sequence[Sequence[str]]) -> dict[str, int]:
    return {word: i for i, word in enumerate(sorted({word for sentence in sentences for word in sentence}))}


def _best(
    both: sparse.csr_matrix,
    rows: Sequence[str],
    columns: Sequence[str],
    seen: Counter[str],
    least_seen: int,
    least_chance: float,
    most: int,
) -> dict[str, tuple[str, ...]]:
    found = {}
    for i, word in enumerate(rows):
        if seen[word] < least_seen:
            continue
        row = both.getrow(i)
        order = sorted(zip(-row.data, row.indices, strict=True))[:most]
        glosses = tuple(columns[j] for value, j in order if -value >= least_chance)
        if glosses:
            found[word] = glosses
    return found
