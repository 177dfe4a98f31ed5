"""What is wrong with the Welsh: nothing missing, nothing guessed, nothing that would break a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message

from translations.catalogues import (
    FOLDER,
    NAMED,
    PLURAL_COUNT,
    PLURAL_FORMS,
    TAG,
    Key,
    entries,
    forms,
    key,
    read_catalogues,
)
from translations.extraction import ROOT, extract_messages
from translations.leftovers import reads_as

OTHER_PLACEHOLDER = re.compile(r"%%|%[sdifgr]|\{\w*\}")
# A plural form may do without the number itself: "dim straeon", "un stori".
NUMBERS = frozenset(("num", "n", "count", "number"))


class Fault(NamedTuple):
    file: str
    msgid: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}: {self.msgid!r}"


def check(root: Path = ROOT, folder: Path = FOLDER, only: str | None = None) -> list[Fault]:
    catalogues = read_catalogues(folder)
    faults = [
        *_header_faults(folder),
        *_entry_faults(catalogues),
        *_conflicts(catalogues),
        *_against_source(catalogues, root),
    ]
    return [fault for fault in faults if only in (None, Path(fault.file).stem)]


def _header_faults(folder: Path) -> Iterator[Fault]:
    for path in sorted(folder.glob("*.po")):
        text = path.read_text(encoding="utf-8")
        if f'"Plural-Forms: {PLURAL_FORMS}\\n"' not in text:
            yield Fault(path.name, "", "the header lacks the six Welsh plural forms")
        if "\n#~" in text:
            yield Fault(path.name, "", "obsolete entries are kept")


def _entry_faults(catalogues: dict[str, Catalog]) -> Iterator[Fault]:
    for domain, catalog in catalogues.items():
        for message in entries(catalog):
            for what in message_faults(message):
                yield Fault(f"{domain}.po", key(message)[0], what)


def message_faults(message: Message) -> list[str]:
    """Everything wrong with one entry, in words."""
    texts = forms(message)
    if message.fuzzy:
        return ["fuzzy"]
    if not any(texts):
        return ["not translated"]
    if message.pluralizable and (len(texts) != PLURAL_COUNT or not all(texts)):
        return [f"has {sum(map(bool, texts))} plural forms of {PLURAL_COUNT}"]
    english = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    checks = (_placeholder_faults, _edge_faults, _tag_faults, _still_english)
    return list(dict.fromkeys(what for found in checks for text in texts for what in found(english, text)))


def _placeholder_faults(english: tuple[str, ...], welsh: str) -> Iterator[str]:
    names = [set(NAMED.findall(text)) for text in english]
    allowed = set().union(*names)
    required = set(allowed).intersection(*names) - (NUMBERS if len(english) > 1 else set())
    found = set(NAMED.findall(welsh))
    wrong = (found - allowed) | (required - found)
    if wrong:
        yield f"placeholders differ ({', '.join(sorted(wrong))})"
    elif len(english) == 1 and Counter(NAMED.findall(welsh)) != Counter(NAMED.findall(english[0])):
        yield "a placeholder is repeated"
    elif allowed and not _formats(welsh, allowed):
        yield "a placeholder is broken"
    if _others(welsh) not in [_others(text) for text in english]:
        yield "placeholders differ (%% , %s or {})"


def _others(text: str) -> Counter[str]:
    return Counter(OTHER_PLACEHOLDER.findall(NAMED.sub("", text)))


def _formats(text: str, names: set[str]) -> bool:
    try:
        text % dict.fromkeys(names, 1)
    except (KeyError, TypeError, ValueError):
        return False
    return True


def _edge_faults(english: tuple[str, ...], welsh: str) -> Iterator[str]:
    edges = {(t[: len(t) - len(t.lstrip())], t[len(t.rstrip()) :]) for t in english}
    if (welsh[: len(welsh) - len(welsh.lstrip())], welsh[len(welsh.rstrip()) :]) not in edges:
        yield "space at the start or end differs"


def _tag_faults(english: tuple[str, ...], welsh: str) -> Iterator[str]:
    if Counter(TAG.findall(welsh)) not in [Counter(TAG.findall(text)) for text in english]:
        yield "tags differ"


def _still_english(english: tuple[str, ...], welsh: str) -> Iterator[str]:
    """The English copied over to silence the check; a name or a code may well be the same."""
    if welsh in english and reads_as(TAG.sub("", NAMED.sub("", welsh)), "en"):
        yield "is still English"


def _conflicts(catalogues: dict[str, Catalog]) -> Iterator[Fault]:
    first: dict[Key, tuple[str, tuple[str, ...]]] = {}
    for domain, catalog in catalogues.items():
        for message in entries(catalog):
            if any(forms(message)):
                home, texts = first.setdefault(key(message), (domain, forms(message)))
                if texts != forms(message):
                    yield Fault(f"{domain}.po", key(message)[0], f"is said differently in {home}.po")


def _against_source(catalogues: dict[str, Catalog], root: Path) -> Iterator[Fault]:
    wanted = extract_messages(root)
    held = {key(m): m for catalog in catalogues.values() for m in entries(catalog)}
    for domain, messages in wanted.items():
        for k, message in messages.items():
            if k not in held:
                yield Fault(f"{domain}.po", k[0], "is in the source but in no catalogue")
            elif held[k].pluralizable != message.pluralizable:
                yield Fault(f"{domain}.po", k[0], "has a plural in only one of source and catalogue")
    used = {k for messages in wanted.values() for k in messages}
    for domain, catalog in catalogues.items():
        for message in entries(catalog):
            if key(message) not in used:
                yield Fault(f"{domain}.po", key(message)[0], "is not in the source any more")
