"""A file of stories: every fault named by its row, nothing taken in unasked, and a whole batch taken back."""

import codecs
from datetime import date

import pytest

from engage.core.errors import InvalidInput
from engage.stories.importing import LARGEST_FILE, MOST_GROUPS, Preview, read_csv
from engage.stories.models import Channel, Consent
from engage.stories.telling import LONGEST

TODAY = date(2026, 11, 22)
PLACES = {"y cei": "w1", "the quay": "w1", "w1": "w1"}


def read(data: str | bytes) -> Preview:
    return read_csv(data if isinstance(data, bytes) else data.encode(), today=TODAY, places=PLACES)


def faults(table: str) -> list[tuple[int, str]]:
    return [(error.row, str(error.message)) for error in read(table).errors]


def test_a_whole_row_is_read_and_every_other_column_is_a_group() -> None:
    preview = read(
        "id,text,language,channel,author,place,consent,told_on,Oed,age band\n"
        'a1,"Llinell un\r\nllinell dau",cy,paper,tad 1,Y Cei,publish,2026-05-01,25-44,\n'
    )
    assert preview.errors == []
    assert preview.groups == ["oed", "age band"]
    (row,) = preview.rows
    assert (row.row, row.text, row.reference) == (2, "Llinell un\nllinell dau", "a1")
    assert (row.language, row.channel, row.consent) == ("cy", Channel.PAPER, Consent.PUBLISH)
    assert (row.author, row.place, row.told_on) == ("tad 1", "w1", date(2026, 5, 1))
    assert row.groups == {"oed": "25-44"}


def test_what_is_left_empty_is_read_with_care() -> None:
    (row,) = read("text\nStori.\n").rows
    assert (row.language, row.channel, row.consent) == ("mixed", Channel.IMPORT, Consent.OFFICERS)
    assert (row.author, row.place, row.told_on, row.reference, row.groups) == (None, None, TODAY, None, {})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("text,id\n  ,a\n", "The text is empty"),
        (f"text\n{'a' * (LONGEST + 1)}\n", "The text is longer than"),
        ("text,id\na,1\nb,1\n", "The id stands in an earlier row: 1"),
        ("text,language\na,fr\n", "The language must be cy, en or mixed"),
        ("text,channel\na,pigeon\n", "The channel must be one of: web, assisted"),
        ("text,consent\na,all\n", "The consent must be one of: officers, quote, publish"),
        ("text,place\na,Nunlle\n", "The place is not a ward of this partnership: Nunlle"),
        ("text,told_on\na,31/03/2026\n", "The date must look like 2027-03-31"),
        ("text,told_on\na,2026-11-23\n", "The date is in the future"),
        ("text,id\na,1,more\n", "The row has more cells than the heading"),
    ],
)
def test_each_fault_of_a_row_is_named(table: str, said: str) -> None:
    found = faults(table)
    assert len(found) == 1
    row, message = found[0]
    assert row == table.count("\n")
    assert message.startswith(said)


def test_every_fault_of_every_row_in_one_pass_and_the_good_rows_stay() -> None:
    table = "text,language,consent\n,fr,all\nStori.,cy,quote\nStori arall.,cy,never\n"
    assert [row for row, _ in faults(table)] == [2, 2, 2, 4]
    assert [row.text for row in read(table).rows] == ["Stori."]


def test_a_row_is_where_a_spreadsheet_shows_it_whatever_lines_its_cells_have() -> None:
    table = 'text,language\n"un\ndau\ntri",cy\nStori.,fr\n'
    assert faults(table)[0][0] == 3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("Caffi’r bont".encode("cp1252"), "The file is not UTF-8 text"),
        ("text\nStori.\n".encode("utf-16"), "The file is not UTF-8 text"),
        (b"", "The file has no column called text"),
        (b"story\nStori.\n", "The file has no column called text"),
        (b"text,place,Place\na,b,c\n", "Two columns of the file have the same name"),
        (
            ("text," + ",".join(f"g{n}" for n in range(MOST_GROUPS + 1)) + "\na\n").encode(),
            f"The file has more than {MOST_GROUPS} group columns",
        ),
    ],
    ids=["cp1252", "utf-16", "empty", "no text", "twice", "groups"],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read(data)
    assert str(raised.value.title).startswith(said)


def test_a_file_that_is_too_large_is_not_even_decoded() -> None:
    with pytest.raises(InvalidInput, match="larger than 50 MB"):
        read_csv(b"\xff" * (LARGEST_FILE + 1), today=TODAY, places={})


def test_a_byte_order_mark_and_capitals_in_the_heading_do_no_harm() -> None:
    preview = read(codecs.BOM_UTF8 + "TEXT , Language\nTŷ a phont.,CY\n".encode())
    assert [(row.text, row.language) for row in preview.rows] == [("Tŷ a phont.", "cy")]


def test_nameless_columns_are_left_out_and_not_counted_as_twins() -> None:
    preview = read("text,,\nStori.,,\n")
    assert (preview.groups, preview.errors) == ([], [])
    assert [row.text for row in preview.rows] == ["Stori."]


def test_no_nul_gets_as_far_as_the_database() -> None:
    (row,) = read("te\0xt,id,author,o\0ed\na\0b,c\0,d\0,2\0\n").rows
    assert (row.text, row.reference, row.author, row.groups) == ("ab", "c", "d", {"oed": "2"})


def test_an_empty_line_is_a_row_of_the_spreadsheet_and_no_story() -> None:
    table = "text,language\nStori.,cy\n\n,cy\n"
    assert faults(table) == [(4, "The text is empty")]
    assert [row.row for row in read(table).rows] == [2]


def test_empty_cells_beyond_the_heading_are_nothing() -> None:
    assert faults("text\nStori.,,\n") == []


def test_a_cell_that_no_reader_takes_ends_the_table_with_a_sentence() -> None:
    huge = "a" * 140_000
    preview = read(f"text\nStori.\n{huge}\nStori arall.\n")
    assert [row.text for row in preview.rows] == ["Stori."]
    (error,) = preview.errors
    assert (error.row, str(error.message)) == (3, "From this line on the file is not a CSV table")
