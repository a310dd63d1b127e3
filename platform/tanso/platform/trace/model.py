"""What a search upstream gives. Masses are whole µg CO2e, quantities whole base units, times Unix seconds."""

from collections.abc import Mapping
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
    """This node does not keep the lot's breakdown, and knows no address of its maker's server."""
    UNREACHABLE = "unreachable"
    """The maker's server gave no answer."""
    LYING = "does not fit"
    """What the maker's server said does not fit what is on the ledger."""
    CUT = "cut off"
    """A bound of the search was reached before the lot was looked at."""


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
    leaf: Mapping[str, str | int] | None = None
    """The salted leaf under the lot's breakdown root, where it is at hand."""
    proof: tuple[str, ...] = ()
    """From the leaf up to the root."""


@dataclass(frozen=True, slots=True)
class LotNames:
    """What a lot's producer calls itself, the lot, and the equipment that is shown, by ID."""

    business: str
    product: str
    lot: str
    equipment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LotBreakdown:
    """A lot and what went into it, as far as that is disclosed."""

    lot: LotNode
    disclosure: Disclosure
    inputs: tuple[Input, ...]
    reason: str = ""
    """Why the inputs are not there, where another server or a bound of the search is behind it."""
    names: LotNames | None = None
    """The reader's own, or disclosed to it; None otherwise."""
    agreements: tuple[str, ...] = ()
    """Under which another server disclosed it."""
    received_at: int | None = None
    """When that server's answer came that this node keeps and shows here; None otherwise."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The disclosed genealogy of a lot: which lots went into which, hop by hop."""

    lot_id: str
    depth: int
    lots: tuple[LotBreakdown, ...]
    """The lot itself first, then upstream by depth. A lot that is reached on several ways stands once."""
    complete: bool
    """False when a bound cut the search off: then some shown input's lot is missing, or there as cut off."""
