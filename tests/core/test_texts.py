"""The one editor of text in two languages: what changed is a draft, what is ticked is approved by this person."""

from datetime import timedelta
from uuid import uuid4

from litestar.datastructures import FormMultiDict

from engage.core.clock import now
from engage.core.forms import Form
from engage.core.texts import read_text, text_data, two_sided
from translations import N_, Bilingual, publishable

WRITER, APPROVER = uuid4(), uuid4()
EARLIER, LATER = now(), now() + timedelta(hours=1)


@two_sided("note", N_("Note"), limit=5, area=True)
@two_sided("name", N_("Name of the theme"), limit=20)
class TwoTexts(Form):
    pass


def sent(**values: str) -> TwoTexts:
    return TwoTexts(FormMultiDict(list(values.items())))


def read(before: Bilingual | None = None, at=EARLIER, by=WRITER, **values: str) -> Bilingual:  # type: ignore[no-untyped-def]
    return read_text(sent(**values), "name", before, by=by, at=at)


def test_a_form_has_two_boxes_and_two_ticks_for_each_text() -> None:
    assert list(TwoTexts.texts) == ["name", "note"]
    assert set(sent()._fields) == {
        f"{name}_{side}{tick}"
        for name in ("name", "note")
        for side in ("cy", "en")
        for tick in ("", "_approved")
    }


def test_unticked_is_a_draft_and_ticked_is_approved_by_name() -> None:
    draft = read(name_cy="Bws", name_en="Bus")
    assert (draft.cy.state, draft.en.state, draft.cy.stale, draft.en.stale) == (
        "draft",
        "draft",
        False,
        False,
    )
    text = read(
        draft, LATER, APPROVER, name_cy="Bws", name_en="Bus", name_cy_approved="y", name_en_approved="y"
    )
    assert publishable(text)
    assert (text.cy.by, text.cy.at) == (str(APPROVER), LATER)


def test_who_approved_stays_while_nothing_changes() -> None:
    both_ticked = {"name_cy": "Bws", "name_en": "Bus", "name_cy_approved": "y", "name_en_approved": "y"}
    text = read(None, EARLIER, APPROVER, **both_ticked)
    assert read(text, LATER, WRITER, **both_ticked) == text


def test_changing_one_side_leaves_the_other_behind_until_it_is_approved_anew() -> None:
    ticked = {"name_cy_approved": "y", "name_en_approved": "y"}
    text = read(None, name_cy="Bws", name_en="Bus", **ticked)
    changed = read(text, LATER, name_cy="Bysiau", name_en="Bus", name_cy_approved="y")
    assert (changed.cy.state, changed.en.stale) == ("approved", True)
    assert not publishable(changed)
    assert publishable(read(changed, LATER, name_cy="Bysiau", name_en="Bus", **ticked))


def test_an_empty_side_is_missing_however_ticked() -> None:
    text = read(name_cy="Bws", name_en="  \r\n", name_cy_approved="y", name_en_approved="y")
    assert text.en.state == "missing"
    assert not publishable(text)


def test_what_is_shown_again_is_what_was_kept() -> None:
    text = read(name_cy="Bws", name_en="Bus", name_cy_approved="y")
    assert text_data(name=text) == {
        "name_cy": "Bws",
        "name_cy_approved": True,
        "name_en": "Bus",
        "name_en_approved": False,
    }


def test_limits_count_a_line_end_as_one() -> None:
    assert sent(note_cy="ab\r\ncd").validate()
    long = sent(note_cy="ab\r\ncde", name_en="a" * 21)
    assert not long.validate()
    assert set(long.errors) == {"note_cy", "name_en"}
