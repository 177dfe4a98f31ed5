"""The environment of the pages without an application behind it: addresses and assets are stand-ins."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment

from engage.core import pages
from translations import Language

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "frontend" / "templates"

Render = Callable[..., str]


def make_environment(lang: Language) -> Environment:
    """As engage.core.pages makes it, and free to be changed."""
    real = pages.environment(lang)
    env = Environment(
        loader=real.loader,
        autoescape=True,
        trim_blocks=real.trim_blocks,
        lstrip_blocks=real.lstrip_blocks,
        undefined=real.undefined,
        extensions=[*real.extensions],
    )
    env.globals |= real.globals
    env.filters |= real.filters
    return env


def page_context(lang: Language, **more: Any) -> dict[str, Any]:
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


def staff() -> SimpleNamespace:
    return SimpleNamespace(name="[Mair Puw]", organisations=["Cyngor Glanrhyd"])


SOME_DAY = date(2026, 12, 24)
