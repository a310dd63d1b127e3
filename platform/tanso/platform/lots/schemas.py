"""What the routes of lots take and give."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from tanso.platform.api.fields import (
    MOST_ROWS,
    Amount,
    BaseUnits,
    CarbonMass,
    Given,
    Hash,
    Id,
    Index,
    Micrograms,
    Name,
    PlainText,
    SumOfMicrograms,
    Time,
    TimeGiven,
    UnitSymbol,
    symbol_of,
)
from tanso.platform.api.transactions import Transaction
from tanso.platform.lots.drafts import DraftStatus, InputKind, LotDraft, LotInput, Settlement
from tanso.platform.lots.figures import Restated, cfp_exact, cfp_ug_up, primary_percent_down
from tanso.platform.lots.models import BatchRow, LotRow, RestatementRow
from tanso.platform.lots.queries import BreakdownLine, ListedLot

Percent = Annotated[
    str,
    Field(
        pattern=r"^\d{1,3}\.\d\d$", description="Per cent, two decimals, rounded down.", examples=["87.31"]
    ),
]
Fraction = Annotated[
    str, Field(pattern=r"^\d+(/\d+)?$", description="Exact fraction in lowest terms.", examples=["2500/3"])
]


class LotGiven(Given):
    """A lot to start. Names stay on this node."""

    name: Annotated[Name, Field(description="Your own name of the lot, new to your business.")]
    product: Annotated[Name, Field(description="What it is a lot of.")]
    unit: Annotated[
        UnitSymbol, Field(description="Base unit in which good and defective units are counted.")
    ] = "pc"
    started_at: Annotated[TimeGiven | None, Field(description="When production began. Default: now.")] = None


class MaterialUseGiven(Given):
    """Material used: of a lot that you hold, or from outside the network by a registered factor."""

    material_lot_id: Annotated[Id | None, Field(description="A held lot. Give this or `factor_id`.")] = None
    factor_id: Annotated[
        Id | None, Field(description="A registered factor. Give this or `material_lot_id`.")
    ] = None
    consumption: Annotated[
        Amount, Field(description="How much, in a unit that fits the lot's or the factor's.")
    ]
    at: Annotated[TimeGiven | None, Field(description="When. Default: now.")] = None

    @model_validator(mode="after")
    def _one_source(self) -> "MaterialUseGiven":
        if (self.material_lot_id is None) == (self.factor_id is None):
            raise ValueError("give either material_lot_id or factor_id")
        return self

    @property
    def source(self) -> tuple[InputKind, str]:
        """Kind and ID of what was used."""
        if self.material_lot_id is not None:
            return InputKind.MATERIAL, self.material_lot_id
        assert self.factor_id is not None
        return InputKind.EXTERNAL, self.factor_id


class EquipmentUseGiven(Given):
    """Use of your own equipment."""

    equipment_id: Id
    activity: Annotated[
        Amount, Field(description="How much, in a unit that fits the equipment's, usually a time.")
    ]
    at: Annotated[TimeGiven | None, Field(description="When: picks the intensity. Default: now.")] = None


class CompletionGiven(Given):
    """The lot is finished."""

    good: Annotated[Amount, Field(description="Good units; they carry the lot's CO2.")]
    defects: Annotated[
        Amount | None, Field(description="Defective units; the good ones carry theirs. Default: none.")
    ] = None
    completed_at: Annotated[TimeGiven | None, Field(description="When. Default: now.")] = None
    settlement: Annotated[
        Literal["at once", "held"] | None,
        Field(
            description="`at once`: a batch of this lot alone. `held`: waits for POST /v1/settlements. "
            "Default: by the policy of PUT /v1/settlement-policy, which is at once until you say otherwise."
        ),
    ] = None


class ShipmentGiven(Given):
    """Part of a held lot goes to another business."""

    to_business_id: Annotated[Id, Field(description="The consignee.")]
    quantity: Annotated[Amount, Field(description="How much, in a unit that fits the lot's.")]


class ConsumptionGiven(Given):
    """Part of a held lot is used up, in no lot."""

    quantity: Annotated[Amount, Field(description="How much, in a unit that fits the lot's.")]
    purpose: Annotated[
        PlainText | None, Field(description="What for. The ledger holds its hash, the text stays here.")
    ] = None


class RestatementGiven(Given):
    """What the whole lot should have carried, as is known now."""

    co2: Annotated[CarbonMass, Field(description="CO2e of the whole lot.")]
    primary: Annotated[
        CarbonMass, Field(description="The part of it that comes from metered equipment; it may be zero.")
    ]
    reason: Annotated[PlainText, Field(description="Why. The ledger holds its hash, the text stays here.")]


class SourceGiven(Given):
    """What was used, how much, when. Give exactly one of the three IDs."""

    equipment_id: Id | None = None
    material_lot_id: Id | None = None
    factor_id: Id | None = None
    amount: Annotated[Amount, Field(description="Activity or quantity, in a unit that fits.")]
    at: Annotated[
        TimeGiven | None, Field(description="When: picks the intensity, if several touch the period.")
    ] = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if [self.equipment_id, self.material_lot_id, self.factor_id].count(None) != 2:
            raise ValueError("give exactly one of equipment_id, material_lot_id and factor_id")
        return self

    @property
    def source(self) -> tuple[InputKind, str]:
        """Kind and ID of what was used."""
        for kind, ref_id in (
            (InputKind.EQUIPMENT, self.equipment_id),
            (InputKind.MATERIAL, self.material_lot_id),
            (InputKind.EXTERNAL, self.factor_id),
        ):
            if ref_id is not None:
                return kind, ref_id
        raise AssertionError("the validator lets one through")


class LeftOverGiven(SourceGiven):
    """A use that went into no lot. Give exactly one of the three IDs."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=32,
            pattern=r"^[!-~]([ -~]*[!-~])?$",
            description="Shown on the ledger.",
            examples=["idle time", "waste", "work in progress"],
        ),
    ]


