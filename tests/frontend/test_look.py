"""Text on its ground holds 4.5 to 1, the line of a control 3 to 1 (AA), by the colours of the theme."""

import re

import pytest

from tests.frontend.environment import ROOT

THEME = dict(
    re.findall(r"^\$([\w-]+): (#[0-9a-f]{6});", (ROOT / "frontend/assets/_theme.scss").read_text(), re.M)
)

TEXT = [
    *[
        (colour, "white")
        for colour in ("ink", "muted", "teal", "link", "visited", "red", "amber-dark", "slate")
    ],
    *[(colour, "paper") for colour in ("ink", "muted", "link", "visited")],
    *[("white", ground) for ground in ("slate", "teal")],
    *[("ink", ground) for ground in ("focus", "teal-pale", "amber-pale", "sky-pale")],
    ("teal-dark", "teal-pale"),
    ("amber-dark", "amber-pale"),
    ("red", "red-pale"),
    ("sky-dark", "sky-pale"),
    ("slate", "aqua"),
]
LINES = [("ink", "white"), ("red", "white"), ("aqua", "slate"), ("focus", "slate"), ("teal", "paper")]


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    parts = [int(THEME[colour][i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("colour", "ground"), TEXT)
def test_text_is_readable(colour: str, ground: str) -> None:
    assert contrast(colour, ground) >= 4.5


@pytest.mark.parametrize(("colour", "ground"), LINES)
def test_lines_of_controls_are_visible(colour: str, ground: str) -> None:
    assert contrast(colour, ground) >= 3


def test_every_colour_comes_from_the_theme() -> None:
    for path in (ROOT / "frontend" / "assets").glob("*.scss"):
        if path.name not in ("_theme.scss", "_print.scss"):
            assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![{])", path.read_text()) == [], path.name
