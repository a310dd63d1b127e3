"""The leaves of evidence: what stands in them.

Of a report (tree root = the report's evidenceRoot), in this order:

- ``formula``    name and content hash of the formula document, business, period, number of leaves, number of
  refused rows that were left out with the owner's consent
- ``factor``     one per energy, line and version of the factor: value and unit, source, the devices whose
  readings make the total, ``line`` and ``valid_from`` where there are such
- ``equipment``  one per equipment: unit and devices of its activity, energy performance, own meters, and its
  ``line`` and ``standard_times`` where it has such
- ``reading``    one per device, quantity and day: total, unit, number of rows, seconds covered, hash of rows.
  Totals per day, not single rows, so that a year of minute readings stays a tree one can hand over; the hash
  of the rows (canonical JSON, in order of time) binds each single row, to be shown when it is asked for.
  ``signed`` binds what its device signed, see `tanso.oracle.devices.signed`; absent when nothing was.
  ``marks`` says what is wrong with the device, see `tanso.oracle.devices.marks`; absent when nothing is.
- ``estimate``   one per gap that was filled by a rule of the formula document tanso-gaps@1: its value, the
  rule, and the measured readings that it rests on; counts like a reading
- ``result``     one per equipment that ran: its intensity
- ``declared``   the declared total
- ``estimated``  the share of filled gaps in what devices show and in the emissions; absent without any

Of a reduction: ``formula``, ``factor``, ``installation``, ``reading``…, ``estimate``…, ``reduction``,
``estimated``.

Of a lot (tree root = its breakdownRoot): ``material``, ``external`` and ``equipment`` uses.

Devices and equipment appear under their hashed IDs only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tanso.contracts.identity import parse_id
from tanso.contracts.units import Unit
from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence.sealing import Leaf
from tanso.oracle.formulas import GAPS, formula

BREAKDOWN_KINDS = ("material", "external", "equipment")


def formula_leaf(
    name: str, content_hash: str, business_id: str, start: int, end: int, *, count: int, refused_rows: int
) -> Leaf:
    """What the figures are about and by which formula; `count` is the number of leaves of the tree."""
    return {
        "kind": "formula",
        "name": name,
        "content_hash": content_hash,
        "business_id": business_id,
        "period_start": start,
        "period_end": end,
        "leaves": count,
        "refused_rows": refused_rows,
    }


def factor_leaf(
    energy: str,
    value: str,
    unit: str,
    source: Mapping[str, str],
    devices: Sequence[str] | None,
    *,
    line: str | None = None,
    valid_from: int | None = None,
) -> Leaf:
    """An energy's factor with its source, and the meters of it (None: only machines' meters).

    `line` is the line that these are the meters of, `valid_from` (Unix seconds) when the factor takes over.
    """
    leaf: Leaf = {"kind": "factor", "energy": energy, "value": value, "unit": unit, "source": dict(source)}
    leaf |= {} if devices is None else {"devices": sorted(devices)}
    leaf |= {} if line is None else {"line": line}
    return leaf if valid_from is None else leaf | {"valid_from": valid_from}


def equipment_leaf(
    equipment_id: str,
    unit: Unit,
    activity_quantity: str,
    activity_devices: Sequence[str],
    performance: Mapping[str, str],
    metered: Mapping[str, Sequence[str]],
    *,
    line: str | None = None,
    standard_times: Mapping[str, str] | None = None,
) -> Leaf:
    """How a piece of equipment is measured: which devices count its activity and its own energies.

    With `standard_times` the devices count pieces, each of which stands for so much activity.
    """
    leaf: Leaf = {
        "kind": "equipment",
        "equipment_id": equipment_id,
        "unit": unit.symbol,
        "activity_quantity": activity_quantity,
        "activity_devices": sorted(activity_devices),
        "performance": dict(performance),
        "metered": {energy: sorted(devices) for energy, devices in metered.items()},
    }
    leaf |= {} if line is None else {"line": line}
    return leaf if not standard_times else leaf | {"standard_times": dict(standard_times)}


def installation_leaf(
    equipment_id: str,
    programme_id: str,
    generated: tuple[str, str],
    exported: tuple[str, str] | None,
    own: tuple[str, str] | None,
) -> Leaf:
    """A solar installation: (device, quantity) of generation, of export and of its own consumption."""
    leaf: Leaf = {"kind": "installation", "equipment_id": equipment_id, "programme_id": programme_id}
    for name, found in (("generated", generated), ("exported", exported), ("own_consumption", own)):
        if found is not None:
            leaf[name] = {"device": found[0], "quantity": found[1]}
    return leaf


def reading_leaf(
    device: str,
    quantity: str,
    start: int,
    end: int,
    *,
    value: str,
    unit: str,
    count: int,
    covered_s: int,
    rows_hash: str,
) -> Leaf:
    """The total of a device's readings of one quantity that begin on one day."""
    return {
        "kind": "reading",
        "device": device,
        "quantity": quantity,
        "start": start,
        "end": end,
        "value": value,
        "unit": unit,
        "count": count,
        "covered_s": covered_s,
        "rows_hash": rows_hash,
    }


