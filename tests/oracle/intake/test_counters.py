"""Counters declared by their owner: the same intervals as a layout that says it, by messages and by files."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.oracle.errors import DeviceRefused, LayoutRefused
from tanso.oracle.intake.counters import CounterLimits, CounterReset, declare_limits, declare_reset, declared
from tanso.oracle.intake.registers import Rules, rules_of
from tanso.oracle.store import reading, writing

from .test_registers import BEGIN, BUSINESS, EXCHANGE, HOUR, NOW, ROLLOVER, intervals, refused, take

LATE = {"before": "120 kWh", "after": "7 kWh", "reason": "new"}


def limits(session: Session, fastest: str = "50 kW", capacity: str | None = "1000 kWh") -> CounterLimits:
    return declare_limits(
        session, BUSINESS, "meter", "electricity", capacity=capacity, fastest=fastest, now=NOW
    )


def exchange(session: Session, **changes: str) -> CounterReset:
    at = BEGIN + HOUR * 3 // 2
    return declare_reset(session, BUSINESS, "meter", "electricity", at=at, now=NOW, **LATE | changes)


@pytest.mark.parametrize("said", ["by the layout", "by the owner"])
def test_a_rollover_and_an_exchange_count_the_same_whoever_declares_them(store: Engine, said: str) -> None:
    in_layout = said == "by the layout"
    if not in_layout:
        with writing(store) as session:
            limits(session)
            exchange(session)
    stands = ((0, "100"), (1, "110"), (2, "10"), (3, "990"), (4, "5"))
    take(store, *stands[:3], rules=ROLLOVER + EXCHANGE if in_layout else "")
    assert intervals(store) == [(0, 1, 10), (1, 2, 13)]
    take(store, *stands[3:], rules=ROLLOVER + EXCHANGE if in_layout else "")
    assert intervals(store)[2:] == [(3, 4, 15)]
    assert [error for _, error in refused(store)] == ["MeterJumped"]


def test_what_is_declared_later_lets_a_refused_reading_count(store: Engine) -> None:
    take(store, (0, "100"), (1, "110"), (2, "10"))
    assert [error for _, error in refused(store)] == ["MeterWentBack"]
    with writing(store) as session:
        exchange(session)
    take(store, (0, "100"), (1, "110"), (2, "10"))
    assert refused(store) == []
    assert intervals(store)[1] == (1, 2, 13)


def test_the_latest_limits_count_and_all_stay(store: Engine) -> None:
    with writing(store) as session:
        limits(session)
        limits(session, "60 kW", None)
        found = declared(session, BUSINESS, "meter", "electricity")
        assert found is not None
        assert (found.series[0].capacity, found.series[0].fastest) == (None, "60 kW")
        assert declared(session, BUSINESS, "meter", "distributed gas") is None
        assert declared(session, "0x" + "cd" * 16, "meter", "electricity") is None
        assert len(session.exec(select(CounterLimits)).all()) == 2


def test_a_declaration_that_does_not_fit_is_refused_and_kept_nowhere(store: Engine) -> None:
    for change in (
        {"fastest": "50 kWh"},
        {"capacity": "10 Nm3"},
        {"fastest": "-1 kW"},
        {"fastest": "NaN kW"},
    ):
        with pytest.raises(LayoutRefused), writing(store) as session:
            limits(session, **change)
    for change in ({"before": "9 Nm3"}, {"after": "much"}, {"reason": ""}):
        with pytest.raises(LayoutRefused), writing(store) as session:
            exchange(session, **change)
    with pytest.raises(DeviceRefused), writing(store) as session:
        declare_reset(session, BUSINESS, "meter", "electricity", at=NOW + 1, now=NOW, **LATE)
    with writing(store) as session:
        first = exchange(session)
        assert exchange(session).id == first.id
    with pytest.raises(DeviceRefused), writing(store) as session:
        exchange(session, after="8 kWh")
    with reading(store) as session:
        assert session.exec(select(CounterLimits)).all() == []
        assert len(session.exec(select(CounterReset)).all()) == 1


@given(st.sampled_from(["Wh", "kWh", "MWh", "MJ"]), st.integers(1, 10**9))
def test_limits_are_worth_the_same_in_whichever_unit_the_readings_are(like: str, kilowatts: int) -> None:
    from tanso.oracle.intake.counters import layout_of

    told = layout_of("meter", "electricity", capacity=f"{kilowatts} kWh", fastest=f"{kilowatts} kW")
    rules = Rules(like).joined(rules_of(told, told.series[0], "electricity", like))
    in_wh = {"Wh": Fraction(1), "kWh": Fraction(1000), "MWh": Fraction(10**6), "MJ": Fraction(10**6, 3600)}
    assert rules.capacity is not None
    assert rules.fastest is not None
    assert rules.capacity * in_wh[like] == kilowatts * 1000
    assert rules.fastest * in_wh[like] * HOUR == kilowatts * 1000
