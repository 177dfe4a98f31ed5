"""Is this a valid ballot under the frozen rules? And how is it written down?

Choices come as a voter gave them and go out in canonical order, so that equal ballots are equal bytes.

    approval, knapsack   [project, …] in the order of their ids
    ranking              [project, …] best first
    points, score        [[project, number], …] in the order of their ids

An empty list is a blank ballot, valid in every style.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import msgspec

from budgeting.canonical import encode
from budgeting.rule_sheet import BallotForm, SheetContest, Style
from translations import N_, Message, format_pence

Named = Sequence[UUID]
Numbered = Mapping[UUID, int]
Canonical = list[str] | list[tuple[str, int]]


class Checked(msgspec.Struct, frozen=True):
    """``choices`` is canonical and worth having only when there are no problems."""

    choices: str
    problems: tuple[Message, ...] = ()


def check(form: BallotForm, contest: SheetContest, given: Named | Numbered) -> Checked:
    """Pure: the frozen sheet and the choices decide, nothing else."""
    numbered = form.style in ("points", "score")
    if isinstance(given, Mapping) != numbered:
        return Checked("", (N_("This is not the kind of ballot that this round uses."),))
    found = _unknown(contest, given)
    if not found:
        found = _STYLES[form.style](form, contest, given)
    if found:
        return Checked("", tuple(found))
    return Checked(encode(_canonical(form, given)).decode())


def read(choices: str) -> Canonical:
    """Canonical choices back from the box."""
    return cast("Canonical", msgspec.json.decode(choices))


def spent(contest: SheetContest, given: Iterable[UUID]) -> int:
    costs = {project.id: project.cost_pence for project in contest.projects}
    return sum(costs.get(project, 0) for project in given)


def _canonical(form: BallotForm, given: Named | Numbered) -> Canonical:
    if isinstance(given, Mapping):
        kept = (
            given
            if form.style == "score"
            else {project: points for project, points in given.items() if points}
        )
        return [(str(project), kept[project]) for project in sorted(kept, key=str)]
    return [str(project) for project in (given if form.style == "ranking" else sorted(given, key=str))]


def _unknown(contest: SheetContest, given: Named | Numbered) -> list[Message]:
    known = {project.id for project in contest.projects}
    chosen = list(given)
    if any(project not in known for project in chosen):
        return [
            N_("One of your choices is not on this ballot. Look through your choices and send them again.")
        ]
    if len(set(chosen)) != len(chosen):
        return [N_("The same project is chosen twice.")]
    return []


def _approval(form: BallotForm, contest: SheetContest, given: Named) -> list[Message]:
    if form.most_choices is None or len(given) <= form.most_choices:
        return []
    return [
        N_(
            "You have chosen %(chosen)s projects. You may choose at most %(most)s.",
            chosen=len(given),
            most=form.most_choices,
        )
    ]


def _knapsack(form: BallotForm, contest: SheetContest, given: Named) -> list[Message]:
    over = spent(contest, given) - contest.pot_pence
    if over <= 0:
        return []
    return [N_("Your basket is over the pot by %(over)s. Take something out.", over=format_pence(over))]


def _points(form: BallotForm, contest: SheetContest, given: Numbered) -> list[Message]:
    found = _not_negative(given)
    total = sum(given.values())
    if total > form.points:
        found.append(N_("You have given %(given)s points. You have %(most)s.", given=total, most=form.points))
    most = form.most_points_each
    if most is not None and any(points > most for points in given.values()):
        found.append(N_("You may give at most %(most)s points to one project.", most=most))
    return found


def _score(form: BallotForm, contest: SheetContest, given: Numbered) -> list[Message]:
    found = _not_negative(given)
    if any(score > form.highest_score for score in given.values()):
        found.append(N_("A score is at most %(most)s.", most=form.highest_score))
    missing = len(contest.projects) - len(given)
    if given and missing:
        found.append(N_("Projects without a score: %(missing)s. Give each project a score.", missing=missing))
    return found


def _not_negative(given: Numbered) -> list[Message]:
    return [N_("Points and scores are whole numbers from 0.")] if any(n < 0 for n in given.values()) else []


_STYLES: dict[Style, Callable[[BallotForm, SheetContest, Any], list[Message]]] = {
    "approval": _approval,
    "knapsack": _knapsack,
    "points": _points,
    "ranking": _approval,
    "score": _score,
}
