"""The environment that templates are written for: one per language, as the pages build it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "frontend" / "templates"
CATALOGUE = ROOT / "translations" / "cy" / "LC_MESSAGES" / "site.po"

Render = Callable[..., str]


def translations(lang: str) -> Translations:
    found = Translations()
    if lang == "cy" and CATALOGUE.exists():
        compiled = BytesIO()
        with CATALOGUE.open("rb") as source:
            write_mo(compiled, read_po(source, locale="cy"))
        compiled.seek(0)
        found = Translations(compiled)
    return found


def make_environment(lang: str) -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = translations(lang)
    env.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext,
        catalogue.ngettext,
        newstyle=True,
        pgettext=catalogue.pgettext,
        npgettext=catalogue.npgettext,
    )
    env.globals.update(say=lambda text: catalogue.gettext(str(text)) if str(text) else "")
    env.filters.update(
        date=lambda value: f"{value:%d/%m/%Y}",
        datetime=lambda value: f"{value:%d/%m/%Y %H:%M}",
        pence=lambda value: f"£{value / 100:,.2f}",
        number=lambda value: f"{value:,}",
    )
    return env


def page_context(lang: str, **more: Any) -> dict[str, Any]:
    other = "en" if lang == "cy" else "cy"
    return {
        "lang": lang,
        "other_lang": other,
        "url": lambda name, **params: f"/{lang}/{name}",
        "here": lambda to: f"/{to}/here?page=2",
        "asset": lambda name: f"/static/{name}",
        "actor": None,
        "csrf_token": "token-of-this-request",
        "demo": False,
        "partnership_name": None,
        "now": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        **more,
    }


@pytest.fixture(params=["cy", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def environments() -> dict[str, Environment]:
    return {lang: make_environment(lang) for lang in ("cy", "en")}


@pytest.fixture()
def render(environments: dict[str, Environment], lang: str) -> Render:
    """Renders a template by name, or from source, with the context of a page."""

    def one(template: str, **context: Any) -> str:
        env = environments[lang]
        found = env.get_template(template) if template.endswith(".html") else env.from_string(template)
        return found.render(page_context(lang, **context))

    return one


def staff() -> SimpleNamespace:
    return SimpleNamespace(name="Mair Puw", organisations=["Cyngor Glanrhyd"])


SOME_DAY = date(2026, 12, 24)
