"""One analysis of a campaign's stories, from words to themes. Pure: the same stories, parameters and tools
give the same result, in whatever order the stories come.

    from engage.themes.analysis import Parameters, StoryInput, analyse
    from engage.themes.resources import tools      # dictionaries and encoder; without it: words alone

    analysis = analyse(stories, Parameters(themes=None, seed=7), tools=tools(), progress=report)
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray

from engage.themes import assignment, meaning, representation, stability, voices, wording
from engage.themes.clustering import Stopped, cluster
from engage.themes.language import ENGLISH, MIXED, WELSH, detect
from engage.themes.results import (
    CANNOT_TELL,
    NONE_FIT,
    Analysis,
    Campaign,
    GroupLift,
    LanguageParity,
    Parameters,
    Representation,
    Stability,
    StabilityPoint,
    StoryInput,
    Theme,
)
from engage.themes.tools import Tools
from engage.themes.weighting import effective_sample, rake

__all__ = ["Analysis", "Parameters", "Stopped", "StoryInput", "Theme", "analyse"]

VERSION = "1"
Array = NDArray[np.float64]
Labels = NDArray[np.intp]
Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class Voiced:
    """The stories in the order of their ids, and whose voice each is."""

    stories: Sequence[StoryInput]
    languages: list[str]
    campaigns: dict[str, list[int]]
    voices: list[str]
    weights: Array


def analyse(
    stories: Sequence[StoryInput],
    parameters: Parameters,
    *,
    tools: Tools | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Analysis:
    """Raises Stopped soon after `should_stop()` turns true. `progress(percent, step)` names the step by a key:
    "languages", "copies", "meaning", "number", "themes", "voices", "words", "done"."""
    tools = tools or Tools()

    def at(percent: int, step: str) -> None:
        if should_stop and should_stop():
            raise Stopped
        if progress:
            progress(percent, step)

    at(0, "languages")
    ordered = sorted(stories, key=lambda story: story.id)
    if len({story.id for story in ordered}) < len(ordered):
        raise ValueError("Two stories have the same id.")
    languages = [story.language or detect(story.text, tools.classify) for story in ordered]
    at(5, "copies")
    voiced = _voices(ordered, languages, parameters)
    at(10, "meaning")
    terms = [_terms(s.text, lang, tools) for s, lang in zip(ordered, languages, strict=True)]
    vectors, centring = _vectors(voiced, terms, parameters, tools)
    told = np.array([not mute for mute in assignment.cannot_tell(terms, vectors)], bool)
    points = _points(voiced, vectors, told)
    at(40, "number")
    settled = _number(points, parameters, lambda: at(45, "number"))
    at(60, "themes")
    labels = _label(voiced, vectors, told, points, settled.themes, parameters, lambda: at(65, "themes"))
    at(85, "voices")
    return _result(voiced, terms, vectors, told, labels, parameters, tools, settled, centring, at)


def _voices(ordered: Sequence[StoryInput], languages: list[str], parameters: Parameters) -> Voiced:
    groups = voices.near_copies(
        [story.text for story in ordered], least_words=parameters.copy_words, cosine=parameters.copy_cosine
    )
    campaigns = {f"c{number}": group for number, group in enumerate(groups, 1)}
    owners = voices.voice_of_each([s.id for s in ordered], [s.author for s in ordered], campaigns)
    return Voiced(ordered, languages, campaigns, owners, voices.story_weights(owners))


def _terms(text: str, language: str, tools: Tools) -> list[str]:
    """The story in English terms: glossed when Welsh, lemmas when English."""
    raw = tools.glosser.terms(text) if language != ENGLISH else text.split()
    return meaning.content(meaning.english_terms(" ".join(raw), tools.english_lemma))


def _vectors(
    voiced: Voiced, terms: Sequence[Sequence[str]], parameters: Parameters, tools: Tools
) -> tuple[Array, str]:
    matrix, _ = meaning.weigh_terms(terms, least=2 if len(terms) > 200 else 1)
    latent = meaning.reduce_terms(matrix, seed=parameters.seed)
    parts, shares = [latent], [1.0]
    if tools.encode and len(voiced.stories):
        sentences = [
            s.text if lang == ENGLISH or tools.multilingual else tools.glosser.text(s.text)
            for s, lang in zip(voiced.stories, voiced.languages, strict=True)
        ]
        parts, shares = [np.asarray(tools.encode(sentences), float)], [1.0]
    centred = [meaning.centre_by_language(part, voiced.languages, voiced.weights) for part in parts]
    return meaning.join([part for part, _ in centred], shares), centred[0][1] if centred else "together"


@dataclass(frozen=True)
class Points:
    """What is clustered: one row a campaign, one a story that can be told; `place` is a row's stories."""

    vectors: Array
    weights: Array
    places: list[list[int]]


