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

from tanso.oracle.keys import KeyMissing, KeyRing
from tanso.oracle.outbox.fees import FeePolicy, Fees
from tanso.oracle.outbox.model import OutboxMessage, OutboxTransaction, Status
from tanso.oracle.outbox.node import Node, NodeFailed, Receipt, Refused
from tanso.oracle.outbox.queue import Queue
from tanso.oracle.store import utc_now

logger = logging.getLogger(__name__)

GAS_MARGIN = (5, 4)
"""Gas limit = estimate · 5/4, rounded up: the state may change between estimate and block."""


PAUSED = "EnforcedPause"
"""Refusal of a contract whose writing is paused: nothing is wrong with the message, so it waits."""


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
    """signed just now, or changed by another worker: look at the queue anew"""
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


class Hold(Exception):
    """The message waits; the text becomes its note."""


class Pusher:
    """Moves single messages on. Keeps nothing in memory that matters after a crash."""

    def __init__(
        self,
        queue: Queue,
        node: Node,
        keys: KeyRing,
        chain_id: int,
        fees: FeePolicy,
        on_step: Callable[[Step, OutboxMessage], None] | None = None,
    ) -> None:
        self._queue, self._node, self._keys, self._chain_id, self._fees = queue, node, keys, chain_id, fees
        self._on_step = on_step or (lambda _step, _message: None)

    def push(self, message: OutboxMessage) -> Progress:
        """Takes `message`, the head of its sender's queue, as far as it goes without waiting."""
        try:
            if message.status == Status.QUEUED:
                return self._sign(message)
            return self._settle(message) or self._send(message) or self._settle(message) or Progress.MINING
        except (Hold, NodeFailed, Refused, KeyMissing) as reason:
            note = str(reason)
        logger.warning("outbox %s waits: %s", message.key, note, extra=_fields(message))
        if note != message.note:
            self._queue.hold(message, note)
        return Progress.HELD

    def _sign(self, message: OutboxMessage) -> Progress:
        """queued → signed, or parked if the contract refuses for another reason than a pause."""
        try:
            estimate = self._node.estimate_gas(message)
        except Refused as reason:
            if reason.name == PAUSED:
                raise Hold("the ledger is paused; it goes on when writing is allowed again") from reason
            return self._park(message, reason)
        gas = -(-estimate * GAS_MARGIN[0] // GAS_MARGIN[1])
        fees = self._affordable(message.sender, gas)
        chain_nonce = self._node.count(message.sender, "pending")
        self._on_step(Step.ESTIMATED, message)

        def make(nonce: int) -> OutboxTransaction:
            transaction = self._signed(message, nonce, gas, fees)
            self._on_step(Step.SIGNED, message)
            return transaction

        stored = self._queue.sign(message, chain_nonce, make)
        if stored is not None:
            logger.info("outbox %s signed with nonce %s", stored.key, stored.nonce, extra=_fields(stored))
            self._on_step(Step.STORED, stored)
        return Progress.AGAIN

    def _affordable(self, sender: str, gas: int) -> Fees:
        base_fee = self._node.base_fee()
        tip = self._node.tip() if self._fees.tip_wei is None else self._fees.tip_wei
        fees = self._fees.quote(base_fee, tip)
        if fees is None:
            raise Hold(
                f"gas costs {base_fee + tip} wei, more than the cap of {self._fees.cap_wei}; "
                "it goes on when gas is cheaper or the cap is raised"
            )
        balance, needed = self._node.balance(sender), gas * fees.max_fee_wei
        if balance < needed:
            raise Hold(f"the account {sender} holds {balance} wei and needs {needed} for gas; send it some")
        return fees

    def _signed(self, message: OutboxMessage, nonce: int, gas: int, fees: Fees) -> OutboxTransaction:
        signed = self._keys.account(message.sender).sign_transaction(
            {
                "type": 2,
                "chainId": self._chain_id,
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
            tx_hash="0x" + bytes(signed.hash).hex(),
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
        tx_hash = _tx_hash(message)
        if not self._node.knows(tx_hash):
            raw = self._queue.transaction(tx_hash).raw
            try:
                self._node.send(raw)
            except (NodeFailed, Refused) as error:
                logger.info("outbox %s: sending ended with: %s", message.key, error, extra=_fields(message))
                # It may be in all the same, or be mined already.
                if not self._node.knows(tx_hash):
                    return self._settle(message) or self._explain(message, error)
            self._on_step(Step.ACCEPTED, message)
        if message.status == Status.SIGNED:
            self._queue.mark_sent(message)
            self._on_step(Step.SENT, message)
        return None

    def _explain(self, message: OutboxMessage, error: Exception) -> Progress:
        """What to do about a transaction that was sent, is not known and has no receipt."""
        assert message.nonce is not None
        if self._node.count(message.sender) <= message.nonce:
            raise Hold(str(error))
        taker = self._node.taker_of(message.sender, message.nonce)
        if taker is None or taker == message.tx_hash:
            raise Hold(f"nonce {message.nonce} is spent, but the node shows no receipt yet")
        note = f"nonce {message.nonce} went to {taker}, which this outbox did not send: signing anew"
        logger.warning("outbox %s: %s", message.key, note, extra=_fields(message))
        self._queue.unsign(message, note)
        return Progress.AGAIN

    def _settle(self, message: OutboxMessage) -> Progress | None:
        """Finishes the message if its receipt is there."""
        receipt = self._node.receipt(_tx_hash(message))
        if receipt is None:
            return None
        self._on_step(Step.RECEIPT, message)
        if not receipt.succeeded:
            gas = self._queue.transaction(_tx_hash(message)).gas
            return self._park(message, self._node.why(message, receipt, gas), receipt)
        if not self._queue.confirm(message, receipt):
            return Progress.AGAIN
        logger.info(
            "outbox %s confirmed in block %s", message.key, receipt.block_number, extra=_fields(message)
        )
        self._on_step(Step.COMMITTED, message)
        return Progress.FINISHED

    def _park(self, message: OutboxMessage, reason: Refused, receipt: Receipt | None = None) -> Progress:
        if not self._queue.park(message, reason, receipt):
            return Progress.AGAIN
        logger.error("outbox %s parked: %s", message.key, reason, extra=_fields(message))
        self._on_step(Step.COMMITTED, message)
        return Progress.FINISHED


def _tx_hash(message: OutboxMessage) -> str:
    assert message.tx_hash is not None
    return message.tx_hash


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
