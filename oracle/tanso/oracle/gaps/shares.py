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
    for key, factor in _counted(leaves):
        if key in totals:
            whole += micrograms(emissions(totals[key], factor), "emissions")
        if key in filled:
            part += micrograms(emissions(filled[key], factor), "emissions")
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


def _counted(leaves: Sequence[LeafLike]) -> Iterator[tuple[tuple[str, str], Quantity]]:
    """Device and quantity of all that counts as emitting, each once, with its factor."""
    for leaf in leaves:
        if leaf.get("kind") != "factor":
            continue
        factor = make_factor(leaf["value"], leaf["unit"], "factor")
        energy = leaf["energy"]
        if "devices" in leaf:
            yield from (((device, energy), factor) for device in leaf["devices"])
            continue
        for other in leaves:
            if other.get("kind") == "equipment":
                yield from (((device, energy), factor) for device in other["metered"].get(energy, ()))
            elif other.get("kind") == "installation":
                for name in ("generated", "exported", "own_consumption"):
                    if name in other:
                        yield (other[name]["device"], other[name]["quantity"]), factor
