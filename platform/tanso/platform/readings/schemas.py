"""What the routes of operation data take and give."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tanso.oracle.closing import Closed
from tanso.oracle.intake import IntakeResult, Refusal, RefusedRow
from tanso.oracle.intake.batches import BatchAnswer
from tanso.platform.api.fields import (
    MOST_ROWS,
    Amount,
    Given,
    Hash,
    Id,
    Index,
    Micrograms,
    Picograms,
    PlainText,
    Time,
    TimeGiven,
)
from tanso.platform.api.transactions import Transaction
from tanso.platform.factors.schemas import PublishedFactor

MAX_SHOWN = 100
"""Most refused rows or gaps in one answer."""

Text = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]*$")]
Devices = Annotated[list[Text], Field(min_length=1, max_length=200)]
Factor = Annotated[
    Text | PublishedFactor,
    Field(description="Name of an own factor or of one that ships with Tanso, or a factor with its source."),
]
Count = Annotated[int, Field(ge=0, le=2**31 - 1, description="A number of rows.")]


class Source(Given):
    """A device, and the quantity that it measures."""

    device: Text
    quantity: Text


class FactorFromGiven(Given):
    """A factor that takes over on a day, from its beginning in the site's zone."""

    valid_from: date
    factor: Factor


class SiteEnergyGiven(Given):
    """An energy that the site uses, or one line of it."""

    energy: Text
    factor: Factor
    devices: Annotated[
        Devices | None, Field(description="The meters of it; null when only machines have meters.")
    ] = None
    line: Annotated[
        Text | None, Field(description="The line that these meters are of; null for the whole site.")
    ] = None
    later: Annotated[
        list[FactorFromGiven],
        Field(default_factory=list, max_length=50, description="Factors that take over, in order of days."),
    ]


class SiteEquipmentGiven(Given):
    """How the activity and the energies of a piece of equipment are known."""

    equipment_id: Id
    activity_devices: Annotated[Devices, Field(description="Devices whose readings add up to its activity.")]
    activity_quantity: Text = "operating time"
    performance: Annotated[
        dict[Text, Amount],
        Field(
            default_factory=dict,
            max_length=20,
            description="Per energy, for example electricity at 30 kW: the weight by which it is allocated.",
        ),
    ]
    metered: Annotated[
        dict[Text, Devices],
        Field(default_factory=dict, max_length=20, description="Own meters per energy: not allocated."),
    ]
    line: Annotated[Text | None, Field(description="The line it belongs to, if lines have meters.")] = None
    standard_times: Annotated[
        dict[Text, Text],
        Field(
            default_factory=dict,
            max_length=200,
            description="Without a clock: per device that counts pieces, the standard time of one, such as "
            '"6 min/pc", or "120 min / 20 pc" for lots.',
        ),
    ]


class GapRuleGiven(Given):
    """How gaps in the readings of one quantity of a device are filled: a rule of the formula tanso-gaps@1."""

    device: Text
    quantity: Text
    rule: Literal["linear", "same time last week", "highest of the last days"]
    days: Annotated[
        int | None, Field(ge=1, le=92, description="Number of days, for `highest of the last days`.")
    ] = None
    longest_s: Annotated[
        int, Field(ge=1, le=604_800, description="A gap of a greater number of seconds is not filled.")
    ] = 86_400


GapRules = Annotated[
    list[GapRuleGiven],
    Field(
        default_factory=list,
        max_length=500,
        description="For consumption only; gaps without a rule stay gaps and are stated.",
    ),
]


class SiteGiven(Given):
    """How a business measures: energies, meters, equipment. Names stay on this node."""

    zone: Annotated[Text, Field(description="Offset or IANA name: readings are totalled per day of it.")]
    energies: Annotated[list[SiteEnergyGiven], Field(min_length=1, max_length=20)]
    equipment: Annotated[list[SiteEquipmentGiven], Field(min_length=1, max_length=500)]
    ignored: Annotated[
        list[Source],
        Field(default_factory=list, max_length=500, description="Knowingly in no figure: check meters."),
    ]
    gap_rules: GapRules


class SiteShown(BaseModel):
    """How the business measures, and which version of it this is."""

    version: Index
    site: SiteGiven


class RoofGiven(Given):
    """A solar installation of a credit programme."""

    programme_id: Id
    zone: Text
    factor: Factor
    generated: Source
    own_consumption: Annotated[
        Source | None, Field(description="Null only if it has no meter for what it draws itself.")
    ]
    exported: Annotated[Source | None, Field(description="Null if it cannot feed into the grid.")] = None
    gap_rules: GapRules


class RoofShown(BaseModel):
    """The installation, and which version of it this is."""

    version: Index
    roof: RoofGiven


