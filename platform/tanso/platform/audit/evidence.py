"""What lies in a business's own store behind its reports: gaps, marks on devices, estimated shares."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, select

from tanso.oracle.devices.marks import MARKS, READINGS
from tanso.oracle.evidence.store import REPORT, EvidenceRecord, load_evidence
from tanso.platform.accounts.models import ReportRow
from tanso.platform.accounts.service import CarbonAccount
from tanso.platform.audit.findings import Finding
from tanso.platform.web.render import moment

_SLUGS = {"unknown device": "unknown-device", "uncalibrated": "uncalibrated-device"}


def check_evidence(session: Session, account: CarbonAccount) -> Iterator[Finding]:
    """Findings in the evidence of the reports that the ledger accepted in the account's time.

    None for reports whose evidence is not in this store. Devices stand under their hashed IDs.
    """
    rows = session.exec(
        select(EvidenceRecord, ReportRow.block_time)
        .join(ReportRow, ReportRow.evidence_root == EvidenceRecord.root)  # type: ignore[arg-type]
        .where(
            EvidenceRecord.kind == REPORT,
            EvidenceRecord.business_id == account.business_id,
            ReportRow.business_id == account.business_id,
            ReportRow.block_time >= account.start,
            ReportRow.block_time < account.end,
        )
    ).all()
    for record, time in rows:
        yield from _of_report(record, load_evidence(session, record).sealed.leaves, time)


def _of_report(record: EvidenceRecord, leaves: Any, time: int) -> Iterator[Finding]:
    business = record.business_id
    report = f"report {record.sequence} of {moment(record.period_start)} to {moment(record.period_end)}"
    shown: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    marks: Counter[tuple[str, str]] = Counter()
    for leaf in leaves:
        if leaf["kind"] in READINGS:
            filled = leaf["kind"] == "estimate"
            seconds = leaf["end"] - leaf["start"] if filled else leaf["covered_s"]
            shown[leaf["device"], leaf["quantity"]][filled] += seconds
            marks.update((leaf["device"], mark) for mark in leaf.get(MARKS, ()))
        elif leaf["kind"] == "estimated" and leaf["emissions"] != "0":
            yield Finding(
                "estimated-share", business, time, f"report {record.sequence}",
                f"Of the emissions of {report}, {leaf['emissions']} rest on filled gaps.",
                {"share": leaf["emissions"], "declared_ug": record.amount_ug},
            )  # fmt: skip
        elif leaf["kind"] == "formula" and leaf["refused_rows"]:
            yield Finding(
                "readings-left-out", business, time, f"report {record.sequence}",
                f"{leaf['refused_rows']} refused readings were left out of {report}.",
                {"rows": leaf["refused_rows"]},
            )  # fmt: skip
    length = record.period_end - record.period_start
    for (device, quantity), (measured_s, filled_s) in sorted(shown.items()):
        if measured_s + filled_s < length:
            missing_s = length - measured_s - filled_s
            yield Finding(
                "gap", business, time, device,
                f"Device {device} shows no {quantity} for {missing_s} s of {report}.",
                {"quantity": quantity, "missing_s": missing_s, "filled_s": filled_s},
            )  # fmt: skip
    for (device, mark), days in sorted(marks.items()):
        if mark in _SLUGS:
            yield Finding(
                _SLUGS[mark], business, time, device,
                f"{days} daily totals of device {device} in {report} are marked {mark!r}.",
                {"totals": days},
            )  # fmt: skip
