"""``python -m engage create-admin``: the first person of an organisation, made on the server itself."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from engage.core.database import make_engine, make_sessions
from engage.core.permissions import Role
from engage.core.settings import Settings
from engage.people.service import check_password, colleagues, organisations


async def engage(database_url: str, data_dir: str, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    """The command as an operator runs it: (exit code, what it printed, what it complained of)."""
    env = {**os.environ, "DATABASE_URL": database_url, "DATA_DIR": data_dir, "ENGAGE_ENV": "test"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "engage",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=env,
    )
    out, err = await process.communicate(typed.encode())
    return process.returncode or 0, out.decode(), err.decode()


def asked(email: str, organisation: str = "Vale Council") -> list[str]:
    names = ["--name", "Gwenno Pritchard", "--organisation", organisation, "--partnership", "The Vale"]
    return ["create-admin", "--email", email, *names]


async def test_the_first_administrator_is_made_refused_and_given_a_new_password(
    fresh_database: Callable[[], Awaitable[str]], tmp_path: object
) -> None:
    url, folder = await fresh_database(), str(tmp_path)
    code, _, err = await engage(url, folder, *asked("gwenno@example.org"), typed="rhy fyr\n")
    assert code == 2
    assert "at least 12 characters" in err
    assert "Traceback" not in err
    code, out, _ = await engage(url, folder, *asked("gwenno@example.org"), typed="tri gair ar hap\n")
    assert (code, out) == (0, "gwenno@example.org can sign in now.\n")
    code, _, err = await engage(url, folder, *asked("Gwenno@example.org"), typed="pont ceffyl batri\n")
    assert (code, err) == (0, "")
    engine = make_engine(Settings(environment="test", database_url=url))
    async with make_sessions(engine)() as session:
        (council,) = await organisations(session)
        assert council.name.en.text == "Vale Council"
        (person,) = await colleagues(session, [council.id])
        assert [held.role for held in person.memberships] == [Role.ADMINISTRATOR]
        assert await check_password(session, "gwenno@example.org", "tri gair ar hap") is None
        assert await check_password(session, "gwenno@example.org", "pont ceffyl batri") is not None
        assert "pont" not in (person.password_hash or "pont")
    await engine.dispose()
