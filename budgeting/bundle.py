"""The sealed bundle: what is published of a box, and the check that anybody can make of it. Pure.

    rules.json     the frozen rule sheet, byte for byte
    heads.json     every signed head, the final one last
    leaves.jsonl   every leaf of the log, in the tree's order
    ballots.jsonl  the highest version of each slot, opened, sorted by commitment
    issued.json    passes and papers issued, by contest
    lot.json       the seed that breaks ties

Of a contest with fewer ballots than the rule sheet asks for, only the totals are opened.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from budgeting import merkle
from budgeting.canonical import encode
from budgeting.receipts import (
    Receipt,
    SignedHead,
    commit,
    head_is_genuine,
    leaf_document,
    receipt_is_genuine,
)
from budgeting.rule_sheet import RuleSheet, thaw
from budgeting.validity import Named, Numbered
from budgeting.validity import check as check_choices
from translations import N_, Message

PARTS = ("rules.json", "heads.json", "leaves.jsonl", "ballots.jsonl", "issued.json", "lot.json")


class BoxRow(msgspec.Struct, frozen=True):
    """A row of the box as sealing sees it. ``choices`` None: removed or void."""

    contest: UUID
    slot: bytes
    nonce: bytes
    version: int
    choices: str | None
    commitment: bytes
    earlier: bytes


class Issue(msgspec.Struct, frozen=True):
    passes: int = 0
    papers: int = 0


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slot: str
    version: int
    commitment: str


class Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``withheld``: a ballot of a contest with too few, of which only the total is published."""

    slot: str
    version: int
    contest: UUID
    nonce: str = ""
    choices: list[Any] | None = None
    withheld: bool = False


class Head(msgspec.Struct, frozen=True):
    round: UUID
    rules: str
    size: int
    root: str
    date: date
    signature: str


class NotABundle(Exception):
    """A part is missing or cannot be read; the message says which."""


class Bundle(msgspec.Struct, frozen=True):
    sheet: RuleSheet
    rules_hash: bytes
    heads: list[Head]
    leaves: list[Leaf]
    ballots: list[Opened]
    issued: dict[UUID, Issue]
    seed: bytes


def leaves_of(row: BoxRow) -> list[bytes]:
    """The leaf of every version this slot ever had."""
    cut = [row.earlier[start : start + 32] for start in range(0, len(row.earlier), 32)]
    return [
        leaf_document(row.slot, version, commitment)
        for version, commitment in enumerate([*cut, row.commitment], 1)
    ]


def in_tree_order(documents: Iterable[bytes], entered: Sequence[bytes] = ()) -> list[bytes]:
    """Leaf documents: those that earlier heads committed to in their order, the new ones by hash."""
    by_hash = {merkle.leaf_hash(document): document for document in documents}
    known = set(entered)
    return [by_hash[leaf] for leaf in entered] + [
        by_hash[leaf] for leaf in sorted(by_hash) if leaf not in known
    ]


def too_few(sheet: RuleSheet, rows: Iterable[BoxRow]) -> frozenset[UUID]:
    """The contests whose single ballots stay closed."""
    cast = Counter(row.contest for row in rows if row.choices is not None)
    merged = {contest.id: merge_target(sheet, cast, contest.id) for contest in sheet.contests}
    together: Counter[UUID] = Counter()
    for contest_id, target in merged.items():
        together[target] += cast[contest_id]
    return frozenset(
        contest_id for contest_id, target in merged.items() if together[target] < sheet.terms.minimum_ballots
    )


def merge_target(sheet: RuleSheet, cast: Mapping[UUID, int], contest_id: UUID) -> UUID:
    """Where a contest is counted: itself, or with too few ballots the one that the sheet names."""
    contest = sheet.contest(contest_id)
    merges = sheet.terms.promises.below_minimum == "merge" and contest.merges_into is not None
    if not merges or cast.get(contest_id, 0) >= sheet.terms.minimum_ballots:
        return contest_id
    assert contest.merges_into is not None  # noqa: S101  # merges says so
    return contest.merges_into


def build(
    rules_body: bytes,
    heads: Sequence[SignedHead],
    leaves: Sequence[bytes],
    rows: Sequence[BoxRow],
    issued: Mapping[UUID, Issue],
    seed: bytes,
) -> dict[str, bytes]:
    """The parts. ``leaves`` are documents in tree order; ``heads`` oldest first."""
    closed = too_few(thaw(rules_body).sheet, rows)
    opened = [_opened(row, row.contest in closed) for row in sorted(rows, key=lambda row: row.commitment)]
    return {
        "rules.json": rules_body,
        "heads.json": _pretty([_head(head) for head in heads]),
        "leaves.jsonl": _lines(leaves),
        "ballots.jsonl": _lines(encode(ballot) for ballot in opened),
        "issued.json": _pretty({str(contest): issue for contest, issue in issued.items()}),
        "lot.json": _pretty({"seed": seed.hex()}),
    }


