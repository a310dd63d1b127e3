"""Why a contract refused: finds the revert data in whatever a node or library raised, and names the error.

The sentence in the message is the custom error's NatSpec, taken from the compiled sources, so it can't differ
from what the contract's interface documents.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from tanso.contracts import abi, compiler
from tanso.contracts.errors import ChainUnreachable, InvalidValue, LedgerError, Reverted
from tanso.contracts.hints import HINTS

_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_REPR = re.compile(r"""b(['"]).*\1""", re.DOTALL)

_ERROR_STRING: abi.AbiEntry = {"name": "Error", "inputs": [{"name": "reason", "type": "string"}]}
_PANIC: abi.AbiEntry = {"name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]}
_PANICS = {
    0x01: "an assertion failed",
    0x11: "an amount is too large or too small for its type",
    0x12: "division by zero",
    0x21: "a value outside an enumeration",
    0x32: "an index outside a list",
    0x41: "a list too large for memory",
}


@lru_cache(maxsize=1)
def known_errors() -> dict[bytes, tuple[str, abi.AbiEntry, str]]:
    """Custom errors of all compiled contracts by selector: contract, ABI entry, NatSpec sentence.

    An error that several contracts can raise belongs to the one whose name it begins with.
    """
    known: dict[bytes, tuple[str, abi.AbiEntry, str]] = {}
    for artifact in compiler.compile_contracts().values():
        for entry in artifact.abi:
            if entry["type"] != "error":
                continue
            key = abi.selector(entry)
            contract = artifact.name
            owner = contract.removeprefix("I") if contract[1:2].isupper() else contract
            if key in known and not entry["name"].startswith(owner):
                continue
            sentence = _sentence(artifact, abi.signature(entry))
            if key in known and not sentence:
                continue
            known[key] = (owner, entry, sentence)
    return known


def decode_error(data: bytes | str) -> Reverted:
    """The named error in revert data; never raises.

    >>> decode_error("0x").name
    'Unknown'
    """
    raw = bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else bytes(data)
    try:
        return _decoded(raw)
    except InvalidValue:
        return _unknown(raw)


def refusal(error: BaseException) -> LedgerError:
    """What the exception of a node or library means, as one of our own errors.

    Handles web3's ContractLogicError family, JSON-RPC errors that carry data as text or as an object, and
    eth-tester, in process, whose message holds the printed form of the data.
    """
    data = _revert_data(error)
    if data is not None:
        return decode_error(data)
    for cause in _chain(error):
        if isinstance(cause, OSError):
            return ChainUnreachable(
                f"The node does not answer: {cause}.", hint="Check that it runs and that its URL is right."
            )
    text = str(error).strip()
    reason = text.removeprefix("execution reverted: ")
    if reason != text:
        return Reverted("Error", {"reason": reason})
    if "revert" in text.lower():
        return _unknown(b"")
    return LedgerError(f"The node refused: {text or type(error).__name__}.")


def _decoded(raw: bytes) -> Reverted:
    if not raw:
        return _unknown(raw)
    key, body = raw[:4], raw[4:]
    for entry in (_ERROR_STRING, _PANIC):
        if key == abi.selector(entry):
            value = abi.decode(entry["inputs"], body)[0]
            sentence = _PANICS.get(value, "") if entry is _PANIC else ""
            return Reverted(str(entry["name"]), {entry["inputs"][0]["name"]: value}, sentence=sentence)
    found = known_errors().get(key)
    if found is None:
        return _unknown(raw)
    contract, entry, sentence = found
    names = [abi.snake(item["name"]) for item in entry["inputs"]]
    values = dict(zip(names, abi.decode(entry["inputs"], body), strict=True))
    return Reverted(entry["name"], values, contract, sentence=sentence, hint=HINTS.get(entry["name"], ""))


def _unknown(raw: bytes) -> Reverted:
    return Reverted(
        "Unknown",
        {"data": "0x" + raw.hex()},
        sentence="the contract refused without an error that Tanso knows",
        hint="Check that the deployment file belongs to this chain and this version of Tanso.",
    )


def _sentence(artifact: compiler.Artifact, signature: str) -> str:
    notices = artifact.userdoc.get("errors", {}).get(signature) or [{}]
    details = artifact.devdoc.get("errors", {}).get(signature) or [{}]
    said = str(notices[0].get("notice") or details[0].get("details") or "")
    return " ".join(said.removeprefix("Thrown when ").rstrip(".").split())


def _revert_data(error: BaseException) -> bytes | None:
    for cause in _chain(error):
        response = getattr(cause, "rpc_response", None)
        reported = response.get("error") if isinstance(response, Mapping) else None
        candidates = [getattr(cause, "data", None), reported, *cause.args]
        for candidate in candidates:
            data = _as_data(candidate)
            if data is not None:
                return data
    return None


def _as_data(candidate: Any) -> bytes | None:
    if isinstance(candidate, bytes):
        return candidate
    if isinstance(candidate, Mapping):
        return next((data for value in candidate.values() if (data := _as_data(value)) is not None), None)
    if isinstance(candidate, BaseException):
        return next((data for arg in candidate.args if (data := _as_data(arg)) is not None), None)
    if not isinstance(candidate, str):
        return None
    text = candidate.removeprefix("execution reverted: ").removeprefix("Reverted ")
    if _HEX.fullmatch(text):
        return bytes.fromhex(text[2:])
    if _REPR.fullmatch(text):
        try:
            return bytes(ast.literal_eval(text))
        except (SyntaxError, ValueError):
            return None
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
