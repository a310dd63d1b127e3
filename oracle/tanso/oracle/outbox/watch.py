"""Watching what was mined until it is final: a reorganisation may drop it, move it or turn its outcome.

Looking is cheap while nothing happens, however many messages are watched: a block's hash stands for all
blocks before it, so it is enough that the newest block of the last look is still in its place.
"""

import logging
from dataclasses import dataclass

from sqlmodel import col, select

from tanso.contracts.errors import InvalidValue
from tanso.oracle.outbox.model import OutboxMessage, OutboxTransaction, OutboxWatch, Status
from tanso.oracle.outbox.node import Head, Node, Receipt
from tanso.oracle.outbox.queue import Queue, lock_sender
from tanso.oracle.store import reading, writing

logger = logging.getLogger(__name__)

FINAL_BLOCKS = 64
"""Two epochs of Ethereum; the indexer's default too."""


@dataclass(frozen=True, slots=True)
class Finality:
    """When a transaction counts, in blocks from its own to the newest, both included.

    confirmations: from this depth on it is confirmed; until then the sender's next message waits too.
    final: from this depth on it is no longer watched, and what it replaced can never be mined.
    Raises InvalidValue unless 1 ≤ confirmations ≤ final.
    """

    confirmations: int = 1
    final: int = FINAL_BLOCKS

    def __post_init__(self) -> None:
        if not 1 <= self.confirmations <= self.final:
            raise InvalidValue(
                f"confirmations must be from 1 to {self.final}, which counts as final, "
                f"not {self.confirmations}"
            )


class Watch:
    """Looks whether mined transactions are still where they were."""

    def __init__(self, queue: Queue, node: Node, finality: Finality) -> None:
        self._queue, self._node, self._finality = queue, node, finality
        # What the last look found in place, and the newest block then: a cache, nothing is lost with it.
        self._anchor: Head | None = None
        self._in_place: set[tuple[int, str]] = set()

    def look(self) -> bool:
        """Puts messages back to sent whose transaction is gone; drops final ones from the watch.

        True if a message was dropped or moved. Raises NodeFailed.
        """
        rows = [row for row in self._rows() if not row.dropped]
        if not rows:
            return False
        head = self._node.head()
        anchored = self._anchor is not None and (
            self._anchor == head or self._node.block_hash(self._anchor.number) == self._anchor.block_hash
        )
        known = self._in_place if anchored else set()
        hashes: dict[int, str | None] = {}
        in_place: set[tuple[int, str]] = set()
        changed = False
        for row in rows:
            if _place(row) not in known:
                if row.block_number not in hashes:
                    hashes[row.block_number] = self._node.block_hash(row.block_number)
                if hashes[row.block_number] != row.block_hash:
                    changed |= self._find(row)
                    continue
            if head.number - row.block_number + 1 >= self._finality.final:
                self._let_go(row)
            else:
                in_place.add(_place(row))
        self._anchor, self._in_place = head, in_place
        return changed

    def watches(self, message: OutboxMessage) -> OutboxWatch | None:
        """Where the message was mined, unless that is final."""
        with reading(self._queue.engine) as session:
            return session.get(OutboxWatch, message.id)

    def before(self, message: OutboxMessage) -> bool:
        """Whether it was dropped together with others that came before it and are not mined again yet.

        They are sent in the old order, across senders too: later ones may build on what earlier ones did.
        """
        rows = [row for row in self._rows() if row.dropped]
        mine = next((row for row in rows if row.message_id == message.id), None)
        return mine is not None and any(_order(row) < _order(mine) for row in rows)

    def anything_dropped(self) -> bool:
        """Whether transactions that were mined once are on their way again."""
        return any(row.dropped for row in self._rows())

    def _rows(self) -> list[OutboxWatch]:
        query = select(OutboxWatch).order_by(col(OutboxWatch.block_number), col(OutboxWatch.position))
        with reading(self._queue.engine) as session:
            return list(session.exec(query))

    def _find(self, row: OutboxWatch) -> bool:
        """Deals with a message whose block is gone. True if it changed."""
        message = self._queue.message(row.message_id)
        for attempt in self._queue.attempts(row.message_id, row.nonce):
            receipt = self._node.receipt(attempt.tx_hash)
            if receipt is None:
                continue
            if receipt.succeeded != (message.status == Status.CONFIRMED):
                break
            return self._move(row, attempt, receipt)
        note = f"block {row.block_number} ({row.block_hash}) is gone from the chain: sending again"
        if not self._queue.reopen(message, row.tx_hash, row.nonce, note, seen=row):
            return False
        logger.warning("outbox %s: %s", message.key, note, extra={"outbox_key": message.key})
        return True

    def _move(self, row: OutboxWatch, attempt: OutboxTransaction, receipt: Receipt) -> bool:
        with writing(self._queue.engine) as session:
            lock_sender(session, attempt.sender)
            current = session.get(OutboxWatch, row.message_id)
            message = session.get(OutboxMessage, row.message_id)
            if current is None or message is None or _place(current) != _place(row) or current.dropped:
                return False
            current.tx_hash, current.position = attempt.tx_hash, receipt.position
            current.block_number, current.block_hash = receipt.block_number, receipt.block_hash
            if message.status != Status.QUEUED:
                message.tx_hash, message.gas_used = attempt.tx_hash, receipt.gas_used
                message.block_number, message.block_hash = receipt.block_number, receipt.block_hash
        logger.info("outbox %s moved to block %s", message.key, receipt.block_number)
        return True

    def _let_go(self, row: OutboxWatch) -> None:
        with writing(self._queue.engine) as session:
            current = session.get(OutboxWatch, row.message_id)
            if current is not None and _place(current) == _place(row) and not current.dropped:
                session.delete(current)


def _place(row: OutboxWatch) -> tuple[int, str]:
    return row.message_id, row.block_hash


def _order(row: OutboxWatch) -> tuple[int, int]:
    return row.first_block, row.first_position
