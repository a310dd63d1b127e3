"""How a business measures: its site's energies, meters and equipment, and its solar roofs.

Kept as versions: registering again adds one, evidence keeps what was used. Names of devices are the owner's
own; they leave the house only as hashed IDs.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from sqlalchemy import BigInteger, Column, Text, UniqueConstraint
from sqlmodel import Field as TableField
from sqlmodel import Session, SQLModel, col, select

from tanso.contracts.identity import parse_id
from tanso.contracts.units import Unit
from tanso.oracle.calculation.calendar import midnight
from tanso.oracle.errors import NotConfigured
from tanso.oracle.factors import EmissionFactor, factor
from tanso.oracle.gaps import GapRule
from tanso.oracle.intake.times import zone_of
from tanso.oracle.units import parse_quantity, parse_rate

Id = Annotated[str, BeforeValidator(parse_id)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Source = tuple[Name, Name]
"""Device and the quantity it measures."""


def _factor_of(value: Any) -> Any:
    return factor(value) if isinstance(value, str) else value


Factor = Annotated[EmissionFactor, BeforeValidator(_factor_of)]
"""A factor, or the name of one that ships with the package."""


GapRules = Annotated[tuple[GapRule, ...], Field(max_length=1000)]


def _check_rules(rules: tuple[GapRule, ...], allowed: set[Source]) -> None:
    named = [(rule.device, rule.quantity) for rule in rules]
    if len(set(named)) != len(named):
        raise ValueError("give one rule for a device and quantity")
    for device, quantity in named:
        if (device, quantity) not in allowed:
            raise ValueError(
                f"a gap of {quantity} of {device} can't be filled: it is no consumption that counts here"
            )


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FactorFrom(_Strict):
    """A factor that takes over on a day."""

    valid_from: date
    """It counts from the beginning of this day in the site's zone."""
    factor: Factor


@dataclass(frozen=True, slots=True)
class FactorVersion:
    """A factor and the instant, Unix seconds, from which it counts; None: from before the period."""

    factor: EmissionFactor
    valid_from: int | None


class SiteEnergy(_Strict):
    """An energy that the site uses, or one line of it."""

    energy: Name
    factor: Factor
    later: tuple[FactorFrom, ...] = ()
    """Factors that take over one after the other."""
    line: Name | None = None
    """None for the whole site; else the line that these meters are of. The site's total holds it, too."""
    devices: tuple[Name, ...] | None = None
    """The meters, whose readings of the quantity `energy` add up to the total; None when only machines have
    meters."""

    @model_validator(mode="after")
    def _sound(self) -> "SiteEnergy":
        if self.devices is not None and (not self.devices or len(set(self.devices)) != len(self.devices)):
            raise ValueError("name each of the site's meters once, or give none at all")
        if self.line is not None and self.devices is None:
            raise ValueError(f"the line {self.line!r} has no meter of its own for {self.energy}")
        days = [change.valid_from for change in self.later]
        if days != sorted(set(days)):
            raise ValueError("later factors come in order of their days, one a day")
        return self

    def versions(self, zone: str, start: int, end: int) -> list[FactorVersion]:
        """The factors that are valid in [start, end), Unix seconds, in order."""
        clock = zone_of(zone)
        found = [FactorVersion(self.factor, None)]
        for change in self.later:
            begins = midnight(change.valid_from, clock)
            if begins <= start:
                found = [FactorVersion(change.factor, None)]
            elif begins < end:
                found.append(FactorVersion(change.factor, begins))
        return found


class SiteEquipment(_Strict):
    """A piece of equipment and how its activity and energies are known."""

    equipment_id: Id
    activity_devices: tuple[Name, ...]
    """Devices whose readings of `activity_quantity` add up to the activity."""
    activity_quantity: Name = "operating time"
    unit: Unit = Unit.SECOND
    performance: dict[Name, Name] = Field(default_factory=dict)
    """Energy performance per energy, for example {"electricity": "30 kW"}."""
    metered: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    """Own meters per energy; such an energy is not allocated."""
    line: Name | None = None
    """The line that it belongs to, where lines have meters."""
    standard_times: dict[Name, Name] = Field(default_factory=dict)
    """Where no clock runs: per device, which counts the pieces of one product, the standard time, such as
    "6 min/pc", or "120 min / 20 pc" for lots of 20. `activity_quantity` is then what the devices count."""

    @model_validator(mode="after")
    def _sound(self) -> "SiteEquipment":
        for energy, text in self.performance.items():
            parse_quantity(text, f"{energy} performance")
        for devices in (self.activity_devices, *self.metered.values()):
            if not devices or len(set(devices)) != len(devices):
                raise ValueError("name each device once, and at least one")
        for device, text in self.standard_times.items():
            parse_rate(text, f"standard time of {device}")
        if self.standard_times and set(self.standard_times) != set(self.activity_devices):
            raise ValueError("standard times are given for each of the activity's devices, or for none")
        return self


