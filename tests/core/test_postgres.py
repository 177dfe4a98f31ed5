"""The embedded server: starts, is shared, is found again, and says in a sentence why it cannot start."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from engage.core import postgres
from engage.core.postgres import EmbeddedPostgres, PostgresError

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import sys
from pathlib import Path
from engage.core.postgres import EmbeddedPostgres, PostgresError
try:
    server = EmbeddedPostgres(Path(sys.argv[1]))
    print(server.start(), flush=True)
    sys.stdin.readline()
    server.stop()
except PostgresError as error:
    print("PostgresError:", error, flush=True)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, open to the user nobody."""
    made = Path(tempfile.mkdtemp(prefix="cydlais-"))
    made.chmod(0o755)
    yield made
    EmbeddedPostgres(made).stop()
    shutil.rmtree(made)


def other_process(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def end(process: "subprocess.Popen[str]") -> None:
    process.communicate("\n", timeout=30)


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_cold_and_warm(folder: Path) -> None:
    for _ in range(2):
        with EmbeddedPostgres(folder) as url:
            await ask(url, "create table if not exists kept ()")
            assert await ask(url, "select count(*) from pg_class where relname = 'kept'") == 1
            assert await ask(url, "show data_checksums") == "on"
            assert await ask(url, "show listen_addresses") == ""
            assert await ask(url, "show fsync") == "on"
            assert await ask(url, "select datlocale from pg_database where datname = 'postgres'") == "C.UTF-8"
            assert await ask(url, "select upper('ŵy')") == "ŴY"
            assert (folder / "postgres" / "socket").stat().st_mode & 0o777 == 0o700
        assert not (folder / "postgres" / "data" / "postmaster.pid").exists()


async def test_its_log_holds_no_words_of_people(folder: Path) -> None:
    with EmbeddedPostgres(folder) as url:
        await ask(url, "create table story (words text unique)")
        await ask(url, "insert into story values ('Mrs Jones')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await ask(url, "insert into story values ('Mrs Jones')")
    log = (folder / "postgres" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "Jones" not in log


async def test_a_left_over_server_is_found_and_stopped(folder: Path) -> None:
    process = other_process(folder)
    url = line(process)
    process.kill()
    process.communicate()
    assert await ask(url, "select 1") == 1, "the server should outlive the killed process"
    with EmbeddedPostgres(folder) as again:
        assert again == url
        assert await ask(url, "select 1") == 1
    with pytest.raises((OSError, asyncpg.CannotConnectNowError)):
        await ask(url, "select 1")


async def test_the_last_one_out_stops_it(folder: Path) -> None:
    process = other_process(folder)
    url = line(process)
    with EmbeddedPostgres(folder):
        end(process)
        assert await ask(url, "select 1") == 1
    with pytest.raises(OSError, match=r"."):
        await ask(url, "select 1")


def test_processes_that_start_at_once_share_one_server(folder: Path) -> None:
    processes = [other_process(folder) for _ in range(3)]
    assert len({line(process) for process in processes}) == 1
    for process in processes:
        end(process)
    assert not (folder / "postgres" / "data" / "postmaster.pid").exists()


def test_a_killed_initialisation_leaves_nothing_half_made(folder: Path) -> None:
    process = other_process(folder)
    while not list((folder / "postgres").glob("data.new-*/PG_VERSION")):
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with EmbeddedPostgres(folder):
        assert (folder / "postgres" / "data" / "PG_VERSION").exists()
    with EmbeddedPostgres(folder):  # by now the killed one's initdb has ended too
        pass


def test_another_programs_number_in_the_pid_file(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        pass
    pid_file = folder / "postgres" / "data" / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"], **postgres._as_nobody()) as stranger:
        pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n1\n5432\n\n\n\nready\n")
        with EmbeddedPostgres(folder):
            assert stranger.poll() is None
        stranger.kill()


def test_an_incomplete_folder(folder: Path) -> None:
    (folder / "postgres" / "data" / "base").mkdir(parents=True)
    with pytest.raises(PostgresError, match=r"data is incomplete.*Restore it from a backup"):
        EmbeddedPostgres(folder).start()


def test_another_version(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        pass
    (folder / "postgres" / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresError, match="is of PostgreSQL 15; this program runs version 18"):
        EmbeddedPostgres(folder).start()


def test_a_broken_configuration_is_quoted(folder: Path) -> None:
    with pytest.raises(PostgresError, match=r"does not start. PostgreSQL says: .*nonsense"):
        EmbeddedPostgres(folder, options=["nonsense=1"]).start()


def test_a_path_too_long_for_a_socket(folder: Path) -> None:
    with pytest.raises(PostgresError, match=r"bytes too long for the database's socket. Set DATA_DIR"):
        EmbeddedPostgres(folder / ("long" * 20)).start()


def test_a_file_in_the_way(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(PostgresError, match=r"^Cannot use .*file: .* Set DATA_DIR to a folder of yours\.$"):
        EmbeddedPostgres(folder / "file").start()


def test_no_rights(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o555)
    said = sentence_of_another_user(closed)
    assert said.startswith(f"Cannot use {closed}")
    assert said.endswith("Permission denied. Set DATA_DIR to a folder of yours.")


def sentence_of_another_user(folder: Path) -> str:
    """What a start says to someone who is not root: nothing is closed to root."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            EmbeddedPostgres(folder).start()
        except PostgresError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with open(reader, "rb") as said:
        return said.read().decode()


def test_no_room_on_the_disk(folder: Path) -> None:
    small = folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can only be made by root, outside most containers")
    try:
        with pytest.raises(PostgresError, match=r"There is no room on the disk that holds .*small"):
            EmbeddedPostgres(small).start()
        # and if the disk fills up only while the database is made
        room, postgres.LEAST_ROOM = postgres.LEAST_ROOM, 0
        try:
            with pytest.raises(PostgresError, match=r"There is no room on the disk that holds .*small"):
                EmbeddedPostgres(small).start()
        finally:
            postgres.LEAST_ROOM = room
    finally:
        subprocess.run(["umount", str(small)], check=True)


async def test_root_in_a_folder_of_its_own(folder: Path) -> None:
    """Where nobody cannot go (a checkout in /root), a link leads to the database; without it one begins anew."""
    if os.geteuid() != 0:
        pytest.skip("only root's server runs as another user")
    private = folder / "private"
    private.mkdir(mode=0o700)
    with EmbeddedPostgres(private) as url:
        assert await ask(url, "select 1") == 1
        home = (private / "postgres").resolve()
    with EmbeddedPostgres(private) as url:
        assert (private / "postgres").resolve() == home
    shutil.rmtree(home)
