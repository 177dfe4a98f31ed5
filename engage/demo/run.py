"""``make demo``: everything on this machine, from an empty folder to a page that answers, with a line for each step."""

import asyncio
import os
import time
from contextlib import ExitStack

import asyncpg
import msgspec

from engage.core.postgres import EmbeddedPostgres
from engage.core.settings import Settings, SettingsError, read_settings
from engage.demo.accounts import PASSWORD, demo_codes, read_content
from engage.migrations import is_current, upgrade
from engage.serving import refuse_taken_port, server


def run_demo() -> int:
    """Until Ctrl-C. Binds to this machine only; a second start keeps the data."""
    if os.environ.get("ENGAGE_ENV") == "production":
        raise SettingsError("ENGAGE_ENV is production: the demonstration does not run there.")
    os.environ["ENGAGE_ENV"] = "demo"
    started = time.monotonic()
    settings = read_settings()
    refuse_taken_port(settings)

    def step(text: str) -> None:
        print(f"  {time.monotonic() - started:5.1f} s  {text}", flush=True)

    print("Cydlais: demonstration / arddangosiad", flush=True)
    with ExitStack() as stack:
        url = settings.database_url
        if url is None:
            url = stack.enter_context(EmbeddedPostgres(settings.data_dir))
            step(f"database running in {settings.data_dir}")
        if not asyncio.run(is_current(url)):
            upgrade(url)
        step("tables up to date")
        settings = msgspec.structs.replace(settings, database_url=url)
        step(
            "demonstration loaded"
            if asyncio.run(_load(settings))
            else "demonstration was loaded before: kept"
        )
        os.environ["DATABASE_URL"] = url
        web = server(settings)
        web.on_startup(lambda: _welcome(settings, step))
        web.serve()
    print("Stopped.", flush=True)
    return 0


async def _load(settings: Settings) -> bool:
    if await _is_loaded(settings):
        return False
    # A warm start need not wait for all that a first one imports.
    from engage.core.database import make_engine, make_sessions
    from engage.demo.load import load
    from engage.worker import register_jobs

    register_jobs()
    engine = make_engine(settings)
    try:
        async with make_sessions(engine).begin() as session:
            return await load(session, settings)
    finally:
        await engine.dispose()


async def _is_loaded(settings: Settings) -> bool:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM partnership"))
    finally:
        await connection.close()


def _welcome(settings: Settings, step) -> None:  # type: ignore[no-untyped-def]
    step("web server and worker starting")
    print(f"\n  Cymraeg:  {settings.public_url}/cy\n  English:  {settings.public_url}/en\n")
    print(f"  Staff sign in at {settings.public_url}/en/sign-in with the password: {PASSWORD}")
    for person in read_content("partnership")["people"]:
        roles = ", ".join(f"{role} of {key}" for key, role in person["roles"])
        print(f"    {person['email']:<24} {person['name']} ({roles})")
    print("\n  Voter codes for the open round:")
    for code in demo_codes(settings):
        print(f"    {code}")
    print("\n  Ctrl-C stops everything and keeps the data.\n", flush=True)
