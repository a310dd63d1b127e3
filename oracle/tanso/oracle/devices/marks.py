"""Marks on reading leaves: what is to be said of the device behind a day's readings.

``unknown device``   it was not in the owner's registry of devices when the day's first reading began
``uncalibrated``     no calibration that counts covers all of the time

A mark changes no figure. It stands in the leaf, so it is under the evidence root, and reports show it.
"""

from collections.abc import Callable, Collection

from sqlmodel import Session

from tanso.oracle.devices.registry import registry_of
from tanso.oracle.devices.signed import SIGNED, with_signatures
from tanso.oracle.evidence import Leaf

MARKS = "marks"
READINGS = ("reading", "estimate")
"""Kinds of leaves that hold readings of a device."""

Marker = Callable[[list[Leaf]], list[Leaf]]


def marker(
    session: Session, business_id: str, devices: Collection[str], device_id: Callable[[str], str]
) -> Marker:
    """What marks reading leaves, which name these devices by hashed ID."""
    registry = registry_of(session, business_id, devices)
    known = {device_id(name): registry[name] for name in devices}

    def mark(leaves: list[Leaf]) -> list[Leaf]:
        found = []
        for leaf in leaves:
            if leaf["kind"] in READINGS:
                marks = sorted(
                    {*leaf.get(MARKS, ()), *known[leaf["device"]].marks(leaf["start"], leaf["end"])}
                )
                leaf = leaf | {MARKS: marks} if marks else leaf
            found.append(leaf)
        return with_signatures(session, business_id, devices, device_id, found)

    return mark


def unmarked(leaves: Collection[Leaf]) -> list[Leaf]:
    """The leaves without marks and signatures: what was measured, whatever became known since."""
    return [{key: value for key, value in leaf.items() if key not in (MARKS, SIGNED)} for leaf in leaves]
