"""Reading and writing Pabulib `.pb` files (Faliszewski et al. 2023, https://pabulib.org/format).

A file is three tables of `;`-separated values under the lines META, PROJECTS and VOTES. Reading goes through
the whole file and reports every problem with its line; amounts are exact decimals and never become floats.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from budgeting.election import POINTS_TYPES, VOTE_TYPES
from budgeting.pabulib_file import DECIMAL, PabulibFile, Row, exact, places, split
from budgeting.pabulib_write import compose, write
from translations import N_, Message

__all__ = [
    "DECIMAL",
    "REQUIRED_COLUMNS",
    "SECTIONS",
    "PabulibError",
    "PabulibFile",
    "Problem",
    "Row",
    "compose",
    "exact",
    "places",
    "read",
    "rows_of",
    "section_of",
    "split",
    "write",
]

SECTIONS = ("META", "PROJECTS", "VOTES")
REQUIRED_COLUMNS = {"PROJECTS": ("project_id", "cost"), "VOTES": ("voter_id", "vote")}
# One field may hold a long description; csv's own limit of 128 KiB is raised while a file is read.
LONGEST_FIELD = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file, on a line counted from 1."""

    line: int
    message: Message


class PabulibError(ValueError):
    """A file that cannot be counted, with everything that is wrong in it in order of lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("; ".join(f"line {p.line}: {p.message}" for p in self.problems))


def read(data: bytes | str) -> PabulibFile:
    """A checked file. Raises PabulibError with every problem found."""
    text = _decode(data) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    previous = csv.field_size_limit(LONGEST_FIELD)
    try:
        file, suspicious = _tables(text)
        if not suspicious:
            try:
                suspicious = _hasty_check_fails(file)
                if not suspicious:
                    _ = file.election
            except (KeyError, ValueError, IndexError):
                suspicious = True
        if suspicious:
            from budgeting.pabulib_check import checked  # the slow way: it needs line numbers

            file = checked(text)
    finally:
        csv.field_size_limit(previous)
    return file


def rows_of(text: str) -> Iterator[tuple[int, Row]]:
    """The rows of a text with the line that each begins on. A row of one field may span lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def section_of(row: Row) -> str | None:
    if not row or any(row[1:]):
        return None
    name = row[0].strip().upper()
    return name if name in SECTIONS else None


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PabulibError([Problem(line, N_("The file is not text in UTF-8."))]) from error


def _tables(text: str) -> tuple[PabulibFile, bool]:
    """The three tables in one pass, and whether anything in their shape needs the slow check."""
    tables: dict[str, list[Row]] = {name: [] for name in SECTIONS}
    current: list[Row] | None = None
    seen: list[str] = []
    head, body = _plain_votes(text)
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=";"):
            name = section_of(row) if len(row) == 1 else None
            if name is not None:
                seen.append(name)
                current = tables[name]
            elif current is None:
                return _file(tables, body), True
            else:
                current.append(row)
    except csv.Error:
        return _file(tables, body), True
    ragged = any(len(set(map(len, rows))) != 1 for rows in tables.values())
    unclosed = any("\n" in cell for cell in (tables["VOTES"] or [[]])[-1])
    if body is not None:
        separators = len(tables["VOTES"][0]) - 1 if tables["VOTES"] else 0
        ragged |= (
            set(map(str.count, body.split("\n"), repeat(";"))) != {separators} or len(tables["VOTES"]) != 1
        )
    return _file(tables, body), ragged or unclosed or seen != list(SECTIONS)


def _plain_votes(text: str) -> tuple[str, str | None]:
    """What comes up to and with the header of VOTES, and the text after it if no cell of it is quoted."""
    begin = text.rfind("\nVOTES")
    ends = text.find("\n", begin + 1) if begin >= 0 else -1
    header = text.find("\n", ends + 1) if ends >= 0 else -1
    if header < 0 or text.find('"', begin) >= 0:
        return text, None
    body = text[header + 1 :]
    if "\r" in body:
        body = body.replace("\r\n", "\n")
    body = body.removesuffix("\n")
    return (text, None) if not body or "\r" in body else (text[: header + 1], body)


def _file(tables: dict[str, list[Row]], body: str | None = None) -> PabulibFile:
    meta = {row[0].strip(): row[1] for row in tables["META"][1:] if len(row) > 1}
    heads = {name: [cell.strip() for cell in rows[0]] if rows else [] for name, rows in tables.items()}
    votes = tables["VOTES"][1:] if body is None else body
    return PabulibFile(meta, heads["PROJECTS"], tables["PROJECTS"][1:], heads["VOTES"], votes)


def _hasty_check_fails(file: PabulibFile) -> bool:
    """Whole-table checks without line numbers. Raises or returns True if the slow check should speak."""
    ids = [p.strip() for p in file.project_values("project_id")]
    voters = file.vote_values("voter_id")
    if len(set(ids)) != len(ids) or not all(ids) or len(set(voters)) != len(voters) or "" in voters:
        return True
    if int(file.meta["num_projects"]) != len(ids) or int(file.meta["num_votes"]) != len(voters):
        return True
    vote_type = file.meta["vote_type"].strip()
    if vote_type not in VOTE_TYPES or (vote_type in POINTS_TYPES and "points" not in file.vote_columns):
        return True
    election = file.election
    if min(election.costs, default=-1) < 0 or election.budget < 0:
        return True
    ballots = election.ballots
    entries = np.repeat(np.arange(len(ballots.weights)), ballots.lengths) * len(ids) + ballots.projects
    entries.sort()
    return bool((np.diff(entries) == 0).any())  # a ballot that names a project twice
