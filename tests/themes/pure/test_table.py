import pytest

from engage.themes.table import TableError, read_margins, read_stories


def test_own_columns_and_groups():
    found = read_stories("﻿Text,ID,Language,Author,Ward\nHelo,7,Cymraeg,Ann,Gogledd\nHi,8,,,\n".encode())
    assert (found[0].id, found[0].language, found[0].author) == ("7", "cy", "Ann")
    assert found[0].groups == {"ward": "Gogledd"}
    assert (found[1].language, found[1].author, found[1].groups) == (None, None, {})


def test_rows_are_numbered_when_there_is_no_id():
    assert [story.id for story in read_stories(b"text\nA\nB\n")] == ["1", "2"]


def test_a_windows_export_is_read():
    assert read_stories("text\nCafé £5\n".encode("cp1252"))[0].text == "Café £5"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"story\nA\n", 'no column called "text"'),
        (b"text,id\nA,1\nB,1\n", 'The id "1" is on rows 1 and 2'),
        (b"text\nA,B\n", "Row 1 has 2 cells"),
        (b'text\n"A\n', "not a table"),
    ],
)
def test_what_is_wrong_is_said(content, said):
    with pytest.raises(TableError, match=said):
        read_stories(content)


def test_margins_from_a_plain_table_and_from_a_census_export():
    assert read_margins(b"group,value,people\nage,old,40\nage,young,60\n") == {
        "age": {"old": 40, "young": 60}
    }
    ons = b"""Lower tier local authorities Code,Lower tier local authorities,Age (2 categories) Code,\
Age (2 categories),Observation
W06000099,Invented,1,Under 50,"1,200"
W06000099,Invented,2,50 and over,800
W06000099,Invented,-8,Does not apply,5
"""
    assert read_margins(ons) == {"age": {"under 50": 1200, "50 and over": 800}} or read_margins(ons) == {
        "age": {"Under 50": 1200, "50 and over": 800}
    }
    with pytest.raises(TableError, match="number of people"):
        read_margins(b"group,value,people\nage,old,many\n")
