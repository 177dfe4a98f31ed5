"""Codes that a resident keeps or is given on paper: 13 random letters (61.8 bits) and a check letter,
in groups.

The alphabet has 27 signs and no pair that print alike (no 0 O, 1 I L, B S Z beside 8 5 2, U beside V).
The check letter catches any one wrong letter and any two neighbours that changed places: the weights 1
and 2 and their difference have inverses modulo 27.
"""

import hmac
import secrets
from hashlib import sha256

ALPHABET = "23456789ACDEFGHJKMNPQRTVWXY"
LENGTH = 14
GROUPS = (5, 5, 4)

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
# What a hand or an eye makes of a printed code, where only one sign can be meant.
_READ_AS = str.maketrans({"B": "8", "S": "5", "Z": "2", "U": "V"})
_BETWEEN = str.maketrans("", "", " \t\r\n-–—.·_\u00a0")


def new() -> str:
    """A code in groups: ``7KQ4M-2XTWD-9HPC``."""
    return _finish("".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1)))


def from_digest(digest: bytes) -> str:
    """The code that belongs to a secret digest of at least 16 bytes, for one that must come out the
    same again.
    """
    number = int.from_bytes(sha256(digest).digest())
    letters = []
    for _ in range(LENGTH - 1):
        number, value = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[value])
    return _finish("".join(letters))


def normalise(typed: str) -> str | None:
    """The code in its groups, whatever the case and the gaps; None when it cannot be one."""
    code = typed.upper().translate(_BETWEEN).translate(_READ_AS)
    right = len(code) == LENGTH and all(letter in _VALUES for letter in code)
    return _in_groups(code) if right and check_letter(code[:-1]) == code[-1] else None


def _finish(body: str) -> str:
    return _in_groups(body + check_letter(body))


def _in_groups(code: str) -> str:
    first, second, _ = GROUPS
    return "-".join((code[:first], code[first : first + second], code[first + second :]))


def check_letter(body: str) -> str:
    """The letter that makes the weighted sum of all fourteen a multiple of 27."""
    total = sum(_VALUES[letter] * (2 - place % 2) for place, letter in enumerate(body))
    return ALPHABET[-total % len(ALPHABET)]


def keyed(server_key: bytes, purpose: str, code: str) -> bytes:
    """What the database keeps of a code. ``purpose`` keeps the kinds of codes apart."""
    return hmac.digest(server_key, purpose.encode() + b"\0" + code.translate(_BETWEEN).encode(), sha256)
