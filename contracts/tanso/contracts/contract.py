"""One deployed contract: makes calls, reads values, decodes events, by its compiled ABI."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tanso.contracts import abi
from tanso.contracts.errors import InvalidId, InvalidValue, LedgerError, Reverted
from tanso.contracts.identity import keccak

if TYPE_CHECKING:
    from web3 import Web3

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Call:
    """A transaction that is still to be sent: where, what data, and what it does in words."""

    to: str
    data: bytes
    what: str


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """An event of one of the ledger's contracts; args in snake_case, IDs as hex text, amounts as int."""

    contract: str
    name: str
    args: dict[str, Any]
    block_number: int
    block_hash: str
    transaction_hash: str
    log_index: int


def asked(question: Callable[[], Answer]) -> Answer:
    """Asks the node and turns whatever goes wrong into one of our own errors.

    :raises Reverted: when a contract refuses.
    :raises ChainUnreachable: when the node does not answer.
    :raises LedgerError: when the node refuses or answers something unusable.
    """
    from tanso.contracts.reverts import refusal

    try:
        return question()
    except LedgerError:
        raise
    except Exception as error:  # web3, its providers, eth-tester and requests share no base class
        raise refusal(error) from error


class Contract:
    """A contract of the ledger at its address."""

    def __init__(self, w3: "Web3", name: str, address: str, entries: Sequence[abi.AbiEntry]) -> None:
        self.w3 = w3
        self.name = name
        self.address = address
        self._functions = {entry["name"]: entry for entry in entries if entry["type"] == "function"}
        events = [entry for entry in entries if entry["type"] == "event"]
        self._events = {
            keccak(abi.signature(entry).encode()): entry for entry in events if not entry["anonymous"]
        }
        self._anonymous = next((entry for entry in events if entry["anonymous"]), None)

    def call(self, function: str, *args: Any, what: str) -> Call:
        """The transaction that calls a function.

        :raises InvalidValue: when an argument does not fit its Solidity type.
        """
        return Call(self.address, self._data(function, args), what)

    def read(self, function: str, *args: Any) -> Any:
        """What a view function returns: one value, or a tuple of several.

        :raises Reverted: when the contract refuses.
        """
        entry = self._functions[function]
        data = self._data(function, args)
        raw = asked(lambda: self.w3.eth.call({"to": _address(self.address), "data": "0x" + data.hex()}))  # type: ignore[typeddict-item]
        if not raw and entry["outputs"]:
            raise LedgerError(
                f"There is no contract {self.name} at {self.address}.",
                hint="Check that the deployment file belongs to this chain.",
            )
        answers = abi.decode(entry["outputs"], bytes(raw))
        return answers[0] if len(answers) == 1 else tuple(answers)

    def read_or_none(self, function: str, *args: Any, absent: str) -> Any:
        """Like `read`, but None when the contract refuses with the error ``absent``."""
        try:
            return self.read(function, *args)
        except Reverted as refused:
            if refused.name == absent:
                return None
            raise

    def arguments(self, function: str, data: bytes) -> list[Any]:
        """What a call of the function was given, read back from its call data.

        :raises InvalidValue: when the data is no call of this function.
        """
        entry = self._functions[function]
        if data[:4] != abi.selector(entry):
            raise InvalidValue(f"The call data is no call of {self.name}.{function}.")
        return abi.decode(entry["inputs"], data[4:])

    def has(self, function: str) -> bool:
        """Whether the contract has a function of this name."""
        return function in self._functions

    def selector(self, function: str) -> bytes:
        """First four bytes of calls of a function."""
        return abi.selector(self._functions[function])

    def components(self, function: str, inside: str = "") -> list[abi.AbiEntry]:
        """Fields of the struct that a function takes first, or of the struct list called ``inside`` in it."""
        found: list[abi.AbiEntry] = self._functions[function]["inputs"][0]["components"]
        if not inside:
            return found
        return next(item["components"] for item in found if item["name"] == inside)

    def event(self, log: Any) -> LedgerEvent:
        """Decodes a log of this contract, as web3 gives it.

        :raises LedgerError: when the compiled contract has no such event.
        """
        topics = [bytes(topic) for topic in log["topics"]]
        entry = self._events.get(topics[0]) if topics else self._anonymous
        if entry is None:
            raise LedgerError(
                f"{self.name} at {self.address} wrote an event that Tanso does not know.",
                hint="The deployment belongs to another version of Tanso.",
            )
        indexed = [item for item in entry["inputs"] if item["indexed"]]
        plain = [item for item in entry["inputs"] if not item["indexed"]]
        found: dict[str, Any] = {}
        for item, topic in zip(indexed, topics[1:], strict=True):
            found[item["name"]] = abi.decode([item], topic)[0]
        for item, value in zip(plain, abi.decode(plain, bytes(log["data"])), strict=True):
            found[item["name"]] = value
        return LedgerEvent(
            contract=self.name,
            name=entry["name"],
            args={abi.snake(item["name"]): found[item["name"]] for item in entry["inputs"]},
            block_number=int(log["blockNumber"]),
            block_hash="0x" + bytes(log["blockHash"]).hex(),
            transaction_hash="0x" + bytes(log["transactionHash"]).hex(),
            log_index=int(log["logIndex"]),
        )

    def events(self, name: str, topics: Sequence[str], from_block: int, to_block: int) -> list[LedgerEvent]:
        """This contract's events of one kind in a range of blocks, both included.

        :param topics: values of the indexed parameters (hex text); "" where any will do.
        """
        key = next(key for key, entry in self._events.items() if entry["name"] == name)
        wanted = ["0x" + key.hex(), *((topic and topic.ljust(66, "0")) or None for topic in topics)]
        logs = asked(
            lambda: self.w3.eth.get_logs(
                {"address": self.address, "fromBlock": from_block, "toBlock": to_block, "topics": wanted}  # type: ignore[typeddict-item]
            )
        )
        return [self.event(log) for log in logs]

    def _data(self, function: str, args: Sequence[Any]) -> bytes:
        entry = self._functions[function]
        return abi.selector(entry) + abi.encode(entry["inputs"], args)


def short(identity: str) -> str:
    """An ID or account cut down for messages.

    :raises InvalidId: when it is no text.
    """
    if not isinstance(identity, str):
        raise InvalidId(f"An ID must be text, not {identity!r}.")
    return identity[:10]


def _address(text: str) -> Any:
    """web3 wants its own address type."""
    return text