class SettlementGiven(Given):
    """Completed lots and left-overs to settle as one batch."""

    name: Annotated[Name, Field(description="Your own name of the batch, new to your business.")]
    period_start: TimeGiven
    period_end: Annotated[
        TimeGiven, Field(description="First second after the production period; must be past.")
    ]
    lot_ids: Annotated[list[Id], Field(max_length=200, description="Completed lots.")]
    left_overs: Annotated[list[LeftOverGiven], Field(default_factory=list, max_length=200)]


class DraftShown(BaseModel):
    """Your own record of a lot."""

    lot_id: Id
    name: str
    product: str
    unit: UnitSymbol
    status: DraftStatus
    started_at: Time
    completed_at: Time | None
    good: BaseUnits | None
    defects: BaseUnits | None
    batch_id: Id | None
    co2_ug: Micrograms | None
    primary_ug: Annotated[Micrograms | None, Field(description="The metered part, µg CO2e.")]
    problem: Annotated[str | None, Field(description="Why its last batch was refused.")]

    @classmethod
    def of(cls, draft: LotDraft) -> "DraftShown":
        return cls(
            lot_id=draft.lot_id,
            name=draft.local_name,
            product=draft.product,
            unit=symbol_of(draft.unit),
            status=DraftStatus(draft.status),
            started_at=draft.started_at,
            completed_at=draft.completed_at,
            good=draft.good,
            defects=draft.defects,
            batch_id=draft.batch_id,
            co2_ug=draft.co2_ug,
            primary_ug=draft.primary_ug,
            problem=draft.problem,
        )


