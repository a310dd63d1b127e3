"""Every question the outbox asks a node, with the failures sorted.

A refusal by a contract comes out as Refused. All else that can go wrong, from a broken connection to an
answer that makes no sense, comes out as NodeFailed, whose text is fit for notes and logs: it never carries a
URL.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from eth_typing import BlockNumber, ChecksumAddress, HexStr
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    BlockNotFound,
    ContractLogicError,
    TransactionIndexingInProgress,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)
from web3.providers.rpc.utils import ExceptionRetryConfiguration
from web3.types import BlockIdentifier, RPCEndpoint, TxParams

from tanso.contracts.errors import Reverted
from tanso.contracts.reverts import refusal
from tanso.oracle.outbox.model import OutboxMessage

USUAL_TIP_WEI = 10**9
"""Not every node knows eth_maxPriorityFeePerGas; one gwei is what most of them answer."""

NO_GAS_IS_ENOUGH = ("gas required exceeds", "out of gas")
"""How nodes word it that a call can't be done within one block's gas."""


class NodeFailed(Exception):
    """The node refused a request, gave no answer, or one that makes no sense."""


class NodeRefused(NodeFailed):
    """The node answered with an error: asking again soon would give the same."""


class Refused(Exception):
    """A contract refused the call; `name` is its error's."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a transaction was mined and how it ended."""

    succeeded: bool
    block_number: int
    block_hash: str
    position: int
    gas_used: int


@dataclass(frozen=True, slots=True)
class Taker:
    """The transaction that took a nonce; depth 1 is the newest block."""

    tx_hash: str
    block_number: int
    depth: int


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block; base fee in wei per gas, time in Unix seconds by the chain's clock."""

    number: int
    block_hash: str
    base_fee_wei: int
    time: int


