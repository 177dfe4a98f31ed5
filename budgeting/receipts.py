"""What a voter takes home, what the log says of a ballot, and the signatures on both.

    commitment = SHA-256(nonce ‖ RFC 8785 ballot)
    leaf       = RFC 8785 {"slot", "version", "commitment"}

A receipt is signed at once, without nonce or choices: it shows nobody how its holder voted until the sealed
bundle opens that ballot.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import date
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from budgeting.canonical import encode


class Receipt(msgspec.Struct, frozen=True):
    round: UUID
    slot: bytes
    version: int
    commitment: bytes
    signature: bytes


class SignedHead(msgspec.Struct, frozen=True):
    round: UUID
    rules_hash: bytes
    size: int
    root: bytes
    dated: date
    signature: bytes


def ballot_document(contest: UUID, choices: str | None) -> bytes:
    """The ballot that a commitment hides; ``choices`` None is the end of a removed or voided one."""
    content = {"void": True} if choices is None else {"choices": msgspec.json.decode(choices)}
    return encode({"contest": str(contest), **content})


def commit(nonce: bytes, contest: UUID, choices: str | None) -> bytes:
    return sha256(nonce + ballot_document(contest, choices)).digest()


def leaf_document(slot: bytes, version: int, commitment: bytes) -> bytes:
    return encode({"slot": slot.hex(), "version": version, "commitment": commitment.hex()})


def round_key(server_key: bytes, round_id: UUID) -> Ed25519PrivateKey:
    """The round's signing key, the same in every process; its public half stands in the rule sheet."""
    seed = hmac.digest(server_key, b"ed25519 of round" + round_id.bytes, sha256)
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def sign_receipt(
    key: Ed25519PrivateKey, round_id: UUID, slot: bytes, version: int, commitment: bytes
) -> Receipt:
    unsigned = Receipt(round_id, slot, version, commitment, b"")
    return msgspec.structs.replace(unsigned, signature=key.sign(_receipt_document(unsigned)))


def receipt_is_genuine(receipt: Receipt, public_key: bytes) -> bool:
    return _verify(public_key, receipt.signature, _receipt_document(receipt))


def sign_head(
    key: Ed25519PrivateKey, round_id: UUID, rules_hash: bytes, size: int, root: bytes, dated: date
) -> SignedHead:
    unsigned = SignedHead(round_id, rules_hash, size, root, dated, b"")
    return msgspec.structs.replace(unsigned, signature=key.sign(head_document(unsigned)))


def head_is_genuine(head: SignedHead, public_key: bytes) -> bool:
    return _verify(public_key, head.signature, head_document(head))


def head_document(head: SignedHead) -> bytes:
    """What is signed of a head."""
    return encode(
        {
            "round": str(head.round),
            "rules": head.rules_hash.hex(),
            "size": head.size,
            "root": head.root.hex(),
            "date": head.dated.isoformat(),
        }
    )


def to_text(receipt: Receipt) -> str:
    """One line that a voter can keep, scan and check: 198 letters."""
    raw = (
        receipt.round.bytes
        + receipt.slot
        + receipt.version.to_bytes(4)
        + receipt.commitment
        + receipt.signature
    )
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str) -> Receipt | None:
    """None when it is not even the shape of a receipt."""
    kept = "".join(text.split())
    try:
        raw = urlsafe_b64decode(kept.encode("ascii") + b"=" * (-len(kept) % 4))
    except (NotBase64, UnicodeEncodeError):
        return None
    if len(raw) != 16 + 32 + 4 + 32 + 64:
        return None
    return Receipt(UUID(bytes=raw[:16]), raw[16:48], int.from_bytes(raw[48:52]), raw[52:84], raw[84:])


def short(receipt: Receipt) -> str:
    """The first of the slot in four groups, for a voter to compare by eye."""
    digits = receipt.slot.hex().upper()
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


def _receipt_document(receipt: Receipt) -> bytes:
    return encode(
        {
            "round": str(receipt.round),
            "slot": receipt.slot.hex(),
            "version": receipt.version,
            "commitment": receipt.commitment.hex(),
        }
    )


def _verify(public_key: bytes, signature: bytes, document: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, document)
    except (InvalidSignature, ValueError):
        return False
    return True
