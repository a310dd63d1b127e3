"""What a business does with its lots before they are settled: register, record uses, complete, take back.

    with changing(node, business, lot_ids) as changes:
        draft = changes.register("17", "rod", Unit.PIECE)
        changes.use(draft.lot_id, Use(InputKind.EXTERNAL, factor_id, 1000))

One transaction, however many lots; whatever is done again and again is read once. Quantities are whole base
units, times Unix seconds. If anything raises, nothing is changed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlmodel import Session, col, delete, func, select

from tanso.contracts.units import Unit
from tanso.oracle.store import utc_now, writing
from tanso.platform.api.fields import show_time
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.lots.drafts import DraftStatus, InputKind, LotDraft, LotInput
from tanso.platform.lots.prices import unit_of_source
from tanso.platform.lots.settlement import follow_up, one_at_a_time
from tanso.platform.node import Node

KEYS_AT_ONCE = 500
"""Keys in one SQL `IN`."""


@dataclass(frozen=True, slots=True)
class Use:
    """Something used for a lot.

    `quantity` base units of the source's unit, `at` a Unix second (default: now).
    """

    kind: InputKind
    ref_id: str
    quantity: int
    at: int | None = None


@dataclass(slots=True)
class Changes:
    """The changes of one transaction. Begin with `changing`."""

    session: Session
    node: Node
    business: LocalBusiness
    drafts: dict[str, LotDraft]
    """The business's own lots among those that were named at the start, by ID."""
    _last_uses: dict[str, int]
    _units: dict[tuple[InputKind, str], Unit | BadInput] = field(default_factory=dict)
    _free: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of each material lot what is held, and what of it is not yet used."""

    def register(self, name: str, product: str, unit: Unit, started_at: int | None = None) -> LotDraft:
        """A new open lot with its ID; `Conflict` if the business has one of this name."""
        lot_id = self.business.id_for("lot", name)
        if lot_id in self.drafts:
            raise Conflict(
                f"this business has a lot named {name!r} already: {lot_id}",
                "Use that lot, or give this one another name.",
                slug="lot-exists",
            )
        draft = LotDraft(
            lot_id=lot_id,
            business_id=self.business.business_id,
            local_name=name,
            product=product,
            unit=unit,
            started_at=past(started_at, "started_at"),
        )
        self.session.add(draft)
        self.drafts[lot_id] = draft
        return draft

    def unit_of(self, kind: InputKind, ref_id: str) -> Unit:
        """Base unit in which a source is counted; `BadInput` as `unit_of_source`."""
        source = (kind, ref_id)
        if source not in self._units:
            try:
                self._units[source] = unit_of_source(self.node.ledger, kind, ref_id, self.business.account)
            except BadInput as refusal:
                self._units[source] = refusal
        unit = self._units[source]
        if isinstance(unit, BadInput):
            raise unit
        return unit

    def use(self, lot_id: str, use: Use) -> LotInput:
        """Adds a use to an open lot.

        Raises `NotFound`, `BadInput`, or `Conflict` (lot not open, more of a material than is held and not
        yet used).
        """
        unit = self.unit_of(use.kind, use.ref_id)
        draft = self._open(lot_id, "Record uses before the lot is completed.")
        at = past(use.at, "at")
        if at < draft.started_at:
            raise BadInput(
                f"at: the use at {show_time(at)} is before the lot's start at {show_time(draft.started_at)}",
                "Give the time of the use, or register the lot with an earlier `started_at`.",
                slug="use-before-start",
            )
        if use.kind is InputKind.MATERIAL:
            self._take(use)
        item = LotInput(
            lot_id=lot_id, kind=use.kind, ref_id=use.ref_id, quantity=use.quantity, unit=unit, at=at
        )
        self.session.add(item)
        self._last_uses[lot_id] = max(at, self._last_uses.get(lot_id, at))
        return item

    def complete(
        self, lot_id: str, *, good: int, defects: int, completed_at: int | None = None, held: bool = False
    ) -> LotDraft:
        """Fixes an open lot's good and defective units. `held`: only a request settles it, no policy."""
        draft = self._open(lot_id, "A lot is completed once.")
        if good < 1:
            raise BadInput(
                f"good: lot {lot_id} would have no good unit to carry its CO2",
                'Settle what went into it as a left-over named "waste" with POST /v1/settlements.',
                slug="no-good-units",
            )
        end = past(completed_at, "completed_at")
        last = self._last_uses.get(lot_id)
        if last is None:
            raise Conflict(
                f"lot {lot_id} has no material or equipment use",
                "Record what went into it first.",
                slug="lot-without-uses",
            )
        if end <= draft.started_at or end < last:
            raise BadInput(
                f"completed_at: {show_time(end)} is not after the lot's start {show_time(draft.started_at)} "
                f"and last use {show_time(last)}",
                "Give the time at which the lot was completed.",
                slug="completed-too-early",
            )
        draft.status, draft.good, draft.defects = DraftStatus.COMPLETED, good, defects
        draft.completed_at, draft.held = end, held
        return draft

    def take_back_use(self, lot_id: str, use_id: int) -> None:
        """Removes a mistaken use of an open lot; `NotFound`, or `Conflict` once the lot is completed."""
        self._open(lot_id, "What a lot was completed with stays; settle and restate it.")
        item = self.session.get(LotInput, use_id)
        if item is None or item.lot_id != lot_id:
            raise NotFound(
                f"lot {lot_id} has no use {use_id}", "Its uses are listed with their `use_id`.",
                slug="unknown-use",
            )  # fmt: skip
        self.session.delete(item)

    def take_back(self, lot_id: str) -> None:
        """Removes a mistaken open lot with its uses; its name is free again. `NotFound`, `Conflict`."""
        draft = self._open(lot_id, "A lot that was completed stays; settle it.")
        self.session.exec(delete(LotInput).where(col(LotInput.lot_id) == lot_id))
        self.session.delete(draft)
        del self.drafts[lot_id]

    def own(self, lot_id: str) -> LotDraft:
        """One of the lots that were named at the start; `NotFound` unless the business makes it."""
        draft = self.drafts.get(lot_id)
        if draft is None:
            raise unknown_lot(lot_id)
        return draft

    def _open(self, lot_id: str, hint: str) -> LotDraft:
        draft = self.own(lot_id)
        if draft.status != DraftStatus.OPEN:
            raise Conflict(f"lot {lot_id} is {draft.status}, not open", hint, slug="lot-not-open")
        return draft

    def _take(self, use: Use) -> None:
        """Refuses more of a material lot than is held and not yet used for another unsettled lot."""
        if use.ref_id not in self._free:
            held = self.node.ledger.lots.position_of(use.ref_id, self.business.account).quantity
            spoken_for = self.session.exec(
                select(LotInput.quantity)
                .join(LotDraft)
                .where(
                    LotDraft.business_id == self.business.business_id,
                    LotDraft.status != DraftStatus.SETTLED,
                    LotInput.kind == InputKind.MATERIAL,
                    LotInput.ref_id == use.ref_id,
                )
            ).all()
            self._free[use.ref_id] = held, held - sum(spoken_for)
        held, free = self._free[use.ref_id]
        if use.quantity > free:
            raise Conflict(
                f"{use.quantity} base units of lot {use.ref_id} are to be used, but of {held} held only "
                f"{max(free, 0)} are not yet used",
                "Correct the consumption, or wait until the supplier's shipment is confirmed.",
                slug="more-than-held",
            )
        self._free[use.ref_id] = held, free - use.quantity


