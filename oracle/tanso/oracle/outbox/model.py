"""The outbox's tables.

A message goes queued → signed → sent → confirmed; or it ends parked, from queued (the estimate reverted) or
from sent (it was mined and reverted). `retry` puts a parked one back to queued. A reorganisation that drops
its transaction puts a finished one back to sent, until its block is final.
"""

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from tanso.oracle.store import BigUint


class Status(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    """Not signed yet; no nonce is taken."""
    SIGNED = "signed"
    """Signed and stored; the node may or may not have it."""
    SENT = "sent"
    """A node has it; no receipt yet."""
    CONFIRMED = "confirmed"
    """Mined, and it did what it should. Watched until its block is final."""
    PARKED = "parked"
    """Refused by a contract: `error_name` and `error_text` say why. Others go on."""


KEY_LENGTH = 200
"""Most characters of an idempotency key."""

KIND_LENGTH = 40
"""Most characters of a kind."""

IN_FLIGHT = (Status.SIGNED, Status.SENT)
"""A nonce is taken, the outcome is open."""

OPEN = (Status.QUEUED, *IN_FLIGHT)
"""Something is left to do."""

FILL = "fill"
"""Kind of the messages that the outbox makes itself: they do nothing but take a nonce that is free."""


class OutboxMessage(SQLModel, table=True):
    """One call to a contract, to be sent exactly once."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_queue", "sender", "status", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=KEY_LENGTH, description="Idempotency key, chosen by the caller.")
    kind: str = Field(
        max_length=KIND_LENGTH, index=True, description="What it is for, for people and filters."
    )
    sender: str = Field(max_length=42, description="Account that signs, with checksum.")
    to: str = Field(max_length=42, description="Contract, with checksum.")
    data: str = Field(sa_column=Column(Text, nullable=False), description="Call data, 0x + lower-case hex.")
    what: str = Field(sa_column=Column(Text, nullable=False), description="The call in words, for people.")
    status: str = Field(default=Status.QUEUED, max_length=10, index=True, description="A `Status`.")
    nonce: int | None = Field(
        default=None, sa_type=BigInteger, description="Nonce of the transaction in force."
    )
    tx_hash: str | None = Field(default=None, max_length=66, index=True, description="Its hash.")
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    block_hash: str | None = Field(default=None, max_length=66)
    gas_used: int | None = Field(default=None, sa_type=BigInteger)
    error_name: str | None = Field(
        default=None, max_length=100, description="Why it is parked: the error's name."
    )
    error_text: str | None = Field(
        default=None, sa_column=Column(Text), description="The same as a sentence."
    )
    note: str | None = Field(
        default=None, sa_column=Column(Text), description="What it waits for, if it waits."
    )
    created_at: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")
    finished_at: int | None = Field(default=None, sa_type=BigInteger, description="Unix seconds, UTC.")


class OutboxTransaction(SQLModel, table=True):
    """A signed transaction, stored before it is sent and never changed.

    A message has one, rarely more. Replacements pay more for the same call and have the same nonce, so that
    one of them at most can be mined. With another nonce a message is signed only when no earlier transaction
    of it can be mined any more: a final block shows that its nonce went to another transaction, or that it
    was mined and reverted.
    """

    __tablename__ = "outbox_transaction"

    tx_hash: str = Field(primary_key=True, max_length=66)
    message_id: int = Field(foreign_key="outbox_message.id", index=True)
    sender: str = Field(max_length=42, index=True)
    nonce: int = Field(sa_type=BigInteger)
    raw: bytes = Field(
        sa_column=Column(LargeBinary, nullable=False), description="Signed bytes, ready to send."
    )
    gas: int = Field(sa_type=BigInteger, description="Gas limit.")
    max_fee_wei: int = Field(sa_type=BigUint, description="Most to pay per gas, wei.")
    tip_wei: int = Field(sa_type=BigUint, description="Priority fee per gas, wei.")
    signed_at: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")


class OutboxWatch(SQLModel, table=True):
    """Where a finished message was mined, kept until that block is final.

    The message's own row says the same, but for two cases: it was dropped and is on its way again, or it
    reverted and waits for being tried again.
    """

    __tablename__ = "outbox_watch"

    message_id: int = Field(primary_key=True, foreign_key="outbox_message.id")
    tx_hash: str = Field(max_length=66)
    nonce: int = Field(sa_type=BigInteger)
    block_number: int = Field(sa_type=BigInteger)
    block_hash: str = Field(max_length=66)
    position: int = Field(sa_type=BigInteger, description="Its place in the block.")
    sender: str = Field(max_length=42)
    first_block: int = Field(
        sa_type=BigInteger, description="Where it was mined first, or later: the order for sending again."
    )
    first_position: int = Field(sa_type=BigInteger)
    dropped: bool = Field(default=False, description="The block is gone; it is sent again in the old order.")


class OutboxSender(SQLModel, table=True):
    """One row per sending account, locked while a nonce is taken: two workers never take the same one."""

    __tablename__ = "outbox_sender"

    address: str = Field(primary_key=True, max_length=42)
