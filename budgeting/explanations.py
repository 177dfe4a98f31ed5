"""For every project, in both languages: why it won, or where its supporters' money went.

Every figure in a sentence can be recomputed from the published ballots; `facts` holds the exact values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from budgeting.counting_rule import Outcome, Step, least_votes, measure
from budgeting.election import APPROVAL_TYPES, Election
from budgeting.explanations_money import Spending, amount, exact, spending
from budgeting.explanations_needs import Needs
from budgeting.greedy import ranking
from translations import LANGUAGES, N_, Language, Message


@dataclass(frozen=True, slots=True)
class Explanation:
    """Sentences that can be shown in either language; `facts` holds only JSON values."""

    sentences: tuple[Message, ...]
    facts: dict[str, Any] = field(default_factory=dict)

    def text(self, lang: Language) -> str:
        return " ".join(sentence.in_language(lang) for sentence in self.sentences)

    def as_json(self) -> dict[str, Any]:
        return {**{lang: self.text(lang) for lang in LANGUAGES}, "facts": self.facts}


@dataclass(frozen=True, slots=True)
class Case:
    """One project of an outcome, with what there is to say about it. `place` is 1 for most votes (points)."""

    outcome: Outcome
    position: int
    place: int | None
    before: tuple[int, ...]
    step: Step | None
    spent: Spending | None
    need: Needs | None

    @property
    def election(self) -> Election:
        return self.outcome.election

    @property
    def values(self) -> dict[str, Any]:
        election, position = self.election, self.position
        return {
            "supporters": election.backers[position],
            "score": score(election, measure(election)[position]),
            "place": self.place,
            "cost": amount(election, election.costs[position]),
            "pot": amount(election, election.budget),
        }


def explain(outcome: Outcome, needs: Mapping[int, Needs] | None = None) -> dict[str, Explanation]:
    """An explanation for every project by id. `needs` comes from `explanations_needs.find`."""
    explained = {}
    for case in _cases(outcome, needs or {}):
        project = outcome.election.projects[case.position]
        explained[project.id] = Explanation(tuple(_sentences(case)), _facts(case))
    return explained


def _cases(outcome: Outcome, needs: Mapping[int, Needs]) -> Iterable[Case]:
    able = [p for p, state in enumerate(outcome.states) if state not in ("no-support", "below-minimum")]
    ranked = ranking(outcome.election, outcome.options, able)[0]
    places = {p: n for n, p in enumerate(ranked)}
    steps = {step.project: step for step in outcome.steps}
    for position in range(len(outcome.election.projects)):
        place, step = places.get(position), steps.get(position)
        moved = outcome.run is not None and step is None
        spent = spending(outcome, position) if moved else None
        before = () if place is None else tuple(ranked[:place])
        number = None if place is None else place + 1
        yield Case(outcome, position, number, before, step, spent, needs.get(position))


def score(election: Election, value: int) -> str:
    """Votes or points as the ballots count them: a whole number, or a decimal if ballots hold decimals."""
    scaled = Fraction(value, 1 if election.vote_type in APPROVAL_TYPES else election.points_scale)
    return str(scaled) if scaled.denominator == 1 else str(float(scaled))


def _facts(case: Case) -> dict[str, Any]:
    election, position, step = case.election, case.position, case.step
    facts: dict[str, Any] = {
        "state": case.outcome.states[position],
        "supporters": election.backers[position],
        "votes": election.votes[position],
        "cost": election.money(election.costs[position]),
        "place": case.place,
    }
    if election.vote_type not in APPROVAL_TYPES:
        facts["score"] = score(election, election.scores[position])
    if step is not None:
        facts |= {"step": case.outcome.order.index(position) + 1, "kind": step.kind}
        if step.price is not None:
            facts |= {"price": exact(election, step.price), "paying": step.paying}
            facts["paid_in_full"] = step.paid_in_full
    if case.spent is not None:
        facts["money_left"] = exact(election, case.spent.left)
        facts["money_spent"] = {
            election.projects[p].id: exact(election, paid) for p, paid in case.spent.paid.items()
        }
    return facts | (case.need.facts(election) if case.need else {})


def _sentences(case: Case) -> Iterable[Message]:
    state = case.outcome.states[case.position]
    if state == "no-support":
        yield N_("Not selected: nobody voted for it.")
    elif state == "below-minimum":
        text = N_(
            "Not selected: it has less support than the rule asks for. Votes or points: %(score)s. "
            "Needed: %(needed)s."
        )
        yield _said(text, case, "score") % {"needed": least_votes(case.election, case.outcome.options)}
    elif state == "too-dear":
        text = N_("Not selected: its cost is more than the whole pot. Cost: %(cost)s. Pot: %(pot)s.")
        yield _said(text, case, "cost", "pot")
    elif case.step is not None:
        yield from _won(case, case.step)
    elif case.spent is not None:
        yield from _passed_over(case, case.spent)
    else:
        yield from _no_room(case)
    if case.need is not None:
        yield from case.need.sentences(case.election)


def _said(text: Message, case: Case, *keys: str) -> Message:
    values = case.values
    return text % {key: values[key] for key in keys}


def _won(case: Case, step: Step) -> Iterable[Message]:
    election = case.election
    if step.kind == "free":
        text = N_("Selected: it costs nothing and has supporters. Number of supporters: %(supporters)s.")
        yield _said(text, case, "supporters")
    elif step.kind == "top-up":
        text = N_(
            "Selected with the money that was left over: no project with more support still fitted. "
            "Votes or points: %(score)s. Cost: %(cost)s."
        )
        yield _said(text, case, "score", "cost")
    elif case.outcome.run is not None and step.price is not None:
        yield from _bought(case, step, step.price)
    elif step.price is not None:
        text = N_(
            "Selected: its supporters were the first to have enough money for it. "
            "Number of supporters: %(supporters)s. Cost: %(cost)s. "
            "Money given to each voter by then: %(price)s."
        )
        yield _said(text, case, "supporters", "cost") % {"price": amount(election, step.price)}
    else:
        text = N_(
            "Selected: it came number %(place)s by votes, and the pot still had enough for it. "
            "Votes: %(score)s. Cost: %(cost)s."
        )
        if election.vote_type not in APPROVAL_TYPES:
            text = N_(
                "Selected: it came number %(place)s by points, and the pot still had enough for it. "
                "Points: %(score)s. Cost: %(cost)s."
            )
        yield _said(text, case, "place", "score", "cost")


def _bought(case: Case, step: Step, price: Fraction) -> Iterable[Message]:
    run = case.outcome.run
    assert run is not None  # noqa: S101  # only equal shares has buyers
    most = price if run.backed[step.project].flat else run.most_paid(step.project)
    text = N_(
        "Selected: its supporters could pay for it together. Number of supporters: %(supporters)s. "
        "Cost: %(cost)s. The most that one of them paid: %(price)s."
    )
    yield _said(text, case, "supporters", "cost") % {"price": amount(case.election, most)}
    less = (step.paying or 0) - (step.paid_in_full or 0)
    if less:
        yield N_("Supporters who had less left and paid what they had: %(less)s.", less=less)
    none_left = case.election.backers[step.project] - (step.paying or 0)
    if none_left:
        yield N_("Supporters whose money was already spent: %(none_left)s.", none_left=none_left)


def _passed_over(case: Case, spent: Spending) -> Iterable[Message]:
    election = case.election
    text = N_(
        "Not selected: its supporters did not have enough money left. "
        "Number of supporters: %(supporters)s. Cost: %(cost)s. What they had left together: %(left)s."
    )
    yield _said(text, case, "supporters", "cost") % {"left": amount(election, spent.left)}
    if spent.paid:
        largest_first = sorted(spent.paid.items(), key=lambda item: -item[1])
        listed = "; ".join(f"{_label(election, p)}: {amount(election, paid)}" for p, paid in largest_first)
        yield N_("What their money paid for: %(list)s.", list=listed)


def _label(election: Election, position: int) -> str:
    return election.projects[position].name or election.projects[position].id


def _no_room(case: Case) -> Iterable[Message]:
    election = case.election
    if case.outcome.rule == "phragmen":
        text = N_(
            "Not selected: when the count ended its supporters did not have enough money yet, or the pot "
            "no longer had. Number of supporters: %(supporters)s. Cost: %(cost)s."
        )
        yield _said(text, case, "supporters", "cost")
        return
    if case.outcome.states[case.position] == "stopped":
        text = N_(
            "Not selected: a project with more support no longer fitted into the pot, and there the rule "
            "stops. Votes or points: %(score)s. Cost: %(cost)s."
        )
        yield _said(text, case, "score", "cost")
        return
    earlier = set(case.before)
    left = election.budget - sum(election.costs[p] for p in case.outcome.order if p in earlier)
    text = N_(
        "Not selected: it came number %(place)s by votes, and the pot no longer had enough for it. "
        "Votes: %(score)s. Cost: %(cost)s. What was left: %(left)s."
    )
    if election.vote_type not in APPROVAL_TYPES:
        text = N_(
            "Not selected: it came number %(place)s by points, and the pot no longer had enough for it. "
            "Points: %(score)s. Cost: %(cost)s. What was left: %(left)s."
        )
    yield _said(text, case, "place", "score", "cost") % {"left": amount(election, left)}
