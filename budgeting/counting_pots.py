"""Areas or categories with pots of their own: each is a count by itself, on the ballots that name it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from budgeting.counting import Options, Outcome, Rule, count
from budgeting.election import Election, Project


def area_of(project: Project) -> str:
    return project.area


def category_of(project: Project) -> str:
    """The first category: money comes from one pot only."""
    return project.categories[0] if project.categories else ""


def count_pots(
    election: Election,
    pots: Mapping[str, int],
    pot_of: Callable[[Project], str],
    rule: Rule = "equal-shares",
    options: Options | None = None,
) -> dict[str, Outcome]:
    """An outcome for each pot, in the order of `pots`; positions are those in its own, smaller election.

    A voter takes part in every pot of which the ballot names a project, each time with an equal share of that
    pot. Raises ValueError for a project whose pot is not listed: it could never win.
    """
    members: dict[str, list[int]] = {name: [] for name in pots}
    for position, project in enumerate(election.projects):
        name = pot_of(project)
        if name not in members:
            raise ValueError(f"no pot for project {project.id} ({name or 'neither area nor category'})")
        members[name].append(position)
    return {
        name: count(election.restricted(positions, pots[name]), rule, options)
        for name, positions in members.items()
    }