@contextmanager
def changing(node: Node, business: LocalBusiness, lot_ids: Sequence[str]) -> Iterator[Changes]:
    """Changes of the lots named, of lots that are to be registered too, in one transaction."""
    with writing(node.engine) as session:
        one_at_a_time(session, business)
        follow_up(session)
        drafts: dict[str, LotDraft] = {}
        last_uses: dict[str, int] = {}
        named = sorted(set(lot_ids))
        for start in range(0, len(named), KEYS_AT_ONCE):
            part = named[start : start + KEYS_AT_ONCE]
            query = select(LotDraft).where(
                col(LotDraft.lot_id).in_(part), LotDraft.business_id == business.business_id
            )
            drafts |= {draft.lot_id: draft for draft in session.exec(query)}
            last = select(LotInput.lot_id, func.max(LotInput.at)).where(col(LotInput.lot_id).in_(part))
            last_uses |= dict(session.exec(last.group_by(col(LotInput.lot_id))).all())
        yield Changes(session, node, business, drafts, last_uses)


def unknown_lot(lot_id: str) -> NotFound:
    """What to say when the business makes no such lot."""
    return NotFound(
        f"this business makes no lot {lot_id}", "GET /v1/lots lists its lots.", slug="unknown-lot"
    )


def past(at: int | None, field: str) -> int:
    """The time given, or now; `BadInput` names the field if it lies in the future."""
    now = utc_now()
    if at is not None and at > now:
        raise BadInput(
            f"{field}: lies in the future", "Give a time that has passed, in UTC.", slug="in-the-future"
        )
    return now if at is None else at
