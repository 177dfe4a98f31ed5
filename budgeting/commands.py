"""`python -m engage count FILE.pb`: counts anything, and says how it came about."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgeting import counting_compare, explanations, explanations_needs, fairness, pabulib
from budgeting.counting import RULES, Options, Outcome, Rule, count, recounts
from budgeting.counting_rule import TIE_KEYS
from budgeting.election import Election

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

# What Pabulib calls a rule, and what that is here. Custom rules of single cities have no exact twin.
FILE_RULES: dict[str, tuple[Rule, dict[str, Any]]] = {
    "greedy": ("greedy", {}),
    "greedy-no-skip": ("greedy-no-skip", {}),
    "greedy-threshold": ("greedy-threshold", {}),
    "greedy-exclusive": ("greedy", {}),
    "greedy-custom": ("greedy-no-skip", {}),
    "unknown": ("greedy", {}),
    "equalshares": ("equal-shares", {"completion": "none"}),
    "equalshares-comparison": ("equal-shares", {"completion": "none", "comparison": True}),
    "equalshares/add1": ("equal-shares", {"completion": "add1"}),
    "equalshares/add1-comparison": ("equal-shares", {"completion": "add1", "comparison": True}),
    "phragmen": ("phragmen", {}),
}


def add_commands(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("count", help="count a Pabulib .pb file")
    parser.add_argument("file", type=Path, metavar="FILE.pb")
    parser.add_argument("--rule", choices=RULES, help="the file's own rule if left out")
    parser.add_argument("--utility", choices=("cost", "cardinality"))
    parser.add_argument("--completion", choices=("none", "add1", "add1-exhaustive"))
    parser.add_argument("--increment", metavar="N", help="money that Add1 gives each voter more at a time")
    parser.add_argument("--top-up", choices=("none", "greedy"))
    parser.add_argument(
        "--comparison", action="store_true", help="voters decide between greedy and equal shares"
    )
    parser.add_argument("--tie", metavar="KEYS", help="such as cost,votes,lot")
    parser.add_argument("--lot-seed", metavar="HEX", help="published seed of the lot")
    parser.add_argument("--min-votes", type=int, metavar="N", help="votes (points) below which nothing wins")
    parser.add_argument("--json", action="store_true", help="the whole result for programs")
    parser.set_defaults(func=count_file)


def count_file(args: argparse.Namespace) -> int:
    started = time.perf_counter()
    try:
        file = pabulib.read(args.file.read_bytes())
        rule, options = _asked(args, file)
    except OSError as error:
        return _refuse(f"{args.file}: {error.strerror}")
    except pabulib.PabulibError as error:
        return _refuse(*(f"{args.file}, line {p.line}: {p.message}" for p in error.problems))
    except ValueError as error:
        return _refuse(str(error))
    outcome = count(file.election, rule, options)
    result = summary(file, outcome)
    result["seconds"] = round(time.perf_counter() - started, 3)
    print(json.dumps(result, ensure_ascii=False, indent=1) if args.json else _table(outcome, result))
    return 0


def summary(file: pabulib.PabulibFile, outcome: Outcome) -> dict[str, Any]:
    """The result as JSON values; all but the time it took."""
    election = outcome.election
    official = file.official
    needs = explanations_needs.find(outcome, recounts(outcome))
    explained = explanations.explain(outcome, needs)
    return {
        "rule": outcome.rule,
        "winners": list(outcome.winners),
        "spent": election.money(outcome.spent),
        "official": None if official is None else list(official),
        "agrees": None if official is None else set(official) == set(outcome.winners),
        "ties": [
            {
                "tied": [election.projects[p].id for p in tie.tied],
                "chosen": election.projects[tie.chosen].id,
                "by": tie.by,
            }
            for tie in outcome.ties
        ],
        "explanations": {project: text.as_json() for project, text in explained.items()},
        "fairness": fairness.as_json(fairness.fairness(outcome), outcome),
        "other_rules": counting_compare.as_json(counting_compare.side_by_side(outcome)),
    }


def rule_of(file: pabulib.PabulibFile) -> tuple[Rule, Options]:
    """The rule that a file names, with its minimum; greedy if it names none."""
    named = file.meta.get("rule", "").strip().lower()
    rule, values = FILE_RULES.get(named, FILE_RULES["unknown"])
    return rule, Options(minimum_votes=_threshold(file), **values)


def _asked(args: argparse.Namespace, file: pabulib.PabulibFile) -> tuple[Rule, Options]:
    """The rule and options asked for; what is not named comes from the file, or is the default."""
    rule, options = rule_of(file)
    if args.rule:
        # The file's minimum belongs to its own rule, and to those that are about a minimum.
        kept = options.minimum_votes if args.rule in ("greedy-threshold", "greedy-no-skip") else 0
        rule, options = args.rule, Options(minimum_votes=kept)
    named: dict[str, Any] = {
        key: getattr(args, key) for key in ("utility", "completion", "top_up") if getattr(args, key)
    }
    if args.comparison:
        named["comparison"] = True
    if args.min_votes is not None:
        named["minimum_votes"] = args.min_votes
    if args.increment:
        named["increment"] = _increment(args.increment, file.election)
    if args.tie:
        named["tie"] = _tie(args.tie)
    if args.lot_seed:
        named["lot_seed"] = _seed(args.lot_seed)
    return rule, replace(options, **named)


def _threshold(file: pabulib.PabulibFile) -> int:
    value = file.meta.get("min_project_score_threshold", "").strip()
    return int(Decimal(value)) if value else 0


def _increment(text: str, election: Election) -> int:
    try:
        value = Fraction(Decimal(text)) * 10**election.decimals
    except (InvalidOperation, ValueError, OverflowError):
        value = Fraction(0)
    if value.denominator != 1 or value <= 0:
        raise ValueError(f"--increment {text}: not an amount of money of this file above zero")
    return int(value)


def _tie(text: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(","))
    if not set(keys) <= set(TIE_KEYS):
        raise ValueError(f"--tie {text}: only {', '.join(TIE_KEYS)} can break a tie")
    return keys


def _seed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"--lot-seed {text}: not hexadecimal") from None


def _table(outcome: Outcome, result: dict[str, Any]) -> str:
    election = outcome.election
    lines = [f"{outcome.rule}: {len(outcome.order)} of {len(election.projects)} projects"]
    for place, position in enumerate(outcome.order, 1):
        project = election.projects[position]
        votes, cost = election.votes[position], election.money(project.cost)
        lines.append(f"{place:4}  {project.id:>8}  {votes:>8}  {cost:>14}  {project.name}".rstrip())
    lines.append(f"spent {result['spent']} of {election.money(election.budget)}")
    verdict = {True: "the same projects", False: "other projects", None: "not in the file"}
    lines.append(f"official outcome: {verdict[result['agrees']]}")
    return "\n".join(lines)


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 2
