from collections import Counter
from pathlib import Path

from translations.extraction import HEADER
from translations.terms import check_terms, look_up, term_base, terms_missing

PRODUCT_WORDS = {
    "partnership": "partneriaeth",
    "organisation": "sefydliad",
    "campaign": "ymgyrch",
    "prompt": "cwestiwn agored",
    "signifier": "arwyddwr",
    "story": "stori",
    "theme": "thema",
    "theme run": "dadansoddiad",
    "response": "ymateb",
    "commitment": "ymrwymiad",
    "round": "rownd",
    "budget round": "rownd gyllidebu",
    "project": "prosiect",
    "ballot paper": "papur pleidleisio",
    "count": "cyfrif",
    "receipt": "derbynneb",
}


def test_it_holds_the_words_of_the_product() -> None:
    assert {english: look_up(english).welsh[0] for english in PRODUCT_WORDS} == PRODUCT_WORDS


def test_it_is_in_order() -> None:
    terms = term_base()
    assert len(terms) >= 150
    assert [word for word, times in Counter(term.english[0] for term in terms).items() if times > 1] == []
    for term in terms:
        assert term.welsh, term
        assert not term.welsh[0].startswith("*"), term
        assert term.part in ("noun", "verb", "adjective", "adverb", "phrase"), term
        assert term.gender in ("", "m", "f", "f|m"), term


def missing(english: str, *welsh: str) -> list[str]:
    return [term.english[0] for term in terms_missing(english, welsh)]


def test_the_welsh_may_be_plural_or_mutated() -> None:
    assert missing("Number of stories", "Nifer y straeon") == []
    assert missing("In your budget", "Yn eich cyllideb") == []
    assert missing("The budget", "Y gyllideb") == []
    assert missing("Your project", "Dy brosiect") == []
    assert missing("Published", "Wedi’i gyhoeddi") == []


def test_another_word_is_noticed() -> None:
    assert missing("Number of stories", "Nifer yr hanesion") == ["story"]
    assert missing("Your %(story)s", "Eich %(story)s") == []
    assert missing("A project for the community", "Cynllun i’r gymuned") == ["project"]


def test_the_longer_term_is_met_first() -> None:
    assert missing("The budget round", "Y rownd gyllidebu") == []
    assert missing("The budget round", "Y rownd a’r gyllideb") == ["budget round"]


def test_plural_forms_are_one_answer() -> None:
    assert missing("%(num)s stories", "dim straeon", "un stori", "") == []


def test_the_check_names_file_and_message(tmp_path: Path) -> None:
    body = '\nmsgid "Your campaign"\nmsgstr "Eich prosiect"\n\nmsgid "Campaign"\nmsgstr ""\n'
    (tmp_path / "stories.po").write_text(HEADER + body)
    [warning] = check_terms(tmp_path)
    assert (warning.file, warning.msgid, warning.english) == ("stories.po", "Your campaign", "campaign")
    assert "ymgyrch" in str(warning)
    assert check_terms(tmp_path, only="people") == []
