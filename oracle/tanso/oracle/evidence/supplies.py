"""From leaves to what equations (5)–(8) are about: supplies, versions of their factors, and who takes what.

A supply is an energy as it reaches the site, or one line of it. Each version of a supply's factor counts as
an energy of its own here, so that `calculate` needs to know of neither.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tanso.contracts.units import Unit
from tanso.oracle.calculation import EnergyUse, EquipmentPeriod
from tanso.oracle.errors import EvidenceRefused, FactorChanges, MeteredExceedsTotal, MissingReadings
from tanso.oracle.units import Quantity, make_factor, make_quantity, parse_quantity, parse_rate, quantity_of

LeafLike = Mapping[str, Any]
ENDLESS = 2**62
Span = tuple[int, int]
ALWAYS: Span = (-ENDLESS, ENDLESS)
Supply = tuple[str, str | None]
"""Energy, and the line or None."""


@dataclass(frozen=True, slots=True)
class Version:
    """A factor of a supply and the time for which it is valid."""

    label: str
    leaf: LeafLike
    span: Span


class Totals:
    """Sums of what was read or stands for a gap, per device and quantity, and which of them were used."""

    def __init__(self, leaves: Sequence[LeafLike]) -> None:
        self._parts: dict[tuple[str, str], list[tuple[int, int, Quantity]]] = {}
        self._used: set[tuple[str, str]] = set()
        for leaf in (*of_kind(leaves, "reading"), *of_kind(leaves, "estimate")):
            key = (leaf["device"], leaf["quantity"])
            amount = make_quantity(text_of(leaf, "value"), text_of(leaf, "unit"), f"{key[1]} of {key[0]}")
            self._parts.setdefault(key, []).append((leaf["start"], leaf["end"], amount))

    def sum_of(self, devices: Sequence[str], quantity: str, span: Span = ALWAYS) -> Quantity:
        """What the devices show in readings that begin in the span."""
        found: Quantity | None = None
        for device in devices:
            key = (device, quantity)
            if key not in self._parts:
                raise MissingReadings(f"There is no {quantity} reading of {device} in the period.")
            self._used.add(key)
            for amount in self._within(key, span):
                found = amount if found is None else found + amount
        if found is None:
            raise EvidenceRefused(f"No device is named for {quantity}.")
        return found

    def _within(self, key: tuple[str, str], span: Span) -> Iterator[Quantity]:
        first, after = span
        # Nothing in its unit, so that a span without readings sums to zero.
        yield quantity_of(0, self._parts[key][0][2].units)
        for start, end, amount in self._parts[key]:
            if any(start < change < end for change in span):
                raise FactorChanges(
                    f"A reading of {key[1]} of {key[0]} lies over a change of its factor.",
                    hint="Read the meter when the factor changes, or close the periods before and after.",
                )
            if first <= start < after:
                yield amount

    def refuse_unused(self) -> None:
        """Raises EvidenceRefused when readings are in no figure."""
        for device, quantity in sorted(self._parts.keys() - self._used):
            raise EvidenceRefused(f"The {quantity} readings of {device} are in no figure.")


def uses_and_equipment(
    leaves: Sequence[LeafLike], totals: Totals
) -> tuple[list[EnergyUse], list[EquipmentPeriod]]:
    """What `calculate` takes, out of the factor, equipment and reading leaves."""
    supplies = _supplies(leaves)
    return (
        [
            EnergyUse(
                version.label,
                make_factor(
                    text_of(version.leaf, "value"), text_of(version.leaf, "unit"), f"factor of {supply[0]}"
                ),
                _consumption(supply, version, supplies, totals),
            )
            for supply, versions in supplies.items()
            for version in versions
        ],
        [_equipment(leaf, supplies, totals) for leaf in of_kind(leaves, "equipment")],
    )


def _supplies(leaves: Sequence[LeafLike]) -> dict[Supply, list[Version]]:
    found: dict[Supply, list[LeafLike]] = {}
    for leaf in of_kind(leaves, "factor"):
        found.setdefault((leaf["energy"], leaf.get("line")), []).append(leaf)
    return {supply: _versions(supply, held) for supply, held in found.items()}


def _versions(supply: Supply, leaves: Sequence[LeafLike]) -> list[Version]:
    changes = sorted(leaf["valid_from"] for leaf in leaves if "valid_from" in leaf)
    by_start = {leaf.get("valid_from", -ENDLESS): leaf for leaf in leaves}
    if len(by_start) != len(leaves) or -ENDLESS not in by_start:
        raise EvidenceRefused(f"The factors of {supply[0]} do not follow on each other.")
    if len({tuple(leaf.get("devices", ())) for leaf in leaves}) != 1:
        raise EvidenceRefused(f"The factors of {supply[0]} name different meters.")
    name = supply[0] if supply[1] is None else f"{supply[0]} of {supply[1]}"
    return [
        Version(name if start == -ENDLESS else f"{name} from {start}", by_start[start], (start, after))
        for start, after in pairwise([-ENDLESS, *changes, ENDLESS])
    ]


def _consumption(
    supply: Supply, version: Version, supplies: Mapping[Supply, Sequence[Version]], totals: Totals
) -> Quantity | None:
    """What the supply's meters show, less what lines with meters of their own took of it."""
    if "devices" not in version.leaf:
        return None
    energy, line = supply
    found = totals.sum_of(version.leaf["devices"], energy, version.span)
    if line is None:
        for (other, of_line), versions in supplies.items():
            if other == energy and of_line is not None:
                found = found - totals.sum_of(versions[0].leaf["devices"], energy, version.span)
    if found.magnitude < 0:
        raise MeteredExceedsTotal(
            f"Lines' meters show more {energy} than the site's.", hint="Check the meters and their units."
        )
    return found


