"""The owner's private record of its lots: what is being made, from what, and what the settlement made of it.

Nothing here is filled from the chain and nothing of it leaves the node but under an agreement: names,
products, which input went into which lot, and the salts of the breakdown's leaves. The public side of a lot
(CO2, good units, holder) is the indexer's read model in `tanso.platform.lots.models`.

Units: quantities and activities are whole base units (pieces, g, mL, Wh, s), masses are µg CO2e, times Unix
seconds.
"""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from tanso.oracle.store import BigUint

MAX_QUANTITY = 2**63 - 1
"""Largest quantity or activity, in base units, that the platform takes in one use (the ledger takes 2^64 -
1).
"""

MAX_TIME = 2**40 - 1
"""Last Unix second that fits the ledger's 40 bits."""


class DraftStatus(StrEnum):
    """Where a lot stands on its owner's side."""

    OPEN = "open"
    """Registered; uses can be added."""
    COMPLETED = "completed"
    """Good and defective units are fixed; the lot waits for its batch."""
    SETTLING = "settling"
    """Its batch is in the outbox."""
    SETTLED = "settled"
    """Its batch is on the chain."""
    REFUSED = "refused"
    """The chain refused its batch; it may be settled again in another batch."""


class InputKind(StrEnum):
    """What was used."""

    MATERIAL = "material"
    """Part of a lot held on the chain; `ref_id` is the lot's ID."""
    EXTERNAL = "external"
    """Material or energy from outside the network; `ref_id` is the factor's ID."""
    EQUIPMENT = "equipment"
    """Own equipment; `ref_id` is the equipment's ID."""


class LotDraft(SQLModel, table=True):
    """One lot as its maker knows it."""

    __tablename__ = "lot_draft"
    __table_args__ = (
        UniqueConstraint("business_id", "local_name"),
        Index("ix_lot_draft_newest", "business_id", "started_at", "lot_id"),
    )

    lot_id: str = Field(primary_key=True, max_length=34)
    business_id: str = Field(max_length=34)
    local_name: str = Field(max_length=200)
    """The maker's own name of the lot; the ID is derived from it. Never leaves the node."""
    product: str = Field(max_length=200)
    unit: int
    """`tanso.contracts.units.Unit` in which good and defective units are counted."""
    status: str = Field(default=DraftStatus.OPEN, max_length=10, index=True)
    started_at: int = Field(sa_type=BigInteger)
    completed_at: int | None = Field(default=None, sa_type=BigInteger)
    good: int | None = Field(default=None, sa_type=BigInteger)
    defects: int | None = Field(default=None, sa_type=BigInteger)
    held: bool = False
    """It waits for a request to settle it: no policy does."""
    tries: int = 0
    """How often settlement by policy was refused; `problem` says why."""
    next_try_at: int = Field(default=0, sa_type=BigInteger)
    batch_id: str | None = Field(default=None, max_length=34, index=True)
    co2_ug: int | None = Field(default=None, sa_type=BigUint)
    """µg CO2e of the whole lot: the sum over its inputs, set when the batch is stored."""
    primary_ug: int | None = Field(default=None, sa_type=BigUint)
    """The part of it that comes from metered equipment, µg CO2e."""
    breakdown_root: str | None = Field(default=None, max_length=66)
    problem: str | None = Field(default=None, max_length=1000)
    """Why the lot's last batch was refused."""


class LotInput(SQLModel, table=True):
    """One use that went into a lot."""

    __tablename__ = "lot_input"

    id: int | None = Field(default=None, primary_key=True)
    lot_id: str = Field(index=True, foreign_key="lot_draft.lot_id", max_length=34)
    kind: str = Field(max_length=10)
    ref_id: str = Field(index=True, max_length=34)
    quantity: int = Field(sa_type=BigInteger)
    """Consumption or activity in base units of `unit`."""
    unit: int
    at: int = Field(sa_type=BigInteger)
    """When it was used: picks the intensity record of an equipment."""
    record: int | None = Field(default=None, sa_type=BigInteger)
    """Index of the intensity record used, for equipment, set at settlement."""
    co2_ug: int | None = Field(default=None, sa_type=BigUint)
    """This use's exact part of the batch's input, µg CO2e, set at settlement."""
    primary_ug: int | None = Field(default=None, sa_type=BigUint)
    salt: str | None = Field(default=None, max_length=66)
    """Random 256 bit that keep the leaf from being guessed."""


class Settlement(SQLModel, table=True):
    """A batch of one business, as sent to the chain."""

    __tablename__ = "settlement"
    __table_args__ = (UniqueConstraint("business_id", "name"),)

    batch_id: str = Field(primary_key=True, max_length=34)
    business_id: str = Field(index=True, max_length=34)
    name: str = Field(max_length=200)
    """The owner's name of the batch; the ID is derived from it."""
    period_start: int = Field(sa_type=BigInteger)
    period_end: int = Field(sa_type=BigInteger)
    formula_id: str = Field(max_length=66)
    transaction_key: str = Field(max_length=200)
    status: str = Field(default=DraftStatus.SETTLING, max_length=10)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)
    created_at: int = Field(sa_type=BigInteger)


class LeftOverInput(SQLModel, table=True):
    """One use that went into no lot but to the business's own account, under a name."""

    __tablename__ = "left_over_input"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: str = Field(index=True, foreign_key="settlement.batch_id", max_length=34)
    name: str = Field(max_length=32)
    """ASCII name under which the chain shows the left-over."""
    kind: str = Field(max_length=10)
    ref_id: str = Field(max_length=34)
    quantity: int = Field(sa_type=BigInteger)
    unit: int
    at: int | None = Field(default=None, sa_type=BigInteger)
    record: int | None = Field(default=None, sa_type=BigInteger)
    co2_ug: int = Field(sa_type=BigUint)
    primary_ug: int = Field(sa_type=BigUint)
