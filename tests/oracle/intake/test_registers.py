"""Cumulative meters: the same consumption whatever the order, and no fall is guessed at."""

import random
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from tanso.oracle.intake import Reading, Reported, ingest, parse_layout
from tanso.oracle.intake.overview import refused_lines
from tanso.oracle.intake.tables import RegisterReading
from tanso.oracle.store import writing

BUSINESS = "0x" + "ab" * 16
BEGIN = 1_672_531_200
HOUR = 3600
NOW = 1_800_000_000
LAYOUT = """
zone = "UTC"
[time]
end = "at"
[[series]]
device = "meter"
quantity = "electricity"
value = "kWh"
unit = "kWh"
mode = "cumulative"
"""
ROLLOVER = 'capacity = "1000 kWh"\nfastest = "50 kW"\n'
EXCHANGE = 'resets = [{ at = "2023-01-01T01:30", before = "120 kWh", after = "7 kWh", reason = "new" }]\n'


def take(engine: Engine, *stands: tuple[float, str], rules: str = "", business: str = BUSINESS, reported=()):
    """Hours since the begin, and what the register showed."""
    lines = [
        f"2023-01-{1 + int(hour) // 24:02}T{int(hour) % 24:02}:{int(hour % 1 * 60):02},{stand}"
        for hour, stand in stands
    ]
    content = "\n".join(["at,kWh", *lines]).encode()
    with writing(engine) as session:
        layout = parse_layout(LAYOUT + rules)
        return ingest(session, business, "register.csv", content, layout, now=NOW, reported=reported)


