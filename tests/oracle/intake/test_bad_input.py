"""Bad input, case by case: refused by name, kept aside and listed; the rest of the file goes in."""

from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.oracle.intake import Reading, parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.intake.lines import MAX_LINE
from tanso.oracle.intake.overview import refused_lines
from tanso.oracle.store import reading

BUSINESS = "0x" + "ab" * 16
NOW = 1_672_531_200 + 10 * 86_400
LAYOUT = parse_layout(
    """
zone = "Europe/Berlin"
[time]
start = "start"
end = "end"
[[series]]
device = { column = "device" }
quantity = { column = "quantity" }
value = "value"
unit = { column = "unit" }
"""
)
REGISTER = parse_layout(
    """
zone = "UTC"
[time]
end = "end"
[[series]]
device = { column = "device" }
quantity = { column = "quantity" }
value = "value"
unit = { column = "unit" }
mode = "cumulative"
capacity = "1000 kWh"
fastest = "50 kW"
"""
)
HEAD = "device,quantity,value,unit,start,end"
HOUR = "2023-01-02T03:00+01:00,2023-01-02T04:00+01:00"
GOOD = (
    "good,electricity,1,kWh,2023-01-02T00:00+01:00,2023-01-02T01:00+01:00",
    "good,electricity,2,kWh,2023-01-02T01:00+01:00,2023-01-02T02:00+01:00",
)

