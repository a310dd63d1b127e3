"""What the routes of category statistics take and give."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from tanso.contracts.units import Unit
from tanso.oracle.factors import EmissionFactor
from tanso.platform.api.dependencies import MAX_PAGE
from tanso.platform.api.fields import Given, Id, Name, Time, TimeGiven, UnitSymbol, symbol_of
from tanso.platform.factors.schemas import PublishedFactor
from tanso.platform.factors.service import factor_id_of
from tanso.platform.statistics.local import (
    CategoryLot,
    CategoryProduct,
    ServerLot,
    ServerProduct,
    StatisticsRelease,
)
from tanso.platform.statistics.releases import Band

PerUnit = Annotated[
    int, Field(strict=True, ge=0, le=2**128 - 1, description="pg CO2e per base unit, to two digits.")
]
Count = Annotated[int, Field(ge=0, le=2**31 - 1, description="A number, rounded down to a multiple of five.")]


class ContributionsGiven(Given):
    """Own lots, or products with all their lots by one's own names."""

    lot_ids: Annotated[list[Id], Field(default_factory=list, max_length=1_000)]
    products: Annotated[list[Name], Field(default_factory=list, max_length=200)]

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.lot_ids and not self.products:
            raise ValueError("give lot_ids or products")
        return self


class ContributedLot(BaseModel):
    """An own lot in a category, and the release that has it."""

    lot_id: Id
    given_at: Time
    release_id: Id | None

    @classmethod
    def of(cls, row: CategoryLot) -> Self:
        """As it stands now."""
        return cls(lot_id=row.lot_id, given_at=row.given_at, release_id=row.release_id)


class ContributedProduct(BaseModel):
    """An own product all of whose lots go into a category."""

    product: str
    given_at: Time

    @classmethod
    def of(cls, row: CategoryProduct | ServerProduct) -> Self:
        """As it stands now."""
        return cls(product=row.product, given_at=row.given_at)


class GivenLot(BaseModel):
    """An own lot that another server may use, and when that server last read it."""

    lot_id: Id
    given_at: Time
    read_at: Time | None

    @classmethod
    def of(cls, row: ServerLot) -> Self:
        """As it stands now."""
        return cls(lot_id=row.lot_id, given_at=row.given_at, read_at=row.read_at)


class GivenThings(BaseModel):
    """A page of own lots that another server may use, and all such products; `next` is null on the last."""

    items: list[GivenLot]
    products: list[ContributedProduct]
    next: Id | None


class SilentServer(BaseModel):
    """A business whose server gave no answer that can be used: it contributes nothing now."""

    business_id: Id
    reason: str


class PullShown(BaseModel):
    """What other servers let this one's statistics use of a period. Single contributors are not named."""

    servers: Annotated[int, Field(ge=0, le=2**31 - 1, description="A number: all that were asked.")]
    lots: Annotated[int, Field(ge=0, le=2**63 - 1, description="A number: those that may be used now.")]
    refused: Annotated[
        int,
        Field(
            ge=0,
            le=2**63 - 1,
            description="A number: lots that their server's business did not make, in another unit than "
            "their category, in another category already, or of a category that is not in use.",
        ),
    ]
    silent: Annotated[int, Field(ge=0, le=2**31 - 1, description="A number: servers without an answer.")]
    silent_servers: Annotated[
        list[SilentServer], Field(max_length=MAX_PAGE, description="Them, by ID; the first ones only.")
    ]


class Contributions(BaseModel):
    """A page of own lots in a category, and all own products; `next` is null on the last page."""

    items: list[ContributedLot]
    products: list[ContributedProduct]
    next: Id | None


class ReleaseGiven(Given):
    """The period that a release is to cover: lots whose batches ended in it."""

    period_start: TimeGiven
    period_end: TimeGiven


class ReleaseShown(BaseModel):
    """What is published of a category, for good: CO2 per base unit of its producers, one value of each.

    Each quantile is a mean of three neighbouring producers, rounded up to two digits.
    """

    release_id: Id
    term_id: Id
    label: Name
    unit: UnitSymbol
    period_start: Time
    period_end: Time
    contributors: Count
    lots: Count
    p10_pg: PerUnit
    p25_pg: PerUnit
    median_pg: PerUnit
    p75_pg: PerUnit
    p90_pg: PerUnit
    primary_percent: Annotated[
        int,
        Field(ge=0, le=100, description="Median share of primary data, a number in per cent, whole tens."),
    ]
    released_at: Time

    @classmethod
    def of(cls, row: StatisticsRelease) -> Self:
        """As it was published."""
        shown = row.model_dump(exclude={"sequence", "unit", "p50_pg"})
        return cls(**shown, unit=symbol_of(row.unit), median_pg=row.p50_pg)

    @property
    def row(self) -> StatisticsRelease:
        """The release, not stored: another server's."""
        shown = {name: getattr(self, name) for name in type(self).model_fields}
        unit, p50_pg = Unit.of_symbol(shown.pop("unit")), shown.pop("median_pg")
        return StatisticsRelease(**shown, unit=int(unit), p50_pg=p50_pg)


class Releases(BaseModel):
    """A page of releases, the first one first; `next` is null on the last."""

    items: Annotated[list[ReleaseShown], Field(max_length=MAX_PAGE)]
    next: Id | None


class RankShown(BaseModel):
    """Where your business stands in the latest release."""

    release: ReleaseShown
    own_pg: Annotated[
        int,
        Field(strict=True, ge=0, le=2**128 - 1, description="Own pg CO2e per base unit, rounded up."),
    ]
    band: Band


class StatisticsFactor(BaseModel):
    """A release as an emission factor: usable in `PUT /v1/site`, registrable with `POST /v1/factors`."""

    factor_id: Id
    factor: PublishedFactor

    @classmethod
    def of(cls, factor: EmissionFactor) -> Self:
        """With the ID that it has on any ledger."""
        fields = {name: getattr(factor, name) for name in PublishedFactor.model_fields}
        return cls(factor_id=factor_id_of(factor), factor=PublishedFactor(**fields))
