"""From a template to a page, in the language of its address."""

import json
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.enums import MediaType
from litestar.response import Redirect
from markupsafe import Markup

from engage.core.addresses import counterpart, language_of, url
from engage.core.clock import now, today
from engage.core.http import Request
from engage.core.permissions import Actor
from engage.core.security import LANGUAGE_COOKIE, SESSION_COOKIE, csrf_token, make_cookie, read_cookie
from engage.core.settings import Settings
from engage.core.thread import STATUS_NAMES
from translations import (
    LANGUAGES,
    Language,
    format_date,
    format_datetime,
    format_number,
    format_pence,
    in_language,
    install,
    other,
    say,
)

FRONTEND = Path(__file__).parents[2] / "frontend"
YEAR = 365 * 24 * 3600


@cache
def environment(language: Language) -> Environment:
    """One Jinja environment per language: a compiled template never meets the wrong catalogue."""
    env = Environment(
        loader=FileSystemLoader(FRONTEND / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    install(env, language)
    env.globals |= {
        "lang": language,
        "other_lang": other(language),
        "url": lambda name, **parameters: url(language, name, **parameters),
        "say": lambda value: say(value, language),
        "asset": asset,
        "in_language": in_language,
        "words_in": words_in,
        "status_names": STATUS_NAMES,
    }
    env.filters |= {
        "date": lambda value: format_date(value, language),
        "datetime": lambda value: format_datetime(value, language),
        "pence": format_pence,
        "number": lambda value: format_number(value, language),
        "text": lambda value: in_language(value, language),
    }
    return env


def words_in(told_in: str) -> Markup:
    """The attributes of what a resident wrote: its own language; ``mul`` (ISO 639-2) where it mixes the two."""
    return Markup('lang="mul" translate="no"') if told_in == "mixed" else Markup('lang="{}"').format(told_in)


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    manifest: dict[str, str] = json.loads((FRONTEND / "static" / "manifest.json").read_text())
    return manifest


def asset(name: str) -> str:
    return f"/static/{_manifest()[name]}"


def language(request: Request) -> Language:
    """The address decides. Where it says nothing: of the API the Accept-Language header, else the remembered choice,
    then Welsh.
    """
    return language_of(request) or _asked_language(request) or remembered_language(request) or "cy"


def _asked_language(request: Request) -> Language | None:
    """The one of our languages that a caller of the API likes best (RFC 9110, section 12.5.4)."""
    if not request.scope["path"].startswith("/api/"):
        return None
    likes: dict[str, float] = {}
    for choice in request.headers.get("accept-language", "").split(","):
        tag, _, quality = choice.partition(";q=")
        with suppress(ValueError):
            likes.setdefault(tag.strip().lower().partition("-")[0], float(quality or 1))
    known = [language for language in LANGUAGES if likes.get(language, 0) > 0]
    return max(known, key=lambda language: likes[language], default=None)


def remembered_language(request: Request) -> Language | None:
    value = read_cookie(request, LANGUAGE_COOKIE)
    return value if value in LANGUAGES else None


def render(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """A page. ``form`` in the context with errors makes the answer 422 unless ``status`` says otherwise."""
    in_lang = language(request)
    form = context.get("form")
    errors = bool(form is not None and form.errors)
    body = (
        environment(in_lang)
        .get_template(template)
        .render(
            {
                "here": lambda lang: counterpart(request, lang),
                "actor": actor(request),
                "csrf_token": page_token(request),
                "demo": settings_of(request).environment == "demo",
                "partnership_name": in_language(name, in_lang)
                if (name := request.app.state.partnership)
                else None,
                "now": now(),
                "today": today(),
                "form_errors": errors,
                "desk_nav": _desk_menu(request, in_lang),
                "switch_form": False,
                **context,
            }
        )
    )
    answer = Response(
        body,
        media_type=MediaType.HTML,
        status_code=422 if errors and status == 200 else status,
        headers={"content-language": in_lang, **(headers or {})},
    )
    if remembered_language(request) != in_lang and language_of(request):
        answer.set_cookie(make_cookie(settings_of(request), LANGUAGE_COOKIE, in_lang, max_age=YEAR))
    return answer


def _desk_menu(request: Request, in_lang: Language) -> list[dict[str, object]]:
    """What the person's roles open, of what the application put on the menu."""
    who = actor(request)
    if who is None:
        return []
    return [
        {"title": say(title, in_lang), "url": there, "current": request.scope["path"] == there}
        for name, title, roles in request.app.state.desk_menu
        if any(who.holds(role) for role in roles) and (there := url(in_lang, name))
    ]


def go(request: Request, name: str, /, **parameters: object) -> Redirect:
    """POST, redirect, GET: on to a page in the language at hand."""
    return Redirect(url(language(request), name, **parameters), status_code=303)


class Slugged(Protocol):
    def slug(self, language: Language, /) -> str: ...


def to_own_slug(
    request: Request, name: str, given: str, thing: Slugged, **parameters: object
) -> Redirect | None:
    """The other language's slug leads on to that of the page, query kept."""
    lang = language(request)
    own = thing.slug(lang)
    if given == own:
        return None
    query = request.scope["query_string"].decode("latin-1")
    return Redirect(url(lang, name, slug=own, **parameters) + (f"?{query}" if query else ""), status_code=301)


def actor(request: Request) -> Actor | None:
    user = request.scope.get("user")
    return user if isinstance(user, Actor) else None


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def page_token(request: Request) -> str:
    session = read_cookie(request, SESSION_COOKIE)
    return csrf_token(settings_of(request), session) if session else ""
