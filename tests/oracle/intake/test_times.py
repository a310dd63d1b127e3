"""Times at both ends of the calendar: refused by name, whatever form they come in."""

import pytest

from tanso.oracle.errors import BadTime, LayoutRefused
from tanso.oracle.intake import parse_layout
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.rows import Refusal, read_rows
from tanso.oracle.intake.times import TimeReader, in_zone, later, parse_time, unix_seconds, zone_of

ZONES = ("Asia/Tokyo", "America/New_York", "+14:00", "-14:00", "UTC")
FIRST, LAST = "0001-01-01T00:00:00", "9999-12-31T23:59:59"
OUTSIDE = [(FIRST, zone) for zone in ZONES] + [(LAST, zone) for zone in ("America/New_York", "-14:00")]
OUTSIDE += [(FIRST + "+14:00", "UTC"), (LAST + "-14:00", "UTC"), (LAST + "-00:01", "Asia/Tokyo")]


@pytest.mark.parametrize("pattern", [None, "%Y-%m-%dT%H:%M:%S"])
@pytest.mark.parametrize(("text", "zone"), OUTSIDE)
def test_what_no_clock_in_utc_shows_is_no_time(text: str, zone: str, pattern: str | None) -> None:
    for read in (
        TimeReader(pattern, zone_of(zone)).seconds,
        lambda text: unix_seconds(parse_time(text, pattern, zone_of(zone))),
    ):
        with pytest.raises(BadTime):
            read(text)


def test_the_last_second_that_utc_shows_is_one() -> None:
    assert TimeReader(None, zone_of("+09:00")).seconds(LAST) == 253_402_300_799 - 9 * 3600
    assert TimeReader(None, zone_of("UTC")).seconds(LAST) == 253_402_300_799


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("seconds", [86_400, -86_400, 86_400 * 10**9, 86_400 * 10**30, 7, -7, 10**30 + 7])
def test_later_ends_with_the_calendar(zone: str, seconds: int) -> None:
    time = parse_time(LAST if seconds > 0 else FIRST, None, zone_of("UTC"))
    with pytest.raises(BadTime):
        in_zone(later(time, seconds, zone_of(zone)), zone_of("UTC"))


def layout(time: str, zone: str) -> Layout:
    return parse_layout(
        f"""
zone = "{zone}"
[time]
{time}
[[series]]
device = "meter"
quantity = "electricity"
value = "value"
unit = "kWh"
"""
    )


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "time",
    ['start = "t"\nlength = "1 d"', 'end = "t"\nlength = "1 d"', 'start = "t"\nlength = "15 min"',
     'start = "t"\nend = "t2"', 'first = "2026-01-01T00:00"\nlength = "1 d"\ncheck = "t"'],
)  # fmt: skip
def test_rows_at_the_ends_of_the_calendar_cost_no_other(time: str, zone: str) -> None:
    rows = ["2026-01-01T00:00,2026-01-01T01:00,1", f"{FIRST},{LAST},1", f"{LAST},{FIRST},1"]
    text = "t,t2,value\n" + "\n".join([*rows, rows[0]]) + "\n"
    found = list(read_rows(text.encode(), layout(time, zone)))
    assert len(found) == 4
    assert isinstance(found[1], Refusal | Candidate)
    assert {one.error for one in found if isinstance(one, Refusal)} <= {"BadTime"}
    if "first" not in time:
        assert isinstance(found[0], Candidate)
        assert isinstance(found[3], Candidate)
    assert all(0 <= one.end <= 253_402_300_799 for one in found if isinstance(one, Candidate))


@pytest.mark.parametrize(("first", "zone"), [(FIRST, "Asia/Tokyo"), (LAST, "-14:00"), ("soon", "UTC")])
def test_a_layout_that_counts_from_no_time_is_refused(first: str, zone: str) -> None:
    with pytest.raises(LayoutRefused, match="first"):
        list(read_rows(b"value\n1\n", layout(f'first = "{first}"\nlength = "1 d"', zone)))


def test_counting_rows_ends_with_the_calendar() -> None:
    for zone in ("UTC", "Asia/Tokyo"):
        counted = layout('first = "9999-12-30T00:00"\nlength = "1 d"', zone)
        found = list(read_rows(b"value\n1\n1\n1\n1\n", counted))
        assert {one.error for one in found[2:] if isinstance(one, Refusal)} == {"BadTime"}
