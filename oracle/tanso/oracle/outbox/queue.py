"""The outbox's own state: every change of a message is one short transaction here.

Several workers may run on one queue. Each change locks the sender's row first (SQLite: the whole database)
and looks at the message again, so of two workers that want the same step one does it and the other sees it
done. Nothing is held while the chain is asked, and nothing has to be released after a crash.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from tanso.oracle.outbox.model import (
    IN_FLIGHT,
    OPEN,
    OutboxMessage,
    OutboxSender,
    OutboxTransaction,
    OutboxWatch,
    Status,
)
from tanso.oracle.outbox.node import Receipt, Refused
from tanso.oracle.store import reading, utc_now, writing


@dataclass(frozen=True, slots=True)
class Mined:
    """The one of a message's transactions that was mined."""

    transaction: OutboxTransaction
    receipt: Receipt


class Queue:
    """Messages and signed transactions in one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def senders(self) -> list[str]:
        """Accounts with something left to do, the longest waiting first."""
        query = (
            select(OutboxMessage.sender)
            .where(col(OutboxMessage.status).in_(OPEN))
            .group_by(OutboxMessage.sender)
            .order_by(func.min(OutboxMessage.id))
        )
        with reading(self.engine) as session:
            return list(session.exec(query))

    def head(self, sender: str) -> OutboxMessage | None:
        """The sender's message to work on now: the one in flight, else the oldest queued."""
        with reading(self.engine) as session:
            return _head(session, sender)

    def message(self, message_id: int) -> OutboxMessage:
        """The message as it stands now."""
        with reading(self.engine) as session:
            return session.exec(select(OutboxMessage).where(OutboxMessage.id == message_id)).one()

    def transaction(self, tx_hash: str) -> OutboxTransaction:
        """A stored transaction."""
        with reading(self.engine) as session:
            return session.exec(select(OutboxTransaction).where(OutboxTransaction.tx_hash == tx_hash)).one()

    def attempts(self, message_id: int | None, nonce: int | None) -> list[OutboxTransaction]:
        """The message's transactions with that nonce, of which one can be mined; the best paid first."""
        query = (
            select(OutboxTransaction)
            .where(OutboxTransaction.message_id == message_id, OutboxTransaction.nonce == nonce)
            .order_by(col(OutboxTransaction.max_fee_wei).desc())
        )
        with reading(self.engine) as session:
            return list(session.exec(query))

    def next_nonce(self, sender: str, chain_nonce: int) -> int:
        """The nonce to sign with: the chain's count, or one more than any this outbox ever signed with.

        The higher of the two: a node that lags behind must not make a nonce be used twice.
        """
        with reading(self.engine) as session:
            last = _last_nonce(session, sender)
        return chain_nonce if last is None else max(chain_nonce, last + 1)

    def sign(self, message: OutboxMessage, transaction: OutboxTransaction) -> OutboxMessage | None:
        """Stores the transaction that was signed for a queued message.

        None if the message is not the sender's next any more, or another worker took the nonce meanwhile.
        """
        with self._locked(message) as (session, current):
            head = _head(session, message.sender)
            if current.status != Status.QUEUED or head is None or head.id != current.id:
                return None
            last = _last_nonce(session, message.sender)
            if last is not None and last >= transaction.nonce:
                return None
            _put_in_force(session, current, transaction)
            return current

    def replace(self, message: OutboxMessage, transaction: OutboxTransaction) -> OutboxMessage | None:
        """Stores what was signed once more with the same nonce. None if another worker did."""
        with self._locked(message) as (session, current):
            if current.status not in IN_FLIGHT or current.tx_hash != message.tx_hash:
                return None
            _put_in_force(session, current, transaction)
            return current

    def fill(self, filler: OutboxMessage, transaction: OutboxTransaction) -> OutboxMessage | None:
        """Queues a message that takes the nonce in its key, signed already. None if it is there already."""
        with writing(self.engine) as session:
            lock_sender(session, filler.sender)
            if session.exec(select(OutboxMessage).where(OutboxMessage.key == filler.key)).first():
                return None
            session.add(filler)
            session.flush()
            _put_in_force(session, filler, transaction)
            return filler

    def owner(self, sender: str, nonce: int) -> OutboxMessage | None:
        """The message whose transaction in force has that nonce."""
        with reading(self.engine) as session:
            return session.exec(
                select(OutboxMessage).where(OutboxMessage.sender == sender, OutboxMessage.nonce == nonce)
            ).first()

    def mark_sent(self, message: OutboxMessage) -> OutboxMessage:
        """signed → sent; no change if it is further already."""
        with self._locked(message) as (_, current):
            if current.status == Status.SIGNED and current.tx_hash == message.tx_hash:
                current.status = Status.SENT
                current.note = None
            return current

    def confirm(self, message: OutboxMessage, mined: Mined) -> bool:
        """→ confirmed. False if another worker was first."""
        with self._locked(message) as (session, current):
            return _finish(session, current, message, Status.CONFIRMED, mined, None)

    def park(self, message: OutboxMessage, reason: Refused, mined: Mined | None = None) -> bool:
        """→ parked, from the very state that `message` shows. False if another worker was first."""
        with self._locked(message) as (session, current):
            return _finish(session, current, message, Status.PARKED, mined, reason)

    def unsign(self, message: OutboxMessage, note: str) -> None:
        """signed or sent → queued, because its nonce is proven to be spent by another transaction."""
        with self._locked(message) as (session, current):
            if current.status in IN_FLIGHT and current.tx_hash == message.tx_hash:
                current.status, current.note = Status.QUEUED, note
                current.nonce = current.tx_hash = None
                _forget(session, current)

    def hold(self, message: OutboxMessage, note: str) -> None:
        """Writes down what an open message waits for."""
        with self._locked(message) as (_, current):
            if current.status in OPEN:
                current.note = note

    def reopen(
        self, message: OutboxMessage, tx_hash: str, nonce: int, note: str, *, seen: OutboxWatch | None = None
    ) -> bool:
        """→ sent, because the block that held its transaction is gone.

        False if it is in flight already, or was mined in another block than `seen` meanwhile.
        """
        with self._locked(message) as (session, current):
            watch = session.get(OutboxWatch, current.id)
            mined_anew = seen is not None and (watch is None or watch.block_hash != seen.block_hash)
            if current.status in IN_FLIGHT or mined_anew:
                return False
            current.status, current.note = Status.SENT, note
            current.tx_hash, current.nonce = tx_hash, nonce
            current.block_number = current.block_hash = current.gas_used = current.finished_at = None
            current.error_name = current.error_text = None
            if watch is not None:
                watch.dropped = True
            return True

    @contextmanager
    def _locked(self, message: OutboxMessage) -> Iterator[tuple[Session, OutboxMessage]]:
        with writing(self.engine) as session:
            lock_sender(session, message.sender)
            yield session, session.exec(select(OutboxMessage).where(OutboxMessage.id == message.id)).one()


