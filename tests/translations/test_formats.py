from datetime import UTC, date, datetime

import pytest

from translations import (
    format_date,
    format_date_short,
    format_dates,
    format_datetime,
    format_day,
    format_days_ago,
    format_days_left,
    format_number,
    format_ordinal,
    format_pence,
    format_percent,
    format_time,
    join_list,
    london_date,
)
from translations.formats import welsh_and

SUMMER_NIGHT = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # already July in London


def test_dates_are_londons() -> None:
    assert format_date(SUMMER_NIGHT, "cy") == "1 Gorffennaf 2026"
    assert format_date(SUMMER_NIGHT, "en") == "1 July 2026"
    assert format_date_short(date(2026, 11, 22), "cy") == "22 Tach 2026"
    assert format_date_short(date(2026, 11, 22), "en") == "22 Nov 2026"
    assert format_day(date(2026, 11, 22), "en") == "Sunday 22 November 2026"
    assert format_day(date(2026, 11, 22), "cy").casefold() == "dydd sul 22 tachwedd 2026"
    assert format_datetime(SUMMER_NIGHT, "cy") == "1 Gorffennaf 2026 am 00:30"
    assert format_datetime(SUMMER_NIGHT, "en") == "1 July 2026 at 00:30"
    assert format_dates(date(2026, 5, 1), date(2026, 5, 30), "cy") == "1 Mai 2026 i 30 Mai 2026"


WELSH_MONTHS = (
    *("Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin"),
    *("Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr"),
)


@pytest.mark.parametrize(("number", "name"), list(enumerate(WELSH_MONTHS, 1)))
def test_every_welsh_month(number: int, name: str) -> None:
    assert format_date(date(2026, number, 3), "cy") == f"3 {name} 2026"


def test_a_naive_moment_is_refused() -> None:
    naive = datetime(2026, 6, 30, 23, 30)  # noqa: DTZ001  (the point of the test)
    for refuse in (london_date, format_time):
        with pytest.raises(ValueError, match="naive"):
            refuse(naive)


@pytest.mark.parametrize(
    ("pence", "text"),
    [
        (0, "£0"),
        (5, "£0.05"),
        (123400, "£1,234"),
        (123450, "£1,234.50"),
        (-500, "-£5"),
        (10**11, "£1,000,000,000"),
    ],
)
def test_money(pence: int, text: str) -> None:
    assert format_pence(pence) == text


def test_numbers() -> None:
    assert format_number(1234567, "cy") == "1,234,567"
    assert format_number(1234.56, "en", decimals=1) == "1,234.6"
    assert format_percent(0.456, "cy") == "46%"
    assert format_percent(0.4567, "en", decimals=1) == "45.7%"


def test_ordinals() -> None:
    welsh = (
        "1af 2il 3ydd 4ydd 5ed 6ed 7fed 8fed 9fed 10fed 11eg 12fed 13eg 14eg 15fed 16eg 17eg 18fed 19eg 20fed"
    )
    assert [format_ordinal(n, "cy") for n in range(1, 21)] == welsh.split()
    assert [format_ordinal(n, "cy") for n in (21, 31, 40, 50, 100)] == [
        "21ain",
        "31ain",
        "40fed",
        "50fed",
        "100fed",
    ]
    assert [format_ordinal(n, "en") for n in (1, 2, 3, 4, 11, 12, 13, 21, 22)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd"]
    )
    with pytest.raises(ValueError, match="0"):
        format_ordinal(0, "cy")


TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("due", "cy", "en"),
    [
        (date(2026, 12, 4), "12 diwrnod yn weddill", "12 days left"),
        (date(2026, 11, 24), "2 ddiwrnod yn weddill", "2 days left"),
        (date(2026, 11, 23), "1 diwrnod yn weddill", "1 day left"),
        (date(2026, 11, 22), "Heddiw yw’r dyddiad olaf", "Due today"),
        (date(2026, 11, 19), "3 diwrnod yn hwyr", "3 days late"),
    ],
)
def test_days_left(due: date, cy: str, en: str) -> None:
    assert format_days_left(due, TODAY, "cy") == cy
    assert format_days_left(due, TODAY, "en") == en


def test_days_ago() -> None:
    assert format_days_ago(TODAY, TODAY, "cy") == "Heddiw"
    assert format_days_ago(date(2026, 11, 21), TODAY, "en") == "Yesterday"
    assert format_days_ago(date(2026, 11, 20), TODAY, "cy") == "2 ddiwrnod yn ôl"
    assert format_days_ago(date(2026, 10, 1), TODAY, "cy") == "1 Hydref 2026"
    assert format_days_ago(date(2026, 11, 23), TODAY, "en") == "23 November 2026"


@pytest.mark.parametrize(
    "word", ["afal", "iechyd", "wedi", "ŵyn", "ysgol", "Ynys Môn", "8", "1", "11 Mai", "13", "18,000", "800"]
)
def test_ac_before_a_vowel(word: str) -> None:
    assert welsh_and(word) == "ac"


@pytest.mark.parametrize(
    "word", ["haf", "hanes", "llyfr", "“caws”", "Wrecsam", "10", "100", "1,000", "2", "60"]
)
def test_a_before_a_consonant(word: str) -> None:
    assert welsh_and(word) == "a"


def test_lists() -> None:
    assert join_list([], "cy") == ""
    assert join_list(["Conwy"], "cy") == "Conwy"
    assert join_list(["Conwy", "Abertawe"], "cy") == "Conwy ac Abertawe"
    assert join_list(["Conwy", "Abertawe", "Caerdydd"], "cy") == "Conwy, Abertawe a Caerdydd"
    assert join_list(["bara", "caws"], "cy", mutate=True) == "bara a chaws"
    assert join_list(["bara", "menyn"], "cy", mutate=True) == "bara a menyn"
    assert join_list(["a", "b", "c"], "en") == "a, b and c"
