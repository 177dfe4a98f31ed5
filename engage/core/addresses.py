"""One name, two addresses: every page has a Welsh and an English address, and each knows the other.

@get(address("campaigns.show", cy="/ymgyrchoedd/{slug:str}", en="/campaigns/{slug:str}"), guards=[EVERYONE])
"""

import re
from urllib.parse import quote

from engage.core.http import Connection
from translations import LANGUAGES, Language

_PATHS: dict[str, dict[Language, str]] = {}
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


def address(name: str, *, cy: str, en: str) -> list[str]:
    """Registers the two paths of a page under ``name`` and returns them for the route handler.

    A page's GET and POST may register the same name with the same paths.
    """
    paths: dict[Language, str] = {"cy": f"/cy{cy}".rstrip("/"), "en": f"/en{en}".rstrip("/")}
    if _PATHS.setdefault(name, paths) != paths:
        raise ValueError(f"two addresses for {name}: {_PATHS[name]} and {paths}")
    return [paths["cy"], paths["en"]]


def url(language: Language, name: str, /, **parameters: object) -> str:
    """The path of a page in ``language``; parameters that are not part of the path become the query.

    Raises KeyError for an unknown name or a missing parameter.
    """
    left = {key: str(value) for key, value in parameters.items() if value is not None}
    path = _PARAMETER.sub(lambda match: quote(left.pop(match[1]), safe=""), _PATHS[name][language])
    query = "&".join(f"{quote(key)}={quote(value)}" for key, value in left.items())
    return f"{path}?{query}" if query else path


def names() -> dict[str, dict[Language, str]]:
    return dict(_PATHS)


def language_of(connection: Connection) -> Language | None:
    """The language of an address under /cy or /en; None elsewhere (the API, static files, the chooser)."""
    first = connection.scope["path"].split("/", 2)[1]
    return first if first in LANGUAGES else None


def counterpart(connection: Connection, language: Language) -> str:
    """This very page's address in ``language``, query kept.

    A slug may be given in either language: the page it leads to redirects to the slug of its own language.
    """
    own = language_of(connection)
    query = connection.scope.get("query_string", b"").decode("latin-1")
    handler = connection.scope.get("route_handler")
    if handler is None or own is None:
        return f"/{language}"
    for paths in _PATHS.values():
        if any(path.replace(" ", "") == paths[own] for path in handler.paths):
            template = _matching(paths[own], connection.scope["path"])
            if template is not None:
                path = _PARAMETER.sub(lambda match: quote(template[match[1]], safe=""), paths[language])  # noqa: B023
                return f"{path}?{query}" if query else path
    return f"/{language}"


def _matching(template: str, path: str) -> dict[str, str] | None:
    pattern = _PARAMETER.sub(lambda match: f"(?P<{match[1]}>[^/]+)", re.sub(r"([.+])", r"\\\1", template))
    found = re.fullmatch(pattern, path)
    return found.groupdict() if found else None
