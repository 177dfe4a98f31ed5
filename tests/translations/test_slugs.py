import pytest
from hypothesis import given
from hypothesis import strategies as st

from translations import slugify


@pytest.mark.parametrize(
    ("title", "lang", "slug"),
    [
        ("Beth sy’n bwysig i’r ŵyl?", "cy", "beth-syn-bwysig-ir-wyl"),
        ("Tŷ, tân a môr", "cy", "ty-tan-a-mor"),
        ("Parciau & llwybrau", "cy", "parciau-a-llwybrau"),
        ("Parks & paths", "en", "parks-and-paths"),
        ("It's  OUR --- park!", "en", "its-our-park"),
        ("Łódź Straße", "en", "lodz-strasse"),
        ("Ωμέγα", "en", ""),
    ],
)
def test_slugs(title: str, lang: str, slug: str) -> None:
    assert slugify(title, lang) == slug


def test_cut_at_a_word() -> None:
    assert slugify("one two three", "en", max_length=9) == "one-two"
    assert slugify("one two", "en", max_length=7) == "one-two"
    assert slugify("Llanfairpwllgwyngyll", "cy", max_length=5) == "llanf"


@given(st.text(), st.integers(1, 20))
def test_always_fit_for_an_address(title: str, length: int) -> None:
    slug = slugify(title, "cy", max_length=length)
    assert len(slug) <= length
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug == slug.strip("-")
    assert slugify(slug, "cy", max_length=length) == slug
