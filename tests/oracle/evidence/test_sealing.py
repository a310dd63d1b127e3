"""Leaves have one canonical text, their own salt, and reveal nothing of their neighbours."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.units import Unit
from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence import (
    breakdown_leaf,
    canonical_json,
    hash_of_leaf,
    salt_for,
    seal,
    verify_leaf,
)

SECRET = b"a company's own secret"
REF = "0x" + "ab" * 16

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
values = st.recursive(
    texts | st.integers(), lambda part: st.lists(part, max_size=3) | st.dictionaries(texts, part, max_size=3)
)


@given(st.dictionaries(texts, values, max_size=4))
def test_canonical_json_reads_back_and_does_not_depend_on_the_order_of_keys(leaf):
    text = canonical_json(leaf)
    assert json.loads(text) == leaf
    assert canonical_json(dict(reversed(leaf.items()))) == text


@pytest.mark.parametrize("value", [0.5, None, True, b"bytes", {1: "a"}, {"a": [0.1]}, {"a": {"b": False}}])
def test_what_has_no_single_text_is_refused(value):
    with pytest.raises(EvidenceRefused):
        canonical_json({"value": value})


def test_salts_differ_by_secret_context_and_position_and_can_be_made_again():
    salts = {
        salt_for(secret, context, position)
        for secret in (SECRET, SECRET + b"!")
        for context in ("lot:1", "lot:2")
        for position in range(5)
    }
    assert len(salts) == 20
    assert salt_for(SECRET, "lot:1", 3) == salt_for(SECRET, "lot:1", 3)
    with pytest.raises(EvidenceRefused):
        salt_for(b"short", "lot:1", 0)


def test_equal_leaves_get_different_hashes_so_a_proof_tells_nothing_of_a_neighbour():
    leaf = breakdown_leaf("material", REF, 28, Unit.GRAM, 11_004_000, 0)
    sealed = seal([leaf, leaf], SECRET, "lot:1")
    first, second = map(hash_of_leaf, sealed.leaves)
    assert first != second
    # The neighbour's hash in the proof can't be found by guessing its content without its salt.
    assert sealed.proof(0) == ["0x" + second.hex()]
    assert hash_of_leaf(leaf) not in (first, second)


def test_a_breakdown_leaf_is_proven_and_any_change_is_noticed():
    sealed = seal(
        [
            breakdown_leaf("material", REF, 28, Unit.GRAM, 11_004_000, 5_000),
            breakdown_leaf("external", REF, 12, Unit.GRAM, 3_048_000, 0),
            breakdown_leaf("equipment", REF, 390, Unit.SECOND, 1_000, 1_000),
        ],
        SECRET,
        "lot:1",
    )
    leaf = sealed.leaves[2]
    assert set(leaf) == {"kind", "ref_id", "quantity", "unit", "co2_ug", "primary_ug", "salt"}
    assert (leaf["unit"], leaf["quantity"]) == ("s", 390)
    proof = sealed.proof(2)
    assert verify_leaf(sealed.root, leaf, proof)
    for name, value in leaf.items():
        changed = value + 1 if isinstance(value, int) else value + "0"
        assert not verify_leaf(sealed.root, {**leaf, name: changed}, proof), name


@pytest.mark.parametrize(
    ("kind", "quantity", "co2_ug", "primary_ug"),
    [("labour", 1, 1, 1), ("material", -1, 1, 1), ("material", 1, 1, 2), ("material", 1, -1, -1)],
)
def test_a_breakdown_leaf_that_makes_no_sense_is_refused(kind, quantity, co2_ug, primary_ug):
    with pytest.raises(EvidenceRefused):
        breakdown_leaf(kind, REF, quantity, Unit.PIECE, co2_ug, primary_ug)


def test_a_leaf_is_not_salted_twice():
    sealed = seal([{"kind": "declared", "declared_ug": 1}], SECRET, "report")
    with pytest.raises(EvidenceRefused, match="already"):
        seal(sealed.leaves, SECRET, "report")
