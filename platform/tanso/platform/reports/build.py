"""Builds the report of a lot, format `tanso-report@1`, from its proof bundle.

What a footprint report must say follows ISO 14067 and the GHG Protocol Product Standard. What this system
does not know is
said to be unknown, never zero. Masses are µg CO2e; amounts with decimals are text.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from tanso.oracle.devices.marks import MARKS, READINGS
from tanso.platform.proofs.model import Bundle, LotPart
from tanso.platform.reports.attribution import Contribution, attribute

_FRACTION = re.compile(r"[0-9]{1,200}(?:/[1-9][0-9]{0,199})?")
UNKNOWN = "not known: the inputs' factors do not separate it"


def build_report(bundle: Bundle, names: Mapping[str, str], *, written_at: int) -> dict[str, Any]:
    """The report as plain data.

    `names` maps IDs to the names the reader may know; what has none is shown by its ID. `written_at` is Unix
    time.
    """
    subject = bundle.lots[bundle.lot]
    ledger = subject.ledger
    contributions = attribute(bundle)
    return {
        "format": "tanso-report@1",
        "written_at": _iso(written_at),
        "lot": bundle.lot,
        "product": names.get(bundle.lot),
        "producer": _named(ledger.business_id, names),
        "declared_unit": f"1 {ledger.unit}",
        "good": ledger.good,
        "defects": ledger.defects,
        "period": {"start": _iso(ledger.period_start), "end": _iso(ledger.period_end)},
        "co2_ug": ledger.co2_ug,
        "cfp_ug": -(-ledger.co2_ug // ledger.good),
        "primary_share": percent_down(ledger.primary_ug, ledger.co2_ug),
        "restated": next(iter(_restatements(subject, names)[::-1]), None),
        "by_business": _grouped(contributions, names, lambda item: item.business_id),
        "by_kind": _grouped(contributions, names, lambda item: item.kind),
        "contributions": [
            {
                "kind": item.kind,
                "ref": _named(item.ref, names),
                "business": _named(item.business_id, names),
                "lot": _named(item.lot_id, names),
                "depth": item.depth,
                "co2_ug": item.co2_ug,
                "percent": percent_down(item.co2_ug, ledger.co2_ug),
            }
            for item in contributions
        ],
        "lots": [_lot(lot_id, lot, names) for lot_id, lot in bundle.lots.items()],
        "factors": [
            {
                "id": factor.factor_id,
                "name": names.get(factor.factor_id),
                "intensity_pg": factor.intensity_pg,
                "per": factor.unit,
                "gwp_set": "not stated" if factor.gwp_set == "NONE" else factor.gwp_set,
                "source": json.loads(factor.source),
            }
            for factor in bundle.factors
        ],
        "energy": _energy(bundle, names),
        "formulas": [{"id": key, "name": formula.name} for key, formula in sorted(bundle.formulas.items())],
        "statements": _statements(bundle),
        "ledger": {
            "chain_id": bundle.chain.chain_id,
            "lots_contract": bundle.chain.contracts["Lots"],
            "oracle_keys": bundle.oracle.keys,
            "threshold": bundle.oracle.threshold,
        },
    }


def percent_down(part: int, whole: int) -> str:
    """Per cent with two decimals, rounded down (a share of primary data is never flattered)."""
    return "0.00" if not whole else str((Decimal(part * 10_000 // whole) / 100).quantize(Decimal("0.01")))


def _named(identity: str, names: Mapping[str, str]) -> dict[str, str | None]:
    return {"id": identity, "name": names.get(identity)}


def _grouped(contributions: list[Contribution], names: Mapping[str, str], key: Any) -> list[dict[str, Any]]:
    sums: dict[str, int] = defaultdict(int)
    for item in contributions:
        sums[key(item)] += item.co2_ug
    total = sum(sums.values())
    ranked = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        {"key": name, "name": names.get(name), "co2_ug": ug, "percent": percent_down(ug, total)}
        for name, ug in ranked
    ]


def _lot(lot_id: str, lot: LotPart, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": lot_id,
        "name": names.get(lot_id),
        "business": _named(lot.ledger.business_id, names),
        "co2_ug": lot.ledger.co2_ug,
        "good": lot.ledger.good,
        "defects": lot.ledger.defects,
        "unit": lot.ledger.unit,
        "disclosed": lot.breakdown is not None,
        "restatements": _restatements(lot, names),
        "period": {"start": _iso(lot.ledger.period_start), "end": _iso(lot.ledger.period_end)},
        "inputs": [
            {
                "kind": leaf["kind"],
                "ref": _named(str(leaf["ref_id"]), names),
                "quantity": leaf["quantity"],
                "unit": leaf["unit"],
                "co2_ug": leaf["co2_ug"],
                "percent": percent_down(int(leaf["co2_ug"]), lot.ledger.co2_ug),
            }
            for leaf in sorted(lot.breakdown or [], key=lambda leaf: -int(leaf["co2_ug"]))
        ],
    }


def _restatements(lot: LotPart, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """All restatements of a lot, the first one first; the reason's text where the reader may know it."""
    return [
        {
            "number": item.number,
            "co2_ug": item.co2_ug,
            "cfp_ug": -(-item.co2_ug // lot.ledger.good),
            "primary_share": percent_down(item.primary_ug, item.co2_ug),
            "charged_ug": item.charged_ug,
            "reason_hash": item.reason_hash,
            "reason": names.get(item.reason_hash),
        }
        for item in lot.restatements
    ]


def _energy(bundle: Bundle, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "business": _named(report.business_id, names),
            "period": {"start": _iso(report.period_start), "end": _iso(report.period_end)},
            "declared_ug": report.declared_ug,
            "readings": sum(leaf.get("kind") == "reading" for leaf in report.evidence),
            "marks": _marks(report.evidence),
            "estimated_share": _estimated(report.evidence),
            "factors": [leaf for leaf in report.evidence if leaf.get("kind") == "factor"],
        }
        for report in bundle.reports
    ]


