"""What the readings held here amount to: reports and reductions computed and sealed, nothing stated.

Another process that is asked to sign computes by the same code as the one that asks.
"""

from collections.abc import Callable, Sequence

from sqlmodel import Session

from tanso.contracts.identity import derive_id
from tanso.contracts.ledger import Ledger
from tanso.contracts.values import Reduction
from tanso.oracle.calculation import PeriodResult
from tanso.oracle.computed import Computed
from tanso.oracle.devices.marks import Marker, marker
from tanso.oracle.errors import (
    BaselineDiffers,
    BeforeEnrolment,
    NoReduction,
    PeriodNotOver,
    RefusedRowsOpen,
    UnassignedReadings,
)
from tanso.oracle.evidence import seal
from tanso.oracle.evidence.store import REDUCTION, REPORT
from tanso.oracle.gaps.fill import Estimate, fill_gaps
from tanso.oracle.intake import readings_between, refusals_between
from tanso.oracle.period_data import PeriodData, select_readings
from tanso.oracle.quorum.remembered import last_refused_row
from tanso.oracle.sites import Site, SolarRoof, Source, roof_of, roofs_of, site_of
from tanso.oracle.statements import reduction_leaves, report_leaves


class Computing:
    """Computes the figures of businesses from what the session given shows."""

    def __init__(
        self, ledger: Ledger, *, secret_of: Callable[[str], bytes], clock: Callable[[], int]
    ) -> None:
        """`secret_of`: a business's secret, from which device IDs and salts are derived."""
        self.ledger, self.secret_of, self.clock = ledger, secret_of, clock

    def computed_report(
        self, session: Session, business_id: str, start: int, end: int, allow_refused: bool
    ) -> tuple[Computed, PeriodResult]:
        """What the readings held here amount to for a report; nothing is stated. Errors as `close_period`."""
        site = site_of(session, business_id)
        last_row = last_refused_row(session, REPORT, business_id, business_id, start, end)
        data, refused_rows = self._data(session, site, start, end, allow_refused, last_row)
        filled = self._filled(session, site, data)
        leaves, result = report_leaves(
            site, data, filled, refused_rows, self._device_id(business_id), self._marker(session, site)
        )
        key = f"report:{business_id}:{start}:{end}"
        sealed = seal(leaves, self.secret_of(business_id), key)
        return Computed(data, tuple(filled), sealed, key), result

    def computed_reduction(
        self, session: Session, business_id: str, equipment_id: str, start: int, end: int, allow_refused: bool
    ) -> tuple[Computed, int]:
        """The same for a reduction, in µg CO2e, rounded down. Errors as `attest_reduction`."""
        roof = roof_of(session, business_id, equipment_id)
        last_row = last_refused_row(session, REDUCTION, business_id, equipment_id, start, end)
        data, refused_rows = self._data(session, roof, start, end, allow_refused, last_row)
        filled = self._filled(session, roof, data)
        leaves, reduction_ug = reduction_leaves(
            roof, data, filled, refused_rows, self._device_id(business_id), self._marker(session, roof)
        )
        if reduction_ug <= 0:
            raise NoReduction(f"The reduction of {equipment_id} is {reduction_ug} µg CO2e.")
        key = f"reduction:{equipment_id}:{start}:{end}"
        sealed = seal(leaves, self.secret_of(business_id), key)
        return Computed(data, tuple(filled), sealed, key), reduction_ug

    def reduction(
        self,
        session: Session,
        made: Computed,
        business_id: str,
        equipment_id: str,
        reduction_ug: int,
        deadline: int,
    ) -> Reduction:
        """The reduction as it is signed. Raises BaselineDiffers or BeforeEnrolment."""
        roof = roof_of(session, business_id, equipment_id)
        return Reduction(
            equipment_id=equipment_id,
            programme_id=roof.programme_id,
            period_start=made.data.start,
            period_end=made.data.end,
            reduction_ug=reduction_ug,
            baseline_pg=self._given_away(roof, made.data.start),
            deadline=deadline,
            methodology_id=made.formula_id,
            evidence_root=made.sealed.root,
        )

    def _given_away(self, roof: SolarRoof, start: int) -> int:
        """The baseline that lots are charged for a roof, pg CO2e per base unit.

        Refuses a reduction that is held against another one: tanso-solar@1 holds it against the grid factor.
        Equipment that is not enrolled the ledger refuses.
        """
        enrolled = self.ledger.equipment.baseline_of(roof.equipment_id)
        equipment = self.ledger.equipment.equipment_of(roof.equipment_id)
        if enrolled is None or equipment is None:
            return int(roof.factor.intensity_pg_up)
        (baseline_pg, since), (_, unit) = enrolled, equipment
        factor = roof.factor
        if (unit, baseline_pg) != (factor.base_unit, factor.intensity_pg_up):
            raise BaselineDiffers(
                f"Lots are charged {baseline_pg} pg/{unit.symbol} for {roof.equipment_id}, the reduction is "
                f"held against {factor.name}: {factor.intensity_pg_up} pg/{factor.base_unit.symbol}.",
                hint="Enrolment is for good: register the roof with the factor that it was enrolled by.",
            )
        if start < since:
            raise BeforeEnrolment(
                f"The period begins at {start}, the enrolment of {roof.equipment_id} counts from {since} "
                "(Unix seconds).",
                hint="Attest a period from then on: lots before were charged what was measured.",
            )
        return baseline_pg

    def device_id(self, business_id: str, device: str) -> str:
        """The hashed ID under which a device stands in evidence."""
        return self._device_id(business_id)(device)

    def _device_id(self, business_id: str) -> Callable[[str], str]:
        secret = self.secret_of(business_id)
        return lambda device: derive_id(secret, "device", device)

    @staticmethod
    def _filled(session: Session, what: Site | SolarRoof, data: PeriodData) -> list[Estimate]:
        return fill_gaps(
            session, what.business_id, what.gap_rules, data.gaps(), data.start, data.end, what.zone
        )

    def _marker(self, session: Session, what: Site | SolarRoof) -> Marker:
        devices = {device for device, _ in what.sources()}
        return marker(session, what.business_id, devices, self._device_id(what.business_id))

    def _data(
        self,
        session: Session,
        what: Site | SolarRoof,
        start: int,
        end: int,
        allow_refused: bool,
        last_row: int | None,
    ) -> tuple[PeriodData, int]:
        """The period's readings and the number of its refused rows up to the last, if it may be closed."""
        if not 0 <= start < end <= self.clock():
            raise PeriodNotOver(f"The period {start} to {end} is empty or not over.", hint="Close it later.")
        refused = refusals_between(session, what.business_id, start, end)
        if last_row is not None:
            refused = [row for row in refused if row.id is not None and row.id <= last_row]
        open_rows = [row for row in refused if not row.resolution]
        if open_rows and not allow_refused:
            raise RefusedRowsOpen(
                f"{len(open_rows)} refused rows (may) lie in the period; the first: {open_rows[0].reason}",
                hint="Ingest them again corrected, resolve them with a reason, or allow their omission.",
            )
        with readings_between(session, what.business_id, start, end) as rows:
            data, others = select_readings(rows, what.sources(), start, end, what.zone)
        if isinstance(what, Site) and (strays := self._strays(session, what, others)):
            raise UnassignedReadings(
                f"Readings of {', '.join(f'{quantity} of {device}' for device, quantity in strays)} "
                "are in no figure.",
                hint="Add the device to the site, or name it under the site's `ignored`.",
            )
        return data, len(refused)

    @staticmethod
    def _strays(session: Session, site: Site, others: Sequence[Source]) -> list[Source]:
        known = set(site.ignored)
        for roof in roofs_of(session, site.business_id):
            known |= roof.sources()
        return [source for source in others if source not in known]
