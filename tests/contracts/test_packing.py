"""What is packed is unpacked the same, and what does not fit is named."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.errors import InvalidId, InvalidValue
from tanso.contracts.packing import (
    MAX_QUANTITY,
    lots_hash,
    pack_batch,
    pack_entries,
    unpack_batch,
    unpack_entries,
    unpack_settlement,
)
from tanso.contracts.units import Unit
from tanso.contracts.values import (
    Batch,
    Entry,
    EquipmentUse,
    ExternalUse,
    LeftOver,
    MaterialUse,
    NewLot,
)


def below(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


ids = st.binary(min_size=16, max_size=16).map(lambda data: "0x" + data.hex())
hashes = st.binary(min_size=32, max_size=32).map(lambda data: "0x" + data.hex())
names = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=32)
lots = st.builds(NewLot, ids, st.sampled_from(Unit), below(64), below(64), below(42), below(42), hashes)
batches = st.builds(
    Batch,
    ids,
    below(40),
    below(40),
    hashes,
    materials=st.lists(st.builds(MaterialUse, ids, below(42)), max_size=3).map(tuple),
    externals=st.lists(st.builds(ExternalUse, ids, below(64)), max_size=3).map(tuple),
    equipment=st.lists(st.builds(EquipmentUse, ids, below(32), below(64)), max_size=3).map(tuple),
    lots=st.lists(lots, max_size=3).map(tuple),
    left_overs=st.lists(st.builds(LeftOver, names, below(96), below(96)), max_size=3).map(tuple),
)
ID, HASH = "0x" + "ab" * 16, "0x" + "cd" * 32
LOT = NewLot(ID, Unit.GRAM, 1, 0, 1, 0, HASH)
BATCH = Batch(ID, 1, 2, HASH, lots=(LOT,))


def only_formula(batch: Batch) -> Callable[[int], str]:
    """A registry that knows the batch's formula as number 7."""
    return {7: batch.formula_id}.__getitem__


@given(batches)
def test_any_batch_is_unpacked_as_it_was_packed(batch: Batch) -> None:
    assert unpack_batch(pack_batch(batch, 7), only_formula(batch)) == batch


@given(batches, st.data())
def test_a_batch_that_was_cut_off_or_goes_on_is_refused(batch: Batch, data: st.DataObject) -> None:
    packed, named = pack_batch(batch, 7), only_formula(batch)
    with pytest.raises(InvalidValue):
        unpack_batch(packed[: data.draw(st.integers(0, len(packed) - 1))], named)
    with pytest.raises(InvalidValue):
        unpack_batch(packed + b"\0", named)


@given(batches)
def test_masses_of_inputs_follow_on_the_batch(batch: Batch) -> None:
    masses = b""
    for number, _ in enumerate(batch.materials):
        masses += (2 * number + 1).to_bytes(8, "big") + number.to_bytes(8, "big")
    for number, _ in enumerate(batch.externals):
        masses += number.to_bytes(12, "big")
    for number, _ in enumerate(batch.equipment):
        masses += (3 * number + 1).to_bytes(12, "big") + number.to_bytes(12, "big")
    found = unpack_settlement(pack_batch(batch, 7) + masses, only_formula(batch))
    assert found.batch == batch
    assert found.materials == tuple((2 * n + 1, n) for n in range(len(batch.materials)))
    assert found.externals == tuple((n, 0) for n in range(len(batch.externals)))
    assert found.equipment == tuple((3 * n + 1, n) for n in range(len(batch.equipment)))
    everything = (*found.materials, *found.externals, *found.equipment)
    assert found.mass == (sum(mass for mass, _ in everything), sum(primary for _, primary in everything))


@given(st.lists(st.builds(Entry, ids, below(64)), max_size=5))
def test_any_entries_are_unpacked_as_they_were_packed(entries: list[Entry]) -> None:
    assert unpack_entries(pack_entries(entries)) == tuple(entries)


@pytest.mark.parametrize(
    ("batch", "named"),
    [
        (replace(BATCH, period_end=2**40), r"batch\.period_end"),
        (replace(BATCH, lots=(LOT, replace(LOT, good=MAX_QUANTITY + 1))), r"batch\.lots\[1\]\.good"),
        (replace(BATCH, lots=(replace(LOT, co2_ug=2**64),)), r"batch\.lots\[0\]\.co2_ug"),
        (replace(BATCH, lots=(replace(LOT, defects=-1),)), r"batch\.lots\[0\]\.defects"),
        (replace(BATCH, materials=(MaterialUse(ID, 2**42),)), r"batch\.materials\[0\]\.quantity"),
        (replace(BATCH, left_overs=(LeftOver("a" * 33, 0, 0),)), r"batch\.left_overs\[0\]\.name"),
        (replace(BATCH, lots=(LOT,) * 65_536), r"the length of batch\.lots"),
    ],
)
def test_what_does_not_fit_is_named(batch: Batch, named: str) -> None:
    with pytest.raises(InvalidValue, match=named):
        pack_batch(batch, 7)


def test_an_id_that_is_none_is_named() -> None:
    with pytest.raises(InvalidId, match=r"batch\.lots\[0\]\.lot_id"):
        pack_batch(replace(BATCH, lots=(replace(LOT, lot_id="0x12"),)), 7)


def test_another_layout_is_refused() -> None:
    with pytest.raises(InvalidValue, match="layout 1"):
        unpack_batch(b"\x02" + pack_batch(BATCH, 7)[1:], only_formula(BATCH))


def test_the_hash_of_lots_is_of_their_part_of_the_batch() -> None:
    from tanso.contracts.identity import keccak

    assert lots_hash(BATCH.lots) == "0x" + keccak(pack_batch(BATCH, 7)[-77:]).hex()
