"""Read-model tables of registered emission factors and formulas."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from tanso.oracle.store import BigUint
from tanso.platform.indexer.models import HASH, ID, EventRow, RecordRow, one_row_per_event


class FactorRow(RecordRow, table=True):
    """A factor for something that no meter of the network measures: pg CO2e per base unit of activity.

    It holds for times in [valid_from, valid_until); `source_hash` is the hash of the document that names its
    source.
    """

    __tablename__ = "chain_factor"
    __table_args__ = (one_row_per_event(),)

    factor_id: str = Field(max_length=ID, primary_key=True)
    intensity_pg: int = Field(sa_type=BigUint)
    valid_from: int = Field(sa_type=BigInteger)
    valid_until: int = Field(sa_type=BigInteger)
    unit: int
    gwp_set: str = Field(max_length=18)
    source_hash: str = Field(max_length=HASH)
    withdrawn_from: int | None = Field(default=None, sa_type=BigInteger)
    """Batches that end later can't use it; derived from the latest withdrawal."""


class FactorWithdrawalRow(EventRow, table=True):
    """A factor was found wrong and withdrawn; each withdrawal reaches further back than the one before."""

    __tablename__ = "chain_factor_withdrawal"

    factor_id: str = Field(max_length=ID, index=True)
    withdrawn_from: int = Field(sa_type=BigInteger)
    reason_hash: str = Field(max_length=HASH)


class FormulaRow(RecordRow, table=True):
    """A formula document by its content hash.

    `name` holds name and version, for example "tanso-cfp@1"; `number` is its rank of registration, from 1.
    """

    __tablename__ = "chain_formula"
    __table_args__ = (one_row_per_event(),)

    formula_id: str = Field(max_length=HASH, primary_key=True)
    name: str = Field(max_length=HASH + 11)
    number: int = Field(sa_type=BigInteger, unique=True)
