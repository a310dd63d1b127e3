"""Takes operation data and measuring set-ups of a business, by way of the oracle."""

from collections.abc import Callable

from pydantic import ValidationError
from sqlmodel import select

from tanso.contracts.units import Unit
from tanso.oracle.errors import RowsRefused
from tanso.oracle.factors import EmissionFactor, bundled_factors, factor
from tanso.oracle.gaps import GapRule
from tanso.oracle.intake import IntakeResult, Layout
from tanso.oracle.sites import FactorFrom, Site, SiteEnergy, SiteEquipment, SolarRoof
from tanso.oracle.store import reading
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.errors import BadInput
from tanso.platform.factors.own import own_factor_named
from tanso.platform.factors.schemas import PublishedFactor
from tanso.platform.factors.search import registered_named
from tanso.platform.node import Node
from tanso.platform.readings.schemas import Factor, RoofGiven, SiteGiven, Source

MAX_LINES = 20
"""Most refused lines that an error names."""


def take_readings(
    node: Node, business: LocalBusiness, *, name: str, content: bytes, layout: Layout, good_rows: bool
) -> IntakeResult:
    """Takes a file of readings: all of it, or with `good_rows` what is sound in it.

    Refused rows of a file taken with `good_rows` are kept aside and block the closing of their period until
    they are resolved. Raises `BadInput`, naming the lines, when a row is refused and `good_rows` is not set,
    `LayoutRefused` when the file does not fit its layout; nothing is taken then.
    """
    try:
        return node.oracle.ingest(business.business_id, name, content, layout, whole=not good_rows)
    except RowsRefused as error:
        first = error.refused[0]
        raise BadInput(
            f"line {first.line}: {first.error}: {first.reason} ({len(error.refused)} rows are refused)",
            'Correct the file and send it again, or send it with take="good rows" to keep them aside.',
            slug="readings-refused",
            fields=[f"line {row.line}: {row.error}: {row.reason}" for row in error.refused[:MAX_LINES]],
        ) from error


def register_site(node: Node, business: LocalBusiness, given: SiteGiven) -> int:
    """Stores how the business measures, and gives the version. Raises `BadInput`, `FactorUnknown`."""
    units, factor_of = _units(node, business), _factors(node, business)
    for number, machine in enumerate(given.equipment):
        if machine.equipment_id not in units:
            raise _unknown_equipment(f"equipment.{number}.equipment_id", machine.equipment_id)
    try:
        site = Site(
            business_id=business.business_id,
            zone=given.zone,
            energies=tuple(
                SiteEnergy(
                    energy=energy.energy,
                    factor=factor_of(energy.factor),
                    devices=tuple(energy.devices) if energy.devices is not None else None,
                    line=energy.line,
                    later=tuple(
                        FactorFrom(valid_from=change.valid_from, factor=factor_of(change.factor))
                        for change in energy.later
                    ),
                )
                for energy in given.energies
            ),
            equipment=tuple(
                SiteEquipment(
                    equipment_id=machine.equipment_id,
                    activity_devices=tuple(machine.activity_devices),
                    activity_quantity=machine.activity_quantity,
                    unit=units[machine.equipment_id],
                    performance={
                        energy: f"{amount.value} {amount.unit}"
                        for energy, amount in machine.performance.items()
                    },
                    metered={energy: tuple(devices) for energy, devices in machine.metered.items()},
                    line=machine.line,
                    standard_times=machine.standard_times,
                )
                for machine in given.equipment
            ),
            ignored=tuple((source.device, source.quantity) for source in given.ignored),
            gap_rules=tuple(GapRule(**rule.model_dump()) for rule in given.gap_rules),
        )
    except ValidationError as error:
        raise _refused(error) from error
    return node.oracle.register(site)


def register_roof(node: Node, business: LocalBusiness, equipment_id: str, given: RoofGiven) -> int:
    """Stores a solar installation, and gives the version. Raises `BadInput`, `FactorUnknown`."""
    if equipment_id not in _units(node, business):
        raise _unknown_equipment("equipment_id", equipment_id)
    try:
        roof = SolarRoof(
            business_id=business.business_id,
            equipment_id=equipment_id,
            programme_id=given.programme_id,
            zone=given.zone,
            factor=_factors(node, business)(given.factor),
            generated=_pair(given.generated),
            own_consumption=_pair(given.own_consumption) if given.own_consumption else None,
            exported=_pair(given.exported) if given.exported else None,
            gap_rules=tuple(GapRule(**rule.model_dump()) for rule in given.gap_rules),
        )
    except ValidationError as error:
        raise _refused(error) from error
    return node.oracle.register(roof)


def _units(node: Node, business: LocalBusiness) -> dict[str, Unit]:
    with reading(node.engine) as session:
        rows = session.exec(
            select(LocalEquipment).where(LocalEquipment.business_id == business.business_id)
        ).all()
    return {row.equipment_id: Unit(row.unit) for row in rows}


def _factors(node: Node, business: LocalBusiness) -> Callable[[Factor], EmissionFactor]:
    """A factor as given, or by its name: the business's own, one that ships with Tanso, a registered one."""

    def factor_of(given: Factor) -> EmissionFactor:
        if isinstance(given, PublishedFactor):
            return given.factor
        with reading(node.engine) as session:
            own = own_factor_named(session, business.business_id, given)
            found = own or (None if given in bundled_factors() else registered_named(session, given))
        return found or factor(given)

    return factor_of


def _pair(source: Source) -> tuple[str, str]:
    return source.device, source.quantity


def _unknown_equipment(field: str, equipment_id: str) -> BadInput:
    return BadInput(
        f"{field}: this business has registered no equipment {equipment_id}",
        "Register it first with POST /v1/equipment.",
        slug="unknown-equipment",
    )


def _refused(error: ValidationError) -> BadInput:
    fields = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"
        for fault in error.errors()
    ]
    return BadInput(fields[0], "Correct the field and send it again.", fields=fields)
