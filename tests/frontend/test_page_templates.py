"""What holds for every template of every slice."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

from tests.frontend.environment import TEMPLATES

NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
TAG = re.compile(r"<[a-zA-Z][^<>]*>")
INLINE = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "a script in an attribute": re.compile(r"\son[a-z]+\s*=", re.I),
    "a script as an address": re.compile(r"javascript:", re.I),
}
EXTERNAL = re.compile(r"""(?:https?:)?//[a-z0-9-]+\.|@import""", re.I)
NAMESPACE = "http://www.w3.org/2000/svg"


def source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_compiles_and_finds_what_it_names(name: str, environments: dict[str, Environment]) -> None:
    env = environments["cy"]
    env.get_template(name)
    named = meta.find_referenced_templates(env.parse(source(name)))
    assert [other for other in named if other is not None and not (TEMPLATES / other).is_file()] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_the_content_policy_refuses(name: str) -> None:
    text = source(name)
    found = [what for what, pattern in INLINE.items() for tag in TAG.findall(text) if pattern.search(tag)]
    found += ["a style element"] * len(re.findall(r"<style\b", text, re.I))
    found += ["an inline script"] * len(re.findall(r"<script\b(?![^>]*\bsrc=)", text, re.I))
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_from_elsewhere(name: str) -> None:
    assert EXTERNAL.findall(source(name).replace(NAMESPACE, "")) == []


@pytest.mark.parametrize("name", NAMES)
def test_macros_are_imported_with_the_context(name: str, environments: dict[str, Environment]) -> None:
    """Without it the token of the request, and gettext, are not there."""
    tree = environments["cy"].parse(source(name))
    imports: list[nodes.FromImport | nodes.Import] = [
        *tree.find_all(nodes.FromImport),
        *tree.find_all(nodes.Import),
    ]
    assert [imported.lineno for imported in imports if not imported.with_context] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_form_that_posts_carries_the_token(name: str) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source(name), re.I | re.S)
    assert [form[:80] for form in forms if "csrf()" not in form and 'name="csrf_token"' not in form] == []


def test_there_are_templates() -> None:
    assert Path(TEMPLATES / "layout" / "page.html").is_file()
    assert len(NAMES) > 10
