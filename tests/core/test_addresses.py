"""Every page has two addresses, and each knows the other."""

import re
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar

from engage.core.addresses import address, counterpart, language_of, names, url
from translations import LANGUAGES, Language, other


class Handler:
    def __init__(self, paths: set[str]) -> None:
        self.paths = paths


class Call:
    """A connection, as far as an address is concerned."""

    def __init__(self, path: str, query: str = "", handler: Handler | None = None) -> None:
        self.scope: Any = {"path": path, "query_string": query.encode(), "route_handler": handler}


def values(template: str) -> dict[str, object]:
    """A value for each parameter, with letters that an address must escape."""
    made = {"uuid": str(uuid4()), "int": 3, "str": "tŷ & gardd"}
    return {name: made[kind] for name, kind in re.findall(r"\{(\w+):(\w+)\}", template)}


async def test_every_page_and_its_counterpart_lead_to_each_other(app: Litestar) -> None:
    assert len(names()) > 40
    for name, paths in names().items():
        given = values(paths["cy"])
        handler = Handler(set(paths.values()))
        for language in LANGUAGES:
            here: Any = Call(url(language, name, **given), "page=2&iaith=cy", handler)
            here.scope["path"] = re.sub("%26", "&", here.scope["path"].replace("%20", " "))
            here.scope["path"] = here.scope["path"].replace("t%C5%B7", "tŷ")
            there = counterpart(here, other(language))
            assert there == url(other(language), name, **given) + "?page=2&iaith=cy", name
            assert counterpart(here, language) == url(language, name, **given) + "?page=2&iaith=cy"


def test_no_two_pages_share_an_address_and_none_is_the_same_in_both_languages() -> None:
    for language in LANGUAGES:
        paths = [paths[language] for paths in names().values()]
        assert len(set(paths)) == len(paths)
        assert all(path.startswith(f"/{language}") for path in paths)
    untranslated = {
        name for name, paths in names().items() if paths["cy"][3:] == paths["en"][3:] and name != "home"
    }
    assert untranslated == set()


def test_parameters_of_the_path_are_escaped_and_the_others_become_the_query() -> None:
    assert url("en", "campaign", slug="a/b?c") == "/en/campaigns/a%2Fb%3Fc"
    assert (
        url("cy", "stories", slug="y-stryd", page=2, iaith=None) == "/cy/ymgyrchoedd/y-stryd/straeon?page=2"
    )
    with pytest.raises(KeyError):
        url("en", "campaign")
    with pytest.raises(KeyError):
        url("en", "nowhere")


def test_one_name_keeps_its_addresses() -> None:
    again = names()["campaigns"]
    assert address("campaigns", cy=again["cy"][3:], en=again["en"][3:]) == [again["cy"], again["en"]]
    with pytest.raises(ValueError, match="two addresses for campaigns"):
        address("campaigns", cy="/arall", en="/other")


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/cy", "cy"),
        ("/en/x", "en"),
        ("/", None),
        ("/api/campaigns", None),
        ("/cymru", None),
        ("/fr/x", None),
    ],
)
def test_the_language_of_an_address(path: str, language: Language | None) -> None:
    call: Any = Call(path)
    assert language_of(call) == language


def test_where_there_is_no_page_the_counterpart_is_home() -> None:
    lost: Any = Call("/en/nowhere")
    assert counterpart(lost, "cy") == "/cy"
    neither: Any = Call("/api/x", handler=Handler({"/api/x"}))
    assert counterpart(neither, "en") == "/en"