def lock_sender(session: Session, sender: str) -> None:
    """Makes the sender's row if need be, and keeps other workers off it until the transaction ends."""
    insert_new(session, OutboxSender, {"address": sender}, ["address"])
    session.exec(select(OutboxSender).where(OutboxSender.address == sender).with_for_update()).one()


def insert_new(
    session: Session,
    table: type[OutboxSender] | type[OutboxMessage],
    values: dict[str, object],
    unique: Collection[str],
) -> None:
    """Inserts a row unless one with the same `unique` columns is there."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.exec(dialect.insert(table).values(values).on_conflict_do_nothing(index_elements=list(unique)))


def _head(session: Session, sender: str) -> OutboxMessage | None:
    for statuses in (IN_FLIGHT, (Status.QUEUED,)):
        found = session.exec(
            select(OutboxMessage)
            .where(OutboxMessage.sender == sender, col(OutboxMessage.status).in_(statuses))
            .order_by(col(OutboxMessage.nonce), col(OutboxMessage.id))
            .limit(1)
        ).first()
        if found is not None:
            return found
    return None


def _last_nonce(session: Session, sender: str) -> int | None:
    """The highest nonce that was ever signed with for the sender."""
    return session.exec(
        select(func.max(OutboxTransaction.nonce)).where(OutboxTransaction.sender == sender)
    ).one()


def _put_in_force(session: Session, message: OutboxMessage, transaction: OutboxTransaction) -> None:
    assert message.id is not None
    transaction.message_id = message.id
    session.add(transaction)
    message.status = Status.SIGNED
    message.nonce, message.tx_hash = transaction.nonce, transaction.tx_hash
    message.note = None


def _forget(session: Session, message: OutboxMessage) -> None:
    watch = session.get(OutboxWatch, message.id)
    if watch is not None:
        session.delete(watch)


def _watch(session: Session, message: OutboxMessage, mined: Mined) -> None:
    """Notes where a message was mined; its turn in the order of sending stays that of the first time.

    It comes after the turns of all that was mined before it and of the same sender's, also where a
    reorganisation made block numbers smaller: of dropped messages none may wait for one that waits for it.
    """
    assert message.id is not None
    session.flush()
    watch = session.get(OutboxWatch, message.id)
    receipt = mined.receipt
    if watch is None:
        here = (receipt.block_number, receipt.position)
        turn = max(
            [here]
            + [
                (other.first_block, other.first_position + 1)
                for other in session.exec(select(OutboxWatch))
                if other.sender == message.sender
                or (not other.dropped and (other.block_number, other.position) < here)
            ]
        )
        watch = OutboxWatch(
            message_id=message.id,
            tx_hash=mined.transaction.tx_hash,
            nonce=mined.transaction.nonce,
            block_number=receipt.block_number,
            block_hash=receipt.block_hash,
            position=receipt.position,
            sender=message.sender,
            first_block=turn[0],
            first_position=turn[1],
        )
        session.add(watch)
    watch.tx_hash, watch.nonce = mined.transaction.tx_hash, mined.transaction.nonce
    watch.block_number, watch.block_hash = receipt.block_number, receipt.block_hash
    watch.position, watch.dropped = receipt.position, False


def _finish(
    session: Session,
    current: OutboxMessage,
    seen: OutboxMessage,
    status: Status,
    mined: Mined | None,
    reason: Refused | None,
) -> bool:
    # SIGNED and SENT differ only in what this outbox knows about the node: a receipt settles both.
    same = current.status == seen.status or {current.status, seen.status} <= set(IN_FLIGHT)
    if current.status not in OPEN or not same or current.tx_hash != seen.tx_hash:
        return False
    current.status, current.note, current.finished_at = status, None, utc_now()
    if mined is None:
        _forget(session, current)
    else:
        receipt = mined.receipt
        current.tx_hash = mined.transaction.tx_hash
        current.block_number, current.block_hash = receipt.block_number, receipt.block_hash
        current.gas_used = receipt.gas_used
        _watch(session, current, mined)
    if reason is not None:
        current.error_name, current.error_text = reason.name, str(reason)
    return True
