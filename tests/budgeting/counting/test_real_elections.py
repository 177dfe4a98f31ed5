"""The real elections: their own columns recounted, their official winners reproduced."""

from pathlib import Path

import pytest
from bench_counting_oracle import Oracle
from small_elections import REAL, needs_data

from budgeting import pabulib
from budgeting.counting import Options, count
from budgeting.pabulib_rule import rule_of

pytestmark = needs_data

# Files that name no rule, or whose city says in a comment that it departed from it. None of these is a rule.
DEPARTURES = {
    "Hungary_Budapest_2024": "no rule named; paper ballots are missing, limits per category",
    "Hungary_Budapest_2024_VIII_Jozsefvaros": "no rule named; half of the ballots were on paper",
    "Hungary_Budapest_2025_XI_Ujbuda": "no rule named; one pot per category, strict, with a backup list",
    "Hungary_Veszprem_2025": "no rule named; costs are price ranges and the pot was exceeded",
}


@pytest.fixture(params=REAL, ids=lambda path: path.stem[:50])
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_columns_and_official_winners(path: Path) -> None:
    data = path.read_bytes()
    file = pabulib.read(data)
    election = file.election
    assert election.voters == int(file.meta["num_votes"])
    assert [int(x or 0) for x in file.project_values("votes")] == election.votes
    if scores := file.project_values("score"):
        assert [pabulib.exact(x or "0", 0) * election.points_scale for x in scores] == election.scores
    written = pabulib.write(file)
    assert pabulib.write(pabulib.read(written)) == written
    if file.official is None:
        return
    rule, options = rule_of(file)
    agrees = set(count(election, rule, options).winners) == set(file.official)
    assert agrees is (path.stem not in DEPARTURES)


SMALL = [path for path in REAL if path.stat().st_size < 40_000]


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem[:50])
def test_the_reference_agrees_on_small_files(path: Path) -> None:
    """Every file is compared in the bench; here those that take the reference no time."""
    election = pabulib.read(path.read_bytes()).election
    oracle = Oracle(election)
    supported = [p for p, backers in enumerate(election.backers) if backers]
    for utility in ("cost", "cardinality"):
        plain = Options(utility=utility, completion="none")
        assert list(count(election, "equal-shares", plain).order) == oracle.equal_shares(plain)
        greedy = count(election, "greedy", plain).order
        assert list(greedy) == [p for p in oracle.greedy(plain) if p in supported]
    approvals = Oracle(election, approvals=True)
    phragmen = count(election, "phragmen", Options()).order
    assert sorted(phragmen) == sorted(p for p in approvals.phragmen(Options()) if p in supported)


def test_the_official_equal_shares_outcome() -> None:
    path = next((path for path in REAL if path.stem == "Netherlands_Assen_2024"), None)
    if path is None:
        pytest.skip("Netherlands_Assen_2024.pb is not there")
    file = pabulib.read(path.read_bytes())
    outcome = count(file.election, "equal-shares")
    assert file.official is not None
    assert set(outcome.winners) == set(file.official)
    assert outcome.stop == "overspend"