def _points(voiced: Voiced, vectors: Array, told: NDArray[np.bool_]) -> Points:
    joined = {i for group in voiced.campaigns.values() for i in group}
    places = [list(group) for group in voiced.campaigns.values()]
    places += [[i] for i in range(len(vectors)) if i not in joined and told[i]]
    places.sort(key=lambda rows: voiced.stories[rows[0]].id)
    rows = [vectors[place].mean(axis=0) for place in places]
    middle = meaning.unit(np.array(rows)) if rows else np.zeros((0, vectors.shape[1]))
    return Points(middle, np.array([voiced.weights[place].sum() for place in places]), places)


def _number(points: Points, parameters: Parameters, check: Callable[[], None]) -> Stability:
    count = len(points.places)
    if parameters.themes is not None:
        return Stability([], max(1, min(parameters.themes, count)), "given", [])
    if count < 12:
        return Stability([], max(1, count // 4), "too few stories", [])
    curve = []
    for themes in stability.candidates(count):
        agreement = stability.subsample_agreement(
            count,
            lambda rows, number, k=themes: cluster(  # type: ignore[misc]
                points.vectors[rows],
                k,
                seed=parameters.seed + number,
                runs=8,
                neighbours=parameters.neighbours,
                weights=points.weights[rows],
                check=check,
            ),
            seed=parameters.seed,
            pairs=1,
        )
        curve.append(StabilityPoint(themes, agreement))
    return Stability(curve, stability.choose(curve), "most stable", [])


def _label(
    voiced: Voiced,
    vectors: Array,
    told: NDArray[np.bool_],
    points: Points,
    themes: int,
    parameters: Parameters,
    check: Callable[[], None],
) -> Labels:
    """A theme number for each story, largest (by voices) first; -1 fits none, -2 cannot tell."""
    labels = np.full(len(vectors), -2, np.intp)
    if not points.places:
        return labels
    rough = cluster(
        points.vectors,
        themes,
        seed=parameters.seed,
        runs=parameters.runs,
        neighbours=parameters.neighbours,
        weights=points.weights,
        check=check,
    )
    centres = assignment.middles(points.vectors, rough, int(rough.max()) + 1, points.weights)
    apart = assignment.none_fits(points.vectors, rough, centres)
    for label, away, place in zip(rough, apart, points.places, strict=True):
        labels[place] = -1 if away else label
    return _renumber(labels, voiced)


def _renumber(labels: Labels, voiced: Voiced) -> Labels:
    """Themes by number of voices, ties by the first story's id; a theme that lost all its stories goes."""
    heard: dict[int, set[str]] = {}
    first: dict[int, str] = {}
    for label, voice, story in zip(labels.tolist(), voiced.voices, voiced.stories, strict=True):
        if label >= 0:
            heard.setdefault(label, set()).add(voice)
            first.setdefault(label, story.id)
    order = sorted(heard, key=lambda label: (-len(heard[label]), first[label]))
    number = {label: place for place, label in enumerate(order)}
    return np.array([number.get(label, label) for label in labels.tolist()], np.intp)


def _result(
    voiced: Voiced,
    terms: Sequence[Sequence[str]],
    vectors: Array,
    told: NDArray[np.bool_],
    labels: Labels,
    parameters: Parameters,
    tools: Tools,
    settled: Stability,
    centring: str,
    at: Progress,
) -> Analysis:
    ids = [story.id for story in voiced.stories]
    count = int(labels.max(initial=-1)) + 1
    names = [f"t{number:02d}" for number in range(1, count + 1)]
    represented, lifts, raked = _represent(voiced, labels, names, vectors, parameters)
    at(92, "words")
    themes = _themes(voiced, terms, vectors, labels, names, lifts, raked, tools)
    placed = {
        i: names[label] if label >= 0 else NONE_FIT if label == -1 else CANNOT_TELL
        for i, label in zip(ids, labels.tolist(), strict=True)
    }
    centres = assignment.middles(vectors, labels, max(count, 1), voiced.weights)
    near = {
        ids[i]: names[int(np.argmax(centres @ vectors[i]))] for i in np.flatnonzero(labels == -1) if names
    }
    at(100, "done")
    return Analysis(
        themes=themes,
        assignments=placed,
        nearest=near,
        languages=dict(zip(ids, voiced.languages, strict=True)),
        campaigns=[
            _campaign(name, group, voiced, vectors, placed) for name, group in voiced.campaigns.items()
        ],
        representation=represented,
        stability=settled,
        parameters=parameters,
        seed=parameters.seed,
        input_hash=hashlib.sha256(msgspec.json.encode(list(voiced.stories), order="sorted")).hexdigest(),
        centring=centring,
        versions={
            "pipeline": VERSION,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
            "meaning": tools.encoder or "words only (TF-IDF and SVD)",
            **tools.versions,
        },
    )


def _represent(
    voiced: Voiced, labels: Labels, names: Sequence[str], vectors: Array, parameters: Parameters
) -> tuple[Representation, dict[str, list[GroupLift]], dict[str, float] | None]:
    answers = representation.voice_groups(voiced.voices, [story.groups for story in voiced.stories])
    shares, index = representation.shares(list(answers.values()), parameters.margins)
    under = {(row.group, row.value) for row in shares if row.under}
    inside = {name: {voiced.voices[i] for i in np.flatnonzero(labels == n)} for n, name in enumerate(names)}
    lifts = representation.lifts(inside, answers, under)
    weighting, sample, raked = _raked(answers, parameters)
    parity = _parity(voiced, labels, vectors)
    return Representation(len(answers), sample, weighting, index, shares, parity), lifts, raked


def _raked(
    answers: Mapping[str, Mapping[str, str]], parameters: Parameters
) -> tuple[str, float | None, dict[str, float] | None]:
    if not parameters.margins or not answers:
        return "none", None, None
    weights = rake(list(answers.values()), parameters.margins, trim=parameters.trim)
    sample = effective_sample(weights)
    if sample < len(weights) / 2:
        return "withheld", sample, None
    return "raked", sample, dict(zip(answers, weights.tolist(), strict=True))


def _parity(voiced: Voiced, labels: Labels, vectors: Array) -> list[LanguageParity]:
    tags = np.array(voiced.languages)
    centres = assignment.middles(vectors, labels, int(labels.max(initial=0)) + 1, voiced.weights)
    found = []
    for language in (WELSH, ENGLISH, MIXED):
        rows = tags == language
        if not rows.any():
            continue
        inside = rows & (labels >= 0)
        likeness = np.einsum("ij,ij->i", vectors[inside], centres[labels[inside]])
        found.append(
            LanguageParity(
                language,
                int(rows.sum()),
                float((labels[rows] < 0).mean()),
                float(likeness.mean()) if inside.any() else None,
            )
        )
    return found


def _themes(
    voiced: Voiced,
    terms: Sequence[Sequence[str]],
    vectors: Array,
    labels: Labels,
    names: Sequence[str],
    lifts: Mapping[str, list[GroupLift]],
    raked: Mapping[str, float] | None,
    tools: Tools,
) -> list[Theme]:
    said = {
        language: wording.class_words(
            [
                wording.spoken(s.text, language, tools) if lang in (language, MIXED) else []
                for s, lang in zip(voiced.stories, voiced.languages, strict=True)
            ],
            labels.tolist(),
            len(names),
            weights=voiced.weights,
        )
        for language in (WELSH, ENGLISH)
    }
    everyone = len(set(voiced.voices))
    whole = sum(raked.values()) if raked else 0.0
    found = []
    for number, name in enumerate(names):
        rows = np.flatnonzero(labels == number).tolist()
        owners = [voiced.voices[i] for i in rows]
        distinct = sorted(set(owners))
        marks = {lift.quiet for lift in lifts[name]}
        pick = lambda chosen: [voiced.stories[i].id for i in chosen]  # noqa: E731
        middle = meaning.unit(vectors[rows].mean(axis=0, keepdims=True))[0]
        found.append(
            Theme(
                id=name,
                label_cy=wording.rough_label(said[WELSH][number]),
                label_en=wording.rough_label(said[ENGLISH][number]),
                stories=len(rows),
                voices=len(distinct),
                effective_voices=voices.effective_voices(owners),
                share=len(distinct) / everyone,
                weighted_share=sum(raked[v] for v in distinct) / whole if raked else None,
                unchecked=sum(v.startswith("story:") for v in distinct) / len(distinct),
                cohesion=float((vectors[rows] @ middle).mean()),
                by_language=dict(sorted(Counter(voiced.languages[i] for i in rows).items())),
                words={WELSH: said[WELSH][number], ENGLISH: said[ENGLISH][number]},
                groups=lifts[name],
                quiet="public" if "public" in marks else "watch" if "watch" in marks else "",
                central=pick(wording.central(vectors, rows)),
                typical=pick(wording.typical(vectors, rows)),
                contrasting=pick(wording.contrasting(vectors, rows)),
                campaigns=[c for c, group in voiced.campaigns.items() if set(group) & set(rows)],
                members=pick(rows),
            )
        )
    return found


def _campaign(
    name: str, group: Sequence[int], voiced: Voiced, vectors: Array, placed: Mapping[str, str]
) -> Campaign:
    ids = [voiced.stories[i].id for i in group]
    middle = ids[group.index(wording.central(vectors, group, 1)[0])]
    return Campaign(name, len(group), ids, middle, placed[middle])
