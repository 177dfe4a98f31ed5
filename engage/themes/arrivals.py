"""Stories that moderation clears after a run: to the themes there are, or to a lane beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engage.themes.assignment import cannot_tell, nearest_theme
from engage.themes.reading import hear, languages_of, points_of, terms_of
from engage.themes.results import CANNOT_TELL, NONE_FIT, Parameters, StoryInput
from engage.themes.tools import Tools

FEWEST_WAITING, SHARE_WAITING = 10, 0.15


def assign_new(
    new: Sequence[StoryInput],
    known: Sequence[StoryInput],
    themes: Mapping[str, str],
    parameters: Parameters,
    *,
    tools: Tools,
) -> dict[str, str]:
    """New story id → theme, "none_fit" or "cannot_tell". `themes`: known story id → theme, as an officer left
    them; known stories without a theme are no neighbours, but count for what is ordinary."""
    stories = sorted([*known, *new], key=lambda story: story.id)
    languages = languages_of(stories, tools)
    heard = hear(stories, languages, parameters)
    terms = [terms_of(s.text, tag, tools) for s, tag in zip(stories, languages, strict=True)]
    vectors, _ = points_of(heard, terms, tools, seed=parameters.seed)
    fresh = {story.id for story in new}
    at = np.flatnonzero([story.id in fresh for story in stories])
    placed = np.flatnonzero([s.id not in fresh and _is_theme(themes.get(s.id)) for s in stories])
    found = nearest_theme(vectors[at], vectors[placed], [themes[stories[i].id] for i in placed])
    mute = cannot_tell([terms[i] for i in at], vectors[at])
    return {
        stories[i].id: CANNOT_TELL if silent else theme
        for i, silent, theme in zip(at, mute, found, strict=True)
    }


def _is_theme(name: str | None) -> bool:
    return name not in (None, NONE_FIT, CANNOT_TELL)


def should_analyse_again(arrived: Mapping[str, str]) -> bool:
    """When at least ten, and 15 in 100, of the stories since the last run fit no theme."""
    waiting = sum(place == NONE_FIT for place in arrived.values())
    return waiting >= FEWEST_WAITING and waiting >= SHARE_WAITING * len(arrived)