class Site(_Strict):
    """A business unit's site."""

    business_id: Id
    zone: Name
    """Offset or IANA name: readings are totalled per day of this zone."""
    energies: tuple[SiteEnergy, ...]
    equipment: tuple[SiteEquipment, ...]
    ignored: tuple[Source, ...] = ()
    """Readings that are knowingly in no figure, for example a check meter."""
    gap_rules: GapRules = ()
    """How gaps are filled; those without a rule stay gaps."""

    @model_validator(mode="after")
    def _sound(self) -> "Site":
        zone_of(self.zone)
        activity = {
            (device, machine.activity_quantity)
            for machine in self.equipment
            for device in machine.activity_devices
        }
        _check_rules(self.gap_rules, self.sources() - activity)
        machine_meters = [
            (energy, device)
            for machine in self.equipment
            for energy, devices in machine.metered.items()
            for device in devices
        ]
        if len(set(machine_meters)) != len(machine_meters):
            raise ValueError("a meter belongs to one piece of equipment only")
        supplies = [(energy.energy, energy.line) for energy in self.energies]
        if len(set(supplies)) != len(supplies):
            raise ValueError("an energy stands once for the site and once for each line")
        lines = {energy.line for energy in self.energies}
        for machine in self.equipment:
            if machine.line is not None and machine.line not in lines:
                raise ValueError(f"no energy has a meter for the line {machine.line!r}")
        return self

    def sources(self) -> set[Source]:
        """Every device and quantity that the site's figures rest on."""
        found = {(device, energy.energy) for energy in self.energies for device in energy.devices or ()}
        for machine in self.equipment:
            found |= {(device, machine.activity_quantity) for device in machine.activity_devices}
            found |= {(device, energy) for energy, devices in machine.metered.items() for device in devices}
        return found


class SolarRoof(_Strict):
    """A solar installation in a credit programme."""

    business_id: Id
    equipment_id: Id
    programme_id: Id
    zone: Name
    factor: Factor
    """Factor of the grid electricity that is replaced."""
    generated: Source
    own_consumption: Source | None
    """None only if the installation has no meter for what it draws itself."""
    exported: Source | None = None
    """None if the installation can't feed into the grid: all it generates is used on site."""
    gap_rules: GapRules = ()
    """How gaps are filled, never those of what was generated."""

    @model_validator(mode="after")
    def _sound(self) -> "SolarRoof":
        zone_of(self.zone)
        _check_rules(self.gap_rules, self.sources() - {self.generated})
        return self

    def sources(self) -> set[Source]:
        """Every device and quantity that the reduction rests on."""
        return {
            source for source in (self.generated, self.own_consumption, self.exported) if source is not None
        }


class Configuration(SQLModel, table=True):
    """A registered site or roof, by version."""

    __tablename__ = "oracle_configuration"
    __table_args__ = (UniqueConstraint("business_id", "kind", "subject", "version"),)

    id: int | None = TableField(default=None, primary_key=True)
    kind: str = TableField(max_length=20, description='"site" or "roof".')
    business_id: str = TableField(max_length=34, index=True)
    subject: str = TableField(max_length=34, description="Business of a site, equipment of a roof.")
    version: int
    document: str = TableField(sa_column=Column(Text, nullable=False), description="JSON.")
    registered_at: int = TableField(sa_type=BigInteger)


def register(session: Session, what: Site | SolarRoof, now: int) -> int:
    """Stores a site or roof and gives its version, from 1; the same content again keeps its version."""
    kind, subject = _place(what)
    latest = _latest(session, what.business_id, kind, subject)
    document = what.model_dump_json()
    if latest is not None and type(what).model_validate_json(latest.document) == what:
        return latest.version
    version = latest.version + 1 if latest is not None else 1
    session.add(
        Configuration(
            kind=kind,
            business_id=what.business_id,
            subject=subject,
            version=version,
            document=document,
            registered_at=now,
        )
    )
    session.flush()
    return version


def site_of(session: Session, business_id: str) -> Site:
    """The business's site as last registered; raises NotConfigured."""
    found = _latest(session, business_id, "site", business_id)
    if found is None:
        raise NotConfigured(f"The business {business_id} has no registered site.", hint="Register it first.")
    return Site.model_validate_json(found.document)


def roof_of(session: Session, business_id: str, equipment_id: str) -> SolarRoof:
    """The business's solar roof as last registered; raises NotConfigured."""
    found = _latest(session, business_id, "roof", equipment_id)
    if found is None:
        raise NotConfigured(
            f"The business {business_id} has no registered roof {equipment_id}.", hint="Register it first."
        )
    return SolarRoof.model_validate_json(found.document)


def roofs_of(session: Session, business_id: str) -> list[SolarRoof]:
    """All roofs of the business as last registered."""
    subjects = session.exec(
        select(Configuration.subject)
        .where(Configuration.kind == "roof", Configuration.business_id == business_id)
        .distinct()
    ).all()
    return [roof_of(session, business_id, subject) for subject in sorted(subjects)]


def _place(what: Site | SolarRoof) -> tuple[str, str]:
    return ("site", what.business_id) if isinstance(what, Site) else ("roof", what.equipment_id)


def _latest(session: Session, business_id: str, kind: str, subject: str) -> Configuration | None:
    return session.exec(
        select(Configuration)
        .where(
            Configuration.business_id == business_id,
            Configuration.kind == kind,
            Configuration.subject == subject,
        )
        .order_by(col(Configuration.version).desc())
        .limit(1)
    ).first()
