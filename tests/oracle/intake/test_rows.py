"""From text to figures: every figure becomes a candidate or a refusal with a name."""

from datetime import UTC, datetime

import pytest

from tanso.oracle.errors import LayoutRefused
from tanso.oracle.intake import Refusal, parse_layout
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.rows import read_rows

LONG = """
zone = "{zone}"
[time]
start = "start"
{time}
[[series]]
device = {{ column = "device" }}
quantity = {{ column = "quantity" }}
value = "value"
unit = {{ column = "unit" }}
{series}
"""


def long_layout(zone: str = "+09:00", time: str = 'end = "end"', series: str = ""):
    return parse_layout(LONG.format(zone=zone, time=time, series=series))


def read(layout, *lines: str, head: str = "device,quantity,value,unit,start,end", encoding: str = "utf-8"):
    return list(read_rows("\n".join([head, *lines]).encode(encoding), layout))


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())


TIMES = "2023-01-25T00:00,2023-01-26T00:00"


def test_a_row_becomes_a_figure_with_exact_value_unit_and_utc_times():
    (found,) = read(long_layout(), f"meter,electricity,120.0,kWh,{TIMES}")
    assert isinstance(found, Candidate)
    assert (found.device, found.quantity, found.value, found.unit) == ("meter", "electricity", "120", "kWh")
    assert (found.start, found.end) == (seconds("2023-01-25T00:00+09:00"), seconds("2023-01-26T00:00+09:00"))
    assert found.line == 2


REFUSED = [
    ("meter,electricity,-3,kWh," + TIMES, "NegativeQuantity"),
    ("meter,electricity,3,," + TIMES, "MissingUnit"),
    ("meter,electricity,3,kg," + TIMES, "UnitDoesNotFit"),
    ("meter,electricity,3,furlong," + TIMES, "UnknownUnit"),
    ("meter,electricity,,kWh," + TIMES, "MissingValue"),
    ("meter,electricity,NaN,kWh," + TIMES, "NotANumber"),
    ("meter,electricity,inf,kWh," + TIMES, "NotANumber"),
    ("meter,electricity,1e400,kWh," + TIMES, "AbsurdNumber"),
    (",electricity,3,kWh," + TIMES, "BadDevice"),
    ("meter,happiness,3,kWh," + TIMES, "BadDevice"),
    ("meter,electricity,3,kWh,,2023-01-26T00:00", "BadTime"),
    ("meter,electricity,3,kWh,25/01/2023,2023-01-26T00:00", "BadTime"),
    ("meter,electricity,3,kWh,2023-02-30T00:00,2023-03-01T00:00", "BadTime"),
    ("meter,electricity,3,kWh,2023-01-26T00:00,2023-01-26T00:00", "BadTime"),
    ("meter,electricity,3,kWh,2023-01-26T00:00,2023-01-25T00:00", "BadTime"),
    ("meter,electricity,3,kWh,1969-01-01T00:00,1969-01-02T00:00", "BadTime"),
    ("meter,electricity,3,kWh,2023-01-25T00:00:00.5,2023-01-26T00:00", "BadTime"),
    ("meter,electricity,3,kWh,2023-01-25T00:00", "BadRow"),
    (f"meter,electricity,3,kWh,{TIMES},surplus", "BadRow"),
]


@pytest.mark.parametrize(("line", "error"), REFUSED)
def test_a_row_that_cannot_be_taken_is_refused_by_name_and_the_others_go_on(line: str, error: str):
    good = f"other,electricity,1,kWh,{TIMES}"
    first, bad, last = read(long_layout(), good, line, good)
    assert isinstance(bad, Refusal)
    assert (bad.error, bad.line) == (error, 3)
    assert bad.reason
    assert isinstance(first, Candidate)
    assert isinstance(last, Candidate)


def test_a_byte_order_mark_and_another_delimiter_and_encoding_are_read():
    layout = parse_layout(
        LONG.format(zone="UTC", time='end = "end"', series="").replace("zone", 'delimiter = ";"\nzone', 1)
    )
    text = "\ufeffdevice;quantity;value;unit;start;end\n"
    text += "Zähler;electricity;1;kWh;2023-01-25T00:00;2023-01-26T00:00\n"
    (found,) = read_rows(text.encode(), layout)
    assert isinstance(found, Candidate)
    latin = layout.model_copy(update={"encoding": "latin-1"})
    (again,) = read_rows(text.removeprefix("\ufeff").encode("latin-1"), latin)
    assert found.device == again.device == "Zähler"


