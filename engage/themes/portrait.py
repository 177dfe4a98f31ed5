"""What an officer is told of each theme: its strength, its voices, its words and the stories to read first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engage.themes import meaning, voices, wording
from engage.themes.reading import Heard
from engage.themes.results import Campaign, GroupLift, Theme
from engage.themes.tools import Tools
from translations.detection import ENGLISH, MIXED, WELSH

Array = NDArray[np.float64]
Labels = NDArray[np.intp]


def words_said(heard: Heard, labels: Labels, themes: int, tools: Tools) -> dict[str, list[list[str]]]:
    """language → for each theme the words that set it apart in that language."""
    return {
        language: wording.class_words(
            [
                wording.spoken(story.text, language, tools) if tag in (language, MIXED) else []
                for story, tag in zip(heard.stories, heard.languages, strict=True)
            ],
            labels.tolist(),
            themes,
            weights=heard.weights,
        )
        for language in (WELSH, ENGLISH)
    }


def portray(
    name: str,
    rows: Sequence[int],
    heard: Heard,
    vectors: Array,
    said: Mapping[str, list[str]],
    lifts: list[GroupLift],
    raked: Mapping[str, float] | None,
) -> Theme:
    """`rows` are the theme's places in `heard.stories`; `raked` the weight of every voice."""
    owners = [heard.voices[i] for i in rows]
    distinct = sorted(set(owners))
    marks = {lift.quiet for lift in lifts}
    middle = meaning.unit(vectors[rows].mean(axis=0, keepdims=True))[0]
    members = set(rows)

    def ids(places: Sequence[int]) -> list[str]:
        return [heard.stories[i].id for i in places]

    return Theme(
        id=name,
        label_cy=wording.rough_label(said[WELSH]),
        label_en=wording.rough_label(said[ENGLISH]),
        stories=len(rows),
        voices=len(distinct),
        effective_voices=voices.effective_voices(owners),
        share=len(distinct) / len(set(heard.voices)),
        weighted_share=sum(raked[v] for v in distinct) / sum(raked.values()) if raked else None,
        unchecked=sum(v.startswith("story:") for v in distinct) / len(distinct),
        cohesion=float((vectors[rows] @ middle).mean()),
        by_language=dict(sorted(Counter(heard.languages[i] for i in rows).items())),
        words=dict(said),
        groups=lifts,
        quiet="public" if "public" in marks else "watch" if "watch" in marks else "",
        central=ids(wording.central(vectors, rows)),
        typical=ids(wording.typical(vectors, rows)),
        contrasting=ids(wording.contrasting(vectors, rows)),
        campaigns=[campaign for campaign, group in heard.campaigns.items() if members & set(group)],
        members=ids(rows),
    )


def campaign_of(
    name: str, group: Sequence[int], heard: Heard, vectors: Array, placed: Mapping[str, str]
) -> Campaign:
    central = heard.stories[wording.central(vectors, group, 1)[0]].id
    return Campaign(name, len(group), [heard.stories[i].id for i in group], central, placed[central])
