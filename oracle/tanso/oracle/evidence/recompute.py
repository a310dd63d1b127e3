"""Recomputing what was reported from the leaves alone, without any database.

Whoever holds the leaves of a report can check the root (`Sealed(leaves).root`) and get the intensities and
the declared total again. The oracle itself computes by these functions: what it reports is what can be
recomputed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tanso.contracts.units import Unit
from tanso.oracle.calculation import EnergyUse, EquipmentPeriod, PeriodResult, calculate, emissions
from tanso.oracle.errors import EvidenceRefused, MissingReadings
from tanso.oracle.formulas import GAPS, formula
from tanso.oracle.gaps.rules import Used, estimated_value
from tanso.oracle.gaps.shares import activity_sources, shares
from tanso.oracle.units import (
    Quantity,
    make_factor,
    make_quantity,
    micrograms,
    parse_quantity,
)

LeafLike = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the leaves of a report amount to."""

    intensities_pg: dict[str, int]
    """Per equipment ID, pg CO2e per base unit, rounded up."""
    declared_ug: int
    """µg CO2e, rounded up."""


@contextmanager
def _malformed_refused() -> Iterator[None]:
    """Leaves may come from anybody: what does not have the documented form is refused by name."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise EvidenceRefused(f"A leaf does not have the documented form: {error!r}.") from error


@_malformed_refused()
def recompute(leaves: Iterable[LeafLike]) -> Recomputed:
    """Intensities and declared total of a report, from all its leaves.

    Raises EvidenceRefused when leaves are missing or the result leaves say something else, and the errors of
    the calculation.
    """
    held = list(leaves)
    _complete(held)
    result = calculate_from(held)
    found = Recomputed(result.intensities_pg, result.declared_ug)
    claimed = {leaf["equipment_id"]: leaf["intensity_pg"] for leaf in _of_kind(held, "result")}
    for equipment_id in sorted(claimed.keys() | found.intensities_pg.keys()):
        _same(
            f"intensity of {equipment_id}",
            claimed.get(equipment_id),
            found.intensities_pg.get(equipment_id),
        )
    _check_estimates(held)
    _same("declared total", _one(held, "declared")["declared_ug"], found.declared_ug)
    return found


@_malformed_refused()
def recompute_reduction(leaves: Iterable[LeafLike]) -> int:
    """The reduction in µg CO2e, rounded down, from all leaves of its evidence; errors as `recompute`."""
    held = list(leaves)
    _complete(held)
    found = reduction_down(held)
    _check_estimates(held)
    _same("reduction", _one(held, "reduction")["reduction_ug"], found)
    return found


def calculate_from(leaves: Sequence[LeafLike]) -> PeriodResult:
    """Equations (5)–(8) over the factor, equipment and reading leaves."""
    totals = _Totals(leaves)
    energies = [
        EnergyUse(
            energy=leaf["energy"],
            factor=make_factor(_text(leaf, "value"), _text(leaf, "unit"), f"factor of {leaf['energy']}"),
            consumption=totals.sum_of(leaf["devices"], leaf["energy"]) if "devices" in leaf else None,
        )
        for leaf in _of_kind(leaves, "factor")
    ]
    machines = [
        EquipmentPeriod(
            equipment_id=leaf["equipment_id"],
            activity=totals.sum_of(leaf["activity_devices"], leaf["activity_quantity"]),
            unit=Unit.of_symbol(leaf["unit"]),
            performance={
                energy: parse_quantity(text, f"{energy} performance of {leaf['equipment_id']}")
                for energy, text in leaf["performance"].items()
            },
            metered={energy: totals.sum_of(devices, energy) for energy, devices in leaf["metered"].items()},
        )
        for leaf in _of_kind(leaves, "equipment")
    ]
    totals.refuse_unused()
    return calculate(energies, machines)


def reduction_down(leaves: Sequence[LeafLike]) -> int:
    """tanso-solar@1: self-consumed energy × factor − own consumption × factor, in µg CO2e, rounded down.

    Self-consumed is what was generated less what was exported.
    """
    totals = _Totals(leaves)
    roof = _one(leaves, "installation")
    source = _one(leaves, "factor")
    factor = make_factor(_text(source, "value"), _text(source, "unit"), "grid factor")

    def mass(name: str) -> Fraction:
        if name not in roof:
            return Fraction(0)
        amount = totals.sum_of([roof[name]["device"]], roof[name]["quantity"])
        return micrograms(emissions(amount, factor), name)

    reduced = mass("generated") - mass("exported") - mass("own_consumption")
    totals.refuse_unused()
    return reduced.__floor__()


def _check_estimates(leaves: Sequence[LeafLike]) -> None:
    """Filled gaps are what their rules give, where that is allowed and nothing was measured; shares fit."""
    head, never = _one(leaves, "formula"), activity_sources(leaves)
    covered: dict[tuple[str, str], int] = {}
    for leaf in _of_kind(leaves, "reading"):
        key = (leaf["device"], leaf["quantity"])
        covered[key] = covered.get(key, 0) + leaf["covered_s"]
    reached: dict[tuple[str, str], int] = {}
    for leaf in sorted(_of_kind(leaves, "estimate"), key=lambda leaf: leaf["start"]):
        key, start, end = (leaf["device"], leaf["quantity"]), leaf["start"], leaf["end"]
        used = [Used(*one) for one in leaf["used"]]
        if leaf["formula"] != formula(GAPS).content_hash:
            raise EvidenceRefused("A gap is filled by a formula that is not known here.")
        if key in never:
            raise EvidenceRefused(f"{key[1]} of {key[0]} must not be filled.")
        if start < reached.get(key, head["period_start"]) or end > head["period_end"]:
            raise EvidenceRefused(
                f"A filled gap of {key[1]} of {key[0]} lies outside the period or twice in it."
            )
        if (leaf["value"], leaf["unit"]) != estimated_value(leaf["rule"], leaf.get("days"), start, end, used):
            raise EvidenceRefused(f"A filled gap of {key[1]} of {key[0]} is not what its rule gives.")
        reached[key] = end
        covered[key] = covered.get(key, 0) + end - start
        if covered[key] > head["period_end"] - head["period_start"]:
            raise EvidenceRefused(f"{key[1]} of {key[0]} is filled where it was measured.")
    found = shares(leaves)
    stated = [
        {name: leaf[name] for name in ("sources", "emissions")} for leaf in _of_kind(leaves, "estimated")
    ]
    if stated != ([] if found is None else [found]):
        raise EvidenceRefused("The share of filled gaps is not stated as the leaves give it.")


class _Totals:
    """Sums of the reading leaves per device and quantity, and which of them were used."""

    def __init__(self, leaves: Sequence[LeafLike]) -> None:
        self._sums: dict[tuple[str, str], Quantity] = {}
        self._used: set[tuple[str, str]] = set()
        for leaf in (*_of_kind(leaves, "reading"), *_of_kind(leaves, "estimate")):
            key = (leaf["device"], leaf["quantity"])
            amount = make_quantity(_text(leaf, "value"), _text(leaf, "unit"), f"{key[1]} of {key[0]}")
            self._sums[key] = self._sums[key] + amount if key in self._sums else amount

    def sum_of(self, devices: Sequence[str], quantity: str) -> Quantity:
        found: Quantity | None = None
        for device in devices:
            key = (device, quantity)
            if key not in self._sums:
                raise MissingReadings(f"There is no {quantity} reading of {device} in the period.")
            self._used.add(key)
            found = self._sums[key] if found is None else found + self._sums[key]
        if found is None:
            raise EvidenceRefused(f"No device is named for {quantity}.")
        return found

    def refuse_unused(self) -> None:
        for device, quantity in sorted(self._sums.keys() - self._used):
            raise EvidenceRefused(f"The {quantity} readings of {device} are in no figure.")


def _of_kind(leaves: Iterable[LeafLike], kind: str) -> list[LeafLike]:
    return [leaf for leaf in leaves if leaf.get("kind") == kind]


def _one(leaves: Iterable[LeafLike], kind: str) -> LeafLike:
    found = _of_kind(leaves, kind)
    if len(found) != 1:
        raise EvidenceRefused(f"There must be one leaf of the kind {kind!r}, there are {len(found)}.")
    return found[0]


def _text(leaf: LeafLike, name: str) -> str:
    if not isinstance(leaf[name], str):
        raise EvidenceRefused(f"{name!r} of the leaf {leaf['kind']!r} must be a text.")
    return str(leaf[name])


def _complete(leaves: Sequence[LeafLike]) -> None:
    expected = _one(leaves, "formula")["leaves"]
    if len(leaves) != expected:
        raise EvidenceRefused(
            f"The evidence has {expected} leaves, {len(leaves)} were given.", hint="Ask for all of them."
        )


def _same(what: str, claimed: int | None, found: int | None) -> None:
    if claimed != found:
        raise EvidenceRefused(f"The {what} is stated as {claimed}, the leaves give {found}.")
