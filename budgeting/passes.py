"""The pass: what lets somebody cast one ballot in one contest, and says nothing of who they are.

    key  = HMAC-SHA-256(R, "key" ‖ contest ‖ roll entry ‖ generation)
    tag  = HMAC-SHA-256(R, "tag" ‖ contest ‖ key)
    pass = contest ‖ key ‖ tag

``R`` is the round secret. Every part has a fixed length, so no two inputs run together. Derived and not
drawn: issuing again gives the same pass, and nothing about it needs to be stored.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

import msgspec

_LENGTH = 16 + 32 + 32


class Pass(msgspec.Struct, frozen=True):
    contest: UUID
    key: bytes
    tag: bytes

    @property
    def key_hash(self) -> bytes:
        """What the box knows the voter by."""
        return sha256(self.key).digest()


def derive(secret: bytes, contest: UUID, roll_entry: UUID, generation: int) -> Pass:
    key = _hmac(secret, b"key", contest.bytes, roll_entry.bytes, generation.to_bytes(4))
    return Pass(contest, key, _hmac(secret, b"tag", contest.bytes, key))


def verify(secret: bytes, given: Pass) -> bool:
    """In constant time."""
    return hmac.compare_digest(given.tag, _hmac(secret, b"tag", given.contest.bytes, given.key))


def mark(secret: bytes, contest: UUID, roll_entry: UUID, generation: int) -> bytes:
    """The sign that this entry was issued a pass or a paper; only ``R`` reads it (see RollMark)."""
    return _hmac(secret, b"mark", contest.bytes, roll_entry.bytes, generation.to_bytes(4))


def signal(secret: bytes, kind: str, value: str) -> bytes:
    """A device or an address, keyed-hashed: equal ones can be counted while ``R`` lives, none can be read."""
    return _hmac(secret, b"signal", kind.encode(), b"\0", value.encode())


def lot_seed(secret: bytes) -> bytes:
    """The 32 bytes that break ties: fixed when the rules freeze, kept nowhere but in ``R`` until sealing."""
    return _hmac(secret, b"lot")


def project_order(key: bytes, projects: Iterable[UUID]) -> list[UUID]:
    """This voter's own order: random among voters, always the same for one, stored nowhere."""
    return sorted(projects, key=lambda project: _hmac(key, b"order", project.bytes))


def to_text(given: Pass) -> str:
    """For the cookie; never for an address."""
    return urlsafe_b64encode(given.contest.bytes + given.key + given.tag).rstrip(b"=").decode()


def from_text(text: str) -> Pass | None:
    """None when it is not even the shape of a pass."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (NotBase64, UnicodeEncodeError):
        return None
    return Pass(UUID(bytes=raw[:16]), raw[16:48], raw[48:]) if len(raw) == _LENGTH else None


def _hmac(secret: bytes, *parts: bytes) -> bytes:
    return hmac.digest(secret, b"".join(parts), sha256)
