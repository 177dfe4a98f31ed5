"""A table of stories, as people export them from forms and spreadsheets, to the inputs of an analysis."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from engage.themes.results import StoryInput

_OWN = ("text", "id", "language", "author", "channel")
_LANGUAGES = {
    "cy": "cy", "cym": "cy", "welsh": "cy", "cymraeg": "cy",
    "en": "en", "eng": "en", "english": "en", "saesneg": "en",
    "mixed": "mixed", "both": "mixed", "cymysg": "mixed",
}  # fmt: skip


class TableError(ValueError):
    """What is wrong with the file, in a sentence for the person who has it."""


def read_stories(content: bytes) -> list[StoryInput]:
    """`text`, and optionally `id` (else the row's number), `language`, `author`, `channel`; every other column
    is a group. A row without text stays in: it is answered with "cannot_tell". Raises TableError."""
    rows, columns = _rows(content)
    groups = [name for name in columns if name not in _OWN]
    stories = [_story(row, number, columns, groups) for number, row in enumerate(rows, 1)]
    seen: dict[str, int] = {}
    for number, story in enumerate(stories, 1):
        if story.id in seen:
            raise TableError(f'The id "{story.id}" is on rows {seen[story.id]} and {number}.')
        seen[story.id] = number
    return stories


def read_margins(content: bytes) -> dict[str, dict[str, float]]:
    """{group: {value: people}} from `group,value,people`, or from a table as the ONS exports it: columns in
    pairs of code and name, and "Observation"; the area's columns are left out. Raises TableError."""
    rows, columns = _rows(content)
    if "observation" in columns:
        return _ons(rows, columns)
    for needed in ("group", "value", "people"):
        if needed not in columns:
            raise TableError(f'The census table has no column called "{needed}".')
    found: dict[str, dict[str, float]] = {}
    for number, row in enumerate(rows, 1):
        held = found.setdefault(row[columns["group"]].strip(), {})
        value = row[columns["value"]].strip()
        held[value] = held.get(value, 0.0) + _people(row[columns["people"]], number)
    return found


def _ons(rows: Sequence[Sequence[str]], columns: Mapping[str, int]) -> dict[str, dict[str, float]]:
    names = [name for name in columns if name != "observation" and not name.endswith(" code")]
    variables = names[1:] if len(names) > 1 else names
    found: dict[str, dict[str, float]] = {name.partition(" (")[0]: {} for name in variables}
    for number, row in enumerate(rows, 1):
        people = _people(row[columns["observation"]], number)
        for name in variables:
            held = found[name.partition(" (")[0]]
            value = row[columns[name]].strip()
            if value.lower() != "does not apply":
                held[value] = held.get(value, 0.0) + people
    return found


def _people(written: str, number: int) -> float:
    try:
        people = float(written.replace(",", ""))
    except ValueError:
        raise TableError(f'Row {number}: "{written}" is not a number of people.') from None
    if not 0 <= people < float("inf"):
        raise TableError(f'Row {number}: "{written}" is not a number of people.')
    return people


def _rows(content: bytes) -> tuple[list[list[str]], dict[str, int]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # what Excel writes without being asked
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(row)]
    except csv.Error as error:
        raise TableError(f"The file is not a table of comma separated values: {error}.") from None
    if not rows:
        raise TableError("The file is empty.")
    header = [name.strip().lower() for name in rows[0]]
    columns = {name: place for place, name in enumerate(header) if name}
    width = len(header)
    for number, row in enumerate(rows[1:], 1):
        if len(row) > width:
            raise TableError(f"Row {number} has {len(row)} cells, and the header has {width}.")
    return [row + [""] * (width - len(row)) for row in rows[1:]], columns


def _story(row: Sequence[str], number: int, columns: Mapping[str, int], groups: Sequence[str]) -> StoryInput:
    if "text" not in columns:
        raise TableError('The file has no column called "text".')

    def cell(name: str) -> str:
        return row[columns[name]].strip() if name in columns else ""

    return StoryInput(
        id=cell("id") or str(number),
        text=cell("text"),
        language=_LANGUAGES.get(cell("language").lower()),
        author=cell("author") or None,
        channel=cell("channel") or None,
        groups={name: cell(name) for name in groups if cell(name)},
    )
