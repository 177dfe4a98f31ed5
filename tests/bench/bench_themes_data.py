"""The sets that the theme figures are measured on, and the simulations built from them."""

from __future__ import annotations

import csv
import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from engage.themes.results import StoryInput

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CYDLAIS_DATA", ROOT.parent / "shared" / "data"))
MASSIVE = DATA / "bilingual" / "massive-train.csv"
NTREX = DATA / "bilingual" / "ntrex.csv"
SERVICE = DATA / "bilingual" / "service-pairs.csv"
SANTA_MONICA = DATA / "stories" / "santa-monica-wellbeing-2014.csv"
BOWLING_GREEN = DATA / "stories" / "bowling-green-comments.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mixed_languages(size: int, seed: int) -> tuple[list[StoryInput], list[str]]:
    """A draw of utterances, each in Welsh or in English by the toss of a coin, and their intents."""
    draw = random.Random(seed)
    chosen = draw.sample(rows(MASSIVE), size)
    stories = []
    for number, row in enumerate(chosen):
        language = draw.choice(["cy", "en"])
        stories.append(StoryInput(id=f"{number:06d}", text=row[language], language=language))
    return stories, [row["intent"] for row in chosen]


def single_coded() -> tuple[list[StoryInput], list[str]]:
    chosen = [row for row in rows(SANTA_MONICA) if row["category_1"] and not row["category_2"]]
    stories = [StoryInput(id=f"{n:06d}", text=row["text"], language="en") for n, row in enumerate(chosen)]
    return stories, [row["category_1"] for row in chosen]


def twins(sentences: int = 3) -> tuple[list[str], list[str]]:
    """(English, Welsh) chunks of news documents, the same place the same content."""
    documents: dict[str, list[dict[str, str]]] = {}
    for row in rows(NTREX):
        documents.setdefault(row["document"], []).append(row)
    chunks = [
        found[start : start + sentences]
        for found in documents.values()
        for start in range(0, len(found), sentences)
    ]
    english, welsh = ([" ".join(row[tag] for row in chunk) for chunk in chunks] for tag in ("en", "cy"))
    return english, welsh


def planted_quiet(
    language: str, seed: int, *, intents: int, size: int = 1000, planted: int = 20
) -> tuple[list[StoryInput], set[str]]:
    """`planted` voices of an intent that nobody else raises, all in a language in which only three in ten
    others wrote; the others raise `intents` matters. Returns the stories and the planted ids."""
    draw = random.Random(seed)
    held: dict[str, list[dict[str, str]]] = {}
    for row in rows(MASSIVE):
        held.setdefault(row["intent"], []).append(row)
    names = sorted(name for name in held if len(held[name]) >= 150)
    chosen = draw.sample(names, min(intents, len(names) - 1) + 1)
    others = [row for name in chosen[1:] for row in held[name]]
    other = "en" if language == "cy" else "cy"
    texts = [(row[language], language) for row in draw.sample(held[chosen[0]], planted)]
    for row in draw.sample(others, size - planted):
        tag = language if draw.random() < 0.3 else other
        texts.append((row[tag], tag))
    stories = [StoryInput(id=f"{n:06d}", text=text, language=tag) for n, (text, tag) in enumerate(texts)]
    return stories, {story.id for story in stories[:planted]}


def planted_copies(seed: int, copies: int = 300) -> tuple[list[StoryInput], set[str]]:
    """Copies of one letter, each with 0 to 30 % of its words changed, among real answers."""
    draw = random.Random(seed)
    real = [row["text"] for row in rows(SANTA_MONICA)] + [row["text"] for row in rows(BOWLING_GREEN)]
    vocabulary = sorted({word for text in real for word in text.split()})
    letters = [text for text in real if 35 <= len(text.split()) <= 60]
    letter = draw.choice(letters).split()
    stories = [StoryInput(id=f"r{n:05d}", text=text) for n, text in enumerate(real) if text.split() != letter]
    sent = [
        StoryInput(id=f"x{n:05d}", text=" ".join(_edited(letter, draw.uniform(0, 0.3), vocabulary, draw)))
        for n in range(copies)
    ]
    return [*stories, *sent], {story.id for story in sent}


def _edited(letter: Sequence[str], share: float, vocabulary: Sequence[str], draw: random.Random) -> list[str]:
    words = list(letter)
    for place in draw.sample(range(len(words)), round(share * len(words))):
        kind = draw.random()
        words[place] = "" if kind < 0.3 else draw.choice(vocabulary)
        if kind > 0.8:
            words[place] = f"{letter[place]} {words[place]}"
    return [word for word in words if word]


def skewed_voices(seed: int) -> tuple[list[StoryInput], dict[str, float], dict[str, dict[str, float]]]:
    """A town of two age groups and eight matters that the groups care about differently; the old answer four
    times as often, a tenth of the authors write ten stories each about one matter, and 150 senders post one
    letter. Returns the stories, the true share of each matter, and the census margin."""
    draw = random.Random(seed)
    held: dict[str, list[str]] = {}
    for row in rows(MASSIVE):
        held.setdefault(row["scenario"], []).append(row["en"])
    matters = ["alarm", "calendar", "cooking", "music", "transport", "weather", "email", "news"]
    likes = {"old": [4, 4, 3, 1, 1, 3, 2, 2], "young": [1, 1, 2, 4, 4, 1, 3, 4]}
    margin = {"age": {"old": 40.0, "young": 60.0}}
    truth = {
        matter: sum(margin["age"][g] / 100 * likes[g][n] / sum(likes[g]) for g in likes)
        for n, matter in enumerate(matters)
    }
    stories: list[StoryInput] = []

    def tell(author: str, group: str, matter: str, text: str) -> None:
        number = f"{len(stories):05d}-{matter}"
        stories.append(StoryInput(id=number, text=text, language="en", author=author, groups={"age": group}))

    for number in range(700):
        group = draw.choices(["old", "young"], [40 * 4, 60])[0]
        matter = draw.choices(matters, likes[group])[0]
        often = 10 if draw.random() < 0.1 and matter in ("alarm", "calendar") else 1
        for _ in range(often):
            tell(f"a{number}", group, matter, draw.choice(held[matter]))
    letter = "please stop every alarm before nine in the morning because the whole street wakes up too early"
    for number in range(150):
        group = draw.choices(["old", "young"], [40 * 4, 60])[0]
        tell(f"s{number}", group, "alarm", letter)
    return stories, truth, margin


def found_of_small(gold: Sequence[str], found: Sequence[str], share: float = 0.02) -> tuple[float, int]:
    """The share of gold themes of at most `share` of all that a found theme matches at F1 ≥ 0.5."""
    sizes, sums, both = Counter(gold), Counter(found), Counter(zip(gold, found, strict=True))
    small = [name for name, size in sizes.items() if size <= share * len(gold)]
    hits = [max(2 * both[n, f] / (sizes[n] + sums[f]) for f in sums) >= 0.5 for n in small]
    return sum(hits) / max(1, len(hits)), len(hits)
