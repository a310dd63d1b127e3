"""Packed bytes of the ledger: batches, reports' entries, and what events say of them.

Entries of fixed size, one after another, numbers big-endian; the layout is documented with the contracts'
functions `settle` and `submit` in contracts/src/interfaces. Values are checked as the ABI's are, and the
field that does not fit is named.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tanso.contracts import abi
from tanso.contracts.errors import InvalidValue
from tanso.contracts.identity import keccak, readable
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

LAYOUT: Final = 1
"""Version of the batch layout, its first byte."""

MAX_QUANTITY: Final = 2**42 - 1
"""Largest quantity of a lot in base units."""

Value = TypeVar("Value")

FormulaOf = Callable[[int], str]
"""ID of the formula with a number."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    size: int
    kind: str = "int"
    """int, hex, text or unit."""
    bits: int = 0
    """Bits that count, if fewer than the size has."""

    def pack(self, value: Any, path: str) -> bytes:
        if self.kind in ("hex", "text"):
            return abi.fixed_bytes(value, path, self.size, text=self.kind == "text")
        number = abi.integer(value, path, bits=self.bits or 8 * self.size)
        return number.to_bytes(self.size, "big")

    def unpack(self, data: bytes) -> Any:
        if self.kind == "hex":
            return "0x" + data.hex()
        if self.kind == "text":
            return readable(data)
        number = int.from_bytes(data, "big")
        return Unit(number) if self.kind == "unit" else number


_MATERIAL: Final = (_Field("lot_id", 16, "hex"), _Field("quantity", 6, bits=42))
_EXTERNAL: Final = (_Field("factor_id", 16, "hex"), _Field("quantity", 8))
_EQUIPMENT: Final = (_Field("equipment_id", 16, "hex"), _Field("record", 4), _Field("activity", 8))
_LOT: Final = (
    _Field("lot_id", 16, "hex"),
    _Field("breakdown_root", 32, "hex"),
    _Field("unit", 1, "unit"),
    _Field("co2_ug", 8),
    _Field("primary_ug", 8),
    _Field("good", 6, bits=42),
    _Field("defects", 6, bits=42),
)
_LEFT_OVER: Final = (_Field("name", 32, "text"), _Field("co2_ug", 12), _Field("primary_ug", 12))
_ENTRY: Final = (_Field("equipment_id", 16, "hex"), _Field("intensity_pg", 8))

_LISTS: Final[tuple[tuple[str, type[Any], tuple[_Field, ...]], ...]] = (
    ("materials", MaterialUse, _MATERIAL),
    ("externals", ExternalUse, _EXTERNAL),
    ("equipment", EquipmentUse, _EQUIPMENT),
    ("lots", NewLot, _LOT),
    ("left_overs", LeftOver, _LEFT_OVER),
)
_HEAD: Final = (
    _Field("batch_id", 16, "hex"),
    _Field("period_start", 5),
    _Field("period_end", 5),
    _Field("formula", 4),
)


@dataclass(frozen=True, slots=True)
class Settlement:
    """A batch, and the µg CO2e of its inputs as the ledger worked them out, (all, of it primary) each."""

    batch: Batch
    materials: tuple[tuple[int, int], ...]
    externals: tuple[tuple[int, int], ...]
    equipment: tuple[tuple[int, int], ...]

    @property
    def mass(self) -> tuple[int, int]:
        """All that went in and came out: µg CO2e, of it primary."""
        masses = [*self.materials, *self.externals, *self.equipment]
        return sum(mass[0] for mass in masses), sum(mass[1] for mass in masses)


def pack_batch(batch: Batch, formula: int) -> bytes:
    """The bytes that the contract Lots settles.

    :param formula: number of the batch's formula in the registry.

    :raises InvalidValue: when a value does not fit, or a list is longer than 65,535.
    :raises InvalidId: when an ID is none.
    """
    values = {"formula": formula}
    head = b"".join(
        field.pack(values.get(field.name, getattr(batch, field.name, None)), f"batch.{field.name}")
        for field in _HEAD
    )
    counts = b"".join(
        abi.integer(len(getattr(batch, name)), f"the length of batch.{name}", bits=16).to_bytes(2, "big")
        for name, _, _ in _LISTS
    )
    lists = b"".join(_pack(getattr(batch, name), fields, f"batch.{name}") for name, _, fields in _LISTS)
    return bytes([LAYOUT]) + head + counts + lists


def unpack_batch(data: bytes, formula_of: FormulaOf) -> Batch:
    """The batch in packed bytes, the reverse of `pack_batch`.

    :raises InvalidValue: when the bytes are no batch.
    """
    batch, end = _batch(data, formula_of)
    if end != len(data):
        raise InvalidValue(f"A batch of {end} bytes was expected, {len(data)} were given.")
    return batch


def unpack_settlement(data: bytes, formula_of: FormulaOf) -> Settlement:
    """The batch and its inputs' CO2 in the event BatchSettled.

    :raises InvalidValue: when the bytes are none.
    """
    batch, end = _batch(data, formula_of)
    reader = _Reader(data, end)
    return Settlement(
        batch,
        tuple((reader.number(8), reader.number(8)) for _ in batch.materials),
        tuple((reader.number(12), 0) for _ in batch.externals),
        tuple((reader.number(12), reader.number(12)) for _ in batch.equipment),
    )


def lots_hash(lots: Sequence[NewLot]) -> str:
    """What the ledger keeps of a batch's lots: keccak256 of their packed bytes."""
    return "0x" + keccak(_pack(lots, _LOT, "lots")).hex()


def pack_entries(entries: Sequence[Entry]) -> bytes:
    """The bytes that oracle keys sign and the contract OracleReports registers.

    :raises InvalidValue: when an intensity does not fit.
    :raises InvalidId: when an ID is none.
    """
    return _pack(entries, _ENTRY, "report.entries")


def unpack_entries(data: bytes) -> tuple[Entry, ...]:
    """The reverse of `pack_entries`.

    :raises InvalidValue: when the bytes are no entries.
    """
    reader = _Reader(data, 0)
    return tuple(reader.values(Entry, _ENTRY, -(-len(data) // 24)))


def _pack(values: Sequence[Any], fields: tuple[_Field, ...], path: str) -> bytes:
    return b"".join(
        field.pack(getattr(value, field.name), f"{path}[{index}].{field.name}")
        for index, value in enumerate(values)
        for field in fields
    )


def _batch(data: bytes, formula_of: FormulaOf) -> tuple[Batch, int]:
    reader = _Reader(data, 0)
    if reader.number(1) != LAYOUT:
        raise InvalidValue(f"The batch has not the layout {LAYOUT}.", hint="Update Tanso.")
    head: dict[str, Any] = {field.name: field.unpack(reader.take(field.size)) for field in _HEAD}
    head["formula_id"] = formula_of(head.pop("formula"))
    counts = [reader.number(2) for _ in _LISTS]
    lists: dict[str, Any] = {
        name: tuple(reader.values(kind, fields, count))
        for (name, kind, fields), count in zip(_LISTS, counts, strict=True)
    }
    return Batch(**head, **lists), reader.position


class _Reader:
    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self.position = position

    def take(self, size: int) -> bytes:
        part = self._data[self.position : self.position + size]
        if len(part) != size:
            raise InvalidValue(f"The packed bytes end at {len(self._data)}, in the middle of a value.")
        self.position += size
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def values(self, kind: type[Value], fields: tuple[_Field, ...], count: int) -> Iterator[Value]:
        for _ in range(count):
            yield kind(**{field.name: field.unpack(self.take(field.size)) for field in fields})
