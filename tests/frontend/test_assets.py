"""What is built and committed: complete, compressed, small, and speaking to no one else."""

import gzip
import json
import re

import brotli
import pytest

from tests.frontend.environment import ROOT, Render

STATIC = ROOT / "frontend" / "static"
MANIFEST: dict[str, str] = json.loads((STATIC / "manifest.json").read_text())
KB = 1000


def size(name: str, ending: str) -> int:
    return (STATIC / (MANIFEST[name] + ending)).stat().st_size


def test_the_manifest_names_what_there_is() -> None:
    assert set(MANIFEST) == {"favicon.svg", "progress.js", "site.css", "site.js"}
    expected = {f"{name}{ending}" for name in MANIFEST.values() for ending in ("", ".br", ".gz")}
    assert {path.name for path in STATIC.iterdir()} == expected | {"manifest.json"}


@pytest.mark.parametrize("name", MANIFEST)
def test_compressed_forms_hold_the_same(name: str) -> None:
    plain = (STATIC / MANIFEST[name]).read_bytes()
    assert brotli.decompress((STATIC / f"{MANIFEST[name]}.br").read_bytes()) == plain
    assert gzip.decompress((STATIC / f"{MANIFEST[name]}.gz").read_bytes()) == plain


def test_sizes_on_the_wire() -> None:
    assert size("site.css", ".br") <= 12 * KB
    assert sum(size(name, ".gz") for name in MANIFEST if name.endswith(".js")) <= 12 * KB


@pytest.mark.parametrize("lang", ["cy"])
@pytest.mark.parametrize("page", ["site/home.html", "site/cookies.html"])
def test_a_first_visit_is_at_most_30_kilobytes(render: Render, page: str) -> None:
    """Headers are left out here: the browser test of the whole application counts those too."""
    entries = [{"title": f"Ymgyrch {n}", "url": f"/cy/{n}", "meta": "Ar agor"} for n in range(10)]
    html = render(page, open_campaigns=entries, open_rounds=entries, latest_responses=entries)
    sent = len(gzip.compress(html.encode())) + sum(
        size(name, ".gz") for name in ("site.css", "site.js", "favicon.svg")
    )
    assert sent <= 25 * KB


def test_assets_call_no_one() -> None:
    for name in ("site.css", "site.js", "progress.js", "favicon.svg"):
        text = (STATIC / MANIFEST[name]).read_text().replace("http://www.w3.org/2000/svg", "")
        text = re.sub(r"\[href\^=\"?https?://\"?\]", "", text)  # a selector, not an address
        assert re.findall(r"https?:|//\w+\.\w|@import|@font-face", text) == [], name
        assert re.findall(r"url\((?!\"?data:)", text) == [], name


def test_nothing_of_the_state_is_borrowed() -> None:
    text = (STATIC / MANIFEST["site.css"]).read_text()
    assert "GDS Transport" not in text
    assert "crown" not in text.lower()
