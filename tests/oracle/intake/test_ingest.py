"""Into the store: the same readings whatever the order and however often, and nothing silently."""

import random
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.oracle.errors import EvidenceRefused, LayoutRefused
from tanso.oracle.intake import (
    IntakeFile,
    Reading,
    RefusedRow,
    Reported,
    ingest,
    parse_layout,
    readings_between,
    refusals_between,
    resolve,
)
from tanso.oracle.intake.judge import CLOCKS_DIFFER
from tanso.oracle.store import writing

BUSINESS = "0x" + "ab" * 16
OTHER = "0x" + "cd" * 16
NOW = 1_700_000_000
LAYOUT = parse_layout(
    """
zone = "UTC"
[time]
start = "start"
end = "end"
[[series]]
device = { column = "device" }
quantity = "electricity"
value = "value"
unit = "kWh"
"""
)


def take(engine: Engine, *lines: str, business: str = BUSINESS, now: int = NOW, reported=()):
    content = "\n".join(["device,value,start,end", *lines]).encode()
    with writing(engine) as session:
        return ingest(session, business, "rows.csv", content, LAYOUT, now=now, reported=reported)


def hour(number: int, value: str = "1.5", device: str = "meter", hours: int = 1) -> str:
    start = f"2023-01-{1 + number // 24:02}T{number % 24:02}:00"
    end = f"2023-01-{1 + (number + hours) // 24:02}T{(number + hours) % 24:02}:00"
    return f"{device},{value},{start},{end}"


def total(engine: Engine, business: str = BUSINESS) -> Fraction:
    with Session(engine) as session:
        with readings_between(session, business, 0, 2**40) as found:
            rows = list(found)
        assert {unit for *_, unit in rows} <= {"kWh"}
        return sum((Fraction(value) for *_, value, _ in rows), Fraction(0))


def test_the_same_file_twice_gives_the_same_total(store: Engine):
    lines = [hour(number, "0.1") for number in range(48)]
    first, second = take(store, *lines), take(store, *lines)
    assert (first.accepted, first.repeated, first.refused) == (48, 0, ())
    assert (second.accepted, second.repeated, second.refused) == (0, 48, ())
    assert total(store) == Fraction("4.8")
    with Session(store) as session:
        assert len(session.exec(select(IntakeFile)).all()) == 1


def test_businesses_do_not_see_each_others_readings(store: Engine):
    take(store, hour(0))
    assert take(store, hour(0, "9"), business=OTHER).accepted == 1
    assert (total(store), total(store, OTHER)) == (Fraction("1.5"), 9)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 2**32))
def test_files_late_repeated_and_out_of_order_give_the_same_total(one_store: Engine, seed: int):
    chance = random.Random(seed)
    business = f"0x{seed + 1:032x}"
    lines = [hour(number, f"0.{chance.randrange(1, 999):03}") for number in range(30)]
    files = [lines[place : place + 5] for place in range(0, 30, 5)]
    files += chance.sample(files, 3)
    chance.shuffle(files)
    for file in files:
        take(one_store, *chance.sample(file, len(file)), business=business)
    expected = sum((Fraction(line.split(",")[1]) for line in lines), Fraction(0))
    assert total(one_store, business) == expected


def errors(result) -> list[str]:
    return [row.error for row in result.refused]


def test_a_figure_that_stands_twice_in_a_file_counts_once_and_another_one_for_its_interval_is_refused(
    one_store: Engine,
):
    result = take(one_store, hour(0), hour(0), hour(0, "1.6"))
    assert (result.accepted, result.repeated, errors(result)) == (1, 1, ["ConflictingReading"])
    assert total(one_store) == Fraction("1.5")


def test_another_figure_for_the_same_interval_is_refused_and_the_first_stays(one_store: Engine):
    take(one_store, hour(0, "1.5"))
    assert errors(take(one_store, hour(0, "1.6"))) == ["ConflictingReading"]
    assert take(one_store, hour(0, "1.500"), hour(1)).repeated == 1
    assert total(one_store) == 3


@pytest.mark.parametrize(
    "lines", [(hour(0), hour(0, hours=2)), (hour(0, hours=24), hour(5)), (hour(2), hour(1, hours=2))]
)
def test_an_interval_that_overlaps_another_is_refused(one_store: Engine, lines: tuple[str, str]):
    first, second = lines
    assert take(one_store, first).accepted == 1
    assert errors(take(one_store, second)) == ["OverlappingReading"]
    assert take(one_store, second.replace("meter", "another meter")).accepted == 1


