"""``python -m engage …``: every command of the product. A composition root."""

import argparse
import asyncio
import getpass
import sys

import budgeting.commands
import engage.stories.commands
import engage.themes.commands
from engage.core.command import transaction
from engage.core.errors import DomainError
from engage.core.postgres import EmbeddedPostgres, PostgresError
from engage.core.settings import SettingsError, read_settings
from engage.demo.run import run_demo
from engage.migrations import upgrade
from engage.people import service as people
from engage.serving import Refused, serve
from engage.worker import run_worker


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
    engage.stories.commands.add_commands(subparsers)
    engage.themes.commands.add_commands(subparsers)
    budgeting.commands.add_commands(subparsers)
    arguments = parser.parse_args()
    try:
        return int(arguments.func(arguments) or 0)
    except (SettingsError, PostgresError, Refused) as error:
        print(error, file=sys.stderr)
        return 2


def _demo(arguments: argparse.Namespace) -> int:
    return run_demo()


def _serve(arguments: argparse.Namespace) -> int:
    return serve(read_settings())


def _worker(arguments: argparse.Namespace) -> int:
    run_worker(read_settings())
    return 0


def _migrate(arguments: argparse.Namespace) -> int:
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
