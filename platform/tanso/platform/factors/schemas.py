"""What the routes of factors and formulas take and give."""

from typing import Annotated

from pydantic import BaseModel, Field

from tanso.oracle.factors import EmissionFactor
from tanso.oracle.formulas import NAMES
from tanso.platform.api.fields import Given, Hash, Id, Name, Picograms, PlainText, Time, TimeGiven, UnitSymbol
from tanso.platform.api.transactions import Transaction


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
    intensity_pg: Picograms
    unit: Annotated[UnitSymbol, Field(description="Base unit of the activity.")]
    valid_from: Time
    valid_until: Time
    gwp_set: str
    source_hash: Hash
    source: dict[str, str] | None


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
