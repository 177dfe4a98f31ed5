"""R, the round secret: one file per round outside the database, known there by its fingerprint only.

It is read for each use and kept in no cache, so that destroying the file destroys it in every process.
"""

import os
import secrets
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from engage.core.errors import Refused
from translations import N_


class SecretLost(Refused):
    code = "round-secret-lost"
    title = N_("Voting is stopped: the secret file of this round is missing or is not the right one")
    advice = N_(
        "Put the file back in the folder of secrets. If it is lost, cancel the round and start a new one."
    )


def create(secrets_dir: Path, round_id: UUID) -> bytes:
    """Makes R and returns its fingerprint.

    The fingerprint is in the file's name: a freeze that was rolled back leaves a file that nothing will
    ever read.
    Raises FileExistsError and never overwrites.
    """
    secrets_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets_dir.chmod(0o700)
    secret = secrets.token_bytes(32)
    path = _path(secrets_dir, round_id, fingerprint(secret))
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    _sync(secrets_dir)
    return fingerprint(secret)


def read(secrets_dir: Path, round_id: UUID, expected: bytes) -> bytes:
    """R. Raises SecretLost when it is missing or its fingerprint is another."""
    try:
        secret = _path(secrets_dir, round_id, expected).read_bytes()
    except OSError as error:
        raise SecretLost from error
    if fingerprint(secret) != expected:
        raise SecretLost
    return secret


def destroy(secrets_dir: Path, round_id: UUID) -> int:
    """Overwrites and removes every secret of the round, left-overs too; how many there were."""
    paths = list(secrets_dir.glob(f"round-{round_id}.*.secret"))
    for path in paths:
        with open(path, "r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    if paths:
        _sync(secrets_dir)
    return len(paths)


def fingerprint(secret: bytes) -> bytes:
    return sha256(b"fingerprint" + secret).digest()


def _path(secrets_dir: Path, round_id: UUID, expected: bytes) -> Path:
    return secrets_dir / f"round-{round_id}.{expected.hex()[:16]}.secret"


def _sync(folder: Path) -> None:
    """A new or removed name is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