class RefusedShown(BaseModel):
    """A figure that could not be taken."""

    line: Annotated[int, Field(ge=1, le=2**63 - 1, description="Number of the line; the header is line 1.")]
    series: Annotated[int, Field(ge=-1, le=2**31 - 1, description="Which of the layout's series, from 0.")]
    error: str
    reason: str

    @classmethod
    def of(cls, refusal: Refusal | RefusedRow) -> "RefusedShown":
        return cls(line=refusal.line, series=refusal.series, error=refusal.error, reason=refusal.reason)


class IntakeShown(BaseModel):
    """What became of a file."""

    file_hash: Hash
    accepted: Annotated[Count, Field(description="Number of figures taken now.")]
    repeated: Annotated[Count, Field(description="Number of figures that were there before.")]
    refused_count: Count
    refused: Annotated[list[RefusedShown], Field(description="The first 100.")]

    @classmethod
    def of(cls, result: IntakeResult) -> "IntakeShown":
        return cls(
            file_hash=result.file_hash,
            accepted=result.accepted,
            repeated=result.repeated,
            refused_count=len(result.refused),
            refused=[RefusedShown.of(refusal) for refusal in result.refused[:MAX_SHOWN]],
        )


class BatchShown(BaseModel):
    """What became of a batch of readings: accepted, duplicates and refused add up to readings."""

    readings: Count
    accepted: Annotated[Count, Field(description="Number of readings taken now.")]
    duplicates: Annotated[Count, Field(description="Number of readings that were there before.")]
    refused: Annotated[Count, Field(description="Number of readings kept aside.")]
    refusals: Annotated[
        list[RefusedShown], Field(description="The first 100; line is the place in the batch.")
    ]

    @classmethod
    def of(cls, answer: BatchAnswer) -> "BatchShown":
        return cls.model_validate(asdict(answer))


class OpenRefusal(RefusedShown):
    """A figure that was kept aside and blocks the closing of its period."""

    row_id: Annotated[int, Field(ge=1, le=MOST_ROWS, description="Its number.")]
    raw: Annotated[str, Field(description="The row as JSON; its first 2,000 characters.")]


class OpenRefusals(BaseModel):
    """A page of figures kept aside that nobody has resolved; `next` is null on the last."""

    items: list[OpenRefusal]
    next: Annotated[int, Field(ge=1, le=MOST_ROWS, description="Number of the last row here.")] | None


class ResolutionGiven(Given):
    """Why a refused figure may be left out."""

    reason: PlainText


class PeriodGiven(Given):
    """A period to close. No intensity is given: the oracle computes it from the readings stored."""

    period_start: TimeGiven
    period_end: Annotated[TimeGiven, Field(description="First second after the period; must be past.")]
    allow_refused: Annotated[
        bool, Field(description="Leave refused figures out; their number stands in the evidence.")
    ] = False


class EquipmentIntensity(BaseModel):
    """An equipment's intensity in the period."""

    equipment_id: Id
    intensity_pg: Picograms


class GapShown(BaseModel):
    """A stretch without readings."""

    device: str
    quantity: str
    start: Time
    end: Time


class PeriodClosedShown(BaseModel):
    """What the oracle computed, sealed and signed, and its transaction."""

    period_start: Time
    period_end: Time
    sequence: Index
    declared_ug: Annotated[Micrograms, Field(description="All Scope 1 and 2 of the period, µg CO2e.")]
    intensities: list[EquipmentIntensity]
    formula_id: Hash
    evidence_root: Hash
    gaps: Annotated[list[GapShown], Field(description="Where readings are missing: the first 100.")]
    filled_count: Annotated[Count, Field(description="Number of gaps that were filled by a rule.")]
    estimated_share: Annotated[
        str, Field(description="Share of filled gaps in the emissions, an exact fraction (a number).")
    ]
    transaction: Transaction

    @classmethod
    def of(cls, closed: Closed) -> "PeriodClosedShown":
        record = closed.evidence.record
        return cls(
            period_start=record.period_start,
            period_end=record.period_end,
            sequence=record.sequence or 0,
            declared_ug=record.amount_ug,
            intensities=[
                EquipmentIntensity(equipment_id=key, intensity_pg=value)
                for key, value in closed.result.intensities_pg.items()
            ],
            formula_id=record.formula_id,
            evidence_root=record.root,
            gaps=[
                GapShown(device=gap.device, quantity=gap.quantity, start=gap.start, end=gap.end)
                for gap in closed.gaps[:MAX_SHOWN]
            ],
            filled_count=len(closed.filled),
            estimated_share=closed.estimated_share,
            transaction=Transaction.of(closed.message),
        )
