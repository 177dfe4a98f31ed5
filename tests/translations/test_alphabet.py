import random
from itertools import pairwise

import pytest

from translations import sort_key
from translations.alphabet import NOT_ONE_LETTER_AT_START


def in_order(words: list[str], lang: str) -> list[str]:
    """Sorted as the database sorts the column: by the bytes of the key."""
    shuffled = random.Random(1).sample(words, len(words))
    return sorted(shuffled, key=lambda word: sort_key(word, lang).encode())


WELSH = [
    ["adar", "agor", "angel", "ail", "alaw", "allt", "amser"],
    ["cusan", "cwm", "chwaer", "chwech", "dafad", "dwr", "ddoe", "eira"],
    ["ffa", "gardd", "gwyn", "ngardd", "haf"],
    ["fory", "ffair"],
    ["lwc", "llaw", "lleuad", "llwy", "mab"],
    ["pwyll", "pysgod", "phoen", "radio", "rygbi", "rhaff", "rhywun", "saith"],
    ["swn", "sydd", "tad", "tywydd", "thema", "uchel"],
    ["jam", "kilo", "lamp", "pys", "quiz", "rasel", "un", "vitamin", "wal", "xero", "ysgol", "zip"],
    ["Aberaeron", "Abergele", "Aberhonddu", "Aberteifi"],
    ["Caerdydd", "Castell-nedd", "Conwy", "Cwmbrân", "Chwilog", "Dinbych", "Ddinbych"],
    ["Llanelli", "Llangefni", "Llangollen", "Llanidloes", "Llanrwst", "Llwynypia"],
    ["Banc", "Bangor", "Barri", "Bethesda"],  # n and g: after Banc, before Bar
    ["Rwsia", "Rhuthun", "Rhyl"],
    ["Penarth", "Pengam", "Penrhyn", "Pentre"],
    ["Pen y Bont", "Pen-y-groes", "Penarth"],
    ["ar", "arian", "arlunio"],
    ["Ward 2", "Ward 9", "Ward 10", "Ward 100"],
    ["2 stori", "10 stori", "a"],
]


@pytest.mark.parametrize("words", WELSH, ids=lambda words: words[0])
def test_welsh_order(words: list[str]) -> None:
    assert in_order(words, "cy") == words


def test_english_order_knows_no_welsh_letters() -> None:
    words = ["bangor", "chalk", "cold", "dd", "de", "llama", "lo", "Rhyl", "Rome"]
    assert in_order(words, "en") == words


@pytest.mark.parametrize("lang", ["cy", "en"])
def test_accents_decide_only_between_equal_words(lang: str) -> None:
    words = ["ar", "âr", "ara", "arb"]
    assert in_order(words, lang) == words


@pytest.mark.parametrize("lang", ["cy", "en"])
def test_case_and_punctuation_do_not_count(lang: str) -> None:
    assert sort_key("LLAN’R  Bont!", lang) == sort_key("llan'r-bont", lang)
    assert sort_key("Tŷ", lang) == sort_key("TY\u0302", lang)


def test_letters_that_only_meet() -> None:
    n_then_g = [
        sort_key(word, "cy").startswith(sort_key("Llan", "cy")) for word in ("Llangollen", "Llangefni")
    ]
    assert n_then_g == [True, True]
    assert not sort_key("angel", "cy").startswith(sort_key("an", "cy"))
    assert sort_key("Llanfairpwllgwyngyll", "cy").startswith(sort_key("Llanfairpwllgwyn", "cy"))
    assert sort_key("Ponthir", "cy").startswith(sort_key("Pont", "cy"))
    assert sort_key("Aberhonddu", "cy").startswith(sort_key("Aber", "cy"))
    assert not sort_key("Penrhyn", "cy").startswith(sort_key("Penr", "cy"))


@pytest.mark.parametrize("start", NOT_ONE_LETTER_AT_START["ng"])
def test_every_listed_exception_has_n_and_g(start: str) -> None:
    before = start[: start.index("ng") + 1]
    assert sort_key(start, "cy").startswith(sort_key(before, "cy"))


def test_key_can_be_stored_and_other_scripts_come_last() -> None:
    assert sort_key("", "cy") == ""
    assert sort_key("?!", "cy") == ""
    assert sort_key("Łódź", "en") == sort_key("Lodz", "en") + sort_key("Łódź", "en")[4:]
    keys = [sort_key(word, "cy") for word in ("zyz", "Ωμέγα", "Ярослав")]
    assert all(a < b for a, b in pairwise(keys))
    assert all(character.isprintable() for key in keys for character in key)
