"""`python -m engage count FILE.pb`: counts anything, and says how it came about."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgeting import counting_compare, explanations, explanations_needs, fairness, pabulib
from budgeting.counting import RULES, Options, Outcome, Rule, count, recounts
from budgeting.pabulib_rule import rule_of, with_named

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


MOST_WORK = 150_000_000  # some seconds of recounts; only very large elections reach it


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
    parser.add_argument("--lot-root", metavar="HEX", help="final root that the lot is bound to")
    parser.add_argument("--min-votes", metavar="N", help="votes (points) below which nothing wins")
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
    needs = explanations_needs.find(outcome, recounts(outcome), most_work=MOST_WORK)
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


def _asked(args: argparse.Namespace, file: pabulib.PabulibFile) -> tuple[Rule, Options]:
    """The rule and options asked for; what is not named comes from the file, or is the default."""
    rule, options = rule_of(file)
    if args.rule:
        # The file's minimum belongs to its own rule, and to those that are about a minimum.
        kept = options.minimum_votes if args.rule in ("greedy-threshold", "greedy-no-skip") else 0
        rule, options = args.rule, Options(minimum_votes=kept)
    names = ("utility", "completion", "top_up", "increment", "tie", "lot_seed", "lot_root", "min_votes")
    named = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.comparison:
        named["comparison"] = "yes"
    return rule, with_named(options, named, file.election)


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
