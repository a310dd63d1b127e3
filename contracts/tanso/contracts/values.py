"""What is written to and read from the ledger: frozen twins of the Solidity structs, in snake_case.

IDs are "0x" + 32 hexadecimal digits, hashes "0x" + 64, accounts checksummed addresses. Names ending in
``_ug`` are µg CO2e, in ``_pg`` pg CO2e per base unit. Periods are half open, [start, end), in Unix seconds
(UTC). Ranges are those of the Solidity types, checked when a value is encoded (`InvalidValue` names it).
The meaning of each field is documented with the struct in contracts/src/interfaces.
"""

from dataclasses import dataclass

from tanso.contracts.units import Unit

ZERO_ID = "0x" + "00" * 16
ZERO_HASH = "0x" + "00" * 32
ZERO_ADDRESS = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Factor:
    """An emission factor for an external material or energy."""

    intensity_pg: int
    """The factor's value: whole picograms (10^-12 g) CO2e per base unit."""
    valid_from: int
    valid_until: int
    unit: Unit
    gwp_set: str
    """Set of global warming potentials, at most 8 ASCII characters, for example "AR6"."""
    source_hash: str


@dataclass(frozen=True, slots=True)
class KeySet:
    """Oracle keys of which ``threshold`` had to sign, from ``since`` until the next set's."""

    since: int
    threshold: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that answered for a business from ``since`` on: the hash of its URL."""

    hash: str
    since: int


@dataclass(frozen=True, slots=True)
class Installation:
    """Which equipment a device measured from ``since`` on, and the account whose signatures were its own."""

    equipment_id: str
    business_id: str
    """Business that made the entry."""
    key: str
    """`ZERO_ADDRESS` when the device could not sign."""
    since: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """A device's calibration; it counts for times in [valid_from, held_until)."""

    valid_from: int
    valid_until: int
    """As the certificate says."""
    held_until: int
    """``valid_until``, or earlier where it was withdrawn from then on."""
    since: int
    """When it was recorded."""
    certificate_hash: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A calibration that was found wrong: it counts no longer from ``withdrawn_from`` on."""

    calibration: int
    """Its index among the device's calibrations, from 0."""
    withdrawn_from: int
    since: int
    """When that was recorded."""
    reason_hash: str


@dataclass(frozen=True, slots=True)
class MaterialUse:
    """Part of a held lot that goes into a batch."""

    lot_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ExternalUse:
    """Material from outside the network, by registered factor."""

    factor_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class EquipmentUse:
    """Use of own equipment at the intensity registered under ``record``.

    A record is the sequence of the report it came with; for equipment that was handed over by other
    businesses, plus their number times 2^24.
    """

    equipment_id: str
    record: int
    activity: int


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot that a batch brings forth."""

    lot_id: str
    unit: Unit
    co2_ug: int
    primary_ug: int
    good: int
    defects: int
    breakdown_root: str


@dataclass(frozen=True, slots=True)
class LeftOver:
    """CO2 that goes into no lot but to the business's own account."""

    name: str
    """At most 32 ASCII characters, for example "idle time", "waste", "work in progress"."""
    co2_ug: int
    primary_ug: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What a business settles in one transaction: in = out + left over, to the microgram."""

    batch_id: str
    period_start: int
    period_end: int
    formula_id: str
    materials: tuple[MaterialUse, ...] = ()
    externals: tuple[ExternalUse, ...] = ()
    equipment: tuple[EquipmentUse, ...] = ()
    lots: tuple[NewLot, ...] = ()
    left_overs: tuple[LeftOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """What stands on the ledger of a lot."""

    batch_id: str
    business_id: str
    unit: Unit
    co2_ug: int
    primary_ug: int
    good: int
    defects: int
    breakdown_root: str


@dataclass(frozen=True, slots=True)
class LotState:
    """What the contract itself keeps of a lot.

    The event that made it is in one of the 1,024 blocks from ``first_block`` on.
    """

    business_id: str
    co2_ug: int
    """As it was settled: what the lot's tokens carry."""
    primary_ug: int
    good: int
    first_block: int
    restatements: int
    """How often the producer restated the lot; with 0, the two restated figures are 0, too."""
    restated_ug: int
    """What the whole lot should have carried by the latest restatement."""
    restated_primary_ug: int
    charged_ug: int
    """What the producer's account bears for the lot beside what it carries."""


@dataclass(frozen=True, slots=True)
class Position:
    """A holder's part of a lot."""

    quantity: int
    co2_ug: int
    primary_ug: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Intensity of one piece of equipment in a report."""

    equipment_id: str
    intensity_pg: int


@dataclass(frozen=True, slots=True)
class Report:
    """An oracle report: declared emissions of a business in a period, and the intensity of its equipment."""

    business_id: str
    period_start: int
    period_end: int
    sequence: int
    deadline: int
    formula_id: str
    evidence_root: str
    declared_ug: int
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class IntensityRecord:
    """One intensity in an equipment's history."""

    period_start: int
    period_end: int
    intensity_pg: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Reduction:
    """Baseline minus project emissions of enrolled equipment, rounded down."""

    equipment_id: str
    programme_id: str
    period_start: int
    period_end: int
    reduction_ug: int
    baseline_pg: int
    """What the equipment's use is charged since it was enrolled, pg CO2e per base unit."""
    deadline: int
    methodology_id: str
    evidence_root: str


@dataclass(frozen=True, slots=True)
class Programme:
    """A credit programme's account."""

    business_id: str
    methodology_id: str
    carried_ug: int
    issued_tonnes: int
    retired_tonnes: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is left of retired credits."""

    programme_id: str
    account: str
    tonnes: int
    beneficiary_id: str
    purpose_hash: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement on data, as the ledger has it. Times are 0 where nothing of the kind has happened."""

    provider_id: str
    receiver_id: str
    terms_hash: str
    valid_until: int
    """First second for which it holds no longer."""
    accepted_at: int
    ended_at: int
    """When a party withdrew, or the provider demanded deletion."""
    demanded_at: int
    confirmed_at: int
    confirmation_hash: str
