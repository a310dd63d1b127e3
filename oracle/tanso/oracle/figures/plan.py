"""Who takes what from which meter, and when factors change: what figures per interval are computed by."""

from tanso.oracle.calculation.calendar import Granularity, boundaries
from tanso.oracle.errors import UnknownEnergy
from tanso.oracle.intake.times import zone_of
from tanso.oracle.sites import Site, SiteEnergy, SiteEquipment

Supply = tuple[str, str | None]
"""An energy, and the line whose meters it is measured by, or None for the site."""


class Plan:
    """A site in [start, end), Unix seconds, at a granularity."""

    def __init__(self, site: Site, start: int, end: int, granularity: Granularity) -> None:
        self.site = site
        self.supplies = {(energy.energy, energy.line): energy for energy in site.energies}
        self.versions = {key: use.versions(site.zone, start, end) for key, use in self.supplies.items()}
        asked = boundaries(start, end, granularity, zone_of(site.zone))
        changes = {at for key in self.supplies for at in self.changes(key)}
        self.bounds = sorted({*asked, *changes})
        self.added = changes - set(asked)
        """Changes of factors that were not asked for as boundaries."""

    def changes(self, supply: Supply) -> list[int]:
        """When the factor of a supply changes, Unix seconds."""
        return [one.valid_from for one in self.versions[supply] if one.valid_from is not None]

    def supply_of(self, machine: SiteEquipment, energy: str) -> Supply:
        """Where equipment takes an energy from: its line's meter, else the site's; raises UnknownEnergy."""
        for supply in ((energy, machine.line), (energy, None)):
            if supply in self.supplies:
                return supply
        raise UnknownEnergy(
            f"{machine.equipment_id} uses {energy!r}, which has no factor.", hint="Register it."
        )

    def shares(self, machine: SiteEquipment) -> set[Supply]:
        """Supplies that the equipment shares with others."""
        return {self.supply_of(machine, e) for e in machine.performance if e not in machine.metered}

    def groups(self) -> list[list[SiteEquipment]]:
        """Equipment whose figures hang together, because they share a supply."""
        groups: list[tuple[set[Supply], list[SiteEquipment]]] = []
        for machine in self.site.equipment:
            supplies, members = self.shares(machine), [machine]
            for held in [held for held in groups if held[0] & supplies]:
                groups.remove(held)
                supplies, members = supplies | held[0], [*held[1], *members]
            groups.append((supplies, members))
        return [members for _, members in groups]

    def metered(self, machine: SiteEquipment, supplies: set[Supply]) -> dict[str, tuple[str, ...]]:
        """Meters that the equipment has of its own in these supplies, per energy."""
        return {
            e: devices for e, devices in machine.metered.items() if self.supply_of(machine, e) in supplies
        }

    def lines_of(self, supply: Supply) -> list[SiteEnergy]:
        """Lines whose meters take part in what a site's supply shows."""
        energy, line = supply
        return [] if line else [use for key, use in self.supplies.items() if key[0] == energy and key[1]]