class Node:
    """The chain as the outbox sees it."""

    def __init__(self, w3: Web3) -> None:
        """Takes eth_sendRawTransaction out of what web3.py's HTTP provider repeats by itself.

        A repeat there would hide that the first try got through. And has web3.py remember the chain's ID,
        which it asks for again before each request.
        """
        self._w3 = w3
        provider = w3.provider
        provider.cache_allowed_requests = True
        provider.cacheable_requests = {RPCEndpoint("eth_chainId")}
        if isinstance(provider, HTTPProvider) and provider.exception_retry_configuration is not None:
            old = provider.exception_retry_configuration
            provider.exception_retry_configuration = ExceptionRetryConfiguration(
                errors=old.errors,
                retries=old.retries,
                backoff_factor=old.backoff_factor,
                method_allowlist=[m for m in old.method_allowlist if m != "eth_sendRawTransaction"],
            )

    def estimate_gas(self, message: OutboxMessage) -> int:
        """Gas the message needs now. Raises Refused if its contract would refuse it."""
        with _asking():
            try:
                return _whole(self._w3.eth.estimate_gas(_call(message)))
            except Web3RPCError as error:
                if any(sign in error.message.lower() for sign in NO_GAS_IS_ENOUGH):
                    raise Refused("OutOfGas", "the call needs more gas than a block may use") from error
                raise

    def head(self) -> Head:
        """The newest block."""
        with _asking():
            block = self._w3.eth.get_block("latest")
            return Head(
                number=_whole(block["number"]),
                block_hash=Web3.to_hex(block["hash"]),
                base_fee_wei=_whole(block["baseFeePerGas"]),
                time=_whole(block["timestamp"]),
            )

    def block_hash(self, number: int) -> str | None:
        """Hash of the block with that number; None while there is none."""
        with _asking():
            try:
                return Web3.to_hex(self._w3.eth.get_block(BlockNumber(number))["hash"])
            except BlockNotFound:
                return None

    def tip(self) -> int:
        """The tip the node advises, wei per gas."""
        with _asking():
            try:
                return _whole(self._w3.eth.max_priority_fee)
            except Web3RPCError:
                return USUAL_TIP_WEI

    def balance(self, account: str) -> int:
        """Money of the account, wei."""
        with _asking():
            return _whole(self._w3.eth.get_balance(cast(ChecksumAddress, account)))

    def count(self, sender: str, block: BlockIdentifier = "latest") -> int:
        """Number of the sender's transactions up to the block, which is its next nonce."""
        with _asking():
            return _whole(self._w3.eth.get_transaction_count(cast(ChecksumAddress, sender), block))

    def send(self, raw: bytes) -> None:
        """Hands a signed transaction to the node."""
        with _asking():
            self._w3.eth.send_raw_transaction(HexBytes(raw))

    def knows(self, tx_hash: str) -> bool:
        """Whether the transaction is in the node's pool or in a block."""
        with _asking():
            try:
                return bool(self._w3.eth.get_transaction(HexStr(tx_hash))["hash"])
            except TransactionNotFound:
                return False

    def receipt(self, tx_hash: str) -> Receipt | None:
        """The transaction's receipt, if it is mined."""
        with _asking():
            try:
                found = self._w3.eth.get_transaction_receipt(HexStr(tx_hash))
            except (TransactionNotFound, TransactionIndexingInProgress):
                return None
            return Receipt(
                succeeded=_whole(found["status"]) == 1,
                block_number=_whole(found["blockNumber"]),
                block_hash=Web3.to_hex(found["blockHash"]),
                position=_whole(found["transactionIndex"]),
                gas_used=_whole(found["gasUsed"]),
            )

    def why(self, message: OutboxMessage, receipt: Receipt, gas: int) -> Refused:
        """Why a mined transaction reverted: its call is run again on the states around its block."""
        if receipt.gas_used >= gas:
            return Refused("OutOfGas", f"all {gas} gas were used up")
        for block in (receipt.block_number - 1, receipt.block_number):
            try:
                with _asking():
                    self._w3.eth.call(_call(message), BlockNumber(block))
            except Refused as reason:
                return reason
            except NodeRefused as error:
                # A pruned node has these states no longer, and never will.
                return Refused("Unknown", f"the transaction reverted in its block; {error}")
        return Refused("Unknown", "the transaction reverted in its block, though alone it would not")

    def taker_of(self, sender: str, nonce: int) -> Taker | None:
        """The mined transaction of `sender` with `nonce`; None while none is seen.

        Looks for the block in which the account's transaction count passes `nonce`, back from the newest in
        growing steps, as a node may have forgotten old states, then by halving. This is proof, where "nonce
        too low" and a missing receipt are not: those may come from two nodes, one behind the other.
        """
        with _asking():
            newest = low = high = _whole(self._w3.eth.block_number)
            if self.count(sender, BlockNumber(high)) <= nonce:
                return None
            while low > 0 and self.count(sender, BlockNumber(low)) > nonce:
                high, low = low, max(0, newest - 2 * (newest - low) - 1)
            while low < high:
                middle = (low + high) // 2
                if self.count(sender, BlockNumber(middle)) > nonce:
                    high = middle
                else:
                    low = middle + 1
            block = self._w3.eth.get_block(BlockNumber(high), full_transactions=True)
            for transaction in block["transactions"]:
                assert not isinstance(transaction, bytes)
                if transaction["from"] == sender and transaction["nonce"] == nonce:
                    return Taker(Web3.to_hex(transaction["hash"]), high, newest - high + 1)
        return None


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except ContractLogicError as error:
        reason = refusal(error)
        raise Refused(reason.name if isinstance(reason, Reverted) else "Unknown", str(reason)) from error
    except Web3RPCError as error:
        raise NodeRefused(f"the node refused a request: {error.message}") from error
    except (OSError, Web3Exception, ValueError, TypeError, KeyError, AttributeError) as error:
        # Only the kind: the text of a connection error carries the URL, and that may hold an access key.
        raise NodeFailed(f"the node gave no usable answer ({type(error).__name__})") from None


def _call(message: OutboxMessage) -> TxParams:
    return {
        "from": cast(ChecksumAddress, message.sender),
        "to": cast(ChecksumAddress, message.to),
        "data": HexStr(message.data),
    }


def _whole(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError("a node's answer that should be a whole number")
    return value
