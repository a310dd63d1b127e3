"""What is stored, and what was kept aside: for `tanso oracle status` and `tanso oracle refused`."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from tanso.oracle.intake.bulk import FETCHED
from tanso.oracle.intake.tables import IntakeFile, Reading, RefusedRow

GAPS_KEPT = 1000
"""Gaps of a series that are listed; all are counted."""


@dataclass(slots=True)
class StoredSeries:
    """The readings of one quantity of a device. Times are Unix seconds."""

    device: str
    quantity: str
    first: int
    last: int
    count: int = 0
    gap_count: int = 0
    missing_s: int = 0
    """Seconds between first and last of which there is no reading."""
    gaps: list[tuple[int, int]] = field(default_factory=list)
    """The first of them, each from its start to its end."""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A figure that was kept aside."""

    row_id: int
    file: str
    line: int
    error: str
    reason: str
    raw: str
    taken: bool
    resolution: str | None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def stored_series(session: Session, business_id: str) -> Iterator[StoredSeries]:
    """Every device and quantity of a business with its gaps, in order; reads each reading once."""
    rows = session.exec(
        select(Reading.device, Reading.quantity, Reading.start, Reading.end)
        .where(Reading.business_id == business_id)
        .order_by(col(Reading.device), col(Reading.quantity), col(Reading.start))
        .execution_options(yield_per=FETCHED)
    )
    now: StoredSeries | None = None
    for device, quantity, start, end in rows:
        if now is None or (now.device, now.quantity) != (device, quantity):
            if now is not None:
                yield now
            now = StoredSeries(device, quantity, start, start)
        if start > now.last:
            now.gap_count += 1
            now.missing_s += start - now.last
            if len(now.gaps) < GAPS_KEPT:
                now.gaps.append((now.last, start))
        now.last = end
        now.count += 1
    if now is not None:
        yield now


def open_refusals(session: Session, business_id: str, *, after: int, limit: int) -> list[RefusedRow]:
    """What was kept aside and is still open, in the order it came: so many after a row's number."""
    query = (
        select(RefusedRow)
        .where(
            RefusedRow.business_id == business_id,
            col(RefusedRow.taken).is_(False),
            col(RefusedRow.resolution).is_(None),
            col(RefusedRow.id) > after,
        )
        .order_by(col(RefusedRow.id))
        .limit(limit)
    )
    return list(session.exec(query))


def refused_lines(session: Session, business_id: str, *, everything: bool = False) -> Iterator[RefusedLine]:
    """What was kept aside and is still open, or all that ever was, in the order it came."""
    query = (
        select(RefusedRow, IntakeFile.name)
        .join(IntakeFile, col(IntakeFile.id) == RefusedRow.file_id)
        .where(RefusedRow.business_id == business_id)
        .order_by(col(RefusedRow.id))
        .execution_options(yield_per=FETCHED)
    )
    if not everything:
        query = query.where(col(RefusedRow.taken).is_(False), col(RefusedRow.resolution).is_(None))
    for row, name in session.exec(query):
        assert row.id is not None
        yield RefusedLine(row.id, name, row.line, row.error, row.reason, row.raw, row.taken, row.resolution)
