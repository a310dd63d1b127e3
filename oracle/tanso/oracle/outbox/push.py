"""Pushing one message to the chain, step by step.

Every step can be the last one before a crash; a later push goes on from what is stored:

    queued → signed               estimate gas, ask fees and nonce; sign and store in one database transaction
    signed → sent                 look for the receipt; if the node does not know the transaction, send it
    sent   → confirmed or parked  look for the receipt; if the node forgot it, send the same bytes again

Whatever a node answers to the sending ("already known", "nonce too low", nothing at all), the receipt is
looked for before anything else, and the stored bytes are the only ones ever sent. A new transaction is signed
for a message only when a block shows that its nonce went to another transaction.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import cast

from eth_typing import ChecksumAddress, HexStr
from hexbytes import HexBytes
from web3.exceptions import (
    ContractLogicError,
    TransactionIndexingInProgress,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)
from web3.types import TxParams, TxReceipt

from tanso.contracts.errors import Reverted
from tanso.contracts.ledger import Ledger
from tanso.contracts.reverts import refusal
from tanso.oracle.keys import KeyMissing, KeyRing
from tanso.oracle.outbox.fees import FeePolicy, Fees, market
from tanso.oracle.outbox.model import OutboxMessage, OutboxTransaction, Status
from tanso.oracle.outbox.nonces import taker_of
from tanso.oracle.outbox.queue import Fault, Outcome, Queue
from tanso.oracle.store import utc_now

logger = logging.getLogger(__name__)

GAS_MARGIN = (5, 4)
"""Gas limit = estimate · 5/4, rounded up: the state may change between estimate and block."""


NO_GAS_IS_ENOUGH = ("gas required exceeds", "out of gas")
"""How nodes word it that a call can't be done within one block's gas."""


class Step(StrEnum):
    """Moments of a push, for tests that stop a process there."""

    ESTIMATED = "estimated"
    SIGNED = "signed"
    """in memory, not stored"""
    STORED = "stored"
    ACCEPTED = "accepted"
    """the node has it, the outbox has not noted that"""
    SENT = "sent"
    RECEIPT = "receipt"
    """the receipt was seen, not stored"""
    COMMITTED = "committed"


class Progress(Enum):
    """What one push achieved."""

    FINISHED = 1
    """confirmed or parked by this push"""
    AGAIN = 2
    """its state changed otherwise (another worker, a lost nonce): look at the queue anew"""
    MINING = 3
    """no receipt yet"""
    HELD = 4
    """can't go on now; its note says why"""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long `drain` waits for receipts.

    seconds: after the last message that finished; 0 looks once. poll_seconds: between two looks.
    """

    seconds: float = 5.0
    poll_seconds: float = 0.05


class Hold(Exception):  # noqa: N818 - a turn in the flow, never seen outside
    """The message waits; the text becomes its note."""


class Pusher:
    """Moves single messages on. Keeps nothing in memory that matters after a crash."""

    def __init__(
        self,
        queue: Queue,
        ledger: Ledger,
        keys: KeyRing,
        fees: FeePolicy,
        on_step: Callable[[Step, OutboxMessage], None] | None = None,
    ) -> None:
        self._queue, self._ledger, self._keys, self._fees = queue, ledger, keys, fees
        self._w3 = ledger.w3
        self._on_step = on_step or (lambda _step, _message: None)

    def push(self, message: OutboxMessage) -> Progress:
        """Takes `message`, the head of its sender's queue, as far as it goes without waiting."""
        try:
            if message.status == Status.QUEUED:
                return self._sign(message)
            return self._settle(message) or self._send(message) or self._settle(message) or Progress.MINING
        except (Hold, KeyMissing) as reason:
            note = str(reason)
        except Web3RPCError as error:
            note = f"the node refused a request: {error.message}"
        except (OSError, Web3Exception) as error:
            # Only the kind: the text of a connection error may carry a URL with an access key.
            note = f"the node gave no usable answer ({type(error).__name__})"
        logger.warning("outbox %s waits: %s", message.key, note, extra=_fields(message))
        if note != message.note:
            self._queue.hold(message, note)
        return Progress.HELD

    def _sign(self, message: OutboxMessage) -> Progress:
        call: TxParams = {
            "from": cast(ChecksumAddress, message.sender),
            "to": cast(ChecksumAddress, message.to),
            "data": HexStr(message.data),
        }
        try:
            estimate = self._w3.eth.estimate_gas(call)
        except ContractLogicError as error:
            return self._park(message, _fault(error))
        except Web3RPCError as error:
            if any(sign in error.message.lower() for sign in NO_GAS_IS_ENOUGH):
                return self._park(message, Fault("OutOfGas", "the call needs more gas than a block may use"))
            raise
        gas = -(-estimate * GAS_MARGIN[0] // GAS_MARGIN[1])
        fees = self._affordable(message.sender, gas)
        chain_nonce = self._w3.eth.get_transaction_count(cast(ChecksumAddress, message.sender), "pending")
        self._on_step(Step.ESTIMATED, message)

        def make(nonce: int) -> OutboxTransaction:
            transaction = self._signed(message, nonce, gas, fees)
            self._on_step(Step.SIGNED, message)
            return transaction

        stored = self._queue.sign(message, chain_nonce, make)
        if stored is None:
            return Progress.AGAIN
        logger.info("outbox %s signed with nonce %s", stored.key, stored.nonce, extra=_fields(stored))
        self._on_step(Step.STORED, stored)
        return Progress.AGAIN

    def _affordable(self, sender: str, gas: int) -> Fees:
        base_fee, tip = market(self._w3, self._fees)
        fees = self._fees.quote(base_fee, tip)
        if fees is None:
            raise Hold(
                f"gas costs {base_fee + tip} wei, more than the cap of {self._fees.cap_wei}; "
                "it goes on when gas is cheaper or the cap is raised"
            )
        balance = self._w3.eth.get_balance(cast(ChecksumAddress, sender))
        if balance < gas * fees.max_fee_wei:
            raise Hold(
                f"the account {sender} holds {balance} wei and needs {gas * fees.max_fee_wei} for gas; "
                "send it some"
            )
        return fees

    def _signed(self, message: OutboxMessage, nonce: int, gas: int, fees: Fees) -> OutboxTransaction:
        signed = self._keys.account(message.sender).sign_transaction(
            {
                "type": 2,
                "chainId": self._ledger.deployment.chain_id,
                "nonce": nonce,
                "to": cast(ChecksumAddress, message.to),
                "value": 0,
                "data": HexStr(message.data),
                "gas": gas,
                "maxFeePerGas": fees.max_fee_wei,
                "maxPriorityFeePerGas": fees.tip_wei,
            }
        )
        assert message.id is not None
        return OutboxTransaction(
            tx_hash=_hex(signed.hash),
            message_id=message.id,
            sender=message.sender,
            nonce=nonce,
            raw=bytes(signed.raw_transaction),
            gas=gas,
            max_fee_wei=fees.max_fee_wei,
            tip_wei=fees.tip_wei,
            signed_at=utc_now(),
        )

    def _send(self, message: OutboxMessage) -> Progress | None:
        """Makes sure that the node has the transaction. None if it has."""
        if not self._known(message):
            assert message.tx_hash is not None
            try:
                self._w3.eth.send_raw_transaction(HexBytes(self._queue.raw(message.tx_hash)))
            except (OSError, Web3Exception) as error:
                logger.info("outbox %s: sending ended with %s", message.key, error.__class__.__name__)
                # It may be in all the same, or be mined already.
                if not self._known(message):
                    return self._settle(message) or self._refused(message, error)
            self._on_step(Step.ACCEPTED, message)
        if message.status == Status.SIGNED:
            self._queue.mark_sent(message)
            self._on_step(Step.SENT, message)
        return None

    def _refused(self, message: OutboxMessage, error: Exception) -> Progress:
        assert message.nonce is not None
        sender = cast(ChecksumAddress, message.sender)
        if self._w3.eth.get_transaction_count(sender, "latest") <= message.nonce:
            raise error
        taker = taker_of(self._w3, sender, message.nonce)
        if taker is None or taker == message.tx_hash:
            raise Hold(f"nonce {message.nonce} is spent, but the node shows no receipt yet")
        note = f"nonce {message.nonce} went to {taker}, which this outbox did not send: signing anew"
        logger.warning("outbox %s: %s", message.key, note, extra=_fields(message))
        self._queue.unsign(message, note)
        return Progress.AGAIN

    def _known(self, message: OutboxMessage) -> bool:
        try:
            self._w3.eth.get_transaction(_tx_hash(message))
        except TransactionNotFound:
            return False
        return True

    def _settle(self, message: OutboxMessage) -> Progress | None:
        """Finishes the message if its receipt is there."""
        try:
            receipt = self._w3.eth.get_transaction_receipt(_tx_hash(message))
        except (TransactionNotFound, TransactionIndexingInProgress):
            return None
        self._on_step(Step.RECEIPT, message)
        outcome = Outcome(receipt["blockNumber"], _hex(receipt["blockHash"]), receipt["gasUsed"])
        if receipt["status"] != 1:
            return self._park(message, self._why(message, receipt), outcome)
        if not self._queue.confirm(message, outcome):
            return Progress.AGAIN
        logger.info(
            "outbox %s confirmed in block %s", message.key, outcome.block_number, extra=_fields(message)
        )
        self._on_step(Step.COMMITTED, message)
        return Progress.FINISHED

    def _park(self, message: OutboxMessage, fault: Fault, outcome: Outcome | None = None) -> Progress:
        if not self._queue.park(message, fault, outcome):
            return Progress.AGAIN
        logger.error("outbox %s parked: %s", message.key, fault.text, extra=_fields(message))
        self._on_step(Step.COMMITTED, message)
        return Progress.FINISHED

    def _why(self, message: OutboxMessage, receipt: TxReceipt) -> Fault:
        """Runs a reverted transaction again on the state before its block to learn the error."""
        transaction = self._w3.eth.get_transaction(_tx_hash(message))
        if receipt["gasUsed"] >= transaction["gas"]:
            return Fault("OutOfGas", f"all {transaction['gas']} gas were used up")
        call: TxParams = {
            "from": cast(ChecksumAddress, message.sender),
            "to": cast(ChecksumAddress, message.to),
            "data": HexStr(message.data),
        }
        for block in (receipt["blockNumber"] - 1, receipt["blockNumber"]):
            try:
                self._w3.eth.call(call, block)
            except ContractLogicError as error:
                return _fault(error)
        return Fault("Unknown", "the transaction reverted in its block, though alone it would not")


def _fault(error: ContractLogicError) -> Fault:
    reason = refusal(error)
    return Fault(reason.name if isinstance(reason, Reverted) else "Unknown", str(reason))


def _tx_hash(message: OutboxMessage) -> HexStr:
    assert message.tx_hash is not None
    return HexStr(message.tx_hash)


def _hex(value: bytes) -> str:
    return "0x" + bytes(value).hex()


def _fields(message: OutboxMessage) -> dict[str, object]:
    """For structured logs; nothing here is secret."""
    return {
        "outbox_key": message.key,
        "outbox_kind": message.kind,
        "outbox_status": str(message.status),
        "outbox_sender": message.sender,
        "outbox_nonce": message.nonce,
        "outbox_tx_hash": message.tx_hash,
    }
