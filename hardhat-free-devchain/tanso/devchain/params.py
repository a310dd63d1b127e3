"""Reading and writing the values of Ethereum's JSON-RPC: QUANTITY and DATA (execution-apis)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import invalid_params

MAX_WORD = 2**256 - 1
ZERO_ADDRESS = b"\0" * 20
AccessList = tuple[tuple[bytes, tuple[int, ...]], ...]


def quantity(value: int) -> str:
    """A whole number as 0x-hex without leading zeros."""
    return hex(value)


def data(value: bytes) -> str:
    """Bytes as 0x-hex, two digits each."""
    return "0x" + value.hex()


def parse_quantity(value: object, name: str, maximum: int = MAX_WORD) -> int:
    """A whole number 0…maximum from 0x-hex; plain JSON integers are taken as well."""
    number: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and value[:2] in ("0x", "0X") and len(value) <= 66:
        try:
            number = int(value[2:], 16) if "_" not in value else None
        except ValueError:
            number = None
    if number is None:
        raise invalid_params(f"{name} must be a whole number written as 0x-hex, for example 0x1f")
    if not 0 <= number <= maximum:
        raise invalid_params(f"{name} must lie between 0x0 and {maximum:#x}")
    return number


def parse_data(value: object, name: str, size: int | None = None) -> bytes:
    """Bytes from 0x-hex, of exactly `size` bytes if that is given."""
    if isinstance(value, str) and value[:2] in ("0x", "0X"):
        try:
            parsed = bytes.fromhex(value[2:]) if value[2:].isalnum() or len(value) == 2 else None
        except ValueError:
            parsed = None
        if parsed is not None and (size is None or len(parsed) == size):
            return parsed
    raise invalid_params(f"{name} must be {'' if size is None else f'{size} bytes of '}0x-hex")


def parse_address(value: object, name: str) -> bytes:
    """An address: 20 bytes of 0x-hex, upper or lower case."""
    return parse_data(value, name, 20)


def parse_hash(value: object, name: str) -> bytes:
    """A hash: 32 bytes of 0x-hex."""
    return parse_data(value, name, 32)


def parse_object(value: object, name: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, Mapping):
        raise invalid_params(f"{name} must be an object")
    return value


def parse_list(value: object, name: str) -> Sequence[Any]:
    """A JSON array."""
    if not isinstance(value, list | tuple):
        raise invalid_params(f"{name} must be an array")
    return value


def parse_bool(value: object, name: str) -> bool:
    """A JSON boolean."""
    if not isinstance(value, bool):
        raise invalid_params(f"{name} must be true or false")
    return value


@dataclass(frozen=True, slots=True)
class CallRequest:
    """The transaction object of eth_call, eth_estimateGas, eth_sendTransaction; wei and gas as integers."""

    sender: bytes
    to: bytes  # empty: create a contract
    gas: int | None
    value: int
    data: bytes
    access_list: AccessList
    nonce: int | None
    max_fee_per_gas: int | None  # wei; also what `gasPrice` says
    max_priority_fee_per_gas: int | None  # wei

    @classmethod
    def parse(cls, value: object) -> "CallRequest":
        """Check every member; unknown ones are ignored as other nodes do."""
        fields = {
            key: item for key, item in parse_object(value, "the transaction").items() if item is not None
        }

        def number(name: str) -> int | None:
            return parse_quantity(fields[name], name) if name in fields else None

        payloads = {parse_data(fields[name], name) for name in ("input", "data") if name in fields}
        if len(payloads) > 1:
            raise invalid_params('both "data" and "input" are set and not equal; use "input"')
        price = number("gasPrice")
        if price is not None and ("maxFeePerGas" in fields or "maxPriorityFeePerGas" in fields):
            raise invalid_params("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
        return cls(
            sender=parse_address(fields["from"], "from") if "from" in fields else ZERO_ADDRESS,
            to=parse_address(fields["to"], "to") if fields.get("to") not in (None, "", "0x") else b"",
            gas=number("gas"),
            value=number("value") or 0,
            data=payloads.pop() if payloads else b"",
            access_list=_parse_access_list(fields.get("accessList", ())),
            nonce=number("nonce"),
            max_fee_per_gas=price if price is not None else number("maxFeePerGas"),
            max_priority_fee_per_gas=price if price is not None else number("maxPriorityFeePerGas"),
        )


def _parse_access_list(value: object) -> AccessList:
    entries = []
    for item in parse_list(value, "accessList"):
        entry = parse_object(item, "an entry of accessList")
        slots = parse_list(entry.get("storageKeys", ()), "storageKeys")
        entries.append(
            (
                parse_address(entry.get("address"), "address in accessList"),
                tuple(int.from_bytes(parse_hash(slot, "a storage key")) for slot in slots),
            )
        )
    return tuple(entries)