def _equipment(
    leaf: LeafLike, supplies: Mapping[Supply, Sequence[Version]], totals: Totals
) -> EquipmentPeriod:
    name = leaf["equipment_id"]

    def versions(energy: str) -> Sequence[Version]:
        own_line = supplies.get((energy, leaf.get("line")))
        # An energy without a factor keeps its name, by which it is refused.
        return own_line or supplies.get((energy, None)) or [Version(energy, {}, ALWAYS)]

    return EquipmentPeriod(
        equipment_id=name,
        activity=_activity(leaf, totals),
        unit=Unit.of_symbol(leaf["unit"]),
        performance={
            version.label: parse_quantity(text, f"{energy} performance of {name}")
            for energy, text in leaf["performance"].items()
            for version in versions(energy)
        },
        metered={
            version.label: totals.sum_of(devices, energy, version.span)
            for energy, devices in leaf["metered"].items()
            for version in versions(energy)
        },
    )


def _activity(leaf: LeafLike, totals: Totals) -> Quantity:
    devices, quantity = leaf["activity_devices"], leaf["activity_quantity"]
    if "standard_times" not in leaf:
        return totals.sum_of(devices, quantity)
    times = leaf["standard_times"]
    if set(times) != set(devices):
        raise EvidenceRefused(f"{leaf['equipment_id']} lacks a standard time, or has one too many.")
    parts = [
        totals.sum_of([device], quantity) * parse_rate(times[device], f"standard time of {device}")
        for device in devices
    ]
    found: Quantity = sum(parts[1:], parts[0])
    return found


def of_kind(leaves: Sequence[LeafLike], kind: str) -> list[LeafLike]:
    """The leaves of a kind."""
    return [leaf for leaf in leaves if leaf.get("kind") == kind]


def text_of(leaf: LeafLike, name: str) -> str:
    """A text of a leaf; raises EvidenceRefused when it is none."""
    if not isinstance(leaf[name], str):
        raise EvidenceRefused(f"{name!r} of the leaf {leaf['kind']!r} must be a text.")
    return str(leaf[name])
