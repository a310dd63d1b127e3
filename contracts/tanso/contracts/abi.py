"""Turns values into ABI bytes and back, by the compiled ABI alone.

Solidity structs become the dataclasses of `tanso.contracts.values`, the enum Unit becomes `Unit`, bytesN
become hex text, except those called ``name`` or ``gwpSet``, which are ASCII text padded with zero bytes.
Names become snake_case. Ranges are checked before encoding, and the field that does not fit is named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.address import is_address, to_checksum_address

from tanso.contracts import values
from tanso.contracts.errors import InvalidId, InvalidValue
from tanso.contracts.identity import keccak, readable
from tanso.contracts.units import Unit

AbiEntry = Mapping[str, Any]

_TEXT = {"name", "gwpSet"}
_ARRAY = re.compile(r"(.*)\[(\d*)\]")
_INTEGER = re.compile(r"(u?)int(\d+)")
_BYTES = re.compile(r"bytes(\d+)")


@cache
def snake(name: str) -> str:
    """The Python name of a Solidity name.

    >>> snake("leftOvers"), snake("co2Ug"), snake("from")
    ('left_overs', 'co2_ug', 'from')
    """
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def signature(entry: AbiEntry) -> str:
    """Name and parameter types, from which selectors and topics are hashed."""
    return f"{entry['name']}({','.join(abi_type(item) for item in entry['inputs'])})"


def selector(entry: AbiEntry) -> bytes:
    """First four bytes of calls and custom errors."""
    return keccak(signature(entry).encode())[:4]


def abi_type(item: AbiEntry) -> str:
    """Type with structs written out as tuples."""
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(abi_type(part) for part in item['components'])}){kind[len('tuple') :]}"


def encode(items: Sequence[AbiEntry], given: Sequence[Any]) -> bytes:
    """ABI bytes of parameters.

    :raises InvalidValue: naming the parameter that does not fit its type.
    """
    if len(items) != len(given):
        raise InvalidValue(f"{len(items)} parameters are needed, {len(given)} were given.")
    plain = [_to_abi(item, value, snake(item["name"])) for item, value in zip(items, given, strict=True)]
    return bytes(abi_encode([abi_type(item) for item in items], plain))


def decode(items: Sequence[AbiEntry], data: bytes) -> list[Any]:
    """Values out of ABI bytes, the reverse of `encode`.

    :raises InvalidValue: when the bytes do not fit the types.
    """
    try:
        plain = abi_decode([abi_type(item) for item in items], data)
    except Exception as error:  # eth_abi and the decoders below it raise several families
        raise InvalidValue(f"The chain's answer does not fit the contract's interface: {error}.") from error
    return [_from_abi(item, value) for item, value in zip(items, plain, strict=True)]


def _to_abi(item: AbiEntry, value: Any, path: str) -> Any:
    kind: str = item["type"]
    if array := _ARRAY.fullmatch(kind):
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise InvalidValue(f"{path} must be a list, not {value!r}.")
        part = {**item, "type": array[1]}
        return [_to_abi(part, one, f"{path}[{index}]") for index, one in enumerate(value)]
    if kind == "tuple":
        if not is_dataclass(value):
            raise InvalidValue(f"{path} must be a value of tanso.contracts.values, not {value!r}.")
        names = [snake(part["name"]) for part in item["components"]]
        if names != [field.name for field in fields(value)]:
            raise InvalidValue(f"{path} must be a {_struct_name(item)}, not a {type(value).__name__}.")
        return tuple(
            _to_abi(part, getattr(value, name), f"{path}.{name}")
            for part, name in zip(item["components"], names, strict=True)
        )
    if sized := _INTEGER.fullmatch(kind):
        return integer(value, path, signed=not sized[1], bits=int(sized[2]))
    if fixed := _BYTES.fullmatch(kind):
        return fixed_bytes(value, path, int(fixed[1]), text=item["name"] in _TEXT)
    if kind == "address":
        return f"0x{address_number(value, path):040x}"
    if kind == "bytes":
        return bytes(value)
    return value


def integer(value: Any, path: str, *, bits: int, signed: bool = False) -> int:
    """The number, if it fits.

    :raises InvalidValue: naming ``path`` when it is no whole number or does not fit.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue(f"{path} must be a whole number, not {value!r}.")
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if not low <= value <= high:
        raise InvalidValue(f"{path} must lie between {low} and {high}, it is {value}.")
    return int(value)


def address_number(value: Any, path: str) -> int:
    """An account's address as a number, for packing.

    :raises InvalidId: naming ``path`` when it is no address.
    """
    if not isinstance(value, str) or not is_address(value):
        raise InvalidId(f"{path} must be an address, not {value!r}.", hint='Write "0x" and 40 digits.')
    return int(value, 16)


def fixed_bytes(value: Any, path: str, size: int, *, text: bool = False) -> bytes:
    """``size`` bytes out of hex text, or out of ASCII text padded with zeros.

    :raises InvalidId: naming ``path`` when hex text does not fit.
    :raises InvalidValue: when ASCII text does not.
    """
    if not isinstance(value, str):
        raise InvalidId(f"{path} must be text, not {value!r}.")
    if text:
        if not value.isascii() or not value.isprintable() or len(value) > size:
            raise InvalidValue(f"{path} must be at most {size} printable ASCII characters, not {value!r}.")
        return value.encode().ljust(size, b"\0")
    if not re.fullmatch(rf"0x[0-9a-fA-F]{{{2 * size}}}", value):
        raise InvalidId(f"{path} is not {2 * size} hexadecimal digits after 0x: {value[:80]!r}.")
    return bytes.fromhex(value[2:])


def _from_abi(item: AbiEntry, value: Any) -> Any:
    kind: str = item["type"]
    if array := _ARRAY.fullmatch(kind):
        part = {**item, "type": array[1]}
        return tuple(_from_abi(part, one) for one in value)
    if kind == "tuple":
        parts = (_from_abi(part, one) for part, one in zip(item["components"], value, strict=True))
        return getattr(values, _struct_name(item))(*parts)
    if kind == "address":
        return to_checksum_address(value)
    if kind.startswith("bytes"):
        if item["name"] in _TEXT:
            return readable(bytes(value))
        return "0x" + bytes(value).hex()
    if item.get("internalType") == "enum Unit":
        return Unit(value)
    return value


def _struct_name(item: AbiEntry) -> str:
    """ "Lot" out of "struct ILots.Lot[]"."""
    return str(item["internalType"]).split("[")[0].split(" ")[-1].split(".")[-1]
