"""Reading and writing Pabulib `.pb` files (Faliszewski et al. 2023, https://pabulib.org/format).

A file is three tables of `;`-separated values under the lines META, PROJECTS and VOTES. Reading goes through
the whole file and reports every problem with its line; amounts are exact decimals and never become floats.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import repeat
from operator import itemgetter

import numpy as np

from budgeting.election import (
    APPROVAL_TYPES,
    POINTS_TYPES,
    VOTE_TYPES,
    Ballots,
    Choices,
    Election,
    Project,
    borda,
    group,
)
from translations import N_, Message

Row = list[str]
SECTIONS = ("META", "PROJECTS", "VOTES")
REQUIRED_COLUMNS = {"PROJECTS": ("project_id", "cost"), "VOTES": ("voter_id", "vote")}
# One field may hold a long description; csv's own limit of 128 KiB is raised while a file is read.
LONGEST_FIELD = 16 * 1024 * 1024
DECIMAL = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


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


@dataclass(frozen=True)
class PabulibFile:
    """The tables of a file as written: every cell is the text between its separators, unquoted.

    `votes` are rows, or the bare text of them where no cell is quoted and every line has all its cells: most
    of a file is never looked at cell by cell.
    """

    meta: dict[str, str]
    project_columns: Row
    project_rows: list[Row] = field(repr=False)
    vote_columns: Row
    votes: list[Row] | str = field(repr=False)

    @cached_property
    def vote_rows(self) -> list[Row]:
        if isinstance(self.votes, str):
            return [line.split(";") for line in self.votes.split("\n")]
        return self.votes

    def vote_values(self, column: str) -> Row:
        """One column of VOTES."""
        position = self.vote_columns.index(column)
        return list(map(itemgetter(position), self._vote_cells))

    @cached_property
    def _vote_cells(self) -> list[Row]:
        """Rows as far as the columns that are counted."""
        if not isinstance(self.votes, str):
            return self.votes
        needed = [
            self.vote_columns.index(c) for c in ("voter_id", "vote", "points") if c in self.vote_columns
        ]
        cuts = max(needed) + 1
        return [line.split(";", cuts) for line in self.votes.split("\n")]

    @cached_property
    def election(self) -> Election:
        """What is counted. Only for a file from `read` or `compose`, which have checked it."""
        decimals = max(map(places, [self.meta["budget"], *self.project_values("cost")]), default=0)
        projects = tuple(self._projects(decimals))
        vote_type = self.meta["vote_type"].strip()
        scale = max(map(places, self._distinct_points()), default=0)
        index = {project.id: position for position, project in enumerate(projects)}
        return Election(
            projects,
            exact(self.meta["budget"], decimals),
            self._ballots(index, vote_type, scale),
            vote_type,
            decimals,
            10**scale,
            self.meta.get("currency", "").strip(),
        )

    @cached_property
    def official(self) -> tuple[str, ...] | None:
        """Ids of the projects marked as selected; None if the file does not say.

        Other marks than 1 (such as 2: paid from outside the pot) are not outcomes of the rule.
        """
        marks = self.project_values("selected")
        if not any(marks):
            return None
        ids = self.project_values("project_id")
        return tuple(p.strip() for p, mark in zip(ids, marks, strict=True) if mark.strip() == "1")

    def project_values(self, column: str) -> Row:
        """One column of PROJECTS; empty where the file has no such column."""
        if column not in self.project_columns:
            return [""] * len(self.project_rows) if column == "selected" else []
        position = self.project_columns.index(column)
        return [row[position] for row in self.project_rows]

    def pots(self, column: str) -> dict[str, int] | None:
        """Amounts per category or neighborhood, if META lists both the names and their budgets."""
        plural = {"category": "categories", "neighborhood": "neighborhoods"}[column]
        names, amounts = self.meta.get(plural, ""), self.meta.get(f"budget_per_{column}", "")
        if not names or not amounts:
            return None
        pairs = zip(names.split(","), amounts.split(","), strict=True)
        return {name.strip(): exact(amount, self.election.decimals) for name, amount in pairs}

    def _projects(self, decimals: int) -> Iterator[Project]:
        for row in self.project_rows:
            cells = dict(zip(self.project_columns, row, strict=False))
            categories = cells.get("category", cells.get("categories", ""))
            yield Project(
                cells["project_id"].strip(),
                exact(cells["cost"], decimals),
                cells.get("name", "").strip(),
                tuple(split(categories)),
                (cells.get("neighborhood") or cells.get("district") or cells.get("subunit") or "").strip(),
            )

    def _distinct_points(self) -> set[str]:
        if self.meta["vote_type"].strip() not in POINTS_TYPES or "points" not in self.vote_columns:
            return set()
        return {points for cell in set(self.vote_values("points")) for points in split(cell)}

    def _ballots(self, index: dict[str, int], vote_type: str, scale: int) -> Ballots:
        if vote_type in APPROVAL_TYPES:
            try:
                return approvals(Counter(self.vote_values("vote")), index)
            except KeyError:  # spaces or empty items between the commas
                pass
        return group(self._choices(index, vote_type, scale))

    def _choices(self, index: dict[str, int], vote_type: str, scale: int) -> Counter[Choices]:
        """Distinct ballots with their number of voters: cells are compared as text before they are read."""
        grouped: Counter[Choices] = Counter()
        votes = self.vote_values("vote")
        if vote_type in POINTS_TYPES and "points" in self.vote_columns:
            together = Counter(zip(votes, self.vote_values("points"), strict=True))
            for (vote, points), n in together.items():
                pairs = zip(split(vote), split(points), strict=True)
                grouped[tuple((index[p], exact(x, scale)) for p, x in pairs)] += n
            return grouped
        ranked = vote_type == "ordinal"
        for vote, n in Counter(votes).items():
            positions = [index[p] for p in split(vote)]
            if ranked:
                grouped[tuple(zip(positions, borda(len(positions)), strict=True))] += n
            else:
                grouped[tuple(zip(sorted(positions), repeat(1), strict=False))] += n
        return grouped


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


def write(file: PabulibFile) -> str:
    """The text of a file. Reading it gives the same tables, and writing those the same text."""
    out = io.StringIO()
    out.write("META\nkey;value\n")
    for key, value in file.meta.items():
        out.write(f"{_quoted(key)};{_quoted(value)}\n")
    for name, columns, rows in (
        ("PROJECTS", file.project_columns, file.project_rows),
        ("VOTES", file.vote_columns, file.vote_rows),
    ):
        out.write(f"{name}\n{';'.join(map(_quoted, columns))}\n")
        out.writelines(f"{';'.join(map(_quoted, row))}\n" for row in rows)
    return out.getvalue()


def compose(
    election: Election,
    meta: Mapping[str, str],
    ballots: Iterable[tuple[str, Sequence[str], Sequence[int] | None]],
    winners: Iterable[str] | None = None,
) -> PabulibFile:
    """A file of our own: `ballots` are (voter id, project ids, points or None) in the order to be written.

    `meta` adds or replaces keys; counts, budget and ballot type come from the election. Voter ids must say
    nothing about the voter (a commitment, or a running number).
    """
    rows = [_vote_row(voter, ids, points) for voter, ids, points in ballots]
    with_points = election.vote_type in POINTS_TYPES
    own = {
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(rows)),
        "budget": election.money(election.budget),
        "vote_type": election.vote_type,
    }
    merged = {**meta, **own}
    order = {key: n for n, key in enumerate(META_ORDER)}
    ordered = sorted(merged.items(), key=lambda item: order.get(item[0], len(order)))
    columns, projects = _project_table(election, winners)
    return PabulibFile(
        dict(ordered),
        columns,
        projects,
        ["voter_id", "vote", "points"] if with_points else ["voter_id", "vote"],
        [row if with_points else row[:2] for row in rows],
    )


META_ORDER = (
    "description",
    "country",
    "unit",
    "district",
    "subunit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
)


def _vote_row(voter: str, ids: Sequence[str], points: Sequence[int] | None) -> Row:
    return [voter, ",".join(ids), ",".join(map(str, points or ()))]


def _project_table(election: Election, winners: Iterable[str] | None) -> tuple[Row, list[Row]]:
    scored = election.vote_type not in APPROVAL_TYPES
    selected = None if winners is None else set(winners)
    columns = ["project_id", "cost", "votes"]
    columns += ["score"] * scored + ["name", "category", "selected", "neighborhood"]
    rows = []
    for position, project in enumerate(election.projects):
        row = [project.id, election.money(project.cost), str(election.votes[position])]
        if scored:
            row.append(str(election.scores[position]))
        mark = "" if selected is None else str(int(project.id in selected))
        rows.append([*row, project.name, ",".join(project.categories), mark, project.area])
    kept = [n for n in range(len(columns)) if n < 3 + scored or any(row[n] for row in rows)]
    return [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]


def split(cell: str) -> list[str]:
    """The items of a comma-separated cell."""
    if not cell:
        return []
    if " " in cell:
        return [item for item in (part.strip() for part in cell.split(",")) if item]
    return [item for item in cell.split(",") if item]


def approvals(cells: Mapping[str, int], index: Mapping[str, int]) -> Ballots:
    """`group` for cells like "12,7": all of them at once. Raises KeyError on anything but listed ids."""
    named = {cell: weight for cell, weight in cells.items() if cell}
    ids = ",".join(named).split(",") if named else []
    chosen = np.fromiter(map(index.__getitem__, ids), dtype=np.int64, count=len(ids))
    lengths = np.fromiter((cell.count(",") + 1 for cell in named), dtype=np.int64, count=len(named))
    rows = np.repeat(np.arange(len(named)) * len(index), lengths)
    chosen = np.sort(chosen + rows) - rows  # in the order of projects within each ballot
    raw, merged, begin = chosen.tobytes(), dict[bytes, int](), 0
    for length, weight in zip((lengths * chosen.itemsize).tolist(), named.values(), strict=True):
        ballot = raw[begin : begin + length]
        merged[ballot] = merged.get(ballot, 0) + weight
        begin += length
    if blank := cells.get(""):
        merged[b""] = blank
    ends = np.cumsum([0, *(len(ballot) // chosen.itemsize for ballot in merged)])
    projects = np.frombuffer(b"".join(merged), dtype=np.int64)
    weights = np.fromiter(merged.values(), dtype=np.int64, count=len(merged))
    return Ballots(ends.astype(np.int64), projects, np.ones_like(projects), weights)


def places(amount: str) -> int:
    """How many decimal places an amount really uses: 0 for "10700.0"."""
    _, _, decimals = amount.strip().replace(",", ".").partition(".")
    return len(decimals.rstrip("0"))


def exact(amount: str, decimals: int) -> int:
    """A decimal as an integer of its last place. Raises ValueError if it is not a plain decimal."""
    text = amount.strip()
    if not DECIMAL.fullmatch(text):
        raise ValueError(amount)
    value = Fraction(text.replace(",", ".")) * 10**decimals if "." in text or "," in text else None
    if value is None:
        return int(text) * int(10**decimals)
    if value.denominator != 1:
        raise ValueError(amount)
    return int(value)


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


def _quoted(cell: str) -> str:
    if ";" in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell
