"""The auditor's pages: all businesses at a glance, and one business's account as a picture with findings."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, select

from tanso.platform.accounts.service import CarbonAccount
from tanso.platform.agreements.service import Reader
from tanso.platform.api.fields import ID_PATTERN
from tanso.platform.audit.access import businesses_after, open_to
from tanso.platform.audit.findings import Finding, Severity
from tanso.platform.audit.service import audit_business, check_network
from tanso.platform.auth.models import Role
from tanso.platform.auth.principal import Principal
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, NotAllowed, NotFound
from tanso.platform.indexer.models import IndexedBlock

LISTED = 100
"""Most businesses, and most findings, on a page; the API pages through all."""


@dataclass(frozen=True, slots=True)
class Days:
    """A time in whole days, UTC, as a form gives it: the first, and the day after the last."""

    first: date
    after: date

    @property
    def span(self) -> tuple[int, int]:
        """Unix seconds [start, end)."""
        return _seconds(self.first), _seconds(self.after)


def days_of(session: Session, first: str, after: str) -> Days:
    """The days given as YYYY-MM-DD; what is left open is the time of the ledger.

    :raises BadInput: for anything else, or none between them.
    """
    oldest, newest = session.exec(
        select(func.min(IndexedBlock.block_time), func.max(IndexedBlock.block_time))
    ).one()
    began = _day_of(oldest or 0) if not first else _given(first, "from")
    ended = _day_of(newest or 0) + timedelta(days=1) if not after else _given(after, "to")
    if began >= ended:
        raise BadInput(
            f"The time from {began} to {ended} is empty.", "Give an end after the start.", slug="empty-period"
        )
    return Days(began, ended)


def overview(session: Session, principal: Principal, days: Days) -> dict[str, Any]:
    """All businesses, for an auditor.

    :raises NotAllowed: for anybody else.
    """
    if principal.role is not Role.AUDITOR:
        raise NotAllowed("all businesses are shown to an auditor only", "Sign in as an auditor.")
    businesses = businesses_after(session, "", LISTED + 1)
    rows = []
    for business_id in businesses[:LISTED]:
        account, findings = audit_business(session, business_id, *days.span)
        rows.append({"account": account, "counts": _counts(findings)})
    network = sorted(check_network(session, *days.span), key=lambda finding: finding.key)
    return {
        "days": days,
        "rows": rows,
        "more": len(businesses) > LISTED,
        "findings": network[:LISTED],
        "more_findings": len(network) > LISTED,
    }


def business_view(reader: Reader, principal: Principal, business_id: str, days: Days) -> dict[str, Any]:
    """One business's account and findings.

    :raises NotAllowed: when it is not open to the reader.
    :raises NotFound: when there is no such business.
    """
    if not re.fullmatch(ID_PATTERN, business_id):
        raise NotFound(f"No business {business_id[:66]} is registered.", "Check the ID.")
    session, own_store = reader.session, open_to(reader, principal, business_id)
    account, findings = audit_business(session, business_id, *days.span, own_store=own_store)
    local = session.get(LocalBusiness, business_id) if own_store else None
    return {
        "days": days,
        "account": account,
        "name": local.name if local and principal.business_id == business_id else None,
        "own_store": own_store,
        "bars": _bars(account),
        "counts": _counts(findings),
        "findings": findings[:LISTED],
        "more_findings": len(findings) > LISTED,
        "is_auditor": principal.role is Role.AUDITOR,
    }


def _bars(account: CarbonAccount) -> list[dict[str, Any]]:
    """Two bars of equal length, as the account's equation says: what came, and where it is now.

    What is below zero stands with the other sign in the other bar.
    """
    came = [
        ("opening", "Held at the start", account.opening_ug),
        ("inflow", "Received lots and outside materials", account.inflow_ug),
        ("declared", "Declared Scope 1 and 2", account.declared_ug),
        ("baseline", "Charged for reductions given away", account.baseline_ug),
        ("restated", "Charged for restated lots", account.restated_ug),
    ]
    went = [
        ("outflow", "Shipped", account.outflow_ug),
        ("closing", "Held at the end", account.closing_ug),
        ("net", "Its own net emissions", account.net_ug),
    ]
    own = [
        *(("left", f"Left over: {name}", ug) for name, ug in sorted(account.left_overs.items())),
        ("consumed", "Consumed for good", account.finally_consumed_ug),
        ("unabsorbed", "Declared and charged to no batch", account.unabsorbed_ug),
        ("restated", "Charged for restated lots", account.restated_ug),
    ]
    return [
        {"title": title, "parts": _parts(given, other)}
        for title, given, other in (
            ("What came", came, went),
            ("Where it is", went, came),
            ("What its own net emissions are", own, []),
        )
    ]


def _parts(given: list[tuple[str, str, int]], other: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    turned = [(key, f"{name}, below zero", -ug) for key, name, ug in other if ug < 0]
    parts = [part for part in (*given, *turned) if part[2]]
    return [{"key": key, "name": name, "ug": ug, "length": max(0, ug)} for key, name, ug in parts]


def _counts(findings: list[Finding]) -> dict[str, int]:
    found = Counter(finding.kind.severity for finding in findings)
    return {severity.value: found[severity] for severity in Severity}


def _given(text: str, field: str) -> date:
    try:
        found = date.fromisoformat(text)
        if found.year < 1970:
            raise ValueError
    except ValueError as error:
        raise BadInput(f"{field}: {text[:20]!r} is no day.", "Write it as 2026-01-31.") from error
    return found


def _day_of(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
