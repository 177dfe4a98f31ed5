"""The Welsh catalogues: one .po file per slice, read directly, merged into one.

The English source string is the msgid, so there is no English catalogue and no compiled file to go stale.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "cy" / "LC_MESSAGES"

# Babel's own rule for Welsh has five forms; this is the one that translators' tools expect.
PLURAL_FORMS = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5);"
PLURAL_COUNT = 6

# The order of the house: a message that two slices use lives in the catalogue of the first.
DOMAINS = (
    "language",
    "core",
    "people",
    "campaigns",
    "stories",
    "themes",
    "counting",
    "budgeting",
    "feedback",
    "demo",
    "site",
)

NAMED = re.compile(r"%\((\w+)\)[-#0 +]*\d*(?:\.\d+)?[sdifgr]")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")

Key = tuple[str, str | None]  # msgid (the singular one) and msgctxt


def key(message: Message) -> Key:
    return (message.id if isinstance(message.id, str) else message.id[0], message.context)


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def is_translated(message: Message) -> bool:
    """Complete and not fuzzy: the only entries that a reader is ever shown."""
    complete = len(forms(message)) == (PLURAL_COUNT if message.pluralizable else 1)
    return complete and all(forms(message)) and not message.fuzzy


def house_order(domain: str) -> tuple[int, str]:
    return (DOMAINS.index(domain) if domain in DOMAINS else len(DOMAINS), domain)


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="cy", domain=path.stem)


def read_catalogues(folder: Path = FOLDER) -> dict[str, Catalog]:
    """Every *.po of the folder by domain, in the order of the house."""
    paths = sorted(folder.glob("*.po"), key=lambda path: house_order(path.stem))
    return {path.stem: read_catalogue(path) for path in paths}


def entries(catalog: Catalog) -> list[Message]:
    """The messages without the header."""
    return [message for message in catalog if message.id]


def merged(catalogues: Iterable[Catalog]) -> dict[Key, Message]:
    """First come, first kept; that no two differ is the check's business."""
    found: dict[Key, Message] = {}
    for catalog in catalogues:
        for message in entries(catalog):
            if is_translated(message):
                found.setdefault(key(message), message)
    return found


def as_translations(messages: Mapping[Key, Message]) -> gettext.GNUTranslations:
    catalog = Catalog(locale="cy", charset="utf-8")
    catalog.mime_headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Plural-Forms", PLURAL_FORMS),
    ]
    for message in messages.values():
        catalog.add(message.id, message.string, context=message.context)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