def test_a_reading_that_ends_in_the_future_is_refused(one_store: Engine):
    now = 1_672_531_200  # 2023-01-01T00:00Z
    result = take(one_store, hour(0), hour(24), now=now + 3600 - CLOCKS_DIFFER)
    assert (result.accepted, errors(result)) == (1, ["FutureReading"])
    assert errors(take(one_store, hour(1), now=now + 7200 - CLOCKS_DIFFER - 1)) == ["FutureReading"]


def test_a_reading_of_a_reported_period_is_late_only_for_the_devices_that_were_reported(one_store: Engine):
    day = Reported(1_672_531_200, 1_672_617_600, {"meter"})
    lines = (hour(23), hour(24), hour(3, device="other"))
    result = take(one_store, *lines, reported=[day])
    assert (result.accepted, errors(result)) == (2, ["LateReading"])


def test_refused_rows_are_kept_once_with_line_reason_and_text(one_store: Engine):
    for _ in range(2):
        result = take(one_store, hour(0), hour(1, "-2"), "meter,3,yesterday,today")
        assert errors(result) == ["NegativeQuantity", "BadTime"]
    with Session(one_store) as session:
        negative, undated = session.exec(select(RefusedRow).order_by(RefusedRow.line)).all()
        assert (negative.line, negative.error) == (3, "NegativeQuantity")
        assert "below zero" in negative.reason
        assert '"-2"' in negative.raw
        assert (undated.start, undated.end) == (None, None)
        # Without a time it may belong to any period; the other one only to its own.
        assert len(refusals_between(session, BUSINESS, 0, 1000)) == 1
        assert len(refusals_between(session, BUSINESS, 1_672_531_200, 1_672_617_600)) == 2
        assert refusals_between(session, OTHER, 0, 2**40) == []


def test_a_row_that_was_ahead_of_time_is_settled_when_the_file_is_read_again_later(one_store: Engine):
    take(one_store, hour(0), now=1_000_000_000)
    with Session(one_store) as session:
        assert len(refusals_between(session, BUSINESS, 0, 2**40)) == 1
    assert take(one_store, hour(0)).accepted == 1
    with Session(one_store) as session:
        assert refusals_between(session, BUSINESS, 0, 2**40) == []


def test_a_file_that_does_not_fit_its_layout_leaves_no_trace(one_store: Engine):
    with pytest.raises(LayoutRefused), writing(one_store) as session:
        ingest(session, BUSINESS, "x.csv", b"a,b\n1,2\n", LAYOUT, now=NOW)
    with Session(one_store) as session:
        assert session.exec(select(IntakeFile)).all() == []
        assert session.exec(select(Reading)).all() == []


def test_an_interval_of_more_than_a_year_is_refused_and_blocks_nothing(store: Engine):
    zero_clock = "meter,1.5,1970-01-01T00:00,2023-01-01T00:00"
    leap_year = "meter,1.5,2020-01-01T00:00,2021-01-01T00:00"
    result = take(store, zero_clock, leap_year, hour(0))
    assert (result.accepted, errors(result)) == (2, ["IntervalTooLong"])
    assert take(store, hour(1)).accepted == 1


def test_a_row_without_a_time_belongs_to_no_period_that_began_after_it_came(store: Engine):
    take(store, "meter,3,yesterday,today")
    next_day = (NOW // 86_400 + 1) * 86_400 + CLOCKS_DIFFER
    with Session(store) as session:
        assert len(refusals_between(session, BUSINESS, next_day - 1, next_day + 10**6)) == 1
        assert refusals_between(session, BUSINESS, next_day, next_day + 10**6) == []


def test_a_row_is_resolved_alone_or_with_all_of_its_text(store: Engine):
    for number in range(3):
        take(store, *[""] * number, "meter,3,yesterday,today", hour(number, "-2"))
    with Session(store) as session:
        first = next(row.id for row in refusals_between(session, BUSINESS, 0, 2**40) if row.start is None)
    with writing(store) as session:
        assert resolve(session, BUSINESS, first, "a test sensor") == 1
        assert resolve(session, BUSINESS, first, "a test sensor", same=True) == 3
        assert [row.resolution for row in refusals_between(session, BUSINESS, 0, 2**40)].count(None) == 3
        for business, row, reason in (
            (OTHER, first, "mine"), (BUSINESS, 99, "none"), (BUSINESS, first, " "), (BUSINESS, 2**70, "large")
        ):  # fmt: skip
            with pytest.raises(EvidenceRefused, match="no open refused row"):
                resolve(session, business, row, reason)


@pytest.mark.parametrize("name", ["press\u202e3", "press\u200b3", "press\ufeff3", "a\u2066b", "a\x85b"])
def test_names_that_do_not_show_what_they_are_are_refused(store: Engine, name: str):
    assert errors(take(store, hour(0, device=name))) == ["BadDevice"]
    assert take(store, hour(0, device="\u30d7\u30ec\u30b9\u3000\uff13")).accepted == 1
