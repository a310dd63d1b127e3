"""EIP-712 typed data of the ledger's signed structs, with members taken from the compiled ABI."""

from dataclasses import fields
from typing import Any

from tanso.contracts.contract import Contract
from tanso.contracts.values import Reduction, Report

Types = dict[str, list[dict[str, str]]]

_DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


def members(contract: Contract, function: str, inside: str = "") -> list[dict[str, str]]:
    """EIP-712 members of a function's first parameter, or of the struct list inside it."""
    components = contract.components(function, inside)
    return [
        {"name": item["name"], "type": "Entry[]" if item["type"] == "tuple[]" else item["type"]}
        for item in components
    ]


def typed(name: str, chain_id: int, address: str, types: Types, value: Report | Reduction) -> dict[str, Any]:
    primary = type(value).__name__
    return {
        "types": {"EIP712Domain": _DOMAIN, **types},
        "domain": {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": address},
        "primaryType": primary,
        "message": _message(value, types[primary], types),
    }


def _message(value: Any, members: list[dict[str, str]], types: Types) -> dict[str, Any]:
    """Fields under their Solidity names, in the order of the struct."""
    message = {}
    for member, field in zip(members, fields(value), strict=True):
        held = getattr(value, field.name)
        inner = member["type"].removesuffix("[]")
        message[member["name"]] = (
            [_message(one, types[inner], types) for one in held] if inner in types else held
        )
    return message
