from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from translations import (
    Bilingual,
    OneSided,
    approve,
    draft,
    in_language,
    problems,
    publishable,
    require_publishable,
    write,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def both_approved(cy: str = "Helo", en: str = "Hello") -> Bilingual:
    text = draft(cy=cy, en=en, by="mair", at=NOW)
    return approve(approve(text, "cy", by="nia", at=NOW), "en", by="tom", at=NOW)


def reasons(text: Bilingual) -> list[tuple[str, str]]:
    return [(problem.lang, problem.reason) for problem in problems(text)]


def test_publishable_needs_both_sides_approved() -> None:
    assert reasons(Bilingual()) == [("cy", "missing"), ("en", "missing")]
    text = draft(cy="Helo", en="  ", by="mair", at=NOW)
    assert reasons(text) == [("cy", "draft"), ("en", "missing")]
    text = approve(text, "cy", by="nia", at=NOW)
    assert reasons(text) == [("en", "missing")]
    text = write(text, "en", "Hello", by="mair", at=LATER)
    assert reasons(text) == [("en", "draft")], "a first translation leaves the approved side as it was"
    text = approve(text, "en", by="tom", at=LATER)
    assert publishable(text)
    assert (text.cy.by, text.en.by, text.en.at) == ("nia", "tom", LATER)


def test_editing_one_side_makes_the_other_stale() -> None:
    text = write(both_approved(), "en", "Good day", by="mair", at=LATER)
    assert reasons(text) == [("cy", "stale"), ("en", "draft")]
    assert (text.cy.text, text.cy.state, text.cy.stale) == ("Helo", "approved", True)
    text = approve(text, "en", by="tom", at=LATER)
    assert not publishable(text)
    assert publishable(approve(text, "cy", by="nia", at=LATER)), "approving says that it still holds"


def test_catching_up_does_not_turn_the_other_side_stale() -> None:
    text = write(both_approved(), "en", "Good day", by="mair", at=LATER)
    text = write(approve(text, "en", by="tom", at=LATER), "cy", "Dydd da", by="mair", at=LATER)
    assert reasons(text) == [("cy", "draft")]


@pytest.mark.parametrize("stale_first", [True, False])
def test_both_sides_written_at_one_moment_are_level(stale_first: bool) -> None:
    text = both_approved()
    if stale_first:
        text = write(text, "en", "Good day", by="mair", at=NOW)
    text = write(text, "cy", "Bore da", by="mair", at=LATER)
    text = write(text, "en", "Good morning", by="mair", at=LATER)
    assert reasons(text) == [("cy", "draft"), ("en", "draft")]
    assert [text.cy.stale, text.en.stale] == [False, False]


def test_writing_the_same_changes_nothing() -> None:
    text = both_approved()
    assert write(text, "cy", " Helo ", by="mair", at=LATER) is text


def test_emptying_a_side_is_a_change() -> None:
    text = write(both_approved(), "cy", "", by="mair", at=LATER)
    assert reasons(text) == [("cy", "missing"), ("en", "stale")]
    assert in_language(text, "cy") == ""


def test_a_missing_side_cannot_be_approved() -> None:
    with pytest.raises(OneSided) as refused:
        approve(draft(cy="Helo"), "en", by="tom", at=NOW)
    assert [(p.lang, p.reason) for p in refused.value.problems] == [("en", "missing")]


def test_the_gate_names_every_text_and_side_in_both_languages() -> None:
    stale = write(both_approved(), "cy", "Haia", by="mair", at=LATER)
    with pytest.raises(OneSided) as refused:
        require_publishable(title=stale, promise=draft(cy="Addewid"), body=both_approved())
    found = {(p.name, p.lang): p for p in refused.value.problems}
    assert list(found) == [("title", "cy"), ("title", "en"), ("promise", "cy"), ("promise", "en")]
    message = found["title", "en"].message
    assert message == "The Welsh text has changed since the English text was approved."
    assert message.in_language("cy") == "Mae’r testun Cymraeg wedi newid ers cymeradwyo’r testun Saesneg."
    assert require_publishable(body=both_approved()) is None


def test_it_survives_json() -> None:
    text = write(both_approved(), "en", "Hi", by="mair", at=LATER)
    assert msgspec.json.decode(msgspec.json.encode(text), type=Bilingual) == text
