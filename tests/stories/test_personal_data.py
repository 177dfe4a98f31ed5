"""What a moderator is shown in colour, and what is left in peace."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.stories.personal_data import KINDS, find, kinds_in, pieces, redacted

MARKED = [
    ("Ffoniwch fi ar 01248 555123 heno.", "phone", "01248 555123"),
    ("Call me on 07700 900123 please.", "phone", "07700 900123"),
    ("My number is +44 7700 900123.", "phone", "+44 7700 900123"),
    ("My number is +44 (0)29 2018 0123.", "phone", "+44 (0)29 2018 0123"),
    ("Ring (01632) 960-123 after six.", "phone", "(01632) 960-123"),
    ("07700900123", "phone", "07700900123"),
    ("Ysgrifennwch at nia.jones@example.org os gwelwch yn dda.", "email", "nia.jones@example.org"),
    ("mail: o'neill+bins@post.example.co.uk!", "email", "neill+bins@post.example.co.uk"),
    ("Dwi'n byw yn LL55 1AA ers blynyddoedd.", "postcode", "LL55 1AA"),
    ("We live at sa11aa, by the bridge", "postcode", "sa11aa"),
    ("The road by CF10 3NQ floods.", "postcode", "CF10 3NQ"),
    ("Fy rhif yswiriant ydi AB 12 34 56 C.", "nino", "AB 12 34 56 C"),
    ("they lost AB123456C twice", "nino", "AB123456C"),
    ("Car CX71 ABC oedd yn goryrru.", "plate", "CX71 ABC"),
    ("A van, cx71abc, blocks the path.", "plate", "cx71abc"),
    ("Gweler https://example.org/fi?id=3 am luniau", "link", "https://example.org/fi?id=3"),
    ("see www.example.org", "link", "www.example.org"),
]
ORDINARY = [
    "Roedd y bws 7 munud yn hwyr ar 3 Mai 2026, ac eto ar y 10fed.",
    "I waited 45 minutes for the number 9 bus in 2025 and paid £3.50.",
    "Mae 1,250 o bobl yn byw yma a dim ond 2 siop.",
    "It cost £1000000000 they said.",
    "We meet at 10.30 to 12.00 on Tuesdays, room 12B.",
    "Bu farw Mam yn 1987; roedd hi’n 64.",
    "The A487 is closed between the M4 and the B4391.",
    "Cyfeirnod y cynllun oedd 22/01234.",
    "A oes heol a wnewch chi agor am 5 y bore?",
    "Talais i 20c am fag, 1.50 am de a 2.75 am gacen.",
]


@pytest.mark.parametrize(("text", "kind", "found"), MARKED)
def test_what_could_say_who_somebody_is_gets_a_mark(text: str, kind: str, found: str) -> None:
    assert [(mark.kind, text[mark.start : mark.end]) for mark in find(text)] == [(kind, found)]
    assert found not in redacted(text, "[…]")
    assert "[…]" in redacted(text, "[…]")


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_sentences_get_none(text: str) -> None:
    assert find(text) == []
    assert redacted(text, "[…]") == text


def test_marks_come_in_order_and_each_kind_once() -> None:
    text = "A 01248 555123, b nia@example.org, c 07700 900123."
    assert [mark.start for mark in find(text)] == sorted(mark.start for mark in find(text))
    assert kinds_in(text) == ["phone", "email"]
    assert [kind for _, kind in pieces(text)] == [None, "phone", None, "email", None, "phone", None]


def test_every_kind_has_its_words() -> None:
    assert {kind for _, kind, _ in MARKED} == set(KINDS)


@given(st.text(alphabet="aA 0123456789+@.-()/wLS\n", max_size=200))
def test_the_pieces_are_the_text_and_marks_do_not_overlap(text: str) -> None:
    assert "".join(piece for piece, _ in pieces(text)) == text
    marks = find(text)
    assert all(left.end <= right.start for left, right in itertools.pairwise(marks))
