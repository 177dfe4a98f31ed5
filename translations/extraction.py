"""From the source to the catalogues: which messages there are, and to whose catalogue each belongs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from translations.catalogues import (
    DOMAINS,
    FOLDER,
    PLURAL_COUNT,
    PLURAL_FORMS,
    Key,
    entries,
    forms,
    house_order,
    key,
    read_catalogues,
)

ROOT = Path(__file__).parent.parent
TEMPLATES = Path("frontend/templates")
TEMPLATE_SUFFIXES = (".html", ".txt", ".xml", ".jinja", ".j2", ".svg")
# How the names of budgeting's counting modules begin (equal_shares_run.py is one too).
COUNTING = (
    *("election", "greedy", "equal_shares", "phragmen", "counting", "explanations", "fairness"),
    *("pabulib", "commands"),
)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "N_": None,
    "NP_": ((1, "c"), 2),
    "NN_": (1, 2),
}
JINJA = {
    "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
    "newstyle_gettext": "true",
    "trimmed": "true",
    "silent": "false",
}
NOTE = "Welsh:"  # a comment that begins with it goes to the translator

HEADER = f"""# Welsh.
msgid ""
msgstr ""
"Language: cy\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {PLURAL_FORMS}\\n"
"""


def domain_of(path: Path) -> str:
    """The slice that a file belongs to, by its path from the root of the repository."""
    top, *rest = path.parts
    if top == "translations":
        return "language"
    if top == "budgeting":
        return "counting" if path.stem.startswith(COUNTING) else "budgeting"
    if top == "feedback":
        return "feedback"
    if top == "engage":
        slice_ = rest[0].removesuffix(".py")
        return slice_ if slice_ in DOMAINS else "core"
    folder = path.relative_to(TEMPLATES).parts[0]
    return folder if folder in DOMAINS else "site"


def sources(root: Path = ROOT) -> list[Path]:
    """Paths from the root, in a stable order."""
    python = (
        p for top in ("engage", "budgeting", "feedback", "translations") for p in root.glob(f"{top}/**/*.py")
    )
    templates = (p for p in root.glob(f"{TEMPLATES}/**/*") if p.suffix in TEMPLATE_SUFFIXES)
    return sorted(p.relative_to(root) for p in (*python, *templates) if "migrations" not in p.parts)


def read_messages(path: Path, root: Path = ROOT) -> Iterator[Message]:
    method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
    options = {} if path.suffix == ".py" else JINJA
    with (root / path).open("rb") as file:
        found = extract(method, file, KEYWORDS, (NOTE,), options, strip_comment_tags=False)
        for _line, msgid, comments, context in found:
            if msgid and msgid != "":
                yield Message(msgid, context=context, auto_comments=comments)


def extract_messages(root: Path = ROOT) -> dict[str, dict[Key, Message]]:
    """Every message of the source by domain; one used by two slices belongs to the first in house order."""
    by_domain: dict[str, dict[Key, Message]] = {}
    for path in sources(root):
        home = by_domain.setdefault(domain_of(path), {})
        for message in read_messages(path, root):
            _add(home, message)
    found: dict[str, dict[Key, Message]] = {}
    seen: dict[Key, Message] = {}
    for domain in sorted(by_domain, key=house_order):
        found[domain] = {k: m for k, m in by_domain[domain].items() if k not in seen}
        for k, message in by_domain[domain].items():
            _absorb(seen.setdefault(k, message), message)
    return found


def _add(home: dict[Key, Message], message: Message) -> None:
    _absorb(home.setdefault(key(message), message), message)


def _absorb(kept: Message, again: Message) -> None:
    """The same message met again: a plural one covers the singular one, and translators' notes add up."""
    if again.pluralizable and not kept.pluralizable:
        kept.id = again.id
    kept.auto_comments = list(dict.fromkeys([*kept.auto_comments, *again.auto_comments]))


def update_catalogues(only: str | None = None, root: Path = ROOT, folder: Path = FOLDER) -> list[Path]:
    """Bring the .po files in line with the source, translations kept. Returns the files that changed.

    A message that moved to another slice takes its translation with it. With `only`, one file is written.
    """
    messages = extract_messages(root)
    known = read_catalogues(folder)
    changed = []
    for domain in sorted({*messages, *known}, key=house_order):
        if only in (None, domain):
            path = folder / f"{domain}.po"
            catalog = _updated(messages.get(domain, {}), _known_first(domain, known))
            if _write(path, catalog):
                changed.append(path)
    return changed


def _known_first(domain: str, known: dict[str, Catalog]) -> dict[Key, Message]:
    """What is translated already: in this catalogue, else in any other."""
    found: dict[Key, Message] = {}
    for name in sorted(known, key=lambda other: other != domain):
        for message in entries(known[name]):
            if any(forms(message)) or (name == domain and message.user_comments):
                found.setdefault(key(message), message)
    return found


def _updated(messages: dict[Key, Message], known: dict[Key, Message]) -> Catalog:
    catalog = Catalog(locale="cy", charset="utf-8")
    catalog.mime_headers = [("Plural-Forms", PLURAL_FORMS)]
    for k, message in messages.items():
        old = known.get(k)
        same_kind = old is not None and old.pluralizable == message.pluralizable
        catalog.add(
            message.id,
            old.string if old is not None and same_kind else _untranslated(message),
            context=message.context,
            auto_comments=message.auto_comments,
            user_comments=old.user_comments if old is not None else (),
            flags=old.flags & {"fuzzy"} if old is not None and same_kind else (),
        )
    return catalog


def _untranslated(message: Message) -> str | tuple[str, ...]:
    return ("",) * PLURAL_COUNT if message.pluralizable else ""


def _write(path: Path, catalog: Catalog) -> bool:
    """Without dates, line numbers and obsolete entries, sorted, so that a diff shows words only;
    one line per message, however long, so that a reworded sentence is one changed line.
    """
    written = io.BytesIO()
    how = {"no_location": True, "omit_header": True, "sort_output": True, "ignore_obsolete": True}
    write_po(written, catalog, width=0, **how)
    text = HEADER + "\n" + written.getvalue().decode().rstrip("\n") + "\n" if len(catalog) else ""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if text == before:
        return False
    if not text:
        path.unlink()
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True
