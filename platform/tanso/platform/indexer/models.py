"""What every read-model row carries, and the indexer's own two tables."""

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

ID = 34
"""Length of a hashed 128-bit ID as text: "0x" and 32 lower-case hex digits."""
HASH = 66
"""Length of a 256-bit hash as text: "0x" and 64 lower-case hex digits."""
ADDRESS = 42
"""Length of an account's checksummed address as text."""


class ChainOrigin(SQLModel):
    """Where on the chain a row comes from.

    `block_time` is the block's Unix time in seconds: the ledger's time, by which carbon accounts are cut.
    """

    block_number: int = Field(sa_type=BigInteger, index=True)
    block_time: int = Field(sa_type=BigInteger, index=True)


class EventRow(ChainOrigin):
    """A row whose identity is the event itself: one row per (transaction, log index)."""

    transaction_hash: str = Field(max_length=HASH, primary_key=True)
    log_index: int = Field(sa_type=BigInteger, primary_key=True)


class RecordRow(ChainOrigin):
    """A row with a name of its own (a lot ID, a batch ID …) that one event brought about.

    Tables of this kind add `one_row_per_event()` to their table arguments.
    """

    transaction_hash: str = Field(max_length=HASH)
    log_index: int = Field(sa_type=BigInteger)


def one_row_per_event() -> UniqueConstraint:
    """The constraint that keeps one event from making two rows."""
    return UniqueConstraint("transaction_hash", "log_index")


class PauseRow(EventRow, table=True):
    """Writing to a contract was paused, or let go on, by an account; the latest of a contract holds."""

    __tablename__ = "chain_pause"

    contract: str = Field(max_length=32, index=True)
    account: str = Field(max_length=ADDRESS)
    paused: bool


class IndexedBlock(SQLModel, table=True):
    """A block that held at least one of our events: its hash shows later whether it is still on the chain."""

    __tablename__ = "chain_block"

    block_number: int = Field(sa_type=BigInteger, primary_key=True)
    block_hash: str = Field(max_length=HASH)
    block_time: int = Field(sa_type=BigInteger)


class IndexCursor(SQLModel, table=True):
    """How far the read model has come: all events up to and including this block are in the tables.

    One row. `deployment` fingerprints the contracts the rows come from, so that a database is never filled
    from two ledgers. It moves in the same database transaction as the rows, and only if nobody else moved it
    meanwhile.
    """

    __tablename__ = "chain_cursor"

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    deployment: str = Field(max_length=HASH)
    block_number: int = Field(sa_type=BigInteger)
    block_hash: str = Field(max_length=HASH)
