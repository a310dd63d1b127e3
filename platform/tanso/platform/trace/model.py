"""What a search upstream gives. Masses are whole µg CO2e, quantities whole base units, times Unix seconds."""

from dataclasses import dataclass
from enum import StrEnum

from tanso.contracts.units import Unit
from tanso.platform.lots.figures import Restated


@dataclass(frozen=True, slots=True)
class LotNode:
    """A lot as the ledger shows it to anyone who knows its ID."""

    lot_id: str
    business_id: str
    batch_id: str
    unit: Unit
    co2_ug: int
    primary_ug: int
    good: int
    defects: int
    depth: int
    """Fewest steps upstream from the lot searched."""
    settled_at: int
    breakdown_root: str
    restated: Restated | None = None
    """By its producer's latest restatement, if there is one; `co2_ug` is as it was settled."""


@dataclass(frozen=True, slots=True)
class MaterialPart:
    """A part of a lot that went into a batch."""

    lot_id: str
    quantity: int
    co2_ug: int
    primary_ug: int


@dataclass(frozen=True, slots=True)
class ExternalPart:
    """Material from outside the network that went into a batch, by registered factor."""

    factor_id: str
    quantity: int
    co2_ug: int


@dataclass(frozen=True, slots=True)
class EquipmentPart:
    """Use of equipment that went into a batch, at the intensity of its `record`."""

    equipment_id: str
    record: int
    activity: int
    co2_ug: int
    primary_ug: int
    """What was measured; less than `co2_ug` where a baseline is charged."""


@dataclass(frozen=True, slots=True)
class LeftOverPart:
    """CO2 of a batch that went into no lot."""

    name: str
    co2_ug: int
    primary_ug: int


@dataclass(frozen=True, slots=True)
class BatchNode:
    """A batch with all that went in and came out: in = lots + left over, to the microgram."""

    batch_id: str
    business_id: str
    period_start: int
    period_end: int
    formula_id: str
    co2_ug: int
    primary_ug: int
    lots: tuple[str, ...]
    """All lots of the batch, also those that the search did not come from."""
    materials: tuple[MaterialPart, ...]
    externals: tuple[ExternalPart, ...]
    equipment: tuple[EquipmentPart, ...]
    left_overs: tuple[LeftOverPart, ...]
    transaction_hash: str


@dataclass(frozen=True, slots=True)
class Genealogy:
    """The public genealogy of a lot: a lot comes from a batch, a batch from the lots that it consumed."""

    lot_id: str
    depth: int
    """Depth of the deepest lot found."""
    lots: tuple[LotNode, ...]
    """The lot itself first, then upstream by depth. A lot that is reached on several ways stands once."""
    batches: tuple[BatchNode, ...]
    complete: bool
    """False when the bounds cut the search off: then some material's lot is missing from `lots`."""


class Disclosure(StrEnum):
    """What is said of a lot's inputs."""

    SHOWN = "shown"
    """All inputs are there, and sum to the lot's CO2."""
    IN_PART = "in part"
    """The asker may see only the materials, or only the equipment."""
    NOT_DISCLOSED = "not disclosed"
    """The asker may not see them; the lot's public total stands."""
    ELSEWHERE = "elsewhere"
    """This node does not keep the lot's breakdown: ask the node of its maker."""


@dataclass(frozen=True, slots=True)
class Input:
    """One use that went into a lot: `ref_id` is a lot, a factor or a piece of equipment, by `kind`."""

    kind: str
    ref_id: str
    quantity: int
    unit: Unit
    at: int
    record: int | None
    co2_ug: int
    primary_ug: int


@dataclass(frozen=True, slots=True)
class LotBreakdown:
    """A lot and what went into it, as far as that is disclosed."""

    lot: LotNode
    disclosure: Disclosure
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The disclosed genealogy of a lot: which lots went into which, hop by hop."""

    lot_id: str
    depth: int
    lots: tuple[LotBreakdown, ...]
    """The lot itself first, then upstream by depth. A lot that is reached on several ways stands once."""
    complete: bool
    """False when the bounds cut the search off: then some shown input's lot is missing from `lots`."""