def read(parts: Mapping[str, bytes]) -> Bundle:
    """Raises NotABundle."""
    name = ""
    try:
        for name in PARTS:
            parts[name]
        name = "rules.json"
        frozen = thaw(parts[name])
        name = "heads.json"
        heads = msgspec.json.decode(parts[name], type=list[Head])
        name = "leaves.jsonl"
        leaves = msgspec.json.Decoder(Leaf).decode_lines(parts[name])
        name = "ballots.jsonl"
        ballots = msgspec.json.Decoder(Opened).decode_lines(parts[name])
        name = "issued.json"
        issued = msgspec.json.decode(parts[name], type=dict[UUID, Issue])
        name = "lot.json"
        seed = bytes.fromhex(msgspec.json.decode(parts[name], type=dict[str, str])["seed"])
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise NotABundle(name) from error
    return Bundle(frozen.sheet, frozen.rules_hash, heads, leaves, ballots, issued, seed)


def check(parts: Mapping[str, bytes], receipts: Iterable[Receipt] = ()) -> list[Message]:
    """Everything that is wrong with a bundle, from the published data alone; empty if nothing is.

    A receipt that a voter kept is looked for in the log. Raises NotABundle.
    """
    bundle = read(parts)
    return [
        *_check_heads(bundle),
        *_check_leaves(bundle),
        *_check_ends(bundle),
        *_check_choices(bundle),
        *_check_numbers(bundle),
        *_check_receipts(bundle, receipts),
    ]


def opened_choices(bundle: Bundle) -> dict[UUID, list[list[Any]]]:
    """The ballots that count, by contest, in the order of the bundle."""
    found: dict[UUID, list[list[Any]]] = defaultdict(list)
    for ballot in bundle.ballots:
        if ballot.choices is not None and not ballot.withheld:
            found[ballot.contest].append(ballot.choices)
    return dict(found)


def _check_heads(bundle: Bundle) -> Iterator[Message]:
    if not bundle.heads:
        yield N_("There is no signed head.")
        return
    key = bytes.fromhex(bundle.sheet.public_key)
    hashes = [merkle.leaf_hash(encode(leaf)) for leaf in bundle.leaves]
    for head in bundle.heads:
        signed = SignedHead(
            head.round, _hex(head.rules), head.size, _hex(head.root), head.date, _hex(head.signature)
        )
        if not head_is_genuine(signed, key) or signed.round != bundle.sheet.round:
            yield N_("The signature of this head is not the round's: size %(size)s", size=head.size)
        if signed.rules_hash != bundle.rules_hash:
            yield N_("This head was signed for other rules: size %(size)s", size=head.size)
        if merkle.root(hashes[: head.size]) != signed.root or head.size > len(hashes):
            yield N_("The leaves are not those that this head was signed for: size %(size)s", size=head.size)
    if bundle.heads[-1].size != len(hashes):
        yield N_(
            "Leaves signed for: %(signed)s. Leaves here: %(here)s",
            signed=bundle.heads[-1].size,
            here=len(hashes),
        )
    if sha256(bundle.seed).hexdigest() != bundle.sheet.lot_seed_hash:
        yield N_("The seed of the lot is not the one that the rules fixed.")


def _check_leaves(bundle: Bundle) -> Iterator[Message]:
    for (slot, version), times in Counter((leaf.slot, leaf.version) for leaf in bundle.leaves).items():
        if times > 1:
            yield N_("This leaf is there twice: %(slot)s, version %(version)s", slot=slot, version=version)
    for slot, versions in _versions(bundle).items():
        missing = sorted(set(range(1, max(versions) + 1)) - set(versions))
        for version in missing:
            yield N_("This leaf is missing: %(slot)s, version %(version)s", slot=slot, version=version)


