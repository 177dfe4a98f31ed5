"""The file format: what is written can be read, what is wrong is said with its line."""

import csv
import io
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_elections import SCALE, elections

from budgeting import pabulib
from budgeting.counting import RULES, Options, Rule
from budgeting.election import Election, Project, approval_election, points_election
from budgeting.pabulib_rule import meta_of, rule_of

GOOD = """META
key;value
num_projects;2
num_votes;2
budget;10
vote_type;approval
rule;greedy
PROJECTS
project_id;cost;votes;name;selected
a;4;2;Coed;1
b;6,50;1;"Mainc; neu ""sedd""
dwy linell";0
VOTES
voter_id;vote
1;a,b
2;a
"""

TEXT = st.text(st.sampled_from("aŵŷâ;\",\n\r' #0"), max_size=8)


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(pabulib.PabulibError) as caught:
        pabulib.read(text)
    return [(problem.line, str(problem.message)) for problem in caught.value.problems]


def test_a_file_is_read_exactly() -> None:
    file = pabulib.read("\ufeff" + GOOD)
    election = file.election
    assert (election.budget, election.costs, election.decimals) == (100, [40, 65], 1)
    assert election.projects[1].name == 'Mainc; neu "sedd"\ndwy linell'
    assert (election.votes, election.voters, file.official) == ([2, 1], 2, ("a",))
    assert election.money(65) == "6.5"
    assert pabulib.read(GOOD.replace("rule;", "currency;GBP\nrule;")).election.costs == [400, 650]
    assert pabulib.read(GOOD.replace("\n", "\r\n")).election.votes == [2, 1]


def test_writing_gives_what_was_read() -> None:
    written = pabulib.write(pabulib.read(GOOD))
    assert written == GOOD
    rows = list(csv.reader(io.StringIO(written, newline=""), delimiter=";"))
    assert ["b", "6,50", "1", 'Mainc; neu "sedd"\ndwy linell', "0"] in rows


@settings(max_examples=100 * SCALE, deadline=None)
@given(elections(), st.lists(TEXT, min_size=7, max_size=7), TEXT)
def test_round_trip_byte_for_byte(election: Election, names: list[str], place: str) -> None:
    named = tuple(
        Project(p.id, p.cost, name, area=place) for p, name in zip(election.projects, names, strict=False)
    )
    whole = Election(named, election.budget, election.ballots, election.vote_type)
    ballots = _ballots(whole)
    file = pabulib.compose(whole, {"description": place, "rule": "greedy"}, ballots, [])
    text = pabulib.write(file)
    again = pabulib.read(text.encode())
    assert pabulib.write(again) == text
    assert again.election.costs == [cost * 100 for cost in whole.costs]  # read as pounds
    assert again.election.votes == whole.votes
    if whole.vote_type != "ordinal":
        assert again.election.scores == whole.scores


def _ballots(election: Election) -> list[tuple[str, list[str], list[int] | None]]:
    rows = zip(election.ballots.rows(), election.ballots.weights.tolist(), strict=True)
    single = [row for row, weight in rows for _ in range(weight)]
    ids = [project.id for project in election.projects]
    return [(str(n), [ids[p] for p, _ in row], [x for _, x in row]) for n, row in enumerate(single)]


def test_what_is_written_passes_the_checker_of_pabulib(caplog: pytest.LogCaptureFixture) -> None:
    from pabulib.checker import Checker

    caplog.set_level(logging.CRITICAL)
    projects = [Project("1", 250_00, "Mainc; parc", ("Parciau",)), Project("2", 199_99, 'Coed "ŵyn"')]
    meta = {
        "description": "Rownd 2026",
        "country": "United Kingdom",
        "unit": "Sir",
        "instance": "2026",
        "rule": "equalshares/add1",
        "date_begin": "01.03.2026",
        "date_end": "31.03.2026",
        "language": "cy",
        "currency": "GBP",
        "comment": "#1: Add1 increment: 1.00.",
    }
    election = approval_election(projects, [frozenset({"1", "2"}), frozenset({"2"})], 300_00)
    ballots = [("c1", ["1", "2"], None), ("c2", ["2"], None)]
    text = pabulib.write(pabulib.compose(election, meta, ballots, ["2"]))
    results = Checker().process_files([text])
    assert results["metadata"]["invalid"] == 0, results
    assert pabulib.read(text).election.currency == "GBP"


def test_points_and_ranks() -> None:
    text = GOOD.replace("approval", "cumulative").replace(
        "voter_id;vote\n1;a,b\n2;a", "voter_id;vote;points\n1;a,b;1.5,3\n2;a;2"
    )
    election = pabulib.read(text).election
    assert (election.scores, election.points_scale) == ([35, 30], 10)
    ranked = pabulib.read(GOOD.replace("approval", "ordinal")).election
    assert ranked.scores == [3, 1]


def test_every_problem_is_reported_at_once_with_its_line() -> None:
    text = GOOD.replace("num_votes;2", "num_votes;3").replace("b;6,50", "a;six")
    text = text.replace("1;a,b\n2;a", "1;a,a\n1;z")
    assert problems(text) == [
        (4, "num_votes is 3, but the file has 2."),
        (11, "Project a is already on line 10."),
        (11, "cost is “six”, which is not an amount."),
        (15, "The ballot names project a twice."),
        (16, "Voter 1 already has a ballot on line 15."),
        (16, "The ballot names project z, which is not listed."),
    ]


