"""What the routes of factors and formulas take and give."""

import json
from typing import Annotated, cast

from pydantic import BaseModel, Field

from tanso.oracle.factors import EmissionFactor
from tanso.oracle.formulas import NAMES
from tanso.platform.api.fields import (
    Given,
    Hash,
    Id,
    Name,
    Picograms,
    PlainText,
    Time,
    TimeGiven,
    UnitSymbol,
    symbol_of,
)
from tanso.platform.api.transactions import Transaction
from tanso.platform.factors.documents import NOT_STATED, Kind
from tanso.platform.factors.search import Found


class PublishedFactor(Given):
    """A factor as published, with its source."""

    name: Annotated[Name, Field(description="Name with version, for example resin-abs-2023.")]
    activity: Annotated[Name, Field(description="What it is a factor of.")]
    value: Annotated[
        str, Field(min_length=1, max_length=60, description="Decimal number as published, as text.")
    ]
    unit: Annotated[
        str, Field(min_length=3, max_length=40, description="CO2e per activity, for example kg/kWh.")
    ]
    publisher: PlainText
    year: Name
    geography: Name
    basis: PlainText
    gwp_set: Annotated[
        str,
        Field(
            pattern=r"^([!-~]{1,8}|not stated)$", description="Set of global warming potentials: AR5, AR6 …"
        ),
    ] = "not stated"

    @property
    def factor(self) -> EmissionFactor:
        """The same as the oracle knows it."""
        return EmissionFactor(
            name=self.name,
            activity=self.activity,
            value=self.value,
            unit=self.unit,
            publisher=self.publisher,
            year=self.year,
            geography=self.geography,
            basis=self.basis,
            gwp_set=self.gwp_set,
        )


class FactorGiven(PublishedFactor):
    """A factor to register, and for how long it holds."""

    valid_from: TimeGiven
    valid_until: Annotated[TimeGiven, Field(description="First second for which it holds no longer.")]
    kind: Annotated[Kind, Field(description="What it is a factor of, for the catalogue.")] = NOT_STATED
    series: Annotated[
        Name | None, Field(description="What its versions share, for example resin-abs; else its name.")
    ] = None


class FactorRegistered(BaseModel):
    """The factor's ID, and the transaction that registers it."""

    factor_id: Id
    name: str
    intensity_pg: Picograms
    unit: UnitSymbol
    transaction: Transaction


class FactorShown(BaseModel):
    """A registered factor; `source` is what its source hash stands for, null when it is not known here."""

    factor_id: Id
    name: str | None
    kind: Kind
    series: str | None
    intensity_pg: Picograms
    unit: Annotated[UnitSymbol, Field(description="Base unit of the activity.")]
    valid_from: Time
    valid_until: Time
    withdrawn_from: Annotated[
        Time | None, Field(description="Batches that end later can't use it; null while it is in force.")
    ]
    gwp_set: str
    source_hash: Hash
    source: dict[str, str] | None

    @classmethod
    def of(cls, found: Found) -> "FactorShown":
        """As the ledger and the catalogue know it."""
        row, document = found
        return cls(
            factor_id=row.factor_id,
            name=document.name if document else None,
            kind=cast(Kind, document.kind) if document else NOT_STATED,
            series=document.series if document else None,
            intensity_pg=row.intensity_pg,
            unit=symbol_of(row.unit),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            withdrawn_from=row.withdrawn_from,
            gwp_set=row.gwp_set,
            source_hash=row.source_hash,
            source=json.loads(document.document) if document else None,
        )


class WithdrawalGiven(Given):
    """Why a factor is withdrawn, and from when on batches can't use it."""

    withdrawn_from: TimeGiven
    reason: PlainText


class WithdrawalShown(BaseModel):
    """A factor's withdrawal; `reason` is null when its text is not known here."""

    withdrawn_from: Time
    reason_hash: Hash
    reason: str | None


class FactorWhole(FactorShown):
    """A registered factor with its withdrawals, the first one first."""

    withdrawals: list[WithdrawalShown]


class Factors(BaseModel):
    """A page of factors; `next` is null on the last."""

    items: list[FactorShown]
    next: Id | None


class FormulaGiven(Given):
    """A formula document of this version of Tanso."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,26}@[0-9]{1,5}$", examples=list(NAMES))]


class FormulaShown(BaseModel):
    """A registered formula; `document` is null when this version of Tanso does not know it."""

    formula_id: Hash
    name: str
    document: str | None


class Formulas(BaseModel):
    """All registered formulas, by name."""

    items: list[FormulaShown]
