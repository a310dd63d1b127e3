"""The outbox's own state: every change of a message is one short transaction here.

Several workers may run on one queue. Each change locks the sender's row first (SQLite: the whole database)
and looks at the message again, so of two workers that want the same step one does it and the other sees it
done. Nothing is held while the chain is asked, and nothing has to be released after a crash.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from tanso.oracle.outbox.model import IN_FLIGHT, OPEN, OutboxMessage, OutboxSender, OutboxTransaction, Status
from tanso.oracle.outbox.node import Receipt, Refused
from tanso.oracle.store import reading, utc_now, writing


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

    def transaction(self, tx_hash: str) -> OutboxTransaction:
        """A stored transaction."""
        with reading(self.engine) as session:
            return session.exec(select(OutboxTransaction).where(OutboxTransaction.tx_hash == tx_hash)).one()

    def sign(
        self,
        message: OutboxMessage,
        chain_nonce: int,
        make: Callable[[int], OutboxTransaction],
    ) -> OutboxMessage | None:
        """Takes the next nonce, has `make` sign with it and stores both.

        None if the message is not the sender's next any more. The nonce is the chain's count, or one more
        than any this outbox ever signed with if that is higher: a node that lags behind must not make a nonce
        be used twice.
        """
        with self._locked(message) as (session, current):
            head = _head(session, message.sender)
            if current.status != Status.QUEUED or head is None or head.id != current.id:
                return None
            last = session.exec(
                select(func.max(OutboxTransaction.nonce)).where(OutboxTransaction.sender == message.sender)
            ).one()
            transaction = make(chain_nonce if last is None else max(chain_nonce, last + 1))
            session.add(transaction)
            current.status = Status.SIGNED
            current.nonce, current.tx_hash = transaction.nonce, transaction.tx_hash
            current.note = None
            return current

    def mark_sent(self, message: OutboxMessage) -> OutboxMessage:
        """signed → sent; no change if it is further already."""
        with self._locked(message) as (_, current):
            if current.status == Status.SIGNED and current.tx_hash == message.tx_hash:
                current.status = Status.SENT
                current.note = None
            return current

    def confirm(self, message: OutboxMessage, receipt: Receipt) -> bool:
        """→ confirmed. False if another worker was first."""
        with self._locked(message) as (_, current):
            return _finish(current, message, Status.CONFIRMED, receipt, None)

    def park(self, message: OutboxMessage, reason: Refused, receipt: Receipt | None = None) -> bool:
        """→ parked, from the very state that `message` shows. False if another worker was first."""
        with self._locked(message) as (_, current):
            return _finish(current, message, Status.PARKED, receipt, reason)

    def unsign(self, message: OutboxMessage, note: str) -> None:
        """signed or sent → queued, because its nonce is proven to be spent by another transaction."""
        with self._locked(message) as (_, current):
            if current.status in IN_FLIGHT and current.tx_hash == message.tx_hash:
                current.status, current.note = Status.QUEUED, note
                current.nonce = current.tx_hash = None

    def hold(self, message: OutboxMessage, note: str) -> None:
        """Writes down what an open message waits for."""
        with self._locked(message) as (_, current):
            if current.status in OPEN:
                current.note = note

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
            .order_by(col(OutboxMessage.id))
            .limit(1)
        ).first()
        if found is not None:
            return found
    return None


def _finish(
    current: OutboxMessage,
    seen: OutboxMessage,
    status: Status,
    receipt: Receipt | None,
    reason: Refused | None,
) -> bool:
    # SIGNED and SENT differ only in what this outbox knows about the node: a receipt settles both.
    same = current.status == seen.status or {current.status, seen.status} <= set(IN_FLIGHT)
    if current.status not in OPEN or not same or current.tx_hash != seen.tx_hash:
        return False
    current.status, current.note, current.finished_at = status, None, utc_now()
    if receipt is not None:
        current.block_number, current.block_hash = receipt.block_number, receipt.block_hash
        current.gas_used = receipt.gas_used
    if reason is not None:
        current.error_name, current.error_text = reason.name, str(reason)
    return True
