"""``import-stories`` and ``undo-import``."""

import argparse
import asyncio
import sys
from pathlib import Path
from uuid import UUID

from engage.campaigns import service as campaigns
from engage.core.command import transaction
from engage.core.errors import DomainError, NotFound
from engage.core.settings import read_settings
from engage.stories import importing
from translations import N_

SHOWN = 20


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    take = subparsers.add_parser(
        "import-stories", help="import stories from a CSV file into a campaign's queue"
    )
    take.add_argument("file", type=Path)
    take.add_argument(
        "--campaign", required=True, metavar="SLUG", help="the campaign's slug, in either language"
    )
    take.add_argument(
        "--yes", action="store_true", help="import the rows that have no error; without it, only look"
    )
    take.set_defaults(func=lambda arguments: asyncio.run(_import(arguments)))
    undo = subparsers.add_parser("undo-import", help="take back a whole import")
    undo.add_argument("batch", metavar="BATCH")
    undo.set_defaults(func=lambda arguments: asyncio.run(_undo(arguments)))


async def _import(arguments: argparse.Namespace) -> int:
    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        print(f"{arguments.file}: {error.strerror}", file=sys.stderr)
        return 2
    try:
        async with transaction() as session:
            campaign = await _campaign(session, arguments.campaign)
            preview = await importing.preview(session, campaign, data)
            _show(preview)
            if not arguments.yes:
                print("Nothing was imported. Add --yes to import the rows without an error.")
                return 1 if preview.errors else 0
            if not preview.rows:
                print("No row can be imported.", file=sys.stderr)
                return 2
            batch = await importing.take_in(
                session, read_settings(), None, campaign, arguments.file.name, preview.rows
            )
        print(
            f"Imported {len(preview.rows)} stories into the moderation queue; rows left out: {_bad(preview)}."
        )
        print(f"To take this back: python -m engage undo-import {batch.id}")
    except DomainError as error:
        print(f"{error.title} {error.advice}", file=sys.stderr)
        return 2
    return 0


async def _campaign(session, slug: str):  # type: ignore[no-untyped-def]
    """On the command line the operator sees drafts as well."""
    found = await campaigns.by_slug(session, slug)
    if found is None:
        raise NotFound(N_("There is no such campaign"), N_("Check its slug: the last part of its address."))
    return found


def _bad(preview: importing.Preview) -> int:
    return len({error.row for error in preview.errors})


def _show(preview: importing.Preview) -> None:
    print(f"Rows that can be imported: {len(preview.rows)}. Rows with errors: {_bad(preview)}.")
    if preview.groups:
        print(f"Group columns: {', '.join(preview.groups)}")
    for row in preview.rows[:SHOWN]:
        text = row.text.replace("\n", " ")
        print(f"  row {row.row}: {row.language} {row.channel} {row.consent} {row.told_on} {text[:60]!r}")
    if len(preview.rows) > SHOWN:
        print(f"  … and {len(preview.rows) - SHOWN} more")
    for error in preview.errors:
        print(f"  row {error.row}: {error.message}")


async def _undo(arguments: argparse.Namespace) -> int:
    try:
        batch = UUID(arguments.batch)
    except ValueError:
        print(f"{arguments.batch} is not a batch number.", file=sys.stderr)
        return 2
    try:
        async with transaction() as session:
            gone = await importing.undo(session, None, batch)
    except DomainError as error:
        print(f"{error.title} {error.advice}", file=sys.stderr)
        return 2
    print(f"Undone: {gone} stories removed.")
    return 0
