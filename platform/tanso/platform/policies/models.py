"""Private table of how each business has its lots settled."""

from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel


class Per(StrEnum):
    """What one batch holds."""

    LOT = "lot"
    """One lot: its bill can be read on the ledger."""
    HOUR = "hour"
    """All lots that were completed in an hour."""
    DAY = "day"
    """All lots that were completed in a day."""
    MANUAL = "manual"
    """What the business asks for."""


class SettlementPolicy(SQLModel, table=True):
    """One business's policy."""

    __tablename__ = "settlement_policy"

    business_id: str = Field(primary_key=True, foreign_key="local_business.business_id", max_length=34)
    per: str = Field(default=Per.LOT, max_length=6)
    after_s: int = Field(default=0, sa_type=BigInteger)
    """Seconds from the end of what a batch holds to its settlement, so that periods can be closed first."""


def policy_of(session: Session, business_id: str) -> SettlementPolicy:
    """What the business said last; before it says anything, each lot is settled when it is completed."""
    return session.get(SettlementPolicy, business_id) or SettlementPolicy(business_id=business_id)