def intervals(engine: Engine, business: str = BUSINESS) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Start and end in hours, and kWh."""
    with Session(engine) as session:
        rows = session.exec(
            select(Reading).where(Reading.business_id == business).order_by(col(Reading.start))
        )
        return [
            (Fraction(row.start - BEGIN, HOUR), Fraction(row.end - BEGIN, HOUR), Fraction(row.value) / 1000)
            for row in rows
        ]


def refused(engine: Engine, business: str = BUSINESS) -> list[tuple[int, str]]:
    """Line and error of what is refused."""
    with Session(engine) as session:
        return sorted((one.line, one.error) for one in refused_lines(session, business))


def test_differences_are_taken_over_files_too(store: Engine):
    first = take(store, (0, "100"), (1, "101.5"))
    assert (first.accepted, first.refused) == (2, ())
    assert take(store, (2, "101.5"), (5, "110.25")).accepted == 2
    assert intervals(store) == [(0, 1, Fraction("1.5")), (1, 2, 0), (2, 5, Fraction("8.75"))]
    again = take(store, (0, "100"), (1, "101.50"))
    assert (again.accepted, again.repeated, again.refused) == (0, 2, ())
    assert len(intervals(store)) == 3


def test_a_late_reading_divides_an_interval_and_leaves_the_sum(store: Engine):
    take(store, (0, "100"), (4, "108"))
    assert intervals(store) == [(0, 4, 8)]
    take(store, (1, "103"))
    assert intervals(store) == [(0, 1, 3), (1, 4, 5)]


def test_an_unexplained_fall_is_refused_and_leaves_a_gap(store: Engine):
    result = take(store, (0, "100"), (1, "101.5"), (2, "3"), (3, "4"))
    assert [(one.line, one.error) for one in result.refused] == [(4, "MeterWentBack")]
    assert intervals(store) == [(0, 1, Fraction("1.5")), (2, 3, 1)]
    assert refused(store) == [(4, "MeterWentBack")]


def test_a_single_wrong_reading_is_refused_and_what_was_used_is_counted_once(one_store: Engine):
    take(one_store, (0, "100"), (1, "0"), (2, "103"), (3, "104"))
    assert intervals(one_store) == [(0, 2, 3), (2, 3, 1)]
    assert refused(one_store) == [(3, "MeterWentBack")]


def test_a_rollover_at_the_declared_capacity_is_counted(store: Engine):
    result = take(store, (0, "980"), (1, "999.5"), (2, "10.5"), (3, "20"), rules=ROLLOVER)
    assert (result.accepted, result.refused) == (4, ())
    assert intervals(store) == [(0, 1, Fraction("19.5")), (1, 2, 11), (2, 3, Fraction("9.5"))]


def test_a_reset_is_not_taken_for_a_rollover(one_store: Engine):
    result = take(one_store, (0, "500"), (1, "510"), (2, "0"), (3, "10"), rules=ROLLOVER)
    assert [one.error for one in result.refused] == ["MeterWentBack"]
    assert intervals(one_store) == [(0, 1, 10), (2, 3, 10)]


def test_a_rise_that_is_faster_than_the_declared_one_is_refused(one_store: Engine):
    result = take(one_store, (0, "100"), (1, "900"), (2, "950"), (3, "960"), rules=ROLLOVER)
    assert [one.error for one in result.refused] == ["MeterJumped"]
    assert intervals(one_store) == [(1, 2, 50), (2, 3, 10)]


def test_a_declared_exchange_counts_both_meters(store: Engine):
    result = take(store, (0, "100"), (1, "115"), (2, "10"), (3, "12"), rules=EXCHANGE)
    assert (result.accepted, result.refused) == (4, ())
    # 115 to 120 on the old meter, 7 to 10 on the new one.
    assert intervals(store) == [(0, 1, 15), (1, 2, 8), (2, 3, 2)]


def test_a_file_refused_at_first_is_settled_when_the_layout_explains_the_fall(store: Engine):
    stands = [(0, "100"), (1, "115"), (2, "10"), (3, "12")]
    take(store, *stands)
    assert refused(store) == [(4, "MeterWentBack")]
    assert take(store, *stands, rules=EXCHANGE).repeated == 4
    assert refused(store) == []
    assert sum(used for _, _, used in intervals(store)) == 25


def test_another_figure_for_the_same_time_and_times_to_come_are_refused(one_store: Engine):
    take(one_store, (0, "100"), (1, "101"))
    result = take(one_store, (1, "102"), (24 * 30, "103"), (2, "-1"), (3, "1e400"), (4, ""))
    assert [one.error for one in result.refused][:1] == ["ConflictingReading"]
    assert {one.error for one in result.refused} == {
        "ConflictingReading", "NegativeQuantity", "AbsurdNumber", "MissingValue",
    }  # fmt: skip
    assert intervals(one_store)[0] == (0, 1, 1)


def test_what_was_reported_is_not_divided_any_more(one_store: Engine):
    take(one_store, (0, "100"), (4, "108"))
    period = Reported(BEGIN, BEGIN + 4 * HOUR, {"meter"})
    result = take(one_store, (2, "105"), (6, "110"), reported=[period])
    assert [(one.line, one.error) for one in result.refused] == [(2, "LateReading")]
    assert intervals(one_store) == [(0, 4, 8), (4, 6, 2)]


def test_a_copy_of_a_refused_reading_is_a_duplicate_and_is_settled_with_it(one_store: Engine):
    take(one_store, (0, "100"), (1, "110"), (3, "10"))
    again = take(one_store, (3, "10"))
    assert (again.repeated, again.refused) == (1, ())
    assert [line for line, _ in refused(one_store)] == [4]
    take(one_store, (2, "5"))
    # The fall is between the first hour and the second: the reading of the third one is explained.
    assert refused(one_store) == [(2, "MeterWentBack")]
    assert intervals(one_store) == [(0, 1, 10), (2, 3, 5)]


def test_the_first_reading_of_a_register_may_come_after_its_meter_was_reported(one_store: Engine):
    period = Reported(BEGIN, BEGIN + 4 * HOUR, {"meter"})
    result = take(one_store, (5, "100"), reported=[period])
    assert (result.accepted, result.refused) == (1, ())
    result = take(one_store, (3, "100"), (6, "101"), reported=[period])
    assert [one.error for one in result.refused] == ["LateReading"]
    assert intervals(one_store) == [(5, 6, 1)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 2**40), rules=st.sampled_from(["", ROLLOVER]))
def test_any_order_late_and_doubled_gives_the_same_intervals_and_refusals(
    one_store: Engine, seed: int, rules: str
):
    chance = random.Random(seed)
    stand, stands = Fraction(chance.randrange(900)), []
    for hour in range(14):
        event = chance.random()
        if event < 0.1:
            stand = Fraction(0)  # a reset
        elif event < 0.8:
            stand = (stand + Fraction(chance.randrange(400), 10)) % 1000  # goes on, or over the capacity
        shown = stand if chance.random() < 0.9 else Fraction(chance.randrange(1000))  # or a wrong reading
        stands.append((hour, str(float(shown))))
    whole, mixed = f"0x{2 * seed + 1:032x}", f"0x{2 * seed + 2:032x}"
    take(one_store, *stands, rules=rules, business=whole)
    order = stands + chance.sample(stands, 4)
    chance.shuffle(order)
    while order:
        size = chance.randrange(1, 6)
        take(one_store, *order[:size], rules=rules, business=mixed)
        order = order[size:]
    assert intervals(one_store, mixed) == intervals(one_store, whole)
    with Session(one_store) as session:
        kept = [
            session.exec(
                select(RegisterReading.at, RegisterReading.aside)
                .where(RegisterReading.business_id == business)
                .order_by(col(RegisterReading.at))
            ).all()
            for business in (whole, mixed)
        ]
        assert kept[0] == kept[1]
        count = [sum(1 for _ in refused_lines(session, business)) for business in (whole, mixed)]
        assert count[0] <= count[1]


@pytest.mark.parametrize(
    "rules",
    [
        'capacity = "1000 kWh"\n',
        'capacity = "0 kWh"\nfastest = "1 kW"\n',
        'capacity = "1000 kg"\nfastest = "1 kW"\n',
        'capacity = "1000 kWh"\nfastest = "1 kWh"\n',
        'resets = [{ at = "yesterday", before = "1 kWh", after = "0 kWh", reason = "x" }]\n',
        'resets = [{ at = "2023-01-01T00:00", before = "1 kWh", after = "0 kWh" }]\n',
        'resets = [{ at = "2023-01-01T00:00", before = "1 Nm3", after = "0 kWh", reason = "x" }]\n',
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: str):
    from tanso.oracle.errors import OracleError

    with pytest.raises(OracleError):
        parse_layout(LAYOUT + rules)
