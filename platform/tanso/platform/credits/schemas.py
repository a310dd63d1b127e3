"""What the routes of credits take and give."""

from typing import Annotated

from pydantic import BaseModel, Field

from tanso.platform.api.fields import (
    Given,
    Hash,
    Id,
    Intensity,
    Micrograms,
    Name,
    PlainText,
    SumOfMicrograms,
    Time,
    TimeGiven,
    Tonnes,
)
from tanso.platform.api.transactions import Transaction
from tanso.platform.credits.models import ProgrammeRow, ReductionRow
from tanso.platform.credits.service import MAX_BUNDLE

TonnesGiven = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1, description="Whole tonnes CO2e.")]


class ProgrammeGiven(Given):
    """A credit programme to run. Its name stays on this node."""

    name: Name
    methodology_id: Annotated[
        Hash, Field(description="Registered formula of the methodology: GET /v1/formulas.")
    ]


class ProgrammeCreated(BaseModel):
    """The programme's ID, and the transaction that creates it."""

    programme_id: Id
    name: str
    transaction: Transaction


class EnrolmentGiven(Given):
    """Equipment to enrol, and the baseline that its reductions will be held against.

    From then on lots that use the equipment are charged the baseline, at least: the difference to what is
    measured is given away.
    """

    equipment_id: Id
    baseline: Annotated[
        Intensity,
        Field(
            description="By the programme's methodology; for a solar roof the factor of the grid "
            "electricity. In a unit that fits the equipment's, rounded up to whole pg."
        ),
    ]


class ReductionGiven(Given):
    """A period to attest a reduction for.

    The figure itself is never given: the oracle computes it from readings.
    """

    equipment_id: Id
    period_start: TimeGiven
    period_end: Annotated[TimeGiven, Field(description="First second after the period; must be past.")]


class ReductionAttested(BaseModel):
    """The transaction that records the reduction."""

    reduction_id: Hash
    reduction_ug: Annotated[Micrograms, Field(description="µg CO2e, rounded down.")]
    evidence_root: Hash
    transaction: Transaction


class BundleGiven(Given):
    """Which reductions to bundle."""

    reduction_ids: Annotated[
        list[Hash] | None,
        Field(
            min_length=1, max_length=MAX_BUNDLE, description="Default: the oldest that are open, up to 200."
        ),
    ] = None


class TransferGiven(Given):
    """Credits to hand over."""

    to_business_id: Id
    tonnes: TonnesGiven


class RetirementGiven(Given):
    """Credits to retire for good."""

    tonnes: TonnesGiven
    purpose: Annotated[PlainText, Field(description="The ledger holds its hash.")]
    beneficiary_id: Annotated[Id | None, Field(description="Business on whose behalf.")] = None


class ReductionShown(BaseModel):
    """A recorded reduction."""

    reduction_id: Hash
    equipment_id: Id
    business_id: Id
    period_start: Time
    period_end: Time
    reduction_ug: Annotated[Micrograms, Field(description="Baseline minus project, µg CO2e, rounded down.")]
    evidence_root: Hash

    @classmethod
    def of(cls, row: ReductionRow) -> "ReductionShown":
        return cls(
            reduction_id=row.reduction_id,
            equipment_id=row.equipment_id,
            business_id=row.business_id,
            period_start=row.period_start,
            period_end=row.period_end,
            reduction_ug=row.reduction_ug,
            evidence_root=row.evidence_root,
        )


class Reductions(BaseModel):
    """The reductions of a programme that are recorded and not bundled, oldest first."""

    items: list[ReductionShown]


class Contributor(BaseModel):
    """A business's part of what was bundled."""

    business_id: Id
    reduction_ug: Annotated[SumOfMicrograms, Field(description="µg CO2e.")]


class ProgrammeShown(BaseModel):
    """A programme's account: reduced = issued × 10^12 + carried, to the microgram."""

    programme_id: Id
    business_id: Annotated[Id, Field(description="Who runs it.")]
    methodology_id: Hash
    reduced_ug: Annotated[SumOfMicrograms, Field(description="Bundled so far, µg CO2e.")]
    carried_ug: Annotated[Micrograms, Field(description="Bundled but below a tonne, µg CO2e.")]
    issued_tonnes: Tonnes
    retired_tonnes: Tonnes
    held_tonnes: Annotated[Tonnes | None, Field(description="What your business holds; null without one.")]
    contributors: list[Contributor]

    @classmethod
    def of(cls, row: ProgrammeRow, held: int | None, parts: dict[str, int]) -> "ProgrammeShown":
        return cls(
            programme_id=row.programme_id,
            business_id=row.business_id,
            methodology_id=row.methodology_id,
            reduced_ug=row.reduced_ug,
            carried_ug=row.carried_ug,
            issued_tonnes=row.issued_tonnes,
            retired_tonnes=row.retired_tonnes,
            held_tonnes=held,
            contributors=[Contributor(business_id=key, reduction_ug=ug) for key, ug in parts.items()],
        )


class Programmes(BaseModel):
    """A page of programmes; `next` is null on the last."""

    items: list[ProgrammeShown]
    next: Id | None
