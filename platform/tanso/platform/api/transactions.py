"""A message in the outbox as the API shows it."""

from typing import Annotated

from pydantic import BaseModel, Field

from tanso.oracle.outbox import OutboxMessage, Status
from tanso.platform.api.fields import BlockNumber, Gas, Hash, Time

KEY_PATTERN = r"^[A-Za-z0-9:._-]{1,200}$"


class Transaction(BaseModel):
    """One transaction of a business, from the request to its block."""

    key: Annotated[str, Field(pattern=KEY_PATTERN, description="Its name: the same request never gives two.")]
    kind: str
    what: Annotated[str, Field(description="The call in words.")]
    status: Status
    transaction_hash: Hash | None
    block_number: BlockNumber | None
    gas_used: Gas | None
    error_name: Annotated[str | None, Field(description="Why the ledger refused, if it is parked.")]
    error_text: str | None
    note: Annotated[str | None, Field(description="What it waits for, if it waits.")]
    created_at: Time

    @classmethod
    def of(cls, message: OutboxMessage) -> "Transaction":
        return cls(
            key=message.key,
            kind=message.kind,
            what=message.what,
            status=Status(message.status),
            transaction_hash=message.tx_hash,
            block_number=message.block_number,
            gas_used=message.gas_used,
            error_name=message.error_name,
            error_text=message.error_text,
            note=message.note,
            created_at=message.created_at,
        )


class Accepted(BaseModel):
    """The transaction that a request led to."""

    transaction: Transaction
