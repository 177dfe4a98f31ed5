"""For every project, in both languages: why it won, or where its supporters' money went.

Every figure in a sentence can be recomputed from the published ballots; `facts` holds the exact values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from budgeting.counting_rule import Outcome, Step, measure
from budgeting.election import APPROVAL_TYPES, Election
from budgeting.explanations_money import Spending, spending
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


def explain(outcome: Outcome, needs: dict[int, Needs] | None = None) -> dict[str, Explanation]:
    """An explanation for every project by id. `needs` comes from `explanations_needs.find`."""
    election = outcome.election
    places = {p: n for n, p in enumerate(_ranked(outcome), 1)}
    steps = {step.project: step for step in outcome.steps}
    explained = {}
    for position, project in enumerate(election.projects):
        spent = spending(outcome, position) if outcome.run and position not in steps else None
        need = (needs or {}).get(position)
        facts = _facts(outcome, position, places.get(position), steps.get(position), spent, need)
        explained[project.id] = Explanation(
            tuple(_sentences(outcome, position, places, steps, spent, need)), facts
        )
    return explained


def amount(election: Election, value: int | Fraction) -> str:
    """Money as people write it: £1,234.50 for pounds, else the currency's code. Fractions to the penny."""
    exact = Fraction(value) / 10**election.decimals
    rounded = round(exact * 100)  # halves to even: shown only, never decided on
    whole, cents = divmod(abs(rounded), 100)
    text = f"{whole:,}" + (f".{cents:02}" if cents else "")
    sign = "-" if rounded < 0 else ""
    if election.currency == "GBP":
        return f"{sign}£{text}"
    return f"{sign}{text} {election.currency}".rstrip()


def _ranked(outcome: Outcome) -> list[int]:
    able = [p for p, state in enumerate(outcome.states) if state not in ("no-support", "below-minimum")]
    return ranking(outcome.election, outcome.options, able)[0]


def _score(election: Election, value: int) -> str:
    scaled = Fraction(value, 1 if election.vote_type in APPROVAL_TYPES else election.points_scale)
    return str(scaled) if scaled.denominator == 1 else str(float(scaled))


def _facts(
    outcome: Outcome,
    position: int,
    place: int | None,
    step: Step | None,
    spent: Spending | None,
    need: Needs | None,
) -> dict[str, Any]:
    election = outcome.election
    facts: dict[str, Any] = {
        "state": outcome.states[position],
        "supporters": election.backers[position],
        "votes": election.votes[position],
        "cost": election.money(election.costs[position]),
        "place": place,
    }
    if election.vote_type not in APPROVAL_TYPES:
        facts["score"] = _score(election, election.scores[position])
    if step is not None:
        facts |= {"step": outcome.order.index(position) + 1, "kind": step.kind}
        if step.price is not None:
            facts |= {"price": exact(election, step.price), "paying": step.paying}
            facts["paid_in_full"] = step.paid_in_full
    if spent is not None:
        facts["money_left"] = exact(election, spent.left)
        facts["money_spent"] = {
            election.projects[p].id: exact(election, paid) for p, paid in spent.paid.items()
        }
    return facts | (need.facts(election) if need else {})


def exact(election: Election, value: Fraction) -> str:
    """An exact amount in the election's unit: a whole number or "n/d"."""
    return str(value / 10**election.decimals)


