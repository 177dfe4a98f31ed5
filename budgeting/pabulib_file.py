"""The tables of a Pabulib `.pb` file as written, and the election that they hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import repeat

import numpy as np

from budgeting.election import (
    APPROVAL_TYPES,
    POINTS_TYPES,
    Ballots,
    Choices,
    Election,
    Project,
    borda,
    group,
)

Row = list[str]
DECIMAL = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


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
        if not isinstance(self.votes, str):
            return [row[position] for row in self.votes]
        if not position:
            return [line.partition(";")[0] for line in self.votes.split("\n")]
        return re.findall(rf"^(?:[^;\n]*;){{{position}}}([^;\n]*)", self.votes, re.MULTILINE)

    @cached_property
    def election(self) -> Election:
        """What is counted. Only for a file from `read` or `compose`, which have checked it."""
        currency = self.meta.get("currency", "").strip()
        least = 2 if currency == "GBP" else 0  # pounds are counted in pence, whatever the file happens to use
        decimals = max(least, *map(places, [self.meta["budget"], *self.project_values("cost")]))
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
            currency,
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