class UseShown(BaseModel):
    """One use of a lot. CO2, leaf and proof are there once the lot is settled."""

    use_id: Annotated[
        int | None,
        Field(ge=1, le=MOST_ROWS, description="Its number, by which it can be taken back until settlement."),
    ]
    kind: InputKind
    ref_id: Annotated[Id, Field(description="ID of the material lot, the factor, or the equipment.")]
    quantity: BaseUnits
    unit: UnitSymbol
    at: Time
    record: Annotated[Index | None, Field(description="Which of the equipment's intensities, from 0.")]
    co2_ug: Micrograms | None
    primary_ug: Micrograms | None
    leaf: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=2**128 - 1)] | str] | None,
        Field(
            description="The breakdown's leaf; the proof starts from double keccak256 of its canonical JSON."
        ),
    ]
    proof: Annotated[
        list[Hash] | None, Field(description="Siblings from the leaf to the root, pairs sorted.")
    ]

    @classmethod
    def of(
        cls, item: LotInput, leaf: dict[str, Any] | None = None, proof: list[str] | None = None
    ) -> "UseShown":
        return cls(
            use_id=item.id if leaf is None else None,
            kind=InputKind(item.kind),
            ref_id=item.ref_id,
            quantity=item.quantity,
            unit=symbol_of(item.unit),
            at=item.at,
            record=item.record,
            co2_ug=item.co2_ug,
            primary_ug=item.primary_ug,
            leaf=leaf,
            proof=proof,
        )


class Breakdown(BaseModel):
    """Uses of a lot, and the root on the ledger that they prove against."""

    lot_id: Id
    breakdown_root: Hash | None
    uses: list[UseShown]

    @classmethod
    def of(cls, draft: LotDraft, lines: list[BreakdownLine]) -> "Breakdown":
        return cls(
            lot_id=draft.lot_id,
            breakdown_root=draft.breakdown_root if any(line.leaf for line in lines) else None,
            uses=[UseShown.of(line.item, line.leaf, line.proof) for line in lines],
        )


class SettlementShown(BaseModel):
    """A batch on its way to the ledger, with its transaction."""

    batch_id: Id
    name: str
    period_start: Time
    period_end: Time
    formula_id: Hash
    co2_ug: SumOfMicrograms
    primary_ug: SumOfMicrograms
    transaction: Transaction

    @classmethod
    def of(cls, settlement: Settlement, transaction: Transaction) -> "SettlementShown":
        return cls(
            batch_id=settlement.batch_id,
            name=settlement.name,
            period_start=settlement.period_start,
            period_end=settlement.period_end,
            formula_id=settlement.formula_id,
            co2_ug=settlement.co2_ug,
            primary_ug=settlement.primary_ug,
            transaction=transaction,
        )


class Completion(BaseModel):
    """The completed lot, and its settlement unless it waits for a batch."""

    lot: DraftShown
    settlement: SettlementShown | None


class RestatedShown(BaseModel):
    """What the producer later found that the lot should have carried. The lot stays as it was settled."""

    number: Annotated[
        int,
        Field(ge=1, le=2**32 - 1, description="Number of the restatement, from 1: the latest is the count."),
    ]
    co2_ug: Annotated[Micrograms, Field(description="µg CO2e of the whole lot.")]
    primary_ug: Annotated[Micrograms, Field(description="The metered part of it, µg CO2e.")]
    primary_share: Percent
    cfp_ug: Annotated[Micrograms, Field(description="Of one good base unit: µg CO2e, rounded up.")]
    cfp_exact: Annotated[Fraction, Field(description="The same without rounding: µg CO2e, a fraction.")]
    charged_ug: Annotated[
        Micrograms,
        Field(
            description="What the producer's account bears for the lot from then on, in all: what it should "
            "have carried more, µg CO2e. Nobody is given carbon back."
        ),
    ]

    @classmethod
    def of(cls, restated: Restated, good: int) -> "RestatedShown":
        return cls(
            number=restated.number,
            co2_ug=restated.co2_ug,
            primary_ug=restated.primary_ug,
            primary_share=primary_percent_down(restated.primary_ug, restated.co2_ug),
            cfp_ug=cfp_ug_up(restated.co2_ug, good),
            cfp_exact=cfp_exact(restated.co2_ug, good),
            charged_ug=restated.charged_ug,
        )


class RestatementShown(RestatedShown):
    """One restatement, on the ledger for good."""

    at: Time
    reason_hash: Hash
    reason: Annotated[
        str | None, Field(description="The text behind it, for the producer, and under an agreement.")
    ]
    transaction_hash: Hash

    @classmethod
    def of_row(cls, row: RestatementRow, good: int, reason: str | None) -> "RestatementShown":
        figures = RestatedShown.of(Restated(row.number, row.co2_ug, row.primary_ug, row.charged_ug), good)
        return cls(
            **dict(figures),
            at=row.block_time,
            reason_hash=row.reason_hash,
            reason=reason,
            transaction_hash=row.transaction_hash,
        )


