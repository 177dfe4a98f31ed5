"""RFC 8785 canonical JSON: one document, one run of bytes, one hash."""

from hashlib import sha256

import msgspec
import rfc8785


def encode(document: object) -> bytes:
    """Structs and plain values. Numbers are integers: a float has no place in a rule or a ballot."""
    return rfc8785.dumps(msgspec.to_builtins(document))


def digest(document: object) -> bytes:
    return sha256(encode(document)).digest()