@pytest.mark.parametrize(
    ("change", "line", "sentence"),
    [
        (("vote_type;approval\n", ""), 1, "META does not give vote_type."),
        (("approval", "shouting"), 6, "Vote type “shouting” is none of: "),
        (("budget;10", "budget;ten"), 5, "budget is “ten”, which is not an amount."),
        (("budget;10", "budget;-1"), 5, "budget is below zero: -1."),
        (("a;4;2", "a;1e3;2"), 10, "cost is “1e3”, which is not an amount."),
        (("a;4;2", "a;-4;2"), 10, "cost is below zero: -4."),
        (("PROJECTS\nproject_id;cost", "PROJECTS\nproject_id;price"), 9, "PROJECTS has no column cost."),
        (("VOTES\n", ""), 16, "The section VOTES is missing."),
        (("META\n", "hello\nMETA\n"), 1, "There is text before the line META."),
        (("2;a\n", '2;"a\n'), 16, "A quotation mark opens here and is never closed."),
        (("1;a,b", "1;a,b;7"), 15, "The line has 3 values; the header names 2."),
        (("num_projects;2", "num_projects;two"), 3, "num_projects is “two”, which is not a number."),
    ],
)
def test_one_problem(change: tuple[str, str], line: int, sentence: str) -> None:
    found = problems(GOOD.replace(*change, 1))
    assert any(at == line and said.startswith(sentence) for at, said in found), found


def test_points_must_match() -> None:
    text = GOOD.replace("approval", "cumulative")
    assert (15, "The ballot names 2 projects but gives 0 points.") in problems(text)
    text = text.replace("voter_id;vote\n1;a,b\n2;a", "voter_id;vote;points\n1;a,b;1,x\n2;a;2")
    assert problems(text) == [(15, "“x” is not a number of points.")]


def test_bytes_that_are_not_utf8() -> None:
    with pytest.raises(pabulib.PabulibError) as caught:
        pabulib.read(GOOD.encode().replace(b"Coed", b"C\xffd"))
    assert caught.value.problems[0].line == 10


@pytest.mark.parametrize(
    "text", ["", "\n", "META", "META\nkey;value\n", "VOTES\nPROJECTS\nMETA\n", "a;b\n" * 3]
)
def test_what_is_hardly_a_file(text: str) -> None:
    assert problems(text)


def test_problems_in_welsh() -> None:
    with pytest.raises(pabulib.PabulibError) as caught:
        pabulib.read(GOOD.replace("num_votes;2", "num_votes;3"))
    said = caught.value.problems[0].message.in_language("cy")
    assert said == "num_votes: 3 sydd yn META, ond mae 2 yn y ffeil."


def test_amounts_are_exact_decimals() -> None:
    assert pabulib.exact("10700.0", 0) == 10700
    assert pabulib.exact("0.1", 2) == 10
    assert [pabulib.places(x) for x in ("1", "1.50", "1,05", "3.000")] == [0, 1, 2, 0]
    for wrong in ("1e3", "nan", "", "1.2.3", "٣x", "1 000"):
        with pytest.raises(ValueError, match=r".*"):
            pabulib.exact(wrong, 2)
    with pytest.raises(ValueError, match=r"0\.125"):
        pabulib.exact("0.125", 2)


def test_pots_per_category() -> None:
    text = GOOD.replace("rule;greedy", "rule;greedy\ncategories;Green,Play\nbudget_per_category;4.5,5")
    assert pabulib.read(text).pots("category") == {"Green": 45, "Play": 50}
    assert pabulib.read(GOOD).pots("category") is None


def test_scores_of_an_election_made_by_hand() -> None:
    election = points_election([Project("a", 1)], [{"a": 3}, {"a": 2}], 5, "scoring")
    assert (election.votes, election.scores) == ([2], [5])


@given(
    st.sampled_from(RULES),
    st.builds(
        Options,
        utility=st.sampled_from(["cost", "cardinality"]),
        completion=st.sampled_from(["none", "add1", "add1-exhaustive"]),
        increment=st.integers(1, 500),
        top_up=st.sampled_from(["none", "greedy"]),
        comparison=st.booleans(),
        tie=st.sampled_from([("cost", "votes", "lot"), ("votes", "lot")]),
        lot_seed=st.binary(max_size=3),
        lot_root=st.binary(max_size=3),
        minimum_votes=st.integers(0, 9),
    ),
)
def test_the_frozen_rule_travels_with_the_file(rule: Rule, options: Options) -> None:
    election = approval_election([Project("1", 250_50)], [frozenset({"1"})], 300_00)
    file = pabulib.compose(election, meta_of(election, rule, options), [("c", ["1"], None)])
    found, stated = rule_of(pabulib.read(pabulib.write(file)))
    assert found == rule
    if rule != "equal-shares":
        kept = ("tie", "lot_seed", "lot_root", "minimum_votes")
        options = Options(**{name: getattr(options, name) for name in kept})
    assert stated == options
