"""Passes, codes, canonical JSON and the tree: the formulas, to the byte."""

import hmac
from collections import Counter
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgeting import canonical, merkle, passes
from engage.core import codes

R = b"r" * 32
CONTEST, ENTRY = UUID(int=1), UUID(int=2)


def test_the_pass_is_the_published_formula() -> None:
    made = passes.derive(R, CONTEST, ENTRY, 3)
    key = hmac.new(R, b"key" + CONTEST.bytes + ENTRY.bytes + bytes([0, 0, 0, 3]), "sha256").digest()
    tag = hmac.new(R, b"tag" + CONTEST.bytes + key, "sha256").digest()
    assert (made.contest, made.key, made.tag) == (CONTEST, key, tag)
    assert made.key_hash == sha256(key).digest()
    assert passes.verify(R, made)
    assert not passes.verify(b"s" * 32, made)
    assert not passes.verify(R, passes.Pass(UUID(int=9), made.key, made.tag)), "a pass is for one contest"


def test_generation_entry_and_contest_each_make_another_pass() -> None:
    made = [
        passes.derive(R, *one)
        for one in ((CONTEST, ENTRY, 0), (CONTEST, ENTRY, 1), (CONTEST, UUID(int=3), 0), (ENTRY, CONTEST, 0))
    ]
    assert len({one.key for one in made}) == 4
    assert len({passes.mark(R, CONTEST, ENTRY, 0), made[0].key, made[0].tag, passes.lot_seed(R)}) == 4


def test_a_voters_order_is_theirs_alone_and_favours_no_project() -> None:
    projects = [UUID(int=number) for number in range(4)]
    orders = [passes.project_order(bytes([n % 256, n // 256] * 16), projects) for n in range(2_000)]
    assert all(sorted(order) == projects for order in orders)
    assert passes.project_order(b"\0" * 32, projects[::-1]) == orders[0], "whatever order they came in"
    firsts = Counter(order[0] for order in orders)
    assert all(abs(number - 500) < 100 for number in firsts.values()), firsts


def test_the_verification_compares_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(passes.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    made = passes.derive(R, CONTEST, ENTRY, 0)
    assert passes.verify(R, made)
    assert compared == [(made.tag, made.tag)]


# The reference tree of Certificate Transparency (RFC 6962), leaves and the root at each size.
INPUTS = [
    bytes.fromhex(leaf)
    for leaf in (
        *("", "00", "10", "2021", "3031", "40414243"),
        *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
]
ROOTS = """
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
"""
LEAVES = [merkle.leaf_hash(leaf) for leaf in INPUTS]


def test_the_tree_is_that_of_rfc_6962() -> None:
    assert [merkle.root(LEAVES[:size]).hex() for size in range(1, 9)] == ROOTS.split()
    assert merkle.root([]) == sha256(b"").digest()


@given(st.integers(1, 70), st.data())
def test_inclusion_is_proved_for_the_leaf_and_for_no_other(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    position = data.draw(st.integers(0, size - 1))
    head, proof = merkle.root(leaves), merkle.inclusion(leaves, position)
    assert merkle.is_included(leaves[position], position, size, proof, head)
    assert not merkle.is_included(merkle.leaf_hash(b"other"), position, size, proof, head)
    for wrong in {(position + 1) % size, size} - {position}:
        assert not merkle.is_included(leaves[position], wrong, size, proof, head)
    assert not merkle.is_included(leaves[position], position, size, [*proof, head], head)
    if proof:
        assert not merkle.is_included(leaves[position], position, size, proof[:-1], head)


@given(st.integers(1, 70), st.data())
def test_a_tree_that_only_grew_is_consistent_and_another_is_not(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    earlier = data.draw(st.integers(1, size))
    proof = merkle.consistency(leaves, earlier)
    old, new = merkle.root(leaves[:earlier]), merkle.root(leaves)
    assert merkle.is_consistent(earlier, size, old, new, proof)
    changed = merkle.root([merkle.leaf_hash(b"x"), *leaves[1:earlier]])
    assert not merkle.is_consistent(earlier, size, changed, new, proof)
    assert not merkle.is_consistent(earlier, size, old, changed, proof) or changed == old


def test_canonical_json_is_that_of_rfc_8785() -> None:
    assert canonical.encode({"b": [1, True, None], "a": "ŵ\n", "\u20ac": "€"}) == (
        '{"a":"ŵ\\n","b":[1,true,null],"€":"€"}'.encode()
    )
    assert canonical.digest({"a": 1, "b": 2}) == canonical.digest({"b": 2, "a": 1})


def test_codes_have_sixty_bits_and_no_look_alikes() -> None:
    assert len(codes.ALPHABET) == len(set(codes.ALPHABET)) == 27
    assert len(codes.ALPHABET) ** (codes.LENGTH - 1) >= 2**60
    for pair in ("0O", "1I", "1L", "8B", "5S", "2Z", "UV"):
        assert not set(pair) <= set(codes.ALPHABET)
    made = {codes.new() for _ in range(500)}
    assert len(made) == 500
    assert all([len(group) for group in code.split("-")] == [5, 5, 4] for code in made)
    assert all(codes.normalise(code) == code for code in made)
    assert Counter("".join(made).replace("-", "")).keys() == set(codes.ALPHABET)


@given(st.binary(min_size=16, max_size=32), st.data())
def test_the_check_letter_catches_a_wrong_letter_and_two_that_swapped(
    seed: bytes, data: st.DataObject
) -> None:
    code = codes.from_digest(seed)
    assert code == codes.from_digest(seed)
    bare = code.replace("-", "")
    place = data.draw(st.integers(0, 13))
    for letter in codes.ALPHABET:
        if letter != bare[place]:
            assert codes.normalise(bare[:place] + letter + bare[place + 1 :]) is None
    if place < 13 and bare[place] != bare[place + 1]:
        swapped = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]
        assert codes.normalise(swapped) is None


def test_a_code_is_read_however_it_is_typed_and_kept_as_a_keyed_hash() -> None:
    code = codes.from_digest(b"the same again, always")
    typed = [code.lower(), code.replace("-", " "), f"  {code.replace('-', '')}\n", code.replace("-", "–")]
    typed.append(code.replace("8", "B").replace("5", "s").replace("2", "Z").replace("V", "u"))
    assert {codes.normalise(one) for one in typed} == {code}
    for wrong in ("", code[:-1], code + "2", "Ω" * 14, "0" * 14):
        assert codes.normalise(wrong) is None
    kept = codes.keyed(b"key", "story", code)
    assert kept == codes.keyed(b"key", "story", code.replace("-", ""))
    assert kept not in (codes.keyed(b"key", "roll", code), codes.keyed(b"other", "story", code))
    assert kept == hmac.new(b"key", b"story\0" + code.replace("-", "").encode(), "sha256").digest()
    assert len({codes.from_digest(uuid4().bytes) for _ in range(200)}) == 200
