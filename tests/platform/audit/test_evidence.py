"""What an audit finds in a business's own store: real leaves, figures reckoned by hand."""

from typing import Any

import pytest

from tanso.contracts.values import ZERO_HASH
from tanso.oracle.evidence.leaves import (
    declared_leaf,
    estimate_leaf,
    estimated_leaf,
    formula_leaf,
    reading_leaf,
)
from tanso.oracle.evidence.sealing import Leaf, Sealed
from tanso.oracle.evidence.store import EvidenceRecord, save_evidence
from tanso.oracle.store import reading, writing
from tanso.platform.accounts.models import ReportRow
from tanso.platform.audit.findings import Finding
from tanso.platform.audit.service import audit_business
from tanso.platform.businesses.models import BusinessRow

FIRM, METER, CLOCK, GAS = (f"0x{number:032x}" for number in (1, 2, 3, 4))
START, DAY_S, SEEN = 86_400, 86_400, 200_000


def leaves() -> list[Leaf]:
    """A day: the meter lacks two hours, one of them filled; the clock is whole; gas is not calibrated."""

    def read(device: str, quantity: str, covered_s: int, *marks: str) -> Leaf:
        leaf = reading_leaf(
            device, quantity, START, START + DAY_S, value="1", unit="kWh", count=1, covered_s=covered_s,
            rows_hash=ZERO_HASH,
        )  # fmt: skip
        return leaf | {"marks": list(marks)} if marks else leaf

    noon = START + DAY_S // 2
    return [
        formula_leaf("tanso-intensity@2", ZERO_HASH, FIRM, START, START + DAY_S, count=8, refused_rows=3),
        read(METER, "electricity", DAY_S - 7200),
        estimate_leaf(
            METER, "electricity", noon, noon + 3600, value="1", unit="kWh", rule="linear", days=None, used=[]
        ),
        read(CLOCK, "operating time", DAY_S),
        read(GAS, "gas", DAY_S, "uncalibrated", "unknown device"),
        declared_leaf(1000),
        estimated_leaf({"sources": [], "emissions": "3/37"}),
    ]


@pytest.fixture
def stored(one_store: Any) -> Any:
    sealed = Sealed(tuple(leaf | {"salt": "0x" + f"{place:064x}"} for place, leaf in enumerate(leaves())))
    place = {"block_number": 1, "block_time": SEEN, "transaction_hash": ZERO_HASH}
    with writing(one_store) as session:
        session.add(
            BusinessRow(
                **place, log_index=0, business_id=FIRM, account="0x", endpoint_hash=ZERO_HASH,
                first_endpoint_hash=ZERO_HASH,
            )
        )  # fmt: skip
        period = {"period_start": START, "period_end": START + DAY_S, "formula_id": ZERO_HASH}
        session.add(
            ReportRow(
                **place, log_index=1, **period, business_id=FIRM, sequence=0, evidence_root=sealed.root,
                declared_ug=1000,
            )
        )  # fmt: skip
        record = EvidenceRecord(
            **period, kind="report", business_id=FIRM, subject=FIRM, sequence=0, root=sealed.root,
            amount_ug=1000, devices="[]", outbox_key="report", created_at=0,
        )  # fmt: skip
        save_evidence(session, record, sealed)
    return one_store


def found(store: Any, start: int, *, own_store: bool = True) -> dict[str, Finding]:
    with reading(store) as session:
        _, findings = audit_business(session, FIRM, start, SEEN + 10, own_store=own_store)
    assert all(finding.kind.private for finding in findings if finding.slug != "declared-not-in-lots")
    return {finding.slug: finding for finding in findings}


def test_gaps_marks_shares_and_what_was_left_out_are_found(stored: Any) -> None:
    shown = found(stored, 0)
    assert shown.keys() == {
        "declared-not-in-lots", "gap", "unknown-device", "uncalibrated-device", "estimated-share",
        "readings-left-out",
    }  # fmt: skip
    assert shown["gap"].subject == METER
    assert shown["gap"].figures == {"quantity": "electricity", "missing_s": 3600, "filled_s": 3600}
    assert shown["unknown-device"].subject == shown["uncalibrated-device"].subject == GAS
    assert shown["estimated-share"].figures["share"] == "3/37"
    assert shown["readings-left-out"].figures["rows"] == 3


def test_nothing_of_it_is_found_for_others_or_for_another_time(stored: Any) -> None:
    assert found(stored, 0, own_store=False).keys() == {"declared-not-in-lots"}
    assert found(stored, SEEN + 1) == {}
