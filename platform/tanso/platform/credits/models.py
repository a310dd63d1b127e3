"""Read-model tables of programmes, reductions and credits, filled from the events of `Credits`."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from tanso.oracle.store import BigUint
from tanso.platform.indexer.models import ADDRESS, HASH, ID, EventRow, RecordRow, one_row_per_event


class ProgrammeRow(RecordRow, table=True):
    """A credit programme and its account.

    Derived from its events: `reduced_ug` bundled so far, `issued_tonnes`, `retired_tonnes`, and
    `carried_ug` = reduced_ug − issued_tonnes × 10^12, always below one tonne.
    """

    __tablename__ = "chain_programme"
    __table_args__ = (one_row_per_event(),)

    programme_id: str = Field(max_length=ID, primary_key=True)
    business_id: str = Field(max_length=ID, index=True)
    methodology_id: str = Field(max_length=HASH)
    reduced_ug: int = Field(default=0, sa_type=BigUint)
    carried_ug: int = Field(default=0, sa_type=BigUint)
    issued_tonnes: int = Field(default=0, sa_type=BigUint)
    retired_tonnes: int = Field(default=0, sa_type=BigUint)


class EnrolmentRow(RecordRow, table=True):
    """Equipment whose environmental value was given up to a programme, for good.

    Reductions are held against `baseline_pg`, pg CO2e per base unit of activity, and begin at or after
    `counts_from` (Unix time).
    """

    __tablename__ = "chain_enrolment"
    __table_args__ = (one_row_per_event(),)

    equipment_id: str = Field(max_length=ID, primary_key=True)
    programme_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    baseline_pg: int = Field(sa_type=BigUint)
    counts_from: int = Field(sa_type=BigInteger)


class ReductionRow(RecordRow, table=True):
    """An attested reduction of enrolled equipment in a period, micrograms CO2e rounded down."""

    __tablename__ = "chain_reduction"
    __table_args__ = (one_row_per_event(),)

    reduction_id: str = Field(max_length=HASH, primary_key=True)
    programme_id: str = Field(max_length=ID, index=True)
    equipment_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    period_start: int = Field(sa_type=BigInteger)
    period_end: int = Field(sa_type=BigInteger)
    reduction_ug: int = Field(sa_type=BigUint)
    baseline_pg: int = Field(sa_type=BigUint)
    evidence_root: str = Field(max_length=HASH)


class BundledReductionRow(RecordRow, table=True):
    """A contributor's reduction that went into a bundle, once."""

    __tablename__ = "chain_bundled_reduction"
    __table_args__ = (one_row_per_event(),)

    reduction_id: str = Field(max_length=HASH, primary_key=True)
    programme_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    reduction_ug: int = Field(sa_type=BigUint)


class CreditIssueRow(EventRow, table=True):
    """Whole tonnes issued to the programme's operator, and what carried over below a tonne."""

    __tablename__ = "chain_credit_issue"

    programme_id: str = Field(max_length=ID, index=True)
    tonnes: int = Field(sa_type=BigUint)
    carried_ug: int = Field(sa_type=BigUint)


class RetirementRow(RecordRow, table=True):
    """Retired credits and their certificate. `beneficiary_id` is all zero when there is none."""

    __tablename__ = "chain_retirement"
    __table_args__ = (one_row_per_event(),)

    certificate_id: int = Field(sa_type=BigUint, primary_key=True)
    programme_id: str = Field(max_length=ID, index=True)
    account: str = Field(max_length=ADDRESS, index=True)
    tonnes: int = Field(sa_type=BigUint)
    beneficiary_id: str = Field(max_length=ID, index=True)
    purpose_hash: str = Field(max_length=HASH)


class CreditTransferRow(EventRow, table=True):
    """Credits went from one account to another (issue: from the zero address; retirement: to it).

    One ERC-1155 event may move several programmes' credits: `item` counts them from 0.
    """

    __tablename__ = "chain_credit_transfer"

    item: int = Field(default=0, primary_key=True)
    programme_id: str = Field(max_length=ID, index=True)
    from_account: str = Field(max_length=ADDRESS, index=True)
    to_account: str = Field(max_length=ADDRESS, index=True)
    tonnes: int = Field(sa_type=BigUint)


class CreditBalanceRow(SQLModel, table=True):
    """Tonnes of a programme's credits that an account holds now, never zero.

    Derived from `CreditTransferRow`.
    """

    __tablename__ = "chain_credit_balance"

    programme_id: str = Field(max_length=ID, primary_key=True)
    account: str = Field(max_length=ADDRESS, primary_key=True)
    tonnes: int = Field(sa_type=BigUint)