CASES: dict[str, tuple[str | bytes, str]] = {
    # Case 11 of the fault campaign; rollover and reset are below.
    "not a number": (f"m,electricity,NaN,kWh,{HOUR}", "NotANumber"),
    "negative": (f"m,electricity,-5,kWh,{HOUR}", "NegativeQuantity"),
    "absurdly large": (f"m,electricity,1e400,kWh,{HOUR}", "AbsurdNumber"),
    "no unit": (f"m,electricity,5,,{HOUR}", "MissingUnit"),
    "clock a day ahead": (
        "m,electricity,5,kWh,2023-01-10T23:00+00:00,2023-01-12T00:00+00:00",
        "FutureReading",
    ),
    # More of the kind.
    "infinite": (f"m,electricity,inf,kWh,{HOUR}", "NotANumber"),
    "forty-one digits": (f"m,electricity,{'9' * 41},kWh,{HOUR}", "AbsurdNumber"),
    "no value": (f"m,electricity,,kWh,{HOUR}", "MissingValue"),
    "the meter's own error": (f"m,electricity,#ERR,kWh,{HOUR}", "NotANumber"),
    "decimal comma": (f'm,electricity,"1,5",kWh,{HOUR}', "NotANumber"),
    "thousands apart": (f'm,electricity,"1 234",kWh,{HOUR}', "NotANumber"),
    "digits of another script": (f"m,electricity,٣,kWh,{HOUR}", "NotANumber"),
    "a formula": (f"m,electricity,=1+1,kWh,{HOUR}", "NotANumber"),
    "hexadecimal": (f"m,electricity,0x1F,kWh,{HOUR}", "NotANumber"),
    "unknown unit": (f"m,electricity,5,furlong,{HOUR}", "UnknownUnit"),
    "a unit that is code": (f"m,electricity,5,__import__('os'),{HOUR}", "UnknownUnit"),
    "mass for energy": (f"m,electricity,5,kg,{HOUR}", "UnitDoesNotFit"),
    "power for energy": (f"m,electricity,5,kW,{HOUR}", "UnitDoesNotFit"),
    "no device": (f",electricity,5,kWh,{HOUR}", "BadDevice"),
    "a device's name without end": (f"{'m' * 121},electricity,5,kWh,{HOUR}", "BadDevice"),
    "a device's name with a null": (f"m\x00,electricity,5,kWh,{HOUR}", "BadDevice"),
    "a kind that nobody declared": (f"m,happiness,5,kWh,{HOUR}", "BadDevice"),
    "no time": ("m,electricity,5,kWh,,2023-01-02T04:00+01:00", "BadTime"),
    "30 February": ("m,electricity,5,kWh,2023-02-30T00:00,2023-03-01T00:00", "BadTime"),
    "another order of the date": ("m,electricity,5,kWh,02/01/2023 03:00,02/01/2023 04:00", "BadTime"),
    "an hour that the clocks skip": ("m,electricity,5,kWh,2022-03-27T02:30,2022-03-27T04:00", "BadTime"),
    "an hour that comes twice": ("m,electricity,5,kWh,2022-10-30T02:30,2022-10-30T04:00", "BadTime"),
    "an interval that is empty": ("m,electricity,5,kWh,2023-01-02T03:00,2023-01-02T03:00", "BadTime"),
    "an end before the start": ("m,electricity,5,kWh,2023-01-02T03:00,2023-01-02T02:00", "BadTime"),
    "before 1970": ("m,electricity,5,kWh,1969-12-30T03:00,1969-12-30T04:00", "BadTime"),
    "the year 12023": ("m,electricity,5,kWh,12023-01-02T03:00,12023-01-02T04:00", "BadTime"),
    "another figure for a time that is taken": (GOOD[0].replace(",1,", ",7,"), "ConflictingReading"),
    "an interval over one that is taken": (
        "good,electricity,3,kWh,2023-01-02T00:00+01:00,2023-01-02T02:00+01:00",
        "OverlappingReading",
    ),
    "too few cells": ("m,electricity,5,kWh", "BadRow"),
    "too many cells": (f"m,electricity,5,kWh,{HOUR},6", "BadRow"),
    "a quote that is never closed": (f'"m,electricity,5,kWh,{HOUR}', "BadRow"),
    "bytes that are no text": (b"m\xff\xfe,electricity,5,kWh," + HOUR.encode(), "BadRow"),
    "a line without end": ("m" * (2 * MAX_LINE), "BadRow"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_by_name_and_the_rest_of_the_file_goes_in(store: Engine, tmp_path: Path, case: str):
    line, error = CASES[case]
    path = tmp_path / "rows.csv"
    raw = line if isinstance(line, bytes) else line.encode()
    path.write_bytes(b"\n".join([HEAD.encode(), GOOD[0].encode(), raw, GOOD[1].encode(), b""]))
    for again in (False, True):
        result = backfill(store, BUSINESS, path, LAYOUT, clock=lambda: NOW)
        counts = (result.readings, result.accepted, result.duplicates, result.refused)
        assert counts == ((3, 0, 2, 1) if again else (3, 2, 0, 1))
        assert result.totals == {"electricity": {"value": "3", "unit": "kWh"}}
    with reading(store) as session:
        (found,) = refused_lines(session, BUSINESS)
    assert (found.file, found.line, found.error) == ("rows.csv", 3, error)
    assert found.reason
    assert found.raw
    assert len(found.raw) <= 2000


REGISTERS = {
    "a reset": (["400", "410", "0", "10"], 4, "MeterWentBack", Fraction(20)),
    "a meter that went back a little": (["400", "410", "409.9", "420"], 4, "MeterWentBack", Fraction(20)),
    "a rollover that is too large for the time": (
        ["400", "410", "300", "310"],
        4,
        "MeterWentBack",
        Fraction(20),
    ),
    "a rise that is too fast": (["400", "410", "900", "910"], 4, "MeterJumped", Fraction(20)),
    "a single reading of zero": (["400", "410", "0", "420"], 4, "MeterWentBack", Fraction(20)),
}


@pytest.mark.parametrize("case", REGISTERS)
def test_a_register_that_can_not_be_explained_is_refused_by_name(store: Engine, tmp_path: Path, case: str):
    stands, line, error, used = REGISTERS[case]
    path = tmp_path / "register.csv"
    rows = [f"m,electricity,{stand},kWh,,2023-01-02T0{hour}:00" for hour, stand in enumerate(stands)]
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    for _ in range(2):
        result = backfill(store, BUSINESS, path, REGISTER, clock=lambda: NOW)
        assert (result.readings, result.refused) == (4, 1)
    with reading(store) as session:
        assert [(one.line, one.error) for one in refused_lines(session, BUSINESS)] == [(line, error)]
    with Session(store) as session:
        assert sum(Fraction(row.value) for row in session.exec(select(Reading))) == used * 1000
