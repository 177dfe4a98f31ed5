"""`count FILE.pb` as people and programs call it."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from budgeting.commands import add_commands

FILE = """META
key;value
num_projects;4
num_votes;6
budget;10.50
vote_type;approval
rule;greedy-threshold
min_project_score_threshold;2
currency;GBP
PROJECTS
project_id;cost;votes;name;category;selected
a;6;3;Mainc;Parciau;1
b;5;3;Coed;Parciau,Gwyrdd;0
c;4;2;Gwyl;Gwyrdd;1
d;1;1;Baner;;0
VOTES
voter_id;vote
1;a,b
2;a
3;a,c
4;b
5;b,c
6;d
"""


@pytest.fixture
def pb(tmp_path: Path) -> Path:
    path = tmp_path / "round.pb"
    path.write_text(FILE, encoding="utf-8")
    return path


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers(required=True))
    asked = parser.parse_args(["count", *map(str, arguments)])
    code = asked.func(asked)
    assert isinstance(code, int)
    return code


def result(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert run(*arguments, "--json") == 0
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return parsed


def test_json_of_the_files_own_rule(pb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = result(capsys, pb)
    assert told["rule"] == "greedy-threshold"
    assert told["winners"] == ["b", "c"]  # level on votes: the cheaper first
    assert told["spent"] == "9.00"
    assert told["official"] == ["a", "c"]
    assert told["agrees"] is False
    assert told["ties"] == [{"tied": ["b", "a"], "chosen": "b", "by": "cost"}]
    assert told["explanations"].keys() == {"a", "b", "c", "d"}
    assert told["explanations"]["d"].keys() == {"cy", "en", "facts"}
    assert told["explanations"]["d"]["facts"]["state"] == "below-minimum"
    assert told["fairness"]["with_winner"] == 4
    assert told["seconds"] > 0


def test_without_an_official_outcome(pb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pb.write_text(FILE.replace(";selected", "").replace(";1\n", "\n").replace(";0\n", "\n"))
    told = result(capsys, pb)
    assert (told["official"], told["agrees"]) == (None, None)


@pytest.mark.parametrize(
    ("options", "winners"),
    [
        (["--rule", "greedy"], ["b", "c", "d"]),
        (["--rule", "greedy-no-skip"], ["b"]),
        (["--rule", "greedy", "--tie", "lot", "--lot-seed", "00"], None),
        (["--rule", "equal-shares", "--completion", "none"], ["b", "d"]),
        (["--rule", "equal-shares", "--completion", "none", "--top-up", "greedy"], ["b", "d", "c"]),
        (["--rule", "equal-shares", "--increment", "0.1"], None),
        (["--rule", "equal-shares", "--utility", "cardinality"], None),
        (["--rule", "equal-shares", "--completion", "add1-exhaustive"], None),
        (["--rule", "phragmen"], None),
    ],
)
def test_options(
    pb: Path, capsys: pytest.CaptureFixture[str], options: list[str], winners: list[str] | None
) -> None:
    told = result(capsys, pb, *options)
    assert told["rule"] == options[1]
    assert float(told["spent"]) <= 10.5
    if winners is not None:
        assert told["winners"] == winners


def test_a_table_for_people(pb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(pb) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "greedy-threshold: 2 of 4 projects"
    assert lines[1].split() == ["1", "b", "3", "5.00", "Coed"]
    assert lines[-2:] == ["spent 9.00 of 10.50", "official outcome: other projects"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--increment", "0"], "--increment 0"),
        (["--increment", "0.001"], "--increment 0.001"),
        (["--increment", "inf"], "--increment inf"),
        (["--tie", "age"], "--tie age"),
        (["--lot-seed", "xyz"], "--lot-seed xyz"),
    ],
)
def test_options_that_mean_nothing(
    pb: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert run(pb, *options) == 2
    assert said in capsys.readouterr().err


def test_all_problems_with_their_lines(pb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pb.write_text(FILE.replace("6;d", "6;z").replace("b;5", "b;five"))
    assert run(pb) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"{pb}, line 13: cost is “five”, which is not an amount.",
        f"{pb}, line 23: The ballot names project z, which is not listed.",
    ]


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.pb") == 2
    assert "none.pb" in capsys.readouterr().err


def test_an_unknown_rule_is_refused_by_the_parser(pb: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(pb, "--rule", "dictator")
    assert stopped.value.code == 2
