"""Read-model tables of what businesses declared through the oracle, and of the oracle's keys."""

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from tanso.oracle.store import BigUint
from tanso.platform.indexer.models import HASH, ID, EventRow, RecordRow, one_row_per_event


class ReportRow(RecordRow, table=True):
    """An accepted oracle report: all Scope 1 and 2 emissions of a business in a period, in micrograms."""

    __tablename__ = "chain_report"
    __table_args__ = (one_row_per_event(),)

    business_id: str = Field(max_length=ID, primary_key=True)
    sequence: int = Field(sa_type=BigInteger, primary_key=True)
    period_start: int = Field(sa_type=BigInteger)
    period_end: int = Field(sa_type=BigInteger)
    formula_id: str = Field(max_length=HASH)
    evidence_root: str = Field(max_length=HASH)
    declared_ug: int = Field(sa_type=BigUint)


class OracleKeysRow(EventRow, table=True):
    """The oracle's keys and threshold from this event on; `keys` are addresses, comma-separated."""

    __tablename__ = "chain_oracle_keys"

    keys: str = Field(sa_type=Text)
    threshold: int
