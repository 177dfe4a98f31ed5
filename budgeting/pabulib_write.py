"""Writing Pabulib `.pb` files: what was read, and elections of our own."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from budgeting.election import APPROVAL_TYPES, POINTS_TYPES, Election
from budgeting.pabulib_file import PabulibFile, Row


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
    if election.currency:
        own["currency"] = election.currency
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
    "min_length",
    "max_length",
    "min_sum_cost",
    "max_sum_cost",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
    "default_score",
    "min_project_cost",
    "max_project_cost",
    "min_project_score_threshold",
    "neighborhoods",
    "subdistricts",
    "categories",
    "edition",
    "language",
    "currency",
    "fully_funded",
    "experimental",
    "comment",
    "acknowledgments",
    "leftover_budget",
    "budget_per_category",
    "budget_per_neighborhood",
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


def _quoted(cell: str) -> str:
    if ";" in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell
