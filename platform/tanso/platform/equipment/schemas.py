"""What the routes of equipment take and give."""

from typing import Annotated

from pydantic import BaseModel, Field

from tanso.platform.api.fields import Given, Id, Index, Name, Picograms, Time, UnitSymbol, symbol_of
from tanso.platform.api.transactions import Transaction
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.equipment.models import BaselineRow, IntensityRow
from tanso.platform.equipment.service import OwnEquipment


class EquipmentGiven(Given):
    """Equipment to register. Its name stays on this node."""

    name: Annotated[Name, Field(description="Your own name of it, new to your business.")]
    unit: Annotated[
        UnitSymbol, Field(description="Base unit of its activity; s (operating time) for most.")
    ] = "s"


class EquipmentRegistered(BaseModel):
    """The equipment's ID, and the transaction that registers it."""

    equipment_id: Id
    name: str
    unit: UnitSymbol
    transaction: Transaction

    @classmethod
    def of(cls, equipment: LocalEquipment, transaction: Transaction) -> "EquipmentRegistered":
        return cls(
            equipment_id=equipment.equipment_id,
            name=equipment.name,
            unit=symbol_of(equipment.unit),
            transaction=transaction,
        )


class IntensityShown(BaseModel):
    """One entry of an equipment's history: measured in a period, attested by the oracle."""

    record: Index
    sequence: Annotated[Index, Field(description="Index of the oracle report it came with, from 0.")]
    period_start: Time
    period_end: Time
    intensity_pg: Picograms

    @classmethod
    def of(cls, row: IntensityRow) -> "IntensityShown":
        return cls(
            record=row.record,
            sequence=row.sequence,
            period_start=row.period_start,
            period_end=row.period_end,
            intensity_pg=row.intensity_pg,
        )


class BaselineShown(BaseModel):
    """What use of enrolled equipment is charged at least."""

    baseline_pg: Picograms
    counts_from: Annotated[
        Time, Field(description="Intensities of periods that end after this time are affected.")
    ]

    @classmethod
    def of(cls, row: BaselineRow) -> "BaselineShown":
        return cls(baseline_pg=row.baseline_pg, counts_from=row.counts_from)


class EquipmentShown(BaseModel):
    """Equipment of your business."""

    equipment_id: Id
    name: Annotated[str | None, Field(description="Your own name of it; null when it is not known here.")]
    unit: UnitSymbol
    registered: Annotated[bool, Field(description="Whether it stands on the ledger.")]
    baseline: Annotated[
        BaselineShown | None, Field(description="Null unless it is enrolled in a credit programme.")
    ]
    intensities: Annotated[list[IntensityShown], Field(description="The newest, newest first.")]

    @classmethod
    def of(cls, own: OwnEquipment) -> "EquipmentShown":
        known = own.row or own.local
        assert known is not None
        return cls(
            equipment_id=own.equipment_id,
            name=own.local.name if own.local else None,
            unit=symbol_of(known.unit),
            registered=own.row is not None,
            baseline=BaselineShown.of(own.baseline) if own.baseline else None,
            intensities=[IntensityShown.of(row) for row in own.intensities],
        )


class EquipmentList(BaseModel):
    """A page of equipment; `next` is null on the last."""

    items: list[EquipmentShown]
    next: Id | None
