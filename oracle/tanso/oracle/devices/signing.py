"""What a device signs, and whose signature it is.

A device with a secp256k1 key signs each reading as an EIP-191 personal message. The text is the reading's
JSON as it is sent, without `signature` and with the ID of the business under `business`, in canonical form:
keys sorted, no blanks, UTF-8, every value a text but `sequence`, which is a whole number. For example::

    {"business":"0x…","device":"press 3","end":"2026-05-04T10:30:00+09:00","quantity":"electricity",
     "sequence":17,"start":"2026-05-04T10:15:00+09:00","unit":"kWh","value":"3.170"}

(in one line). The business is in it so that a reading counts for one business only; value and times stand
there digit for digit as they were sent.
"""

import re
from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from tanso.contracts.identity import parse_id
from tanso.oracle.errors import WrongDeviceSignature
from tanso.oracle.evidence import canonical_json
from tanso.oracle.keys import Key

TEXTS = ("device", "quantity", "value", "unit", "start", "end", "at")
SEQUENCE_LIMIT = 2**63
"""Sequence numbers are below this: whole numbers of a database."""
# r, s of the lower half (its first digit is at most 7) and v of 27 or 28: one writing per signature.
_SIGNATURE = re.compile(r"0x[0-9a-f]{64}[0-7][0-9a-f]{63}1[bc]")


def signing_text(business_id: str, reading: Mapping[str, Any]) -> str:
    """The text that the device signs for a reading as it is sent.

    `reading` has device, quantity, value and unit, start and end or at, maybe sequence; a `signature` in it
    is left out. A value that was sent as a JSON number is given as the text that stood there. Raises
    WrongDeviceSignature for anything else, and InvalidId.
    """
    stated: dict[str, Any] = {"business": parse_id(business_id)}
    for name, value in reading.items():
        if name == "signature" or value is None:
            continue
        if name == "sequence":
            sound = type(value) is int and 0 <= value < SEQUENCE_LIMIT
        else:
            sound = name in TEXTS and isinstance(value, str)
        if not sound:
            raise WrongDeviceSignature(
                f"A reading with {name}={value!r:.60} can't be signed.",
                hint=f"Signed are {', '.join(TEXTS)} as texts and sequence as a whole number below 2^63.",
            )
        stated[name] = value
    try:
        return canonical_json(stated).decode()
    except UnicodeEncodeError:
        raise WrongDeviceSignature(
            "A reading has signs that are no text.", hint="Send valid UTF-8."
        ) from None


def sign_reading(key: Key, business_id: str, reading: Mapping[str, Any]) -> str:
    """The device's signature of a reading, "0x" + 130 hexadecimal digits; errors as `signing_text`."""
    signed = key.sign_message(encode_defunct(text=signing_text(business_id, reading)))
    return "0x" + bytes(signed.signature).hex()


def signer_of(text: str, signature: str) -> str:
    """Address of the key that signed a text; raises WrongDeviceSignature when no key did."""
    if not _SIGNATURE.fullmatch(signature):
        raise WrongDeviceSignature(
            "The signature is malformed.",
            hint='It is r, s (in the lower half) and v (27 or 28): "0x" and 130 hexadecimal digits.',
        )
    try:
        return str(Account.recover_message(encode_defunct(text=text), signature=signature))
    except (BadSignature, ValidationError, ValueError) as error:
        raise WrongDeviceSignature(
            "The signature belongs to no key.", hint="Sign the reading anew."
        ) from error