def _check_ends(bundle: Bundle) -> Iterator[Message]:
    """Each slot has one end, at its highest version, and it is what the leaf committed to."""
    versions = _versions(bundle)
    leaves = {(leaf.slot, leaf.version): leaf.commitment for leaf in bundle.leaves}
    ends: dict[str, list[Opened]] = defaultdict(list)
    for ballot in bundle.ballots:
        ends[ballot.slot].append(ballot)
    for slot in versions.keys() - ends.keys():
        yield N_("This ballot was removed: %(slot)s", slot=slot)
    for slot, found in ends.items():
        if len(found) > 1:
            yield N_("This ballot is there twice: %(slot)s", slot=slot)
        if slot not in versions:
            yield N_("This ballot was added, the log does not know it: %(slot)s", slot=slot)
            continue
        for ballot in found:
            if ballot.version != max(versions[slot]):
                yield N_("This ballot is not the last version of its slot: %(slot)s", slot=slot)
            elif not ballot.withheld and _commitment(ballot) != leaves[slot, ballot.version]:
                yield N_("This ballot was changed: %(slot)s", slot=slot)


def _check_choices(bundle: Bundle) -> Iterator[Message]:
    known = {contest.id: contest for contest in bundle.sheet.contests}
    for ballot in bundle.ballots:
        if ballot.contest not in known:
            yield N_("This ballot belongs to no contest of the round: %(slot)s", slot=ballot.slot)
        elif ballot.choices is not None:
            given = as_given(ballot.choices, numbered=bundle.sheet.terms.ballot.style in ("points", "score"))
            if check_choices(bundle.sheet.terms.ballot, known[ballot.contest], given).problems:
                yield N_("This ballot breaks the rules of the round: %(slot)s", slot=ballot.slot)


def _check_numbers(bundle: Bundle) -> Iterator[Message]:
    counted = Counter(b.contest for b in bundle.ballots if b.choices is not None or b.withheld)
    for contest in bundle.sheet.contests:
        issue = bundle.issued.get(contest.id, Issue())
        most = issue.passes + issue.papers
        if counted[contest.id] > most:
            yield N_(
                "More ballots than passes and papers issued: %(contest)s. Ballots: %(ballots)s. Issued: %(issued)s",
                contest=contest.title.both,
                ballots=counted[contest.id],
                issued=most,
            )
    withheld = {ballot.contest for ballot in bundle.ballots if ballot.withheld}
    for contest_id in withheld:
        if counted[contest_id] >= bundle.sheet.terms.minimum_ballots:
            yield N_("These ballots should have been opened: there are enough of them.")


def _check_receipts(bundle: Bundle, receipts: Iterable[Receipt]) -> Iterator[Message]:
    key = bytes.fromhex(bundle.sheet.public_key)
    known = {(leaf.slot, leaf.version, leaf.commitment) for leaf in bundle.leaves}
    for receipt in receipts:
        slot = receipt.slot.hex()
        if receipt.round != bundle.sheet.round or not receipt_is_genuine(receipt, key):
            yield N_("This receipt was not signed for this round: %(slot)s", slot=slot)
        elif (slot, receipt.version, receipt.commitment.hex()) not in known:
            yield N_("The log does not have the ballot of this receipt: %(slot)s", slot=slot)


def as_given(choices: Sequence[Any], *, numbered: bool) -> Named | Numbered:
    """Choices as the validity function takes them."""
    if numbered:
        return {UUID(str(project)): int(number) for project, number in choices}
    return [UUID(str(project)) for project in choices]


def _versions(bundle: Bundle) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for leaf in bundle.leaves:
        found[leaf.slot].append(leaf.version)
    return found


def _commitment(ballot: Opened) -> str:
    choices = None if ballot.choices is None else encode(ballot.choices).decode()
    return commit(_hex(ballot.nonce), ballot.contest, choices).hex()


def _opened(row: BoxRow, withheld: bool) -> Opened:
    if withheld and row.choices is not None:
        return Opened(row.slot.hex(), row.version, row.contest, withheld=True)
    choices = None if row.choices is None else msgspec.json.decode(row.choices, type=list[Any])
    return Opened(row.slot.hex(), row.version, row.contest, row.nonce.hex(), choices)


def _head(head: SignedHead) -> Head:
    return Head(
        head.round, head.rules_hash.hex(), head.size, head.root.hex(), head.dated, head.signature.hex()
    )


def _hex(text: str) -> bytes:
    """Empty for what is not hexadecimal: the comparison that follows then fails, and names it."""
    return bytes.fromhex(text) if re.fullmatch("(?:[0-9a-f]{2})*", text) else b""


def _pretty(document: object) -> bytes:
    return msgspec.json.format(encode(document), indent=1) + b"\n"


def _lines(documents: Iterable[bytes]) -> bytes:
    return b"".join(document + b"\n" for document in documents)
