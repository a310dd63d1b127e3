"""Pushing one message to the chain, step by step.

Every step can be the last one before a crash; a later push goes on from what is stored:

    queued → signed               estimate gas, ask fees and nonce; sign; store if the nonce is free still
    signed → sent                 look for the receipt; if the node does not know the transaction, send it
    sent   → confirmed or parked  look for the receipt; if the node forgot it, send the same bytes again
    sent   → signed               stuck: the same call and nonce, signed with higher fees, below the cap

Whatever a node answers to the sending ("already known", "nonce too low", nothing at all), the receipts of all
that was ever signed for the nonce are looked for before anything else, and only stored bytes are ever sent.
With another nonce a message is signed only when a final block shows that its nonce went elsewhere.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

from tanso.oracle.errors import SignerFailed
from tanso.oracle.keys import KeyMissing
from tanso.oracle.outbox.model import FILL, OutboxMessage, Status
from tanso.oracle.outbox.node import Node, NodeFailed, Refused
from tanso.oracle.outbox.queue import Mined, Queue
from tanso.oracle.outbox.signing import Hold, Signer, with_margin
from tanso.oracle.outbox.watch import Finality, Watch
from tanso.oracle.store import utc_now

logger = logging.getLogger(__name__)

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


class Pusher:
    """Moves single messages on. Keeps nothing in memory that matters after a crash."""

    def __init__(
        self,
        queue: Queue,
        node: Node,
        watch: Watch,
        signer: Signer,
        finality: Finality,
        on_step: Callable[[Step, OutboxMessage], None] | None = None,
    ) -> None:
        self._queue, self._node, self._watch, self._signer = queue, node, watch, signer
        self._finality = finality
        self._on_step = on_step or (lambda _step, _message: None)

    def push(self, message: OutboxMessage) -> Progress:
        """Takes `message`, the head of its sender's queue, as far as it goes without waiting."""
        try:
            if message.status == Status.QUEUED:
                return self._sign(message)
            return (
                self._settle(message)
                or self._send(message)
                or self._settle(message)
                or self._unblock(message)
                or Progress.MINING
            )
        except (Hold, NodeFailed, Refused, KeyMissing, SignerFailed) as reason:
            note = str(reason)
        logger.warning("outbox %s waits: %s", message.key, note, extra=_fields(message))
        if note != message.note:
            self._queue.hold(message, note)
        return Progress.HELD

    def _sign(self, message: OutboxMessage) -> Progress:
        """queued → signed, or parked if the contract refuses for another reason than a pause."""
        earlier = self._watch.watches(message)
        if earlier is not None:
            raise Hold(
                f"it reverted in block {earlier.block_number} and is tried again when that is final, "
                f"{self._finality.final} blocks deep"
            )
        try:
            estimate = self._node.estimate_gas(message)
        except Refused as reason:
            if reason.name == PAUSED:
                raise Hold("the ledger is paused; it goes on when writing is allowed again") from reason
            if self._watch.look():
                return Progress.AGAIN
            if self._watch.anything_dropped():
                raise Hold(
                    f"{reason}; but a reorganisation dropped transactions that are on their way again: "
                    "it is tried when they are mined"
                ) from reason
            return self._park(message, reason)
        gas = with_margin(estimate)
        fees = self._signer.affordable(message.sender, gas)
        nonce = self._queue.next_nonce(message.sender, self._node.count(message.sender, "pending"))
        self._on_step(Step.ESTIMATED, message)
        transaction = self._signer.sign(message, nonce, gas, fees)
        self._on_step(Step.SIGNED, message)
        stored = self._queue.sign(message, transaction)
        if stored is not None:
            logger.info("outbox %s signed with nonce %s", stored.key, stored.nonce, extra=_fields(stored))
            self._on_step(Step.STORED, stored)
        return Progress.AGAIN

    def _send(self, message: OutboxMessage) -> Progress | None:
        """Makes sure that the node has the transaction. None if it has."""
        tx_hash = _tx_hash(message)
        if not self._node.knows(tx_hash):
            if message.status == Status.SENT and self._watch.before(message):
                return Progress.MINING
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
        nonce = _nonce(message)
        if self._node.count(message.sender) <= nonce:
            replaced = self._raise(message)
            if replaced is None:
                raise Hold(str(error))
            return replaced
        taker = self._node.taker_of(message.sender, nonce)
        if taker is None or taker.tx_hash in self._hashes(message):
            raise Hold(f"nonce {nonce} is spent, but the node shows no receipt yet")
        if taker.depth < self._finality.final:
            raise Hold(
                f"nonce {nonce} went to {taker.tx_hash}, which this outbox did not send; signing anew when "
                f"block {taker.block_number} is final, {self._finality.final} blocks deep"
            )
        note = f"nonce {nonce} went to {taker.tx_hash}, which this outbox did not send"
        if message.kind == FILL:
            return self._park(message, Refused("NotNeeded", note))
        logger.warning("outbox %s: %s: signing anew", message.key, note, extra=_fields(message))
        self._queue.unsign(message, f"{note}: signing anew")
        return Progress.AGAIN

    def _unblock(self, message: OutboxMessage) -> Progress | None:
        """Looks why the node has the transaction and no block does, and does something about it."""
        missing = self._node.count(message.sender, "pending")
        if missing < _nonce(message):
            return self._fill(message, missing)
        return self._raise(message)

    def _raise(self, message: OutboxMessage) -> Progress | None:
        """Signs the same with higher fees if the transaction in force can't be mined, or is passed over."""
        stored = self._queue.transaction(_tx_hash(message))
        raised = self._signer.raised(stored)
        if raised is None:
            return None
        transaction = self._signer.sign(message, stored.nonce, stored.gas, raised)
        self._on_step(Step.SIGNED, message)
        replaced = self._queue.replace(message, transaction)
        if replaced is not None:
            logger.warning(
                "outbox %s is stuck: nonce %s signed again for up to %s wei per gas, tip %s",
                message.key,
                stored.nonce,
                raised.max_fee_wei,
                raised.tip_wei,
                extra=_fields(replaced),
            )
            self._on_step(Step.STORED, replaced)
        return Progress.AGAIN

    def _fill(self, message: OutboxMessage, nonce: int) -> Progress:
        """Sees to a nonce below the message's that no transaction has: none after it can be mined.

        One of our own is sent again. What else had it may be on its way still, so it is given the time after
        which a transaction counts as passed over; then a transaction that does nothing takes its nonce.
        """
        owner = self._queue.owner(message.sender, nonce)
        if owner is not None:
            assert owner.tx_hash is not None
            note = f"nonce {nonce} is free again: sending again"
            reopened = self._queue.reopen(owner, owner.tx_hash, nonce, note)
            return Progress.AGAIN if reopened else Progress.MINING
        if not self._signer.passed_over(self._queue.transaction(_tx_hash(message)), self._node.head()):
            return Progress.MINING
        filler = OutboxMessage(
            key=f"fill:{message.sender}:{nonce}",
            kind=FILL,
            sender=message.sender,
            to=message.sender,
            data="0x",
            what=f"take the free nonce {nonce} of {message.sender}",
            created_at=utc_now(),
        )
        gas = with_margin(self._node.estimate_gas(filler))
        fees = self._signer.affordable(message.sender, gas)
        logger.warning("outbox %s waits for nonce %s: filling it", message.key, nonce, extra=_fields(message))
        filled = self._queue.fill(filler, self._signer.sign(filler, nonce, gas, fees))
        return Progress.MINING if filled is None else Progress.AGAIN

    def _settle(self, message: OutboxMessage) -> Progress | None:
        """Finishes the message if a receipt is there of any transaction signed with its nonce."""
        mined = self._mined(message)
        if mined is None:
            return None
        receipt = mined.receipt
        if self._finality.confirmations > 1:
            depth = self._node.head().number - receipt.block_number + 1
            if depth < self._finality.confirmations:
                note = (
                    f"mined in block {receipt.block_number}; waits for {self._finality.confirmations} blocks"
                )
                if message.note != note:
                    self._queue.hold(message, note)
                return Progress.MINING
        self._on_step(Step.RECEIPT, message)
        if not receipt.succeeded:
            return self._park(message, self._node.why(message, receipt, mined.transaction.gas), mined)
        if not self._queue.confirm(message, mined):
            return Progress.AGAIN
        logger.info(
            "outbox %s confirmed in block %s", message.key, receipt.block_number, extra=_fields(message)
        )
        self._on_step(Step.COMMITTED, message)
        return Progress.FINISHED

    def _mined(self, message: OutboxMessage) -> Mined | None:
        receipt = self._node.receipt(_tx_hash(message))
        if receipt is not None:
            return Mined(self._queue.transaction(_tx_hash(message)), receipt)
        for attempt in self._queue.attempts(message.id, message.nonce):
            if attempt.tx_hash != message.tx_hash:
                receipt = self._node.receipt(attempt.tx_hash)
                if receipt is not None:
                    return Mined(attempt, receipt)
        return None

    def _hashes(self, message: OutboxMessage) -> set[str]:
        return {attempt.tx_hash for attempt in self._queue.attempts(message.id, message.nonce)}

    def _park(self, message: OutboxMessage, reason: Refused, mined: Mined | None = None) -> Progress:
        if not self._queue.park(message, reason, mined):
            return Progress.AGAIN
        logger.error("outbox %s parked: %s", message.key, reason, extra=_fields(message))
        self._on_step(Step.COMMITTED, message)
        return Progress.FINISHED


def _tx_hash(message: OutboxMessage) -> str:
    assert message.tx_hash is not None
    return message.tx_hash


def _nonce(message: OutboxMessage) -> int:
    assert message.nonce is not None
    return message.nonce


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