def estimate_leaf(
    device: str,
    quantity: str,
    start: int,
    end: int,
    *,
    value: str,
    unit: str,
    rule: str,
    days: int | None,
    used: Sequence[tuple[int, int, str, str]],
) -> Leaf:
    """A gap [start, end) filled by a rule, from the readings used (start, end, value, unit)."""
    leaf: Leaf = {
        "kind": "estimate",
        "device": device,
        "quantity": quantity,
        "start": start,
        "end": end,
        "value": value,
        "unit": unit,
        "formula": formula(GAPS).content_hash,
        "rule": rule,
        "used": [list(one) for one in used],
    }
    return leaf if days is None else leaf | {"days": days}


def estimated_leaf(shares: Mapping[str, Any]) -> Leaf:
    """What rests on filled gaps, as `tanso.oracle.gaps.shares` gives it."""
    return {"kind": "estimated", **shares}


def result_leaf(equipment_id: str, intensity_pg: int, unit: Unit) -> Leaf:
    """The intensity of equipment, pg CO2e per base unit, rounded up."""
    return {"kind": "result", "equipment_id": equipment_id, "intensity_pg": intensity_pg, "unit": unit.symbol}


def declared_leaf(declared_ug: int) -> Leaf:
    """All Scope 1 and 2 emissions of the period, µg CO2e, rounded up."""
    return {"kind": "declared", "declared_ug": declared_ug}


def reduction_leaf(reduction_ug: int) -> Leaf:
    """Baseline minus project emissions, µg CO2e, rounded down."""
    return {"kind": "reduction", "reduction_ug": reduction_ug}


def breakdown_leaf(kind: str, ref_id: str, quantity: int, unit: Unit, co2_ug: int, primary_ug: int) -> Leaf:
    """One input of a lot: a material lot, an external material (factor) or an equipment use.

            "Quantity and CO2e must not be negative, nor the primary part above the whole."
    Raises EvidenceRefused for another kind, a negative number or a primary part above the whole.
    """
    if kind not in BREAKDOWN_KINDS:
        raise EvidenceRefused(
            f"{kind!r} is no kind of input.", hint=f"Use one of {', '.join(BREAKDOWN_KINDS)}."
        )
    if min(quantity, primary_ug) < 0 or primary_ug > co2_ug:
        raise EvidenceRefused(
            "Quantity and CO2e must not be negative, the primary part no more than the whole."
        )
    return {
        "kind": kind,
        "ref_id": parse_id(ref_id),
        "quantity": quantity,
        "unit": unit.symbol,
        "co2_ug": co2_ug,
        "primary_ug": primary_ug,
    }
