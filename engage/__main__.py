"""``python -m engage …``: every command of the product. A composition root.

A command imports what it needs when it runs: a warm demonstration is up before everything would be imported.
"""

import argparse
import asyncio
import getpass
import sys
from importlib import import_module

from engage.core.errors import DomainError
from engage.core.postgres import EmbeddedPostgres, PostgresError
from engage.core.settings import SettingsError, read_settings

# The slices' own commands, and the module whose ``add_commands`` knows each.
SLICES = {
    "import-stories": "engage.stories.commands",
    "undo-import": "engage.stories.commands",
    "themes": "engage.themes.commands",
    "gloss": "engage.themes.commands",
    "count": "budgeting.commands",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engage", description="Cydlais")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    subparsers.add_parser("demo", help="the demonstration, on this machine alone").set_defaults(func=_demo)
    subparsers.add_parser("serve", help="the web server").set_defaults(func=_serve)
    subparsers.add_parser("worker", help="relay and job worker (needs BROKER_URL)").set_defaults(func=_worker)
    subparsers.add_parser("migrate", help="bring the tables up to date").set_defaults(func=_migrate)
    first = subparsers.add_parser("create-admin", help="the first administrator of an organisation")
    first.add_argument("--email", required=True)
    first.add_argument("--name", required=True)
    first.add_argument(
        "--organisation", required=True, metavar="NAME", help="made if there is none of that name"
    )
    first.add_argument(
        "--partnership", required=True, metavar="NAME", help="made if there is none of that name"
    )
    first.set_defaults(func=_create_admin)
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    own = asked in subparsers.choices
    for module in [] if own else [SLICES[asked]] if asked in SLICES else dict.fromkeys(SLICES.values()):
        import_module(module).add_commands(subparsers)
    arguments = parser.parse_args()
    try:
        return int(arguments.func(arguments) or 0)
    except (SettingsError, PostgresError) as error:
        print(error, file=sys.stderr)
        return 2


def _demo(arguments: argparse.Namespace) -> int:
    from engage.demo.run import run_demo

    return run_demo()


def _serve(arguments: argparse.Namespace) -> int:
    from engage.serving import serve

    return serve(read_settings())


def _worker(arguments: argparse.Namespace) -> int:
    from engage.worker import run_worker

    run_worker(read_settings())
    return 0


def _migrate(arguments: argparse.Namespace) -> int:
    from engage.migrations import upgrade

    settings = read_settings()
    if settings.database_url:
        upgrade(settings.database_url)
    else:
        with EmbeddedPostgres(settings.data_dir) as url:
            upgrade(url)
    return 0


def _create_admin(arguments: argparse.Namespace) -> int:
    password = (
        getpass.getpass("Password (at least 12 characters): ") if sys.stdin.isatty() else sys.stdin.readline()
    )
    return asyncio.run(_create(arguments, password.rstrip("\n")))


async def _create(arguments: argparse.Namespace, password: str) -> int:
    from engage.core.command import transaction
    from engage.people import service as people

    try:
        async with transaction() as session:
            organisation = await people.found_organisation(
                session, arguments.partnership, arguments.organisation
            )
            await people.create_administrator(
                session,
                email=arguments.email,
                name=arguments.name,
                organisation_id=organisation.id,
                password=password,
            )
    except DomainError as error:
        fields = [str(message) for message in getattr(error, "fields", {}).values()]
        print(" ".join([str(error.title), *fields]), file=sys.stderr)
        return 2
    print(f"{arguments.email} can sign in now.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
