"""What the inputs of a batch cost in CO2, read from the ledger and computed as its contract computes it.

Each function mirrors `Lots.settle`: a material carries its share of the holder's position, an external
material or energy its registered factor, an equipment its registered intensity, or its baseline where it is
enrolled in a credit programme and that is more; every total is rounded up once. Only what was measured is
primary data.
"""

from dataclasses import dataclass, field

from tanso.contracts.ledger import Ledger
from tanso.contracts.units import Unit, emissions_up
from tanso.contracts.values import IntensityRecord
from tanso.platform.api.fields import show_time
from tanso.platform.equipment.charge import charged_pg
from tanso.platform.errors import BadInput, Conflict
from tanso.platform.lots.allocation import Mass, Source, Used
from tanso.platform.lots.drafts import InputKind


def unit_of_source(ledger: Ledger, kind: InputKind, ref_id: str, account: str) -> Unit:
    """Base unit in which a source is counted.

    `BadInput` if the ledger does not know it or it is another's equipment.
    """
    if kind is InputKind.MATERIAL:
        lot = ledger.lots.lot_of(ref_id)
        if lot is None:
            raise BadInput(
                f"material_lot_id: no settled lot {ref_id} is on the ledger",
                "Give the ID of a lot that its maker has settled and shipped to you.",
                slug="unknown-lot",
            )
        return lot.unit
    if kind is InputKind.EXTERNAL:
        factor = ledger.factors.factor_of(ref_id)
        if factor is None:
            raise BadInput(
                f"factor_id: no factor {ref_id} is registered",
                "List the registered factors with GET /v1/factors, or have the operator register this one.",
                slug="unknown-factor",
            )
        return factor.unit
    equipment = ledger.equipment.equipment_of(ref_id)
    if equipment is None:
        raise BadInput(
            f"equipment_id: no equipment {ref_id} is registered",
            "Register it first with POST /v1/equipment and wait until that transaction is confirmed.",
            slug="unknown-equipment",
        )
    holder, unit = equipment
    if holder != account:
        raise BadInput(
            f"equipment_id: equipment {ref_id} is run by another business",
            "Use equipment of your own: GET /v1/equipment lists it.",
            slug="not-own-equipment",
        )
    return unit


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one business's inputs for one batch period [start, end), Unix seconds."""

    ledger: Ledger
    account: str
    start: int
    end: int
    _known: dict[str, list[tuple[int, IntensityRecord]]] = field(default_factory=dict, compare=False)
    """The intensities of each equipment, read once: a lot may use one a hundred times."""

    def of(self, used: Used) -> Mass:
        """µg CO2e of the whole quantity of one source, rounded up as the ledger rounds it."""
        source, quantity = used.source, used.quantity
        if source.kind is InputKind.MATERIAL:
            return self._material(source.ref_id, quantity)
        if source.kind is InputKind.EXTERNAL:
            return self._external(source.ref_id, quantity)
        record = self.ledger.reports.record_of(source.ref_id, source.record)
        assert record is not None, "the record was found on the ledger by `source`"
        self._possible(source.ref_id, quantity, record)
        baseline = self.ledger.equipment.baseline_of(source.ref_id)
        charged = charged_pg(record.intensity_pg, self.end, baseline)
        return Mass(emissions_up(quantity, charged), emissions_up(quantity, record.intensity_pg))

    def _possible(self, equipment_id: str, activity: int, record: IntensityRecord) -> None:
        """Refuses more seconds of operation than the intensity's period has.

        The metered time itself is no bound: work by standard times may rightly take longer on paper.
        """
        equipment = self.ledger.equipment.equipment_of(equipment_id)
        seconds = record.period_end - record.period_start
        if equipment is not None and equipment[1] is Unit.SECOND and activity > seconds:
            raise Conflict(
                f"the batch uses {activity} s of equipment {equipment_id} in a period of {seconds} s",
                "Correct the activity and its unit: one machine cannot run longer than the clock.",
                slug="more-than-the-clock",
            )

    def _material(self, lot_id: str, quantity: int) -> Mass:
        position = self.ledger.lots.position_of(lot_id, self.account)
        if position.quantity < quantity:
            raise Conflict(
                f"the batch uses {quantity} base units of lot {lot_id}, only {position.quantity} are held",
                "Correct the consumption, or settle after the supplier's shipment is confirmed.",
                slug="more-than-held",
            )
        return Mass(*self.ledger.lots.share_of(lot_id, self.account, quantity))

    def _external(self, factor_id: str, quantity: int) -> Mass:
        factor = self.ledger.factors.factor_of(factor_id)
        until = self.ledger.factors.withdrawn_from(factor_id)
        if (
            factor is None
            or self.start < factor.valid_from
            or self.end > factor.valid_until
            or (until is not None and self.end > until)
        ):
            raise Conflict(
                f"factor {factor_id} does not hold from {show_time(self.start)} to {show_time(self.end)}",
                "Settle periods that the factor covers, or use the version of the factor that holds.",
                slug="factor-not-valid",
            )
        return Mass(emissions_up(quantity, factor.intensity_pg), 0)

    def source(self, kind: InputKind, ref_id: str, at: int | None) -> Source:
        """The distinct source that a use at time `at` draws on.

        For an equipment, with its intensity record.
        """
        if kind is not InputKind.EQUIPMENT:
            return Source(kind, ref_id)
        return Source(kind, ref_id, self._record(ref_id, at))

    def _record(self, equipment_id: str, at: int | None) -> int:
        """The intensity record, among those touching the batch's period, that holds at `at`.

        Without a time there must be only one such record. A time that no record covers is refused: an
        intensity of another month is not this month's measurement.
        """
        touching = self._touching(equipment_id)
        if at is None and len(touching) > 1:
            raise Conflict(
                f"{len(touching)} intensities of equipment {equipment_id} touch the batch's period",
                "Give `at`, the time of the use, so that the right one can be chosen.",
                slug="intensity-ambiguous",
            )
        for index, record in touching:
            if at is None or record.period_start <= at < record.period_end:
                return index
        between = f"between {show_time(self.start)} and {show_time(self.end)}"
        when = f"at {show_time(at)}" if at is not None else between
        raise Conflict(
            f"no intensity of equipment {equipment_id} is registered {when} for this batch",
            "Close the equipment's period first with POST /v1/equipment-intensities, then settle.",
            slug="no-intensity",
        )

    def _touching(self, equipment_id: str) -> list[tuple[int, IntensityRecord]]:
        if equipment_id in self._known:
            return self._known[equipment_id]
        # Periods of one equipment rise and never overlap (OracleReports refuses others): walk back from the
        # last.
        found: list[tuple[int, IntensityRecord]] = []
        for index in reversed(self.ledger.reports.records_of(equipment_id)):
            record = self.ledger.reports.record_of(equipment_id, index)
            if record is None or record.period_end <= self.start:
                break
            if record.period_start < self.end:
                found.append((index, record))
        return self._known.setdefault(equipment_id, found[::-1])
