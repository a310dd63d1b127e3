"""Read-model tables of batches, lots, shipments and positions, filled from the events of `Lots`.

CO2 and primary parts are whole micrograms, quantities whole base units of the lot (`unit`, see
`tanso.contracts.units.Unit`), times Unix seconds.
"""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from tanso.oracle.store import BigUint
from tanso.platform.indexer.models import HASH, ID, EventRow, RecordRow, one_row_per_event


class BatchRow(RecordRow, table=True):
    """A settled batch: what went in equals what came out, `co2_ug` in all."""

    __tablename__ = "chain_batch"
    __table_args__ = (one_row_per_event(),)

    batch_id: str = Field(max_length=ID, primary_key=True)
    business_id: str = Field(max_length=ID, index=True)
    period_start: int = Field(sa_type=BigInteger)
    period_end: int = Field(sa_type=BigInteger)
    formula_id: str = Field(max_length=HASH)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)


class MaterialUseRow(EventRow, table=True):
    """Part of a held lot that went into a batch."""

    __tablename__ = "chain_material_use"

    batch_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    lot_id: str = Field(max_length=ID, index=True)
    quantity: int = Field(sa_type=BigUint)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)


class ExternalUseRow(EventRow, table=True):
    """Material from outside the network that went into a batch, by registered factor."""

    __tablename__ = "chain_external_use"

    batch_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    factor_id: str = Field(max_length=ID, index=True)
    quantity: int = Field(sa_type=BigUint)
    co2_ug: int = Field(sa_type=BigUint)


class EquipmentUseRow(EventRow, table=True):
    """Use of equipment charged to a batch, at the intensity registered under `record`.

    What was measured is primary data: all of `co2_ug`, unless the equipment is enrolled in a credit programme
    and its baseline is charged.
    """

    __tablename__ = "chain_equipment_use"

    batch_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    equipment_id: str = Field(max_length=ID, index=True)
    record: int = Field(sa_type=BigInteger)
    activity: int = Field(sa_type=BigUint)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)


class LotRow(RecordRow, table=True):
    """A lot as it was fixed for good: CO2 of all its `good` units together."""

    __tablename__ = "chain_lot"
    __table_args__ = (one_row_per_event(),)

    lot_id: str = Field(max_length=ID, primary_key=True)
    batch_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    unit: int
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)
    good: int = Field(sa_type=BigUint)
    defects: int = Field(sa_type=BigUint)
    breakdown_root: str = Field(max_length=HASH)


class LeftOverRow(EventRow, table=True):
    """CO2 of a batch that went into no lot but to the business's own account, by name."""

    __tablename__ = "chain_left_over"

    batch_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    name: str = Field(max_length=HASH)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)


class ShipmentRow(EventRow, table=True):
    """A part of a lot that went from one business to another, and its CO2 with it."""

    __tablename__ = "chain_shipment"

    lot_id: str = Field(max_length=ID, index=True)
    from_business_id: str = Field(max_length=ID, index=True)
    to_business_id: str = Field(max_length=ID, index=True)
    quantity: int = Field(sa_type=BigUint)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)


class ConsumptionRow(EventRow, table=True):
    """Part of a lot that its holder consumed for good, and not in a batch: its CO2 stays with the holder."""

    __tablename__ = "chain_consumption"

    lot_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID, index=True)
    quantity: int = Field(sa_type=BigUint)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)
    purpose_hash: str = Field(max_length=HASH)


class RestatementRow(RecordRow, table=True):
    """What a lot's producer later found that the whole lot should have carried; every one is kept.

    `number` counts a lot's restatements from 1. `charged_ug` is what the producer's account bears for the lot
    in all from then on. The lot and its tokens stay as they were settled.
    """

    __tablename__ = "chain_restatement"
    __table_args__ = (one_row_per_event(),)

    lot_id: str = Field(max_length=ID, primary_key=True)
    number: int = Field(sa_type=BigInteger, primary_key=True)
    business_id: str = Field(max_length=ID, index=True)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)
    charged_ug: int = Field(sa_type=BigUint)
    reason_hash: str = Field(max_length=HASH)


class LotPositionRow(SQLModel, table=True):
    """What a business holds of a lot now, never zero.

    Derived from `LotRow`, `ShipmentRow`, `MaterialUseRow` and `ConsumptionRow`.
    """

    __tablename__ = "chain_lot_position"

    lot_id: str = Field(max_length=ID, primary_key=True)
    business_id: str = Field(max_length=ID, primary_key=True, index=True)
    quantity: int = Field(sa_type=BigUint)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)
