from typing import Any

import pytest
from jinja2 import Environment

from tests.frontend.environment import Render, make_environment, page_context
from translations import LANGUAGES, Language


@pytest.fixture(params=["cy", "en"])
def lang(request: pytest.FixtureRequest) -> Language:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def environments() -> dict[Language, Environment]:
    return {lang: make_environment(lang) for lang in LANGUAGES}


@pytest.fixture
def render(environments: dict[Language, Environment], lang: Language) -> Render:
    """Renders a template by name, or from source, with the context of a page."""

    def one(template: str, **context: Any) -> str:
        env = environments[lang]
        found = env.get_template(template) if template.endswith(".html") else env.from_string(template)
        return found.render(page_context(lang, **context))

    return one
