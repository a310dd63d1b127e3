"""Hashed 128-bit identities: what servers and ledger see instead of names.

An ID is the text "0x" + 32 lower-case hexadecimal digits, a hash "0x" + 64 of them.
"""

import re

from tanso.contracts.errors import InvalidId, InvalidValue

MIN_SECRET_BYTES = 16
"""A shorter secret could be found by trying, and with it every name behind the company's IDs."""

_ID = re.compile(r"0x[0-9a-f]{32}")
_HASH = re.compile(r"0x[0-9a-f]{64}")


def keccak(data: bytes) -> bytes:
    """keccak256, 32 bytes."""
    from eth_hash.auto import keccak as keccak256

    return bytes(keccak256(data))


def readable(data: bytes) -> str:
    """Text that a contract keeps in fixed bytes, without the zeros after it; hexadecimal if no plain ASCII.

    >>> readable(b"idle time" + bytes(7))
    'idle time'
    >>> readable(b"a\\0b")
    '0x610062'
    """
    text = data.rstrip(b"\0")
    return text.decode("ascii") if all(0x20 <= byte < 0x7F for byte in text) else "0x" + data.hex()


def derive_id(secret: bytes, kind: str, local_name: str) -> str:
    """ID of a business, lot, piece of equipment, device, factor, batch or programme.

    The first 16 bytes of keccak256 over secret, kind and local name, each preceded by its length as four
    big-endian bytes, so that no two different triples give the same input. The name can't be found from the
    ID without the secret.

    >>> derive_id(b"a company's own secret", "lot", "A-2024-07-001")
    '0xd4362cc190fad44c841f0d0e349994ed'

    :param secret: the company's secret, at least 16 bytes; never leaves its store.
    :param kind: what is identified, for example "lot" or "equipment".
    :param local_name: the name that the company itself uses.
    :raises InvalidValue: when the secret is too short, or kind or name is empty.
    """
    if len(secret) < MIN_SECRET_BYTES:
        raise InvalidValue(
            f"The secret for IDs has {len(secret)} bytes, it needs at least {MIN_SECRET_BYTES}.",
            hint="Make one with `python -c 'import secrets; print(secrets.token_hex(32))'` and keep it.",
        )
    if not kind or not local_name:
        raise InvalidValue("An ID needs a kind and a local name, neither may be empty.")
    parts = (secret, kind.encode(), local_name.encode())
    return "0x" + keccak(b"".join(len(part).to_bytes(4, "big") + part for part in parts))[:16].hex()


def content_hash(document: bytes) -> str:
    """keccak256 of a document's bytes: formula IDs, source hashes, endpoint hashes."""
    return "0x" + keccak(document).hex()


def parse_id(text: str) -> str:
    """Checks a 128-bit ID and gives it in lower case.

    >>> parse_id("0x00112233445566778899AABBCCDDEEFF")
    '0x00112233445566778899aabbccddeeff'

    :raises InvalidId: unless it is "0x" and 32 hexadecimal digits, not all zero.
    """
    found = _checked(text, _ID, "an ID", 32)
    if not found.strip("0x"):
        raise InvalidId("The ID of all zeros stands for nobody.", hint="Derive one with derive_id.")
    return found


def parse_hash(text: str) -> str:
    """Checks a 256-bit hash and gives it in lower case.

    :raises InvalidId: unless it is "0x" and 64 hexadecimal digits.
    """
    return _checked(text, _HASH, "a hash", 64)


def _checked(text: str, pattern: re.Pattern[str], what: str, digits: int) -> str:
    lower = text.lower() if isinstance(text, str) else ""
    if not pattern.fullmatch(lower):
        shown = repr(text) if len(repr(text)) <= 80 else repr(text)[:77] + "..."
        raise InvalidId(f"{shown} is not {what}.", hint=f'Write "0x" and {digits} hexadecimal digits.')
    return lower