class Restatements(BaseModel):
    """All restatements of a lot, the first one first, and what it was settled with."""

    lot_id: Id
    settled_co2_ug: Annotated[Micrograms, Field(description="µg CO2e of the whole lot, as it was settled.")]
    items: list[RestatementShown]


class LotShown(BaseModel):
    """What the ledger says of a lot to whoever knows its ID."""

    lot_id: Id
    business_id: Annotated[Id, Field(description="Who made it.")]
    batch_id: Id
    period_start: Time
    period_end: Time
    formula_id: Hash
    unit: UnitSymbol
    good: BaseUnits
    defects: BaseUnits
    co2_ug: Annotated[Micrograms, Field(description="µg CO2e of the whole lot as settled, fixed for good.")]
    primary_ug: Annotated[Micrograms, Field(description="The metered part of it, µg CO2e.")]
    primary_share: Percent
    cfp_ug: Annotated[Micrograms, Field(description="Footprint of one good base unit: µg CO2e, rounded up.")]
    cfp_exact: Annotated[Fraction, Field(description="The same without rounding: µg CO2e, a fraction.")]
    breakdown_root: Hash
    transaction_hash: Hash
    restated: Annotated[
        RestatedShown | None,
        Field(description="The latest restatement: read it beside the settled figures. Null without one."),
    ]

    @classmethod
    def of(cls, row: LotRow, batch: BatchRow, restated: Restated | None) -> "LotShown":
        return cls(
            lot_id=row.lot_id,
            business_id=row.business_id,
            batch_id=row.batch_id,
            period_start=batch.period_start,
            period_end=batch.period_end,
            formula_id=batch.formula_id,
            unit=symbol_of(row.unit),
            good=row.good,
            defects=row.defects,
            co2_ug=row.co2_ug,
            primary_ug=row.primary_ug,
            primary_share=primary_percent_down(row.primary_ug, row.co2_ug),
            cfp_ug=cfp_ug_up(row.co2_ug, row.good),
            cfp_exact=cfp_exact(row.co2_ug, row.good),
            breakdown_root=row.breakdown_root,
            transaction_hash=row.transaction_hash,
            restated=RestatedShown.of(restated, row.good) if restated else None,
        )


class ListedLotShown(BaseModel):
    """A lot that your business makes or holds."""

    lot_id: Id
    maker_id: Annotated[Id | None, Field(description="Who made it.")]
    unit: UnitSymbol
    own: Annotated[DraftShown | None, Field(description="Your own record of it, if you make it.")]
    settled: Annotated[bool, Field(description="Whether it stands on the ledger.")]
    held_quantity: Annotated[BaseUnits, Field(description="What you hold of it, in whole base units.")]
    held_co2_ug: Annotated[Micrograms, Field(description="µg CO2e of what you hold.")]
    held_primary_ug: Annotated[Micrograms, Field(description="The metered part of it, µg CO2e.")]
    restated: Annotated[
        RestatedShown | None,
        Field(description="By its producer's latest restatement; what you hold stays as it was settled."),
    ]

    @classmethod
    def of(cls, lot: ListedLot, restated: Restated | None) -> "ListedLotShown":
        maker = lot.draft or lot.row
        held = lot.position
        return cls(
            lot_id=lot.lot_id,
            maker_id=maker.business_id if maker else None,
            unit=symbol_of(lot.unit),
            own=DraftShown.of(lot.draft) if lot.draft else None,
            settled=lot.row is not None,
            held_quantity=held.quantity if held else 0,
            held_co2_ug=held.co2_ug if held else 0,
            held_primary_ug=held.primary_ug if held else 0,
            restated=RestatedShown.of(restated, lot.row.good) if restated and lot.row else None,
        )


class Lots(BaseModel):
    """A page of lots; `next` is null on the last."""

    items: list[ListedLotShown]
    next: Id | None
