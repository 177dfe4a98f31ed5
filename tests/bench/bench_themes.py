"""The figures of the theme pipeline, beside what it is to reach.

    python tests/bench/bench_themes.py [--full] [--only coverage|languages|twins|coded|stability|copies|
                                        prevalence|quiet|speed]

Without --full: fewer draws, and 50,000 stories are left out; the table says how many draws it took.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
from bench_themes_data import (  # noqa: E402
    DATA,
    MASSIVE,
    NTREX,
    SANTA_MONICA,
    SERVICE,
    found_of_small,
    mixed_languages,
    planted_copies,
    planted_quiet,
    rows,
    single_coded,
    skewed_voices,
    twins,
)
from sklearn.metrics import (  # noqa: E402
    adjusted_rand_score,
    normalized_mutual_info_score,
    v_measure_score,
)
from threadpoolctl import threadpool_limits  # noqa: E402

from engage.themes import meaning, resources, voices, weighting  # noqa: E402
from engage.themes.analysis import Analysis, Parameters, StoryInput, analyse  # noqa: E402
from engage.themes.model import remembering  # noqa: E402
from engage.themes.reading import in_english, terms_of  # noqa: E402
from engage.themes.stability import subsamples  # noqa: E402

tools = cache(resources.tools)


def line(what: str, found: float | str, wanted: str) -> None:
    shown = found if isinstance(found, str) else f"{found:.3f}"
    print(f"  {what:<66} {shown:>10}   wanted {wanted}", flush=True)


def run(stories: Sequence[StoryInput], themes: int | None, seed: int = 1) -> Analysis:
    return analyse(stories, Parameters(themes=themes, seed=seed, thorough=False), tools=tools())


def assigned(analysis: Analysis, stories: Sequence[StoryInput]) -> list[str]:
    """Everything assigned: what fits none goes to the nearest; what cannot be told is a group of its own."""
    return [analysis.nearest.get(story.id, analysis.assignments[story.id]) for story in stories]


def coverage(full: bool) -> None:
    glosser = resources.welsh_glosser()
    for path, wanted in ((MASSIVE, "≥ 0.85"), (NTREX, "≥ 0.85"), (SERVICE, "≥ 0.92")):
        counts = np.array([glosser.coverage(row["cy"]) for row in rows(path)]).sum(axis=0)
        line(f"content words with a gloss, {path.stem}", counts[0] / counts[1], wanted)


def languages(full: bool) -> None:
    draws = 5 if full else 2
    found = []
    for seed in range(draws):
        stories, gold = mixed_languages(3000, seed)
        labels = assigned(run(stories, len(set(gold))), stories)
        tags = [story.language or "" for story in stories]
        language = normalized_mutual_info_score(tags, labels)
        found.append((v_measure_score(gold, labels), found_of_small(gold, labels)[0], language))
    v, quiet, language = np.mean(found, axis=0)
    line(f"V, 3,000 in either language, gold k ({draws} draws)", v, "≥ 0.64")
    line("small themes found (F1 ≥ 0.5)", quiet, "≥ 0.59")
    line("what the language tells of the theme (NMI)", language, "≤ 0.02")


def twins_first(full: bool) -> None:
    english, welsh = twins()
    terms = [terms_of(text, "en", tools()) for text in english]
    terms += [terms_of(text, "cy", tools()) for text in welsh]
    counted = np.asarray(meaning.weigh_terms(terms)[0].todense())
    line("Welsh finds its English twin first, TF-IDF on glosses", _first(counted), "≥ 0.97")
    encode = tools().encode
    if encode is None:
        return line("… with vectors", "no model", "≥ 0.90")
    vectors = np.asarray(encode([*english, *(in_english(text, "cy", tools()) for text in welsh)]), float)
    centred, _ = meaning.centre_by_language(vectors, ["en"] * len(english) + ["cy"] * len(welsh))
    line("… with vectors", _first(centred), "≥ 0.90")
    return None


def _first(both: meaning.Array) -> float:
    half = len(both) // 2
    return float(((both[half:] @ both[:half].T).argmax(axis=1) == np.arange(half)).mean())


def coded(full: bool) -> None:
    stories, gold = single_coded()
    k, draws = len(set(gold)), 5 if full else 2
    found = [assigned(run(stories, k, seed), stories) for seed in range(draws)]
    line(
        f"V, residents' answers, gold k ({draws} seeds)",
        np.mean([v_measure_score(gold, f) for f in found]),
        "≥ 0.44",
    )
    line("ARI", np.mean([adjusted_rand_score(gold, f) for f in found]), "≥ 0.28")
    _bertopic(stories, gold, k)


def _bertopic(stories: Sequence[StoryInput], gold: Sequence[str], k: int) -> None:
    try:
        from bertopic import BERTopic
    except ImportError:
        return line("BERTopic on the same vectors", "absent", "for comparison")
    vectors = tools().encode([story.text for story in stories])  # type: ignore[misc]
    labels, _ = BERTopic(nr_topics=k).fit_transform([story.text for story in stories], embeddings=vectors)
    line("BERTopic on the same vectors: V", v_measure_score(gold, labels), "for comparison")
    line("BERTopic on the same vectors: ARI", adjusted_rand_score(gold, labels), "for comparison")
    return None


def stable(full: bool) -> None:
    coded_stories, gold = single_coded()
    mixed_stories, intents = mixed_languages(1500, 0)
    for name, stories, k in (
        ("residents' answers", coded_stories, len(set(gold))),
        ("either language", mixed_stories, len(set(intents))),
    ):
        chosen = subsamples(len(stories), seed=1, parts=3 if full else 2)
        parts = [run([stories[i] for i in part], k, n) for n, part in enumerate(chosen)]
        found = []
        for one, other in itertools.combinations(parts, 2):
            both = sorted(one.assignments.keys() & other.assignments.keys())
            found.append(adjusted_rand_score(*([part.assignments[i] for i in both] for part in (one, other))))
        line(f"ARI between 90 % subsamples, {name}", np.mean(found), "≥ 0.72")
    whole = run(coded_stories, 16)
    line("shuffled rows give the same", str(run(coded_stories[::-1], 16) == whole), "True")
    with threadpool_limits(1):
        line("one thread gives the same", str(run(coded_stories, 16) == whole), "True")


def copies(full: bool) -> None:
    draws = 5 if full else 3
    found = []
    for seed in range(draws):
        stories, planted = planted_copies(seed)
        groups = voices.near_copies([story.text for story in stories])
        sent = [{stories[i].id for i in group} for group in groups]
        best = max(sent, key=lambda group: len(group & planted), default=set())
        found.append((len(best & planted) / len(planted), len(best & planted) / max(1, len(best))))
    recall, precision = np.mean(found, axis=0)
    line(f"300 planted copies, recall ({draws} draws)", recall, "≥ 0.97")
    line("300 planted copies, precision", precision, "≥ 0.99")


def prevalence(full: bool) -> None:
    raw, fair = [], []
    for seed in range(10 if full else 4):
        stories, truth, margin = skewed_voices(seed)
        matter = [story.id.partition("-")[2] for story in stories]
        raw.append(_distance(matter, np.ones(len(stories)), truth))
        groups = voices.near_copies([story.text for story in stories])
        campaigns = {f"c{n}": group for n, group in enumerate(groups)}
        owners = voices.voice_of_each([s.id for s in stories], [s.author for s in stories], campaigns)
        answers = {voice: dict(story.groups) for voice, story in zip(owners, stories, strict=True)}
        weights = dict(zip(answers, weighting.rake(list(answers.values()), margin), strict=True))
        own = voices.story_weights(owners) * np.array([weights[voice] for voice in owners])
        fair.append(_distance(matter, own, truth))
    line("prevalence error, raw stories", float(np.mean(raw)), "about 0.19")
    line("prevalence error, one voice and weighted", float(np.mean(fair)), "≤ 0.06")


def _distance(matters: Sequence[str], weights: np.ndarray, truth: dict[str, float]) -> float:
    told: Counter[str] = Counter()
    for matter, weight in zip(matters, weights.tolist(), strict=True):
        told[matter] += weight
    return sum(abs(told[name] / told.total() - share) for name, share in truth.items()) / 2


def quiet(full: bool) -> None:
    draws = 10 if full else 4
    for language in ("cy", "en"):
        for intents in (8, 20):
            hits = sum(_is_marked(language, seed, intents) for seed in range(draws))
            line(
                f"20 of 1,000 only in {language}, {intents} other matters: marked",
                f"{hits} of {draws}",
                "≥ 9 of 10",
            )


def _is_marked(language: str, seed: int, intents: int) -> bool:
    stories, planted = planted_quiet(language, seed, intents=intents)
    for theme in run(stories, None, seed).themes:
        both = len(planted & set(theme.members))
        if 2 * both / (len(planted) + theme.stories) >= 0.5:
            return any(lift.quiet and lift.value == language for lift in theme.groups)
    return False


def speed(full: bool) -> None:
    real = [row["text"] for row in rows(SANTA_MONICA)]
    for size, wanted in ((1_000, "< 20 s"), (10_000, "< 180 s"), (50_000, "bounded")):
        if size > 10_000 and not full:
            continue
        mixed, _ = mixed_languages(min(size, 13_000) // 2, 0)
        texts = [story.text for story in mixed] + real
        # A number in the text keeps a repeated one from being the same to the encoder.
        chosen = [f"{texts[n % len(texts)]} {n // len(texts) or ''}" for n in range(size)]
        stories = [StoryInput(f"{n:06d}", text) for n, text in enumerate(chosen)]
        store: dict[str, bytes] = {}
        remembered = (
            replace(tools(), encode=remembering(tools().encode, store)) if tools().encode else tools()
        )
        first, second = (_seconds(stories, remembered) for _ in range(2))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        line(f"{size:,} stories, seconds (number chosen by stability)", f"{first:.1f}", wanted)
        line(f"{size:,} stories again, vectors remembered", f"{second:.1f}", "a tenth")
        line("most memory so far, MB", str(memory), "bounded")


def _seconds(stories: Sequence[StoryInput], helpers: resources.Tools) -> float:
    started = time.perf_counter()
    analyse(stories, Parameters(), tools=helpers)
    return time.perf_counter() - started


SECTIONS: dict[str, tuple[Callable[[bool], None], tuple[Path, ...]]] = {
    "coverage": (coverage, (MASSIVE, NTREX, SERVICE)),
    "languages": (languages, (MASSIVE,)),
    "twins": (twins_first, (NTREX,)),
    "coded": (coded, (SANTA_MONICA,)),
    "stability": (stable, (SANTA_MONICA, MASSIVE)),
    "copies": (copies, (SANTA_MONICA,)),
    "prevalence": (prevalence, (MASSIVE,)),
    "quiet": (quiet, (MASSIVE,)),
    "speed": (speed, (SANTA_MONICA, MASSIVE)),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", choices=SECTIONS)
    arguments = parser.parse_args()
    print(f"meaning by {tools().encoder or 'words only'}; lexicon {tools().versions['lexicon']}")
    for name, (section, needed) in SECTIONS.items():
        if arguments.only in (None, name):
            print(name)
            if missing := [path.name for path in needed if not path.is_file()]:
                print(f"  left out: {', '.join(missing)} not in {DATA.name}/ (CYDLAIS_DATA)")
                continue
            section(arguments.full)
    return 0


if __name__ == "__main__":
    sys.exit(main())
