import argparse
import csv
import io
import json
import sys

import pytest

from engage.themes.commands import add_commands
from tests.themes.pure.samples import told


def run(*words):
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    arguments = parser.parse_args(words)
    return arguments.func(arguments)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "stories.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "text", "ward"])
        writer.writerows([story.id, story.text, "North"] for story in told(10)[0])
    return path


def test_themes_as_json(file, capsys):
    assert run("themes", str(file), "--themes", "3", "--seed", "4", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {
        "themes",
        "assignments",
        "campaigns",
        "representation",
        "stability",
        "parameters",
        "seconds",
    } <= set(found)
    assert len(found["assignments"]) == 30
    assert {"id", "label_cy", "label_en", "stories", "voices", "effective_voices", "by_language", "groups",
            "quiet", "members"} <= set(found["themes"][0])  # fmt: skip


def test_themes_for_people(file, capsys):
    assert run("themes", str(file), "--themes", "3") == 0
    assert "voices" in capsys.readouterr().out


def test_bad_files_are_said_in_a_sentence(tmp_path, capsys):
    (tmp_path / "bad.csv").write_text("story\nA\n")
    assert run("themes", str(tmp_path / "bad.csv")) == 2
    assert capsys.readouterr().err == 'The file has no column called "text".\n'
    assert run("themes", str(tmp_path / "missing.csv")) == 2
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "only.csv").write_text("text\n")
    assert run("themes", str(tmp_path / "only.csv")) == 2
    assert "no stories" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--themes", "0"), ("--themes", "many"), ("--seed", "-1")])
def test_bad_options_end_with_2(file, words):
    with pytest.raises(SystemExit) as ended:
        run("themes", str(file), *words)
    assert ended.value.code == 2


def test_gloss_prints_words_and_coverage(capsys, monkeypatch):
    welsh = io.TextIOWrapper(io.BytesIO(b"Mae'r ysgol yn y dref.\nxyzzy\n"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", welsh)
    assert run("gloss", "--missing", "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "school town"
    assert lines[2:] == ["Coverage: 0.667 (2 of 3 content words)", "1 xyzzy"]
