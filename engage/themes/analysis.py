"""One analysis of a campaign's stories, from words to themes. Pure: the same stories, parameters and tools
give the same result, in whatever order the stories come.

    from engage.themes.analysis import Parameters, StoryInput, analyse
    from engage.themes.resources import tools      # dictionaries and encoder; without it: words alone

    analysis = analyse(stories, Parameters(themes=None, seed=7), tools=tools(), progress=report)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from engage.themes import assignment, protection, representation, stability
from engage.themes.clustering import Stopped, cluster
from engage.themes.points import Points, answers_at, points_to_cluster
from engage.themes.portrait import campaign_of, portray, words_said
from engage.themes.reading import Heard, hear, languages_of, points_of, terms_of
from engage.themes.results import (
    CANNOT_TELL,
    NONE_FIT,
    Analysis,
    LeftOut,
    Parameters,
    Representation,
    Stability,
    StabilityPoint,
    StoryInput,
    Theme,
)
from engage.themes.tools import Tools

__all__ = ["Analysis", "Parameters", "Stopped", "StoryInput", "Theme", "Tools", "analyse"]

VERSION = "1"
MOST_FOR_CURVE = 1500
CURVE_RUNS = 20
FEWEST_FOR_LANES = 50
Array = NDArray[np.float64]
Labels = NDArray[np.intp]
Progress = Callable[[int, str], None]


def analyse(
    stories: Sequence[StoryInput],
    parameters: Parameters,
    *,
    tools: Tools | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Analysis:
    """Raises Stopped soon after `should_stop()` turns true. `progress(percent, step)` names the step by a
    key: "languages", "copies", "meaning", "number", "themes", "voices", "words", "done"."""
    tools = tools or Tools()

    def check() -> None:
        if should_stop and should_stop():
            raise Stopped

    def at(percent: int, step: str) -> None:
        check()
        if progress:
            progress(percent, step)

    # One thread for the small matrices from here on: two cost more in waiting than they save, and a sum in
    # another order could tip a close call. The encoder has its own.
    with threadpool_limits(1):
        return _analyse(stories, parameters, tools, at, check)


def _analyse(
    stories: Sequence[StoryInput],
    parameters: Parameters,
    tools: Tools,
    at: Progress,
    check: Callable[[], None],
) -> Analysis:
    at(0, "languages")
    ordered = sorted(stories, key=lambda story: story.id)
    if len({story.id for story in ordered}) < len(ordered):
        raise ValueError("Two stories have the same id.")
    languages = languages_of(ordered, tools)
    at(3, "copies")
    heard = hear(ordered, languages, parameters)
    at(8, "meaning")
    terms = [terms_of(s.text, tag, tools) for s, tag in zip(ordered, languages, strict=True)]
    vectors, centring = points_of(heard, terms, tools, seed=parameters.seed)
    told = np.array([not mute for mute in assignment.cannot_tell(terms, vectors)], bool)
    points = points_to_cluster(heard, vectors, told)
    at(45, "number")
    settled = _number(points, parameters, check, at)
    at(70, "themes")
    groups = [{"language": tag, **s.groups} for s, tag in zip(ordered, languages, strict=True)]
    company = representation.company(heard.voices, groups, parameters.margins)
    quiet = answers_at(points, heard, company.answers, company.under)
    labels = _label(heard, points, settled.themes, quiet, parameters, check)
    at(85, "voices")
    return _result(heard, vectors, labels, company, parameters, tools, settled, centring, at)


def _number(points: Points, parameters: Parameters, check: Callable[[], None], at: Progress) -> Stability:
    """The number of themes as given, or by the stability curve (on at most 1,500 voices, drawn by the seed)."""
    count = len(points.places)
    if parameters.themes is not None:
        return Stability([], max(1, min(parameters.themes, count)), "given", [])
    if count < stability.FEWEST:
        return Stability([], max(1, count // 4), "too few stories", [])
    draw = np.random.default_rng(parameters.seed)
    rows = np.sort(draw.permutation(count)[:MOST_FOR_CURVE])
    parts = stability.subsamples(len(rows), seed=parameters.seed)
    grounds = [points.ground(parameters, rows[part]) for part in parts]
    curve, numbers = [], stability.candidates(count)
    for step, themes in enumerate(numbers):
        at(45 + 25 * step // len(numbers), "number")
        labels = [
            cluster(base, themes, seed=n, runs=CURVE_RUNS, check=check) for n, base in enumerate(grounds)
        ]
        found = stability.mean_agreement(len(rows), list(zip(parts, labels, strict=True)))
        curve.append(StabilityPoint(themes, found))
    themes, reason = stability.choose(curve)
    return Stability(curve, themes, reason, [])


def _label(
    heard: Heard,
    points: Points,
    themes: int,
    quiet: Sequence[protection.Answer],
    parameters: Parameters,
    check: Callable[[], None],
) -> Labels:
    """A theme number for each story, largest (by voices) first; -1 fits none, -2 cannot tell."""
    labels = np.full(len(heard.stories), -2, np.intp)
    if not points.places:
        return labels
    base = points.ground(parameters)
    rough = cluster(base, themes, seed=parameters.seed, runs=parameters.runs, check=check)
    fine = protection.finer(themes, len(base.vectors))
    if themes > 1 and fine > themes:
        small = cluster(base, fine, seed=parameters.seed, runs=parameters.runs, check=check)
        least = parameters.small_theme_voices
        rough = protection.protect(points.vectors, rough, small, quiet, least=least)
    centres = assignment.middles(points.vectors, rough, int(rough.max()) + 1, points.weights)
    apart = assignment.none_fits(points.vectors, rough, centres)
    too_small = _too_small(rough, points, parameters)
    for label, away, place in zip(rough.tolist(), apart, points.places, strict=True):
        labels[place] = -1 if away or label in too_small else label
    return _renumber(labels, heard)


def _too_small(rough: Labels, points: Points, parameters: Parameters) -> set[int]:
    """One or two voices are not yet a theme, unless many sent the same or there are few stories in all."""
    if len(points.places) < FEWEST_FOR_LANES:
        return set()
    counts = np.bincount(rough)
    campaigns = {label for label, place in zip(rough.tolist(), points.places, strict=True) if len(place) > 2}
    return {n for n, size in enumerate(counts) if size < parameters.small_theme_voices} - campaigns


def _renumber(labels: Labels, heard: Heard) -> Labels:
    """Themes by number of voices, ties by the first story's id; a theme that lost all its stories goes."""
    owners: dict[int, set[str]] = {}
    for label, voice in zip(labels.tolist(), heard.voices, strict=True):
        if label >= 0:
            owners.setdefault(label, set()).add(voice)
    # `owners` is in the order of each theme's first story, and sorting keeps that order among equals.
    order = sorted(owners, key=lambda label: -len(owners[label]))
    number = {label: place for place, label in enumerate(order)}
    return np.array([number.get(label, label) for label in labels.tolist()], np.intp)


