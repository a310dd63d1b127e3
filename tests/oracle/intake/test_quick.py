"""The quick way of reading a row gives what the slow one gives, for every text and layout tried."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanso.oracle.errors import OracleError
from tanso.oracle.intake import Refusal, parse_layout
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.rows import Table
from tanso.oracle.intake.times import TimeReader, fixed_offset, parse_time, unix_seconds, zone_of

NUMBERS = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{0,20})?", fullmatch=True),
    st.sampled_from(
        ["", " 1", "1 ", "+1", "1.", ".5", "-0", "-0.0", "007.700", "1e3", "1e400", "1,5", "١", "0"]
    ),
)
SERIES = [
    ("electricity", "kWh", ""),
    ("electricity", "kWh", 'negative = "exported electricity"'),
    ("electricity", "kWh", 'multiplier = "60.25"\nmultiplier_reason = "current transformer"'),
    ("electricity", "kWh", 'multiplier = "0.001"\nmultiplier_reason = "pulses"'),
    ("electricity", "MW", 'mode = "mean rate"'),
    ("generated electricity", "W", 'mode = "mean rate"\nnegative = "own consumption"'),
    ("electricity", "kW", 'mode = "mean rate"'),
    ("distributed gas", "thousand Nm3", ""),
]
LAYOUT = """
zone = "UTC"
[time]
start = "start"
length = "{length}"
[[series]]
device = "meter"
quantity = "{quantity}"
value = "value"
unit = "{unit}"
{more}
"""


def figure(table: Table, cells: list[str], quick: bool):
    interval = table._interval(cells)
    assert interval is not None
    try:
        (reader,) = table._readers
        return (reader.quick if quick else reader.slow)(2, cells, interval)
    except OracleError as error:
        return type(error)


@settings(max_examples=400)
@given(NUMBERS, st.sampled_from(SERIES), st.sampled_from(["15 min", "7 s", "1 d"]))
def test_figures_are_the_same_both_ways(number: str, series: tuple[str, str, str], length: str):
    quantity, unit, more = series
    layout = parse_layout(LAYOUT.format(length=length, quantity=quantity, unit=unit, more=more))
    table = Table(io.BytesIO(b"start,value\n"), layout)
    cells = ["2023-01-01T00:00", number]
    quick = figure(table, cells, quick=True)
    if quick is not None:
        assert quick == figure(table, cells, quick=False)


@pytest.mark.parametrize("series", SERIES)
def test_plain_figures_go_the_quick_way(series: tuple[str, str, str]):
    quantity, unit, more = series
    layout = parse_layout(LAYOUT.format(length="15 min", quantity=quantity, unit=unit, more=more))
    (found,) = Table(io.BytesIO(b"start,value\n2023-01-01T00:00,12.50\n"), layout).read()
    assert isinstance(found, Candidate)
    table = Table(io.BytesIO(b"start,value\n"), layout)
    assert figure(table, found.cells, quick=True) == found


ZONES = ["UTC", "+09:00", "-07:00", "Europe/Berlin", "America/New_York", "Asia/Tokyo"]
PATTERNS = [
    None,
    "%d/%m/%Y %H:%M",
    "%Y%m%d%H%M%S",
    "%m-%d-%Y",
    "%Y.%m.%d %H.%M",
    "%d %b %Y",
    "%d/%m/%y %H:%M",
]
TIMES = st.datetimes(datetime(1969, 12, 30), datetime(2040, 1, 1))  # noqa: DTZ001 - as written


@settings(max_examples=400)
@given(
    TIMES, st.sampled_from(ZONES), st.sampled_from(PATTERNS), st.sampled_from(["", " ", "Z", "+02:00", "x"])
)
def test_times_are_the_same_both_ways(time: datetime, zone: str, pattern: str | None, tail: str):
    text = (time.isoformat() if pattern is None else time.strftime(pattern)) + tail
    where = zone_of(zone)

    def answer(read):
        try:
            return read()
        except OracleError as error:
            return str(error)

    expected = answer(lambda: unix_seconds(parse_time(text, pattern, where)))
    assert answer(lambda: TimeReader(pattern, where).seconds(text)) == expected


def test_offsets_are_fixed_where_clocks_are_never_turned():
    assert fixed_offset(zone_of("+09:00")) == 9 * 3600
    assert fixed_offset(UTC) == 0
    assert fixed_offset(ZoneInfo("Europe/Berlin")) is None


@pytest.mark.parametrize("zone", ["+01:00", "Africa/Algiers"])
def test_row_order_gives_the_same_times_with_an_offset_and_with_a_zone_of_that_offset(zone: str):
    text = f"""
zone = "{zone}"
[time]
first = "2023-01-01T00:00"
length = "6 h"
check = "date"
format = "%d/%m/%Y %H:%M"
[[series]]
device = "meter"
quantity = "electricity"
value = "value"
unit = "kWh"
"""
    begin = datetime(2023, 1, 1)  # noqa: DTZ001 - as written
    # As the row of 00:00 closes its day and carries that day's date.
    shown = [
        f"{begin + timedelta(hours=6 * number):%d/%m/%Y} {begin + timedelta(hours=6 * number + 6):%H:%M}"
        for number in range(12)
    ]
    shown[5] = "01/01/2023 13:00"
    content = "date,value\n" + "\n".join(f"{time},1" for time in shown)
    rows = list(Table(io.BytesIO(content.encode()), parse_layout(text)).read())
    assert [type(row) for row in rows] == [Refusal if number == 5 else Candidate for number in range(12)]
    starts = {number: row.start for number, row in enumerate(rows) if number != 5}
    assert starts == {number: 1_672_527_600 + 21_600 * number for number in range(12) if number != 5}
