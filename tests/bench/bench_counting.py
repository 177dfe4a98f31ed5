"""Speed against the reference library in the same run, and agreement with it over the real elections.

    python tests/bench/bench_counting.py [--full] [--only speed|agreement|needs|million]

Without --full the reference is not asked where one answer takes it minutes; the table says so.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(ROOT / "tests" / "budgeting" / "counting")]

import numpy as np  # noqa: E402
from bench_counting_oracle import Oracle, PointsTimesCost  # noqa: E402
from pabutools.election import parse_pabulib  # noqa: E402
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares  # noqa: E402
from small_elections import DATA, REAL  # noqa: E402

from budgeting import explanations, explanations_needs, pabulib  # noqa: E402
from budgeting.commands import MOST_WORK  # noqa: E402
from budgeting.counting import Options, count, recounts  # noqa: E402
from budgeting.election import Ballots, Election, Project, approval_election  # noqa: E402
from budgeting.pabulib_rule import rule_of  # noqa: E402

MANY = 150_000  # steps times ballots beyond which the reference takes minutes for Add1
SLOW = 8_000  # ballots beyond which the reference is asked only with --full


def timed(work: Callable[[], Any], repeat: int = 1) -> tuple[float, Any]:
    best, result = float("inf"), None
    for _ in range(repeat):
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
    return best, result


def line(label: str, ours: float, theirs: float | None, goal: str = "") -> None:
    ratio = "" if theirs is None else f"{theirs / ours:>9,.0f} ×"
    reference = "not asked" if theirs is None else f"{theirs:.3f} s"
    print(f"{label:<44}{ours:>10.4f} s {reference:>12} {ratio:>11}  {goal}", flush=True)


def speed(full: bool) -> None:
    path = DATA / "Poland_Lodz_2022.pb"
    if not path.exists():
        print(f"no {path}: speed not measured")
        return
    data = path.read_bytes()
    print(f"{path.name:<44}{'this':>12} {'reference':>12} {'ratio':>11}  goal")
    ours, file = timed(lambda: _read(data), 3)
    theirs, (instance, profile) = timed(lambda: parse_pabulib(str(path)))
    line("read", ours, theirs, "≥ 20 ×")
    election: Election = file.election
    fresh = _fresh(election)
    ours, _ = timed(lambda: count(next(fresh), "greedy"), 3)
    theirs, _ = timed(lambda: greedy_utilitarian_welfare(instance, profile, sat_class=PointsTimesCost))
    line("greedy", ours, theirs, "≥ 1,000 ×")
    plain = Options(completion="none")
    ours, _ = timed(lambda: count(next(fresh), "equal-shares", plain), 3)
    theirs, _ = timed(lambda: method_of_equal_shares(instance, profile, sat_class=PointsTimesCost))
    line("equal shares", ours, theirs, "≥ 100 ×")
    stop = Options(completion="add1-exhaustive")
    ours, outcome = timed(lambda: count(next(fresh), "equal-shares", stop), 3)
    if full:
        add1 = {"sat_class": PointsTimesCost, "voter_budget_increment": 1}
        theirs, _ = timed(lambda: method_of_equal_shares(instance, profile, **add1))
    line(
        f"equal shares, Add1 ({outcome.increments} steps)", ours, theirs if full else None, "≥ 10 ×, ≥ 500 ×"
    )
    ours, _ = timed(lambda: count(next(fresh), "phragmen"), 3)
    line("Phragmén", ours, None)
    for rule in (None, "equal-shares"):
        ours, _ = timed(lambda rule=rule: _explained(data, rule))
        line(f"read, count ({rule or 'own rule'}), explain all", ours, None, "< 10 s")


def _read(data: bytes) -> pabulib.PabulibFile:
    file = pabulib.read(data)
    _ = file.election
    return file


def _fresh(election: Election) -> Any:
    """Elections without anything remembered from an earlier count."""
    while True:
        yield Election(
            election.projects, election.budget, election.ballots, election.vote_type, election.decimals
        )


def _explained(data: bytes, rule: Any) -> None:
    file = pabulib.read(data)
    own, options = rule_of(file)
    outcome = count(file.election, rule or own, Options() if rule else options)
    needs = explanations_needs.find(outcome, recounts(outcome), most_work=MOST_WORK)
    explanations.explain(outcome, needs)


def agreement(full: bool) -> None:
    heads = ("ballots", "official", "greedy", "g/card", "shares", "s/card", "add1", "a/card", "phragmén")
    print(f"\n{'file':<48}" + "".join(f"{head:>10}" for head in heads))
    for path in REAL:
        file = pabulib.read(path.read_bytes())
        cells = [str(file.election.voters), _official(file)]
        if file.election.voters > SLOW and not full:
            cells += ["not asked"] * 7
        else:
            cells += _against(file.election)
        print(f"{path.stem[:46]:<48}" + "".join(f"{cell:>10}" for cell in cells), flush=True)


def _official(file: pabulib.PabulibFile) -> str:
    if file.official is None:
        return "-"
    same = set(count(file.election, *rule_of(file)).winners) == set(file.official)
    named = file.meta.get("rule", "unknown") != "unknown"
    return "yes" if same else ("NO" if named else "no rule")


def _against(election: Election) -> list[str]:
    oracle = Oracle(election, merged=True)
    supported = {p for p, backers in enumerate(election.backers) if backers}
    cells = []
    for utility in ("cost", "cardinality"):
        options = Options(utility=utility)
        mine = list(count(election, "greedy", options).order)
        cells.append(_same(mine, [p for p in oracle.greedy(options) if p in supported]))
    for completion in ("none", "add1-exhaustive"):
        for utility in ("cost", "cardinality"):
            options = Options(utility=utility, completion=completion)
            outcome = count(election, "equal-shares", options)
            if outcome.increments * len(election.ballots.weights) > MANY:
                cells.append("not asked")  # the reference takes every single step
            else:
                cells.append(_same(list(outcome.order), oracle.equal_shares(options)))
    approvals = oracle if oracle.approvals else Oracle(election, approvals=True, merged=True)
    mine = sorted(count(election, "phragmen").order)
    theirs = sorted(p for p in approvals.phragmen(Options()) if p in supported)
    return [*cells, _same(mine, theirs)]


def _same(mine: list[int], theirs: list[int]) -> str:
    return "same" if mine == theirs else "DIFFERS"


def needs() -> None:
    """Votes needed for every losing project, against one Add1 of the reference."""
    election = _town(2_500, 22)
    outcome = count(election, "equal-shares")
    ways = recounts(outcome)
    losing = [p for p, state in enumerate(outcome.states) if state != "selected"]
    ours, _ = timed(lambda: [explanations_needs.votes_needed(outcome, ways, p) for p in losing], 2)
    oracle = Oracle(election)
    theirs, _ = timed(lambda: oracle.equal_shares(Options(completion="add1-exhaustive")))
    print("\n2,500 voters, 22 projects")
    line(f"votes needed for {len(losing)} projects / one Add1", ours, theirs, "≥ 1 ×")


def _town(voters: int, projects: int) -> Election:
    chance = random.Random(22)
    liking = [chance.random() ** 2 + 0.02 for _ in range(projects)]
    listed = [Project(f"P{n:02}", chance.randint(20, 150) * 100_00) for n in range(projects)]
    ids = [project.id for project in listed]
    ballots = [frozenset(chance.choices(ids, liking, k=chance.randint(1, 6))) for _ in range(voters)]
    return approval_election(listed, ballots, 50_000_00)


def million() -> None:
    """Growth with the number of approvals: 300 projects, Add1 in pence with £1 steps."""
    print(f"\n{'ballots × 300 projects':<44}{'approvals':>12} {'seconds':>10} {'µs each':>9} {'peak MB':>9}")
    for voters in (125_000, 250_000, 500_000, 1_000_000):
        election = _synthetic(voters, 300)
        seconds, outcome = timed(lambda election=election: count(election, "equal-shares"))
        approvals = len(election.ballots.projects)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        each = seconds / approvals * 1e6
        row = f"{voters:<44,}{approvals:>12,} {seconds:>10.2f} {each:>9.3f} {peak:>9,.0f}"
        print(f"{row}  ({outcome.increments} steps, {outcome.stop})", flush=True)


def _synthetic(voters: int, projects: int) -> Election:
    chance = np.random.default_rng(300)
    liking = chance.random(projects) ** 2 + 0.01
    edges = np.cumsum(liking / liking.sum())
    lengths = chance.integers(1, 9, voters)
    rows = np.repeat(np.arange(voters), lengths)
    chosen = np.searchsorted(edges, chance.random(len(rows))).clip(max=projects - 1)
    pairs = np.unique(rows * projects + chosen)
    rows, chosen = np.divmod(pairs, projects)
    starts = np.searchsorted(rows, np.arange(voters + 1)).astype(np.int64)
    ones = np.ones(len(chosen), dtype=np.int64)
    ballots = Ballots(starts, chosen.astype(np.int64), ones, np.ones(voters, dtype=np.int64))
    costs = chance.integers(5, 200, projects) * voters
    listed = tuple(Project(f"P{n:03}", int(cost)) for n, cost in enumerate(costs))
    return Election(listed, voters * 20_00, ballots, "approval", 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", choices=("speed", "agreement", "needs", "million"))
    asked = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "speed": lambda: speed(asked.full),
        "needs": needs,
        "agreement": lambda: agreement(asked.full),
        "million": million,
    }
    for name, part in parts.items():
        if asked.only in (None, name):
            part()


if __name__ == "__main__":
    main()
