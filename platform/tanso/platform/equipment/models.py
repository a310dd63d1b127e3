"""Read-model tables of equipment and its intensities, from the events of `Equipment` and `OracleReports`."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from tanso.oracle.store import BigUint
from tanso.platform.indexer.models import ADDRESS, ID, EventRow, RecordRow, one_row_per_event


class EquipmentRow(RecordRow, table=True):
    """A registered piece of equipment.

    `business_id` registered it, `holder_id` runs it now (derived from `EquipmentTransferRow`); `unit` is the
    base unit of its activity.
    """

    __tablename__ = "chain_equipment"
    __table_args__ = (one_row_per_event(),)

    equipment_id: str = Field(max_length=ID, primary_key=True)
    business_id: str = Field(max_length=ID, index=True)
    holder_id: str = Field(max_length=ID, index=True)
    unit: int


class EquipmentTransferRow(EventRow, table=True):
    """The equipment went to another account (at registration: from none)."""

    __tablename__ = "chain_equipment_transfer"

    equipment_id: str = Field(max_length=ID, index=True)
    from_account: str = Field(max_length=ADDRESS)
    to_account: str = Field(max_length=ADDRESS)


class IntensityRow(RecordRow, table=True):
    """One entry of an equipment's intensity history; `intensity_pg` is pg CO2e per base unit of activity."""

    __tablename__ = "chain_intensity"
    __table_args__ = (one_row_per_event(),)

    equipment_id: str = Field(max_length=ID, primary_key=True)
    record: int = Field(sa_type=BigInteger, primary_key=True)
    business_id: str = Field(max_length=ID, index=True)
    sequence: int = Field(sa_type=BigInteger)
    period_start: int = Field(sa_type=BigInteger)
    period_end: int = Field(sa_type=BigInteger)
    intensity_pg: int = Field(sa_type=BigUint)


class BaselineRow(RecordRow, table=True):
    """The baseline of equipment in a credit programme, for good: its lots are charged at least that.

    `baseline_pg` is pg CO2e per base unit of activity; it counts for intensities of periods that end after
    `counts_from` (Unix time).
    """

    __tablename__ = "chain_baseline"
    __table_args__ = (one_row_per_event(),)

    equipment_id: str = Field(max_length=ID, primary_key=True)
    baseline_pg: int = Field(sa_type=BigUint)
    counts_from: int = Field(sa_type=BigInteger)
