"""`themes`: a file of stories to themes. `gloss`: Welsh lines to English words."""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from engage.themes.results import Analysis

MOST_THEMES = 500


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    themes = subparsers.add_parser("themes", help="group the stories of a CSV file into themes")
    themes.add_argument(
        "file", type=Path, help="columns: text; also id, language, author, channel, any group"
    )
    themes.add_argument("--themes", type=_number_of_themes, default=None, metavar="N|auto")
    themes.add_argument("--seed", type=_seed, default=1, metavar="S")
    themes.add_argument(
        "--margins", type=Path, metavar="CSV", help="the area's population: group,value,people"
    )
    themes.add_argument("--json", action="store_true", help="everything, as JSON")
    themes.set_defaults(func=_themes)
    gloss = subparsers.add_parser("gloss", help="read Welsh lines, print English glosses and coverage")
    gloss.add_argument(
        "--missing", type=int, default=0, metavar="N", help="also the N commonest words without"
    )
    gloss.set_defaults(func=_gloss)


def _number_of_themes(written: str) -> int | None:
    if written == "auto":
        return None
    if not written.isdecimal() or not 1 <= int(written) <= MOST_THEMES:
        raise argparse.ArgumentTypeError(f'"{written}" is not "auto" or a number from 1 to {MOST_THEMES}')
    return int(written)


def _seed(written: str) -> int:
    if not written.isdecimal() or int(written) >= 2**31:
        raise argparse.ArgumentTypeError(f'"{written}" is not a whole number from 0 to {2**31 - 1}')
    return int(written)


def _themes(arguments: argparse.Namespace) -> int:
    # Imported here: scikit-learn and the encoder take a second that other commands should not wait.
    from engage.themes.analysis import Parameters, analyse
    from engage.themes.resources import tools
    from engage.themes.table import TableError, read_margins, read_stories

    started = time.monotonic()
    try:
        stories = read_stories(arguments.file.read_bytes())
        margins = read_margins(arguments.margins.read_bytes()) if arguments.margins else {}
        if not stories:
            raise TableError("The file has a header and no stories.")
    except (OSError, TableError) as error:
        print(error.strerror if isinstance(error, OSError) else error, file=sys.stderr)
        return 2
    parameters = Parameters(themes=arguments.themes, seed=arguments.seed, margins=margins)
    analysis = analyse(stories, parameters, tools=tools())
    seconds = round(time.monotonic() - started, 2)
    if arguments.json:
        found = msgspec.to_builtins(analysis) | {"seconds": seconds}
        print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())
    else:
        _show(analysis, seconds)
    return 0


def _show(analysis: Analysis, seconds: float) -> None:
    print("Suggested names are the words that set a theme apart; a person gives the real ones.")
    for theme in analysis.themes:
        languages = ", ".join(f"{tag} {count}" for tag, count in theme.by_language.items())
        print(f"\n{theme.id}  {theme.label_en or '–'}  |  {theme.label_cy or '–'}")
        print(
            f"     stories {theme.stories}, voices {theme.voices}, "
            f"effective voices {theme.effective_voices:.1f} ({languages})"
        )
        for lift in theme.groups:
            if lift.quiet:
                print(f"     quiet: {lift.group} {lift.value}, voices {lift.voices}, lift {lift.lift:.1f}")
    placed = list(analysis.assignments.values())
    print(f"\nFits none: {placed.count('none_fit')}. Cannot tell: {placed.count('cannot_tell')}.")
    for campaign in analysis.campaigns:
        print(f"One voice of {campaign.size} near-copies: {campaign.theme}")
    stable = analysis.stability
    print(f"Themes: {len(analysis.themes)} ({stable.reason}). Seed: {analysis.seed}.")
    print(f"Meaning by: {analysis.versions['meaning']}. Seconds: {seconds}.")


def _gloss(arguments: argparse.Namespace) -> int:
    from engage.themes.resources import welsh_glosser

    glosser = welsh_glosser()
    known = total = 0
    missing: Counter[str] = Counter()
    for line in io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace"):
        print(glosser.text(line))
        found, content = glosser.coverage(line)
        known, total = known + found, total + content
        missing.update(glosser.unknown(line))
    share = known / total if total else 0.0
    print(f"Coverage: {share:.3f} ({known} of {total} content words)")
    if arguments.missing:
        print(*(f"{count} {word}" for word, count in missing.most_common(arguments.missing)), sep="\n")
    return 0
