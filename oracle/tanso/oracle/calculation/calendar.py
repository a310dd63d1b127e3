"""Half-hours, days, weeks and months of a site's own calendar, as instants.

Days begin at the zone's midnight and have 23 to 25 hours where clocks are turned; weeks begin on Monday;
half-hours are counted from midnight.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

HALF_HOUR = 1800


class Granularity(StrEnum):
    """How finely results are asked for."""

    HALF_HOUR = "half-hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def midnight(day: date, zone: tzinfo) -> int:
    """The instant at which a local day begins, Unix seconds; where clocks skip midnight, the day's first."""
    return int(datetime.combine(day, time(), zone).timestamp())


def boundaries(start: int, end: int, granularity: Granularity, zone: tzinfo) -> list[int]:
    """`start`, every beginning of a half-hour, day, week or month between, and `end`: Unix seconds."""
    inner = (at for at in _beginnings(start, end, granularity, zone) if start < at < end)
    return [start, *inner, end]


def _beginnings(start: int, end: int, granularity: Granularity, zone: tzinfo) -> Iterator[int]:
    day = datetime.fromtimestamp(start, zone).date()
    while (begins := midnight(day, zone)) < end:
        after = day + timedelta(days=1)
        if granularity is Granularity.HALF_HOUR:
            yield from range(begins, midnight(after, zone), HALF_HOUR)
        elif (
            granularity is Granularity.DAY
            or (granularity is Granularity.WEEK and not day.weekday())
            or (granularity is Granularity.MONTH and day.day == 1)
        ):
            yield begins
        day = after