def _marks(leaves: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many daily totals carry each mark. Leaves are anybody's: what is no mark is none."""
    found = Counter(
        mark
        for leaf in leaves
        if leaf.get("kind") in READINGS and isinstance(leaf.get(MARKS), list)
        for mark in leaf[MARKS]
        if isinstance(mark, str)
    )
    return dict(sorted(found.items()))


def _estimated(leaves: Iterable[Mapping[str, Any]]) -> str:
    """The share of filled gaps in a report's emissions, an exact fraction; leaves are anybody's."""
    stated = next((leaf.get("emissions") for leaf in leaves if leaf.get("kind") == "estimated"), "0")
    return stated if isinstance(stated, str) and _FRACTION.fullmatch(stated) else "not readable"


def _percent_up(share: str) -> str:
    """A share in per cent with two decimals, rounded up (an estimated part is never made small)."""
    return f"{Decimal(ceil(Fraction(share) * 10_000)) / 100} %" if _FRACTION.fullmatch(share) else share


def _gaps(bundle: Bundle) -> str:
    filled = [
        (report, share)
        for report in bundle.reports
        if (share := _estimated(report.evidence)) != "0"
        or any(leaf.get("kind") == "estimate" for leaf in report.evidence)
    ]
    if not filled:
        return "No gap in the readings was filled: all figures rest on measured readings."
    told = "; ".join(
        f"{share} ({_percent_up(share)}) of the emissions of {report.business_id} from "
        f"{_iso(report.period_start)} to {_iso(report.period_end)}"
        for report, share in filled
    )
    return (
        f"Filled by declared rules (tanso-gaps@1), as exact fractions: {told}. Only consumption is filled, "
        "rounded up; the filled values and the readings they rest on stand in the evidence."
    )


def _measured(bundle: Bundle) -> str:
    marks = sum((Counter(_marks(report.evidence)) for report in bundle.reports), Counter[str]())
    if not marks:
        return "All meters are known and were calibrated when they measured."
    told = ", ".join(f"{count} marked {mark!r}" for mark, count in sorted(marks.items()))
    return (
        f"Of the meters' daily totals {told}. An unknown device is not in its owner's registry, of an "
        "uncalibrated one no certificate covers the time; the figures count them as they are."
    )


def _statements(bundle: Bundle) -> list[dict[str, str]]:
    restated = sum(bool(lot.restatements) for lot in bundle.lots.values())
    undisclosed = sum(lot.breakdown is None for lot in bundle.lots.values())
    return [
        {
            "topic": "Boundary",
            "text": "Cradle to gate: from the inputs of the lots listed here to the producer's gate. "
            "Use, end of life and transport between the businesses are not included.",
        },
        {
            "topic": "Upstream",
            "text": "Every upstream lot of the network is opened down to its inputs."
            if not undisclosed
            else f"{undisclosed} upstream lots are not disclosed; their totals are the ledger's.",
        },
        {
            "topic": "Restatements",
            "text": "No lot listed here was restated by its producer when this report was written."
            if not restated
            else f"{restated} of the lots listed here were restated by their producers after they were "
            "settled. All other figures of this report are as settled, as that is what the lots carry; the "
            "difference is in the producers' own accounts.",
        },
        {"topic": "Fossil, biogenic, land use change, aircraft", "text": UNKNOWN},
        {
            "topic": "Allocation",
            "text": "Energy to equipment by rated performance times operating time unless metered "
            "directly; equipment to lots by time; defects load the good units; an input shared by "
            "lots is split so that the parts sum to the whole. The formula documents are named "
            "below by their content hash.",
        },
        {
            "topic": "Electricity",
            "text": "By the factor of the supplier or grid named under sources; no residual mix.",
        },
        {"topic": "Offsets", "text": "None are netted: credits never enter a lot's value (ISO 14067)."},
        *(
            [
                {
                    "topic": "Reductions given away",
                    "text": "Some equipment is enrolled in a credit programme: the lots carry its baseline "
                    "where that is above what was measured, and the difference is no primary data.",
                }
            ]
            if any(item.baseline_pg > item.intensity_pg for item in bundle.intensities)
            else []
        ),
        {"topic": "Measuring devices", "text": _measured(bundle)},
        {"topic": "Estimated data", "text": _gaps(bundle)},
        {"topic": "Uncertainty", "text": "Not assessed."},
        {
            "topic": "Verification",
            "text": "Intensities are computed from meter readings and signed by at least "
            f"{bundle.oracle.threshold} of {len(bundle.oracle.keys)} oracle keys; "
            "no third party has verified this report.",
        },
        {
            "topic": "Limits",
            "text": "A footprint covers climate change only and does not rank products that were "
            "computed by other rules.",
        },
    ]


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
