"""Devices' signatures under the evidence root: how many readings of a day came signed, and the hash of these.

A reading leaf says ``signed``: {"count", "hash"}; absent where nothing was. The hash is of the canonical JSON
of [signed text, signature, signer] of each, in order of time and sequence. Who is shown these texts checks
them against the leaf, and finds each signer again (`tanso.oracle.devices.signing`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection

from sqlmodel import Session, col, select

from tanso.contracts.identity import content_hash
from tanso.oracle.devices.tables import DeviceReading
from tanso.oracle.evidence import Leaf, canonical_json

SIGNED = "signed"


def with_signatures(
    session: Session,
    business_id: str,
    devices: Collection[str],
    device_id: Callable[[str], str],
    leaves: list[Leaf],
) -> list[Leaf]:
    """The leaves, those of readings with what their devices signed."""
    days = [leaf for leaf in leaves if leaf["kind"] == "reading"]
    if not days:
        return leaves
    first, last = min(leaf["start"] for leaf in days), max(leaf["end"] for leaf in days)
    found = _signed(session, business_id, first, last)
    names = {device_id(name): name for name in devices}

    def told(leaf: Leaf) -> Leaf:
        if leaf["kind"] != "reading":
            return leaf
        held = found.get((names[leaf["device"]], leaf["quantity"]), ())
        # What a register showed at a time is about the time before it.
        of_day = [parts for end, parts in held if leaf["start"] < end <= leaf["end"]]
        if not of_day:
            return leaf
        return leaf | {SIGNED: {"count": len(of_day), "hash": content_hash(canonical_json(of_day))}}

    return [told(leaf) for leaf in leaves]


def _signed(
    session: Session, business_id: str, first: int, last: int
) -> dict[tuple[str, str], list[tuple[int, list[str]]]]:
    rows = session.exec(
        select(DeviceReading).where(
            DeviceReading.business_id == business_id,
            DeviceReading.end > first,
            DeviceReading.end <= last,
            col(DeviceReading.signature).is_not(None),
        )
    )
    found: dict[tuple[str, str], list[tuple[int, list[str]]]] = defaultdict(list)
    # Sorted here: every process of a quorum must come to the same order, whatever its database.
    for row in sorted(rows, key=lambda row: (row.end, row.sequence or 0, row.signature or "")):
        parts = [row.signed or "", row.signature or "", row.signer or ""]
        found[row.device, row.quantity].append((row.end, parts))
    return found
