"""Stories as the pipeline reads them: whose voice, which language, in English terms, as points in meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engage.themes import meaning, voices
from engage.themes.results import Parameters, StoryInput
from engage.themes.tools import Tools
from translations.detection import ENGLISH, MIXED, by_sentence, detect, sentences

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """The stories in the order of their ids, and whose voice each is. `campaigns`: id → places in `stories`.
    `weights`: each voice's one, shared by its stories."""

    stories: Sequence[StoryInput]
    languages: list[str]
    campaigns: dict[str, list[int]]
    voices: list[str]
    weights: Array


def languages_of(stories: Sequence[StoryInput], tools: Tools) -> list[str]:
    return [story.language or detect(story.text, tools.classify) for story in stories]


def hear(stories: Sequence[StoryInput], languages: list[str], parameters: Parameters) -> Heard:
    groups = voices.near_copies(
        [story.text for story in stories], least_words=parameters.copy_words, cosine=parameters.copy_cosine
    )
    campaigns = {f"c{number}": group for number, group in enumerate(groups, 1)}
    owners = voices.voice_of_each([s.id for s in stories], [s.author for s in stories], campaigns)
    return Heard(stories, languages, campaigns, owners, voices.story_weights(owners))


def in_english(text: str, language: str, tools: Tools) -> str:
    """For a sentence encoder: English as it is, Welsh glossed, and a mixture sentence by sentence."""
    if language == ENGLISH:
        return text
    if language == MIXED:
        parts = by_sentence(text, tools.classify)
        return ". ".join(in_english(part, tag, tools) for tag, part in parts)
    return tools.glosser.text(text)


def terms_of(text: str, language: str, tools: Tools) -> list[str]:
    """The words with content, as English lemmas."""
    if language == MIXED:
        parts = by_sentence(text, tools.classify)
        return [term for tag, part in parts for term in terms_of(part, tag, tools)]
    if language == ENGLISH:
        return meaning.content(meaning.english_terms(text, tools.english_lemma))
    return meaning.content(meaning.english_terms(" ".join(tools.glosser.terms(text)), tools.english_lemma))


def points_of(heard: Heard, terms: Sequence[Sequence[str]], tools: Tools, *, seed: int) -> tuple[Array, str]:
    """A unit vector for each story with the language taken out, and how it was taken out."""
    if tools.encode and heard.stories:
        vectors = _encoded(heard, tools)
    else:
        matrix, _ = meaning.weigh_terms(terms, least=2 if len(terms) > 200 else 1)
        vectors = meaning.reduce_terms(matrix, seed=seed)
    centred, how = meaning.centre_by_language(vectors, heard.languages, heard.weights)
    return meaning.compress(centred), how


def _encoded(heard: Heard, tools: Tools) -> Array:
    """The whole story and its first sentence in equal parts: people lead with what matters most to them."""
    whole: list[str] = []
    openings: list[str] = []
    for story, language in zip(heard.stories, heard.languages, strict=True):
        first = next(iter(s for s in sentences(story.text) if len(s.split()) > 1), story.text)
        for text, into in ((story.text, whole), (first, openings)):
            into.append(text if tools.multilingual else in_english(text, language, tools))
    assert tools.encode  # noqa: S101 - the caller asked
    vectors = np.asarray(tools.encode([*whole, *openings]), np.float64)
    return meaning.unit(meaning.unit(vectors[: len(whole)]) + meaning.unit(vectors[len(whole) :]))
