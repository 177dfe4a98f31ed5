import pytest

from translations.mutations import forms, mutations


@pytest.mark.parametrize(
    ("word", "soft", "nasal", "aspirate"),
    [
        ("pentref", "bentref", "mhentref", "phentref"),
        ("tŷ", "dŷ", "nhŷ", "thŷ"),
        ("Caerdydd", "Gaerdydd", "Nghaerdydd", "Chaerdydd"),
        ("Bangor", "Fangor", "Mangor", None),
        ("Dinbych", "Ddinbych", "Ninbych", None),
        ("Gwynedd", "Wynedd", "Ngwynedd", None),
        ("gŵyl", "ŵyl", "ngŵyl", None),
        ("Llanelli", "Lanelli", None, None),
        ("Merthyr", "Ferthyr", None, None),
        ("Rhyl", "Ryl", None, None),
        ("chwaer", None, None, None),
        ("ffordd", None, None, None),
        ("thema", None, None, None),
        ("stori", None, None, None),
        ("haf", None, None, None),
        ("GIG", None, None, None),
        ("", None, None, None),
    ],
)
def test_tables(word: str, soft: str | None, nasal: str | None, aspirate: str | None) -> None:
    found = mutations(word)
    assert (found.soft, found.nasal, found.aspirate) == (soft, nasal, aspirate)


def test_h_before_a_vowel_only() -> None:
    assert mutations("Ynys").h == "Hynys"
    assert mutations("ŵyn").h == "hŵyn"
    assert mutations("ysgol gynradd").h == "hysgol gynradd"
    assert mutations("cath").h is None


def test_forms_hold_the_word_itself() -> None:
    assert forms("cyllideb") == {"cyllideb", "gyllideb", "nghyllideb", "chyllideb"}
    assert forms("stori") == {"stori"}
