"""What an operator wants to know of the outbox, from the database alone: the chain may be down."""

from dataclasses import dataclass

from sqlalchemy import Engine, func, or_
from sqlmodel import Session, col, select

from tanso.oracle.outbox.errors import NotParked, UnknownMessage
from tanso.oracle.outbox.model import OPEN, OutboxMessage, OutboxWatch, Status
from tanso.oracle.outbox.queue import lock_sender
from tanso.oracle.store import reading, writing

MOST_ALERTS = 100


@dataclass(frozen=True, slots=True)
class Alert:
    """A message that does not go on by itself at once, and why."""

    key: str
    what: str
    sender: str
    status: str
    reason: str
    created_at: int
    """Unix seconds, UTC."""


@dataclass(frozen=True, slots=True)
class Report:
    """How many messages are in each state, how many are not final yet, and what waits or was refused.

    `alerts` names 100 at most, the oldest first.
    """

    counts: dict[str, int]
    not_final: int
    alerts: tuple[Alert, ...]


def report(engine: Engine) -> Report:
    """The outbox's state now."""
    counted = select(OutboxMessage.status, func.count()).group_by(OutboxMessage.status)
    waiting = col(OutboxMessage.status).in_(OPEN) & col(OutboxMessage.note).is_not(None)
    alarming = (
        select(OutboxMessage)
        .where(or_(waiting, col(OutboxMessage.status) == Status.PARKED))
        .order_by(col(OutboxMessage.id))
        .limit(MOST_ALERTS)
    )
    with reading(engine) as session:
        counts = dict(session.exec(counted).all())
        not_final = session.exec(select(func.count()).select_from(OutboxWatch)).one()
        alerts = tuple(_alert(message) for message in session.exec(alarming))
    return Report({str(status): counts.get(status, 0) for status in Status}, not_final, alerts)


def retry(engine: Engine, key: str) -> OutboxMessage:
    """Puts a parked message back into the queue, at its old place. Raises UnknownMessage, NotParked."""
    with reading(engine) as session:
        parked = _named(session, key)
    with writing(engine) as session:
        lock_sender(session, parked.sender)
        message = _named(session, key)
        if message.status != Status.PARKED:
            raise NotParked(f"the message {key!r} is {message.status}, not parked")
        message.status = Status.QUEUED
        message.nonce = message.tx_hash = message.block_number = message.block_hash = None
        message.gas_used = message.error_name = message.error_text = message.finished_at = None
        return message


def _named(session: Session, key: str) -> OutboxMessage:
    message = session.exec(select(OutboxMessage).where(OutboxMessage.key == key)).one_or_none()
    if message is None:
        raise UnknownMessage(
            f"no message under the key {key!r}", hint="`tanso outbox status` lists the keys of what waits."
        )
    return message


def _alert(message: OutboxMessage) -> Alert:
    reason = message.note or message.error_text or message.error_name or ""
    return Alert(message.key, message.what, message.sender, message.status, reason, message.created_at)