def _sentences(
    outcome: Outcome,
    position: int,
    places: dict[int, int],
    steps: dict[int, Step],
    spent: Spending | None,
    need: Needs | None,
) -> Iterable[Message]:
    election, state = outcome.election, outcome.states[position]
    values = {
        "supporters": election.backers[position],
        "score": _score(election, measure(election)[position]),
        "place": places.get(position, 0),
        "cost": amount(election, election.costs[position]),
        "pot": amount(election, election.budget),
    }
    if state == "no-support":
        yield N_("Not selected: nobody voted for it.")
        return
    if state == "below-minimum":
        minimum = max(
            Fraction(outcome.options.minimum_votes), outcome.options.minimum_share * election.voters
        )
        text = N_(
            "Not selected: it has fewer votes than the rule asks for. Votes: %(score)s. Needed: %(needed)s."
        )
        yield text % {"score": values["score"], "needed": -(-minimum // 1)}
    elif state == "too-dear":
        yield N_(
            "Not selected: its cost is more than the whole pot. Cost: %(cost)s. Pot: %(pot)s.",
            **_some(values, "cost", "pot"),
        )
    elif state == "selected":
        yield from _won(outcome, steps[position], values)
    elif spent is not None:
        yield from _passed_over(outcome, spent, values)
    else:
        yield from _no_room(outcome, position, values)
    if need is not None:
        yield from need.sentences(election, lambda value: amount(election, value))


def _some(values: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: values[key] for key in keys}


def _won(outcome: Outcome, step: Step, values: dict[str, Any]) -> Iterable[Message]:
    election = outcome.election
    if step.kind == "free":
        yield N_(
            "Selected: it costs nothing and has supporters. Number of supporters: %(supporters)s.",
            **_some(values, "supporters"),
        )
    elif step.kind == "top-up":
        text = N_(
            "Selected with the money that was left over: it was the best supported project that still fitted. Votes: %(score)s. Cost: %(cost)s."
        )
        yield text % _some(values, "score", "cost")
    elif outcome.run is not None and step.price is not None:
        text = N_(
            "Selected: its supporters could pay for it. Number of supporters: %(supporters)s. Cost: %(cost)s. Most that one supporter paid: %(price)s."
        )
        yield text % (_some(values, "supporters", "cost") | {"price": amount(election, _most(outcome, step))})
        poor = (step.paying or 0) - (step.paid_in_full or 0)
        if poor:
            yield N_("Supporters who had less than that left, and paid what they had: %(poor)s.", poor=poor)
    elif step.price is not None:
        text = N_(
            "Selected: its supporters were the first to have enough for it. Number of supporters: %(supporters)s. Cost: %(cost)s. Money each voter had received by then: %(price)s."
        )
        yield text % (_some(values, "supporters", "cost") | {"price": amount(election, step.price)})
    else:
        text = N_(
            "Selected: place %(place)s by votes, and there was room for it in the pot. Votes: %(score)s. Cost: %(cost)s."
        )
        if election.vote_type not in APPROVAL_TYPES:
            text = N_(
                "Selected: place %(place)s by points, and there was room for it in the pot. Points: %(score)s. Cost: %(cost)s."
            )
        yield text % _some(values, "place", "score", "cost")


def _most(outcome: Outcome, step: Step) -> Fraction:
    """The price is per point; a supporter with more points pays more."""
    assert outcome.run is not None  # noqa: S101
    assert step.price is not None  # noqa: S101
    return step.price if outcome.run.backed[step.project].flat else outcome.run.most_paid(step.project)


def _passed_over(outcome: Outcome, spent: Spending, values: dict[str, Any]) -> Iterable[Message]:
    election = outcome.election
    text = N_(
        "Not selected: its supporters did not have enough money left. Number of supporters: %(supporters)s. Cost: %(cost)s. Money they had left together: %(left)s."
    )
    yield text % (_some(values, "supporters", "cost") | {"left": amount(election, spent.left)})
    if spent.paid:
        named = sorted(spent.paid.items(), key=lambda item: -item[1])
        listed = "; ".join(f"{_label(election, p)}: {amount(election, paid)}" for p, paid in named)
        yield N_("Where their money went: %(list)s.", list=listed)


def _label(election: Election, position: int) -> str:
    return election.projects[position].name or election.projects[position].id


def _no_room(outcome: Outcome, position: int, values: dict[str, Any]) -> Iterable[Message]:
    election, state = outcome.election, outcome.states[position]
    if outcome.rule == "phragmen":
        text = N_(
            "Not selected: the count ended before its supporters had enough for it, or because it no longer fitted into the pot. Number of supporters: %(supporters)s. Cost: %(cost)s."
        )
        yield text % _some(values, "supporters", "cost")
        return
    if state == "stopped":
        text = N_(
            "Not selected: place %(place)s by votes; the count had stopped at a project before it that no longer fitted into the pot. Votes: %(score)s. Cost: %(cost)s."
        )
        yield text % _some(values, "place", "score", "cost")
        return
    left = election.budget
    before = set(_ranked(outcome)[: values["place"] - 1])
    left -= sum(election.costs[p] for p in outcome.order if p in before)
    text = N_(
        "Not selected: place %(place)s by votes, but too little was left in the pot when its turn came. Votes: %(score)s. Cost: %(cost)s. Left: %(left)s."
    )
    if election.vote_type not in APPROVAL_TYPES:
        text = N_(
            "Not selected: place %(place)s by points, but too little was left in the pot when its turn came. Points: %(score)s. Cost: %(cost)s. Left: %(left)s."
        )
    yield text % (_some(values, "place", "score", "cost") | {"left": amount(election, left)})
