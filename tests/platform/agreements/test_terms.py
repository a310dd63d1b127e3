"""The terms document: one text and one hash for equal terms, and nothing else is read as terms."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.identity import keccak
from tanso.platform.agreements.terms import MAX_BYTES, MAX_LOTS, Disclosed, Terms, read_terms
from tanso.platform.errors import BadInput

ID, PROVIDER, RECEIVER = ("0x" + letter * 32 for letter in "abc")
GOOD: dict[str, Any] = {
    "format": "tanso-agreement@1",
    "agreement_id": ID,
    "provider": PROVIDER,
    "receiver": RECEIVER,
    "lots": "all",
    "fields": ["equipment", "names"],
    "depth": 2,
    "purpose": "footprint of 駆動装置",
    "valid_until": 4_102_444_800,
    "nonce": "0123456789abcdef" * 2,
}
LOT = "0x" + "1" * 32
OTHER_LOT = "0x" + "2" * 32

ids = st.from_regex(r"0x[0-9a-f]{32}", fullmatch=True)
terms = st.builds(
    lambda lots, fields, **more: Terms(
        format="tanso-agreement@1",
        lots="all" if lots is None else sorted(lots),
        fields=sorted(fields),
        **more,
    ),
    lots=st.none() | st.sets(ids, min_size=1, max_size=4),
    fields=st.sets(st.sampled_from(Disclosed), min_size=1),
    agreement_id=ids,
    provider=ids,
    receiver=ids,
    depth=st.integers(1, 16),
    purpose=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=200),
    valid_until=st.integers(0, 2**40 - 1),
    nonce=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
)


def test_the_document_is_canonical_json_and_its_keccak256_the_hash() -> None:
    read = read_terms(GOOD)
    text = json.dumps(GOOD, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert read.document == text.encode()
    assert read.hash == "0x" + keccak(text.encode()).hex()


@given(terms)
def test_terms_are_read_back_from_their_document(made: Terms) -> None:
    assert read_terms(made.document) == made
    assert read_terms(json.loads(made.document)).hash == made.hash


@pytest.mark.parametrize("name", [name for name in GOOD if name != "format"])
def test_no_part_can_be_changed_without_another_hash(name: str) -> None:
    other = {
        "agreement_id": LOT, "provider": LOT, "receiver": LOT, "lots": [LOT], "fields": ["names"],
        "depth": 1, "purpose": "another", "valid_until": 1, "nonce": "0" * 32,
    }  # fmt: skip
    assert read_terms(GOOD | {name: other[name]}).hash != read_terms(GOOD).hash


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"format": "tanso-agreement@2"}, "format"),
        ({"agreement_id": ID.upper()}, "agreement_id"),
        ({"provider": None}, "provider"),
        ({"receiver": "0x12"}, "receiver"),
        ({"lots": []}, "lots"),
        ({"lots": "some"}, "lots"),
        ({"lots": [LOT, LOT]}, "lots"),
        ({"lots": [OTHER_LOT, LOT]}, "lots"),
        ({"lots": [f"0x{number:032x}" for number in range(MAX_LOTS + 1)]}, "lots"),
        ({"fields": []}, "fields"),
        ({"fields": ["names", "equipment"]}, "fields"),
        ({"fields": ["names", "names"]}, "fields"),
        ({"fields": ["salaries"]}, "fields"),
        ({"depth": 0}, "depth"),
        ({"depth": 17}, "depth"),
        ({"depth": "1"}, "depth"),
        ({"depth": True}, "depth"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "x" * 201}, "purpose"),
        ({"purpose": "a\x00b"}, "purpose"),
        ({"purpose": "\ud800"}, "purpose"),
        ({"valid_until": -1}, "valid_until"),
        ({"valid_until": 2**40}, "valid_until"),
        ({"valid_until": 1.5}, "valid_until"),
        ({"nonce": "0" * 31}, "nonce"),
        ({"more": 1}, "more"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change: dict[str, Any], word: str) -> None:
    for document in (GOOD | change, json.dumps(GOOD | change)):
        with pytest.raises(BadInput, match=word) as refused:
            read_terms(document)
        assert refused.value.kind == "bad-terms"


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", "[" * 100_000, b"\xff\xfe", "9" * 5_000, " " * (MAX_BYTES + 1), "{}"]
)
def test_what_is_no_document_is_refused(text: bytes | str) -> None:
    with pytest.raises(BadInput) as refused:
        read_terms(text)
    assert refused.value.kind == "bad-terms"


def test_terms_cover_their_fields_of_their_lots_and_nothing_else() -> None:
    everything, some = read_terms(GOOD), read_terms(GOOD | {"lots": [LOT]})
    assert everything.covers(OTHER_LOT, Disclosed.NAMES)
    assert not everything.covers(OTHER_LOT, Disclosed.MATERIALS)
    assert some.covers(LOT, Disclosed.EQUIPMENT)
    assert not some.covers(OTHER_LOT, Disclosed.EQUIPMENT)
