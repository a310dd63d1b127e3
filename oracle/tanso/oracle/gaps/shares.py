"""How much of a figure rests on filled gaps: exact fractions, from the leaves alone."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tanso.oracle.calculation import emissions
from tanso.oracle.units import Quantity, make_factor, make_quantity, micrograms

LeafLike = Mapping[str, Any]


def shares(leaves: Sequence[LeafLike]) -> dict[str, Any] | None:
    """What the leaf ``estimated`` says; None when nothing was filled.

    ``sources`` has each device and quantity with filled gaps and their share in its total; ``emissions`` the
    share of the CO2e: of all that the site emitted, or of a roof's parts, each taken as positive.
    """
    totals, filled = _sums(leaves, ("reading", "estimate")), _sums(leaves, ("estimate",))
    if not filled:
        return None
    sources = [
        {"device": device, "quantity": quantity, "share": str(_ratio(part, totals[device, quantity]))}
        for (device, quantity), part in sorted(filled.items())
    ]
    whole = part = Fraction(0)
    for leaf, factor in _valued(leaves):
        mass = micrograms(
            emissions(make_quantity(leaf["value"], leaf["unit"], "reading"), factor), "emissions"
        )
        whole += mass
        part += mass if leaf["kind"] == "estimate" else 0
    return {"sources": sources, "emissions": str(part / whole if whole else Fraction(0))}


def activity_sources(leaves: Sequence[LeafLike]) -> set[tuple[str, str]]:
    """Devices and quantities that emissions are divided by, or that a reduction grows with: never filled."""
    found = {
        (device, leaf["activity_quantity"])
        for leaf in leaves
        if leaf.get("kind") == "equipment"
        for device in leaf["activity_devices"]
    }
    return found | {
        (leaf["generated"]["device"], leaf["generated"]["quantity"])
        for leaf in leaves
        if leaf.get("kind") == "installation"
    }


def _sums(leaves: Sequence[LeafLike], kinds: Collection[str]) -> dict[tuple[str, str], Quantity]:
    found: dict[tuple[str, str], Quantity] = {}
    for leaf in leaves:
        if leaf.get("kind") in kinds:
            key = (leaf["device"], leaf["quantity"])
            amount = make_quantity(leaf["value"], leaf["unit"], f"{key[1]} of {key[0]}")
            found[key] = found[key] + amount if key in found else amount
    return found


def _ratio(part: Quantity, whole: Quantity) -> Fraction:
    if not whole.magnitude:
        return Fraction(0)
    return Fraction((part / whole).to_root_units().magnitude)


def _valued(leaves: Sequence[LeafLike]) -> Iterator[tuple[LeafLike, Quantity]]:
    """Everything read or filled that counts as emitting, each once, with the factor that is valid then."""
    by_key: dict[tuple[str, str], list[LeafLike]] = {}
    for leaf in leaves:
        if leaf.get("kind") in ("reading", "estimate"):
            by_key.setdefault((leaf["device"], leaf["quantity"]), []).append(leaf)
    factors = [leaf for leaf in leaves if leaf.get("kind") == "factor"]
    metered = {leaf["energy"] for leaf in factors if "devices" in leaf and "line" not in leaf}
    for leaf in factors:
        if "line" in leaf and leaf["energy"] in metered:
            continue  # the site's meters show it, too
        until = min(
            (
                other["valid_from"]
                for other in factors
                if (other["energy"], other.get("line")) == (leaf["energy"], leaf.get("line"))
                and other.get("valid_from", 0) > leaf.get("valid_from", 0)
            ),
            default=2**62,
        )
        factor = make_factor(leaf["value"], leaf["unit"], "factor")
        for key in _counted(leaf, leaves):
            for one in by_key.get(key, ()):
                if leaf.get("valid_from", 0) <= one["start"] < until:
                    yield one, factor


def _counted(factor: LeafLike, leaves: Sequence[LeafLike]) -> Iterator[tuple[str, str]]:
    """Device and quantity of all that a factor applies to."""
    energy = factor["energy"]
    if "devices" in factor:
        yield from ((device, energy) for device in factor["devices"])
        return
    lines = {leaf["line"] for leaf in leaves if leaf.get("energy") == energy and "line" in leaf}
    for other in leaves:
        if other.get("kind") == "equipment" and other.get("line") not in lines:
            yield from ((device, energy) for device in other["metered"].get(energy, ()))
        elif other.get("kind") == "installation":
            for name in ("generated", "exported", "own_consumption"):
                if name in other:
                    yield other[name]["device"], other[name]["quantity"]