def _result(
    heard: Heard,
    vectors: Array,
    labels: Labels,
    company: representation.Company,
    parameters: Parameters,
    tools: Tools,
    settled: Stability,
    centring: str,
    at: Progress,
) -> Analysis:
    ids = [story.id for story in heard.stories]
    names = [f"t{number:02d}" for number in range(1, int(labels.max(initial=-1)) + 2)]
    spoken = {-1: NONE_FIT, -2: CANNOT_TELL} | dict(enumerate(names))
    placed = {story: spoken[label] for story, label in zip(ids, labels.tolist(), strict=True)}
    centres = assignment.middles(vectors, labels, len(names), heard.weights)
    inside = {name: {heard.voices[i] for i in np.flatnonzero(labels == n)} for n, name in enumerate(names)}
    lifts = representation.lifts(inside, company.answers, company.under)
    weighting, sample, raked = representation.raked_weights(company.answers, parameters)
    likeness = np.einsum("ij,ij->i", vectors, centres[labels]) if names else np.zeros(len(ids))
    parity = representation.language_parity(heard.languages, labels, likeness)
    at(92, "words")
    said = words_said(heard, labels, len(names), tools)
    themes = [
        portray(
            name,
            np.flatnonzero(labels == n).tolist(),
            heard,
            vectors,
            {language: words[n] for language, words in said.items()},
            lifts[name],
            raked,
        )
        for n, name in enumerate(names)
    ]
    outside = np.flatnonzero(labels == -1).tolist() if names else []
    at(100, "done")
    return Analysis(
        themes=themes,
        assignments=placed,
        nearest={ids[i]: names[int(np.argmax(centres @ vectors[i]))] for i in outside},
        languages=dict(zip(ids, heard.languages, strict=True)),
        campaigns=[campaign_of(c, group, heard, vectors, placed) for c, group in heard.campaigns.items()],
        representation=Representation(
            len(company.answers), sample, weighting, company.index, company.shares, parity
        ),
        stability=msgspec.structs.replace(settled, left_out=_left_out(heard, inside, company, parameters)),
        parameters=parameters,
        seed=parameters.seed,
        input_hash=hashlib.sha256(msgspec.json.encode(list(heard.stories), order="sorted")).hexdigest(),
        centring=centring,
        versions=_versions(tools),
    )


def _left_out(
    heard: Heard, inside: dict[str, set[str]], company: representation.Company, parameters: Parameters
) -> list[LeftOut]:
    if not parameters.thorough:
        return []
    channels = [story.channel for story in heard.stories]
    without = stability.who_to_leave_out(heard.voices, channels, company.answers)
    return stability.left_out(inside, without, parameters.small_theme_voices)


def _versions(tools: Tools) -> dict[str, str]:
    return {
        "pipeline": VERSION,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "meaning": tools.encoder or "words only (TF-IDF and SVD)",
        **tools.versions,
    }
