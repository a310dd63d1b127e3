"""Requests between servers and their answers, signed as EIP-712 data by the accounts that the ledger names.

The domain names the chain and the registry of businesses, so that nothing is worth anything on another
ledger. A request is bound to who asks, who is asked, at which address, by which route, with which body, when,
and to a number used once. An answer is bound to the request, and to its own status and body: who lied in it
cannot say that it said something else, or to another question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from tanso.contracts.identity import content_hash
from tanso.oracle.keys import Key

_DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
_REQUEST = [
    {"name": "asker", "type": "bytes16"},
    {"name": "addressee", "type": "bytes16"},
    {"name": "audience", "type": "bytes32"},
    {"name": "route", "type": "string"},
    {"name": "bodyHash", "type": "bytes32"},
    {"name": "time", "type": "uint40"},
    {"name": "nonce", "type": "bytes16"},
]
_ANSWER = [
    {"name": "answerer", "type": "bytes16"},
    {"name": "request", "type": "bytes32"},
    {"name": "status", "type": "uint16"},
    {"name": "bodyHash", "type": "bytes32"},
    {"name": "time", "type": "uint40"},
]


class LedgerNamed(Protocol):
    """What signatures name of a ledger; a `Deployment` has it."""

    @property
    def chain_id(self) -> int: ...

    @property
    def addresses(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What a request's signature is over."""

    asker: str
    addressee: str
    audience: str
    """keccak256 of the asked server's URL, as the ledger holds it."""
    route: str
    body: bytes
    time: int
    """Unix seconds."""
    nonce: str
    """128 random bits, as an ID is written."""

    def typed_data(self, ledger: LedgerNamed) -> dict[str, Any]:
        """The full EIP-712 message."""
        return _typed(
            ledger,
            "Request",
            _REQUEST,
            {
                "asker": self.asker,
                "addressee": self.addressee,
                "audience": self.audience,
                "route": self.route,
                "bodyHash": content_hash(self.body),
                "time": self.time,
                "nonce": self.nonce,
            },
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer's signature is over."""

    answerer: str
    request: str
    """Hash of the request's typed data."""
    status: int
    """HTTP status: a refusal is signed like any other answer."""
    body: bytes
    time: int

    def typed_data(self, ledger: LedgerNamed) -> dict[str, Any]:
        """The full EIP-712 message."""
        return _typed(
            ledger,
            "Answer",
            _ANSWER,
            {
                "answerer": self.answerer,
                "request": self.request,
                "status": self.status,
                "bodyHash": content_hash(self.body),
                "time": self.time,
            },
        )


def sign(typed_data: Mapping[str, Any], key: Key) -> str:
    """The signature, 65 bytes in hexadecimal."""
    return "0x" + bytes(key.sign_typed_data(full_message=dict(typed_data)).signature).hex()


def signer_of(typed_data: Mapping[str, Any], signature: str) -> str | None:
    """Address of the key that signed; None when no key did."""
    try:
        message = encode_typed_data(full_message=dict(typed_data))
        return str(Account.recover_message(message, signature=signature))
    except Exception:  # eth-keys raises several unrelated types for malformed signatures
        return None


def hash_of(typed_data: Mapping[str, Any]) -> str:
    """The hash that the signature is over."""
    message = encode_typed_data(full_message=dict(typed_data))
    return "0x" + keccak(b"\x19" + message.version + message.header + message.body).hex()


def _typed(
    ledger: LedgerNamed, name: str, fields: list[dict[str, str]], message: dict[str, Any]
) -> dict[str, Any]:
    return {
        "types": {"EIP712Domain": _DOMAIN, name: fields},
        "primaryType": name,
        "domain": {
            "name": "Tanso servers",
            "version": "1",
            "chainId": ledger.chain_id,
            "verifyingContract": ledger.addresses["BusinessRegistry"],
        },
        "message": message,
    }
