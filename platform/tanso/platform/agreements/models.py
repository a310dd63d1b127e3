"""Read-model tables of agreements, from the events of `Agreements`. Times are the chain's, Unix seconds."""

from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field

from tanso.platform.indexer.models import HASH, ID, EventRow, RecordRow, one_row_per_event


class Step(StrEnum):
    """What happened to an agreement after it was proposed."""

    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    DELETION_DEMANDED = "deletion-demanded"
    DELETION_CONFIRMED = "deletion-confirmed"


class AgreementRow(RecordRow, table=True):
    """An agreement on the ledger, proposed at `block_time`.

    What comes after `valid_until` is derived from the agreement's steps, null where they have not happened.
    """

    __tablename__ = "chain_agreement"
    __table_args__ = (one_row_per_event(),)

    agreement_id: str = Field(max_length=ID, primary_key=True)
    provider_id: str = Field(max_length=ID, index=True)
    receiver_id: str = Field(max_length=ID, index=True)
    terms_hash: str = Field(max_length=HASH)
    valid_until: int = Field(sa_type=BigInteger)
    accepted_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    demanded_at: int | None = Field(default=None, sa_type=BigInteger)
    confirmed_at: int | None = Field(default=None, sa_type=BigInteger)
    confirmation_hash: str | None = Field(default=None, max_length=HASH)

    def holds(self, now: int) -> bool:
        """Whether it is in force: accepted, not ended by a party, and not over."""
        return self.accepted_at is not None and self.ended_at is None and now < self.valid_until


class AgreementStepRow(EventRow, table=True):
    """One step of an agreement. `business_id` is who withdrew, `confirmation_hash` what was confirmed."""

    __tablename__ = "chain_agreement_step"

    agreement_id: str = Field(max_length=ID, index=True)
    step: str = Field(max_length=32)
    business_id: str | None = Field(default=None, max_length=ID)
    confirmation_hash: str | None = Field(default=None, max_length=HASH)
