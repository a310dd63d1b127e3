"""Periods follow the site's calendar without a gap, also where clocks are turned."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.oracle.schedule import Every, boundary

ZONES = ["UTC", "Asia/Tokyo", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia"]


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp())


@pytest.mark.parametrize(
    ("instant", "zone", "every", "first", "after"),
    [
        ("2026-02-14T13:00", "Asia/Tokyo", "day", "2026-02-14T00:00", "2026-02-15T00:00"),
        ("2026-02-14T13:00", "Asia/Tokyo", "month", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("2026-12-31T23:59", "UTC", "month", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("2026-03-29T12:00", "Europe/Berlin", "day", "2026-03-29T00:00", "2026-03-30T00:00"),
        ("2026-10-25T12:00", "Europe/Berlin", "day", "2026-10-25T00:00", "2026-10-26T00:00"),
    ],
)
def test_days_and_months_begin_at_local_midnight(
    instant: str, zone: str, every: Every, first: str, after: str
) -> None:
    seconds = at(instant, zone)
    assert boundary(seconds, every, ZoneInfo(zone), after=False) == at(first, zone)
    assert boundary(seconds, every, ZoneInfo(zone), after=True) == at(after, zone)


@given(st.integers(10**8, 2 * 10**9), st.sampled_from(ZONES), st.sampled_from(["day", "month"]))
def test_every_instant_lies_in_its_period_and_periods_follow_each_other(
    seconds: int, zone: str, every: Every
) -> None:
    place = ZoneInfo(zone)
    start, end = (boundary(seconds, every, place, after=after) for after in (False, True))
    assert start <= seconds < end
    assert boundary(end, every, place, after=False) == end
    assert end - start <= 32 * 86_400
