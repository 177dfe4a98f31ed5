"""The slow way through a `.pb` file: every row with its line, every problem found, none fatal on its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import repeat

from budgeting.election import POINTS_TYPES, VOTE_TYPES
from budgeting.pabulib import (
    DECIMAL,
    REQUIRED_COLUMNS,
    SECTIONS,
    PabulibError,
    PabulibFile,
    Problem,
    Row,
    rows_of,
    section_of,
    split,
)
from translations import N_, Message

Report = Callable[..., None]


def checked(text: str) -> PabulibFile:
    """The file, if nothing in it prevents a count. Raises PabulibError with all problems."""
    problems: list[Problem] = []

    def report(line: int, message: Message, **values: object) -> None:
        problems.append(Problem(line, message % values))

    tables, begins = _sections(text, report)
    meta = _meta(tables["META"], begins["META"], report)
    columns = {name: _columns(name, tables[name], begins[name], report) for name in ("PROJECTS", "VOTES")}
    projects = _padded(tables["PROJECTS"][1:], columns["PROJECTS"], report)
    votes = _padded(tables["VOTES"][1:], columns["VOTES"], report)
    _check_projects(projects, columns["PROJECTS"], report)
    _check_votes(votes, columns["VOTES"], _ids(projects, columns["PROJECTS"]), meta, report)
    _check_count("num_projects", meta, len(projects), report)
    _check_count("num_votes", meta, len(votes), report)
    if problems:
        raise PabulibError(problems)
    plain = {key: value for key, (_, value) in meta.items()}
    return PabulibFile(
        plain, columns["PROJECTS"], [r for _, r in projects], columns["VOTES"], [r for _, r in votes]
    )


Lines = list[tuple[int, Row]]
Meta = dict[str, tuple[int, str]]


def _sections(text: str, report: Report) -> tuple[dict[str, Lines], dict[str, int]]:
    tables: dict[str, Lines] = {name: [] for name in SECTIONS}
    begins: dict[str, int] = dict.fromkeys(SECTIONS, 0)
    current: Lines | None = None
    _check_quotes(text, report)
    for line, row in rows_of(text):
        name = section_of(row)
        if name is None:
            if not any(cell.strip() for cell in row):
                continue
            if current is None:
                report(line, N_("There is text before the line META."))
                current = []
            current.append((line, row))
            continue
        if begins[name]:
            report(line, N_("The section %(name)s begins a second time."), name=name)
        begins[name] = begins[name] or line
        current = tables[name]
    last = text.count("\n") + 1
    for name in SECTIONS:
        if not begins[name]:
            report(last, N_("The section %(name)s is missing."), name=name)
    return tables, begins


def _check_quotes(text: str, report: Report) -> None:
    """A quotation mark that is never closed swallows the rest of the file: say where it opened."""
    line = 1
    try:
        for line, _ in rows_of(text):  # noqa: B007
            pass
    except csv.Error as error:
        raise PabulibError(
            [Problem(line, N_("The line cannot be read: %(error)s.", error=str(error)))]
        ) from None
    rest = "".join(io.StringIO(text, newline="").readlines()[line - 1 :])
    try:
        list(csv.reader(io.StringIO(rest, newline=""), delimiter=";", strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            report(line, N_("A quotation mark opens here and is never closed."))


def _meta(rows: Lines, begin: int, report: Report) -> Meta:
    meta: Meta = {}
    if rows and [cell.strip().lower() for cell in rows[0][1][:2]] != ["key", "value"]:
        report(rows[0][0], N_("The first line under META must be key;value."))
    for line, row in rows[1:]:
        key = row[0].strip()
        if key in meta:
            report(line, N_("The key %(key)s is given twice."), key=key)
        if len(row) < 2:
            report(line, N_("The key %(key)s has no value."), key=key)
        meta[key] = (line, row[1] if len(row) > 1 else "")
    for key in ("num_projects", "num_votes", "budget", "vote_type"):
        if not meta.get(key, (0, ""))[1].strip():
            report(meta.get(key, (begin or 1, ""))[0], N_("META does not give %(key)s."), key=key)
    line, vote_type = meta.get("vote_type", (begin, ""))
    if vote_type.strip() and vote_type.strip() not in VOTE_TYPES:
        kinds = ", ".join(VOTE_TYPES)
        report(line, N_("Vote type “%(value)s” is none of: %(kinds)s."), value=vote_type, kinds=kinds)
    line, budget = meta.get("budget", (begin, ""))
    if budget.strip():
        _check_amount(line, "budget", budget, report)
    return meta


def _columns(name: str, rows: Lines, begin: int, report: Report) -> Row:
    columns = [cell.strip() for cell in rows[0][1]] if rows else []
    line = rows[0][0] if rows else begin or 1
    for column in REQUIRED_COLUMNS[name]:
        if begin and column not in columns:
            report(line, N_("%(name)s has no column %(column)s."), name=name, column=column)
    for column in {c for c in columns if columns.count(c) > 1}:
        report(line, N_("%(name)s has the column %(column)s twice."), name=name, column=column)
    return columns


def _padded(rows: Lines, columns: Row, report: Report) -> Lines:
    """Rows as long as their header: missing trailing cells are empty, extra ones a problem unless empty."""
    for line, row in rows:
        if len(row) > len(columns):
            if any(cell.strip() for cell in row[len(columns) :]):
                values = {"found": len(row), "expected": len(columns)}
                report(line, N_("The line has %(found)s values; the header names %(expected)s."), **values)
            del row[len(columns) :]
        row.extend(repeat("", len(columns) - len(row)))
    return rows


def _ids(rows: Lines, columns: Row) -> set[str] | None:
    if "project_id" not in columns:
        return None
    position = columns.index("project_id")
    return {row[position].strip() for _, row in rows}


def _check_projects(rows: Lines, columns: Row, report: Report) -> None:
    if not set(REQUIRED_COLUMNS["PROJECTS"]) <= set(columns):
        return
    id_at, cost_at = columns.index("project_id"), columns.index("cost")
    first: dict[str, int] = {}
    for line, row in rows:
        project = row[id_at].strip()
        if not project:
            report(line, N_("The project has no id."))
        elif project in first:
            values = {"project": project, "first": first[project]}
            report(line, N_("Project %(project)s is already on line %(first)s."), **values)
        first.setdefault(project, line)
        _check_amount(line, "cost", row[cost_at], report)


def _check_amount(line: int, key: str, value: str, report: Report) -> None:
    if not DECIMAL.fullmatch(value.strip()):
        report(line, N_("%(key)s is “%(value)s”, which is not an amount."), key=key, value=value)
    elif value.strip().startswith("-"):
        report(line, N_("%(key)s is below zero: %(value)s."), key=key, value=value)


def _check_votes(rows: Lines, columns: Row, ids: set[str] | None, meta: Meta, report: Report) -> None:
    if not set(REQUIRED_COLUMNS["VOTES"]) <= set(columns) or ids is None:
        return
    vote_type = meta.get("vote_type", (0, ""))[1].strip()
    voter_at, vote_at = columns.index("voter_id"), columns.index("vote")
    points_at = columns.index("points") if "points" in columns else None
    first: dict[str, int] = {}
    for line, row in rows:
        voter, chosen = row[voter_at].strip(), split(row[vote_at])
        if not voter:
            report(line, N_("The ballot has no voter id."))
        elif voter in first:
            values = {"voter": voter, "first": first[voter]}
            report(line, N_("Voter %(voter)s already has a ballot on line %(first)s."), **values)
        first.setdefault(voter, line)
        for project in dict.fromkeys(chosen):
            if project not in ids:
                report(
                    line, N_("The ballot names project %(project)s, which is not listed."), project=project
                )
            elif chosen.count(project) > 1:
                report(line, N_("The ballot names project %(project)s twice."), project=project)
        if vote_type in POINTS_TYPES:
            points = split(row[points_at]) if points_at is not None else []
            _check_points(line, chosen, points, report)


def _check_points(line: int, chosen: list[str], points: list[str], report: Report) -> None:
    if len(points) != len(chosen):
        values = {"projects": len(chosen), "points": len(points)}
        report(line, N_("The ballot names %(projects)s projects but gives %(points)s points."), **values)
    for value in points:
        if not DECIMAL.fullmatch(value):
            report(line, N_("“%(value)s” is not a number of points."), value=value)


def _check_count(key: str, meta: Meta, found: int, report: Report) -> None:
    line, value = meta.get(key, (0, ""))
    if not value.strip():
        return
    if not value.strip().isdecimal():
        report(line, N_("%(key)s is “%(value)s”, which is not a number."), key=key, value=value)
    elif int(value) != found:
        report(
            line, N_("%(key)s is %(value)s, but the file has %(found)s."), key=key, value=value, found=found
        )