def test_a_file_that_does_not_fit_the_layout_is_refused_as_a_whole():
    with pytest.raises(LayoutRefused, match="'end'"):
        read(long_layout(), head="device,quantity,value,unit,start")
    with pytest.raises(LayoutRefused, match="same name"):
        read(long_layout(), head="device,quantity,value,unit,start,end,end")
    with pytest.raises(LayoutRefused, match="not utf-8"):
        read(long_layout(), head="Gerät,device,quantity,value,unit,start,end", encoding="latin-1")
    with pytest.raises(LayoutRefused, match="column"):
        list(read_rows(b"", long_layout()))


def test_a_day_has_23_or_25_hours_where_clocks_are_turned():
    layout = long_layout(zone="Europe/Berlin", time='length = "1 d"')
    spring, autumn = read(
        layout,
        "meter,electricity,1,kWh,2023-03-26",
        "meter,electricity,1,kWh,2023-10-29",
        head="device,quantity,value,unit,start",
    )
    assert ((spring.end - spring.start) // 3600, (autumn.end - autumn.start) // 3600) == (23, 25)


@pytest.mark.parametrize("time", ["2023-03-26T02:30", "2023-10-29T02:30"])
def test_a_clock_time_that_does_not_exist_or_exists_twice_is_refused(time: str):
    layout = long_layout(zone="Europe/Berlin", time='length = "15 min"')
    head = "device,quantity,value,unit,start"
    (found,) = read(layout, f"meter,electricity,1,kWh,{time}", head=head)
    assert isinstance(found, Refusal)
    assert found.error == "BadTime"
    (clear,) = read(layout, f"meter,electricity,1,kWh,{time}+02:00", head=head)
    assert isinstance(clear, Candidate)


def test_a_multiplier_is_applied_exactly():
    layout = long_layout(series='multiplier = "60"\nmultiplier_reason = "current transformer 300/5"')
    (found,) = read(layout, f"meter,electricity,0.1,kWh,{TIMES}")
    assert (found.value, found.unit) == ("6", "kWh")


WIDE = """
zone = "+09:00"
[time]
{time}
[[series]]
device = "meter"
quantity = "{quantity}"
value = "value"
unit = "{unit}"
{more}
"""


def wide(time: str, quantity: str = "electricity", unit: str = "kWh", more: str = ""):
    return parse_layout(WIDE.format(time=time, quantity=quantity, unit=unit, more=more))


def test_an_average_power_becomes_the_energy_of_its_interval_exactly_and_negative_ones_are_kept_apart():
    layout = wide(
        'start = "at"\nlength = "15 min"',
        "generated electricity",
        "W",
        'mode = "mean rate"\nnegative = "own consumption"',
    )
    day, night = read(layout, "2016-07-01T12:00,5426.4", "2016-07-01T23:45,-2.8601", head="at,value")
    assert (day.quantity, day.value, day.unit) == ("generated electricity", "1356.6", "Wh")
    assert (night.quantity, night.value, night.unit) == ("own consumption", "0.715025", "Wh")


def test_an_average_over_an_odd_interval_stays_exact():
    layout = wide('start = "at"\nlength = "7 s"', "electricity", "W", 'mode = "mean rate"')
    (found,) = read(layout, "2016-07-01T12:00,1", head="at,value")
    # 7/3600 Wh has no last decimal; 7 J has.
    assert (found.value, found.unit) == ("7", "J")


ORDER = 'first = "2018-01-01T00:00"\nlength = "12 h"\ncheck = "date"\nformat = "%d/%m/%Y %H:%M"'


def test_times_built_from_row_order_take_the_midnight_row_for_its_own_day():
    rows = read(
        wide(ORDER), "01/01/2018 12:00,1", "01/01/2018 00:00,2", "02/01/2018 12:00,3", head="date,value"
    )
    assert [row.start for row in rows] == [
        seconds(f"2018-01-0{day}+09:00") for day in ("1T00:00", "1T12:00", "2T00:00")
    ]


def test_a_missing_row_is_noticed_where_times_are_built_from_row_order():
    rows = read(wide(ORDER), "01/01/2018 12:00,1", "02/01/2018 12:00,3", head="date,value")
    assert isinstance(rows[0], Candidate)
    assert isinstance(rows[1], Refusal)
    assert rows[1].error == "BadTime"


def test_a_quantity_of_the_layouts_own_is_taken_with_its_unit():
    text = '[quantities]\n"compressed air" = "Nm3"\n'
    layout = parse_layout(
        LONG.format(zone="UTC", time='end = "end"', series="").replace("[[series]]", text + "[[series]]")
    )
    good, bad = read(layout, f"m,compressed air,3,Nm3,{TIMES}", f"m,compressed air,3,m3,{TIMES}")
    assert isinstance(good, Candidate)
    assert bad.error == "UnitDoesNotFit"
