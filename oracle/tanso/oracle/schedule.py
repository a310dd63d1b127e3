"""Which periods are due: days or months of the site's own calendar, one after the other without a gap."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from sqlmodel import Session, col, func, select

from tanso.oracle.evidence.store import REPORT, records_of
from tanso.oracle.intake.tables import Reading
from tanso.oracle.intake.times import unix_seconds, zone_of
from tanso.oracle.sites import site_of

Every = Literal["day", "month"]


def due_period(
    session: Session, business_id: str, every: Every, *, now: int, grace_s: int
) -> tuple[int, int] | None:
    """The next period [start, end) to close, Unix seconds, if it ended `grace_s` seconds ago or earlier.

    It begins where the last report ends, else with the day or month of the first reading. None also when
    there is no reading yet. Raises NotConfigured for a business that has not said how it measures.
    """
    zone = zone_of(site_of(session, business_id).zone)
    ends = [record.period_end for record in records_of(session, business_id, REPORT)]
    if ends:
        start = max(ends)
    else:
        first = session.exec(
            select(func.min(col(Reading.start))).where(Reading.business_id == business_id)
        ).one()
        if first is None:
            return None
        start = boundary(first, every, zone, after=False)
    end = boundary(start, every, zone, after=True)
    return (start, end) if end + grace_s <= now else None


def boundary(seconds: int, every: Every, zone: tzinfo, *, after: bool) -> int:
    """The local midnight that begins the day or month of an instant, or the one after it."""
    day = datetime.fromtimestamp(seconds, UTC).astimezone(zone).replace(tzinfo=None)
    day = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if every == "month":
        day = day.replace(day=1)
    if after:
        day = day + timedelta(days=1) if every == "day" else (day + timedelta(days=31)).replace(day=1)
    # Where clocks are turned at midnight, the day begins at the turn.
    return unix_seconds(day.replace(tzinfo=zone))
