"""Figures per interval: as fine as each machine's data allow, and equal to `calculate`."""

from datetime import UTC, date, datetime
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from tanso.oracle.calculation import EnergyUse, EquipmentPeriod, calculate
from tanso.oracle.errors import FactorChanges, MissingReadings, PeriodNotOver, ReadingStraddlesPeriod, TooFine
from tanso.oracle.factors import factor
from tanso.oracle.figures import Granularity, Row, SiteFigures, columns, compute
from tanso.oracle.intake import IntakeFile
from tanso.oracle.intake.bulk import insert_readings
from tanso.oracle.sites import FactorFrom, Site, SiteEnergy, SiteEquipment
from tanso.oracle.store import reading, writing
from tanso.oracle.units import parse_factor, parse_quantity

BUSINESS, PRESS, OVEN, SAW = ("0x" + f"{number:02d}" * 16 for number in (10, 1, 2, 3))
BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = 3600, 86_400


def at(*fields: int) -> int:
    return int(datetime(*fields, tzinfo=BERLIN).timestamp())


def site(**changes) -> Site:
    """The press and the oven share the electricity of the main meter; the saw has a meter of its own."""
    power = SiteEnergy(energy="electricity", factor=factor("electricity-tepco-2021"), devices=("main",))
    given = {
        "business_id": BUSINESS,
        "zone": "Europe/Berlin",
        "energies": (power,),
        "equipment": (
            SiteEquipment(
                equipment_id=PRESS, activity_devices=("press",), performance={"electricity": "2 kW"}
            ),
            SiteEquipment(equipment_id=OVEN, activity_devices=("oven",), performance={"electricity": "6 kW"}),
            SiteEquipment(
                equipment_id=SAW, activity_devices=("saw",), metered={"electricity": ("saw's own",)}
            ),
        ),
    }
    return Site(**(given | changes))


def store_rows(engine: Engine, *rows: tuple[str, str, str, str, int, int]) -> None:
    """Rows of device, quantity, value, unit, start, end."""
    with writing(engine) as session:
        file = IntakeFile(
            business_id=BUSINESS, name="", file_hash="", layout_hash=str(rows)[:60], layout="", taken_at=0
        )
        session.add(file)
        session.flush()
        assert file.id is not None
        insert_readings(
            session, [(BUSINESS, d, q, start, end, v, u, file.id) for d, q, v, u, start, end in rows]
        )


def every(step: int, start: int, end: int, device: str, quantity: str, values: list[str], unit: str) -> list:
    return [
        (device, quantity, values[number % len(values)], unit, begins, begins + step)
        for number, begins in enumerate(range(start, end, step))
    ]


def figures(
    engine: Engine, start: int, end: int, granularity: Granularity, of: Site | None = None
) -> SiteFigures:
    with reading(engine) as session:
        return compute(session, of or site(), start, end, granularity)


def rows_of(found: SiteFigures, equipment_id: str) -> list[Row]:
    return [row for row in found.rows() if row.equipment_id == equipment_id]


def working_day(start: int, end: int) -> list:
    """Half-hours of uneven use; the saw takes 0.5 kWh in each."""
    step = 1800
    return [
        *every(step, start, end, "main", "electricity", ["8.5", "4.25", "16.5"], "kWh"),
        *every(step, start, end, "saw's own", "electricity", ["500"], "Wh"),
        *every(step, start, end, "press", "operating time", ["30", "10"], "min"),
        *every(step, start, end, "oven", "operating time", ["15", "30", "0"], "min"),
        *every(step, start, end, "saw", "operating time", ["1800"], "s"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at(2023, 3, 26), at(2023, 3, 27), 23),
        (at(2023, 10, 29), at(2023, 10, 30), 25),
        (at(2023, 6, 1), at(2023, 6, 2), 24),
    ],
    ids=["spring", "autumn", "summer"],
)
def test_each_half_hour_is_what_calculate_gives_for_it(store: Engine, start: int, end: int, hours: int):
    rows = working_day(start, end)
    store_rows(store, *rows)
    found = figures(store, start, end, Granularity.HALF_HOUR)
    assert [len(rows_of(found, name)) for name in (PRESS, OVEN, SAW)] == [2 * hours] * 3
    power = parse_factor("0.452 kg/kWh", "f")
    for place, begins in enumerate(range(start, end, 1800)):
        held = {(d, q): f"{v} {u}" for d, q, v, u, when, _ in rows if when == begins}
        by_hand = calculate(
            [EnergyUse("electricity", power, parse_quantity(held["main", "electricity"], "m"))],
            [
                EquipmentPeriod(
                    name,
                    parse_quantity(held[device, "operating time"], device),
                    performance={"electricity": parse_quantity(rating, "r")} if rating else {},
                    metered={}
                    if rating
                    else {"electricity": parse_quantity(held["saw's own", "electricity"], "s")},
                )
                for name, device, rating in (
                    (PRESS, "press", "2 kW"),
                    (OVEN, "oven", "6 kW"),
                    (SAW, "saw", ""),
                )
            ],
        )
        for name, expected in by_hand.equipment.items():
            row = rows_of(found, name)[place]
            assert (row.start, row.end) == (begins, begins + 1800)
            assert row.intensity_pg == expected.intensity_pg
            assert row.emissions_ug == ceil(expected.total_ug)


def test_a_day_has_23_hours_where_clocks_are_turned_and_a_month_follows_the_calendar(store: Engine):
    start, end = at(2023, 3, 25), at(2023, 4, 3)
    store_rows(store, *working_day(start, end))
    lengths = {
        name: [row.end - row.start for row in rows_of(figures(store, start, end, name), SAW)]
        for name in Granularity
    }
    assert lengths[Granularity.DAY] == [DAY, 23 * HOUR, *[DAY] * 7]
    # The 27th of March and the 3rd of April 2023 are Mondays.
    assert lengths[Granularity.WEEK] == [47 * HOUR, 7 * DAY]
    assert lengths[Granularity.MONTH] == [167 * HOUR, 2 * DAY]
    assert lengths[Granularity.HALF_HOUR] == [1800] * ((end - start) // 1800)


def test_a_weekly_total_makes_one_interval_for_those_that_share_and_days_for_the_machine_with_a_meter(
    store: Engine,
):
    start, middle, end = at(2023, 6, 5), at(2023, 6, 12), at(2023, 6, 14)
    store_rows(
        store,
        ("main", "electricity", "700", "kWh", start, middle),
        *every(DAY, middle, end, "main", "electricity", ["100"], "kWh"),
        *every(DAY, start, end, "saw's own", "electricity", ["20"], "kWh"),
        *every(DAY, start, end, "press", "operating time", ["8"], "h"),
        *every(DAY, start, end, "oven", "operating time", ["4"], "h"),
        *every(DAY, start, end, "saw", "operating time", ["10"], "h"),
    )
    found = figures(store, start, end, Granularity.DAY)
    assert [(row.end - row.start) // DAY for row in rows_of(found, PRESS)] == [7, 1, 1]
    assert [(row.end - row.start) // DAY for row in rows_of(found, SAW)] == [1] * 9
    # By hand: 560 kWh are left of the week, 2 kW x 56 h beside 6 kW x 28 h: the press bears 40 %.
    week = rows_of(found, PRESS)[0]
    assert week.emissions_ug == 224 * 452 * 10**6
    assert week.intensity_pg == ceil(Fraction(224 * 452 * 10**12, 56 * HOUR))


def test_finer_data_give_each_machine_what_was_used_while_it_ran(store: Engine):
    start, noon, end = at(2023, 6, 1), at(2023, 6, 1, 12), at(2023, 6, 2)
    only = site(equipment=site().equipment[:2])
    store_rows(
        store,
        ("main", "electricity", "30", "kWh", start, noon),
        ("main", "electricity", "70", "kWh", noon, end),
        ("press", "operating time", "6", "h", start, noon),
        ("press", "operating time", "0", "h", noon, end),
        ("oven", "operating time", "0", "h", start, noon),
        ("oven", "operating time", "2", "h", noon, end),
    )
    day = figures(store, start, end, Granularity.DAY, only)
    halves = figures(store, start, end, Granularity.HALF_HOUR, only)
    assert [row.emissions_ug for row in rows_of(day, PRESS)] == [50 * 452 * 10**6]
    assert [row.emissions_ug for row in rows_of(halves, PRESS)] == [30 * 452 * 10**6, 0]
    assert [row.emissions_ug for row in rows_of(halves, OVEN)] == [0, 70 * 452 * 10**6]
    # Together they bear what the meter shows, whichever way it is cut.
    for found in (day, halves):
        assert sum(row.emissions_ug or 0 for row in found.rows()) == 100 * 452 * 10**6


def test_intervals_without_readings_are_named_and_gaps_are_seen(store: Engine):
    start = at(2023, 6, 1)
    end = start + 3 * DAY
    only = site(equipment=site().equipment[2:])
    store_rows(
        store,
        ("saw's own", "electricity", "5", "kWh", start, start + DAY),
        ("saw's own", "electricity", "5", "kWh", start + 2 * DAY, start + 2 * DAY + HOUR),
        ("main", "electricity", "5", "kWh", start, end),
        *every(DAY, start, end, "saw", "operating time", ["10"], "h"),
    )
    first, second, third = figures(store, start, end, Granularity.DAY, only).rows()
    assert (first.problem, first.gap, first.intensity_pg) == (
        None,
        False,
        ceil(Fraction(5 * 452 * 10**12, 36_000)),
    )
    assert (second.problem, second.gap, second.intensity_pg) == ("MissingReadings", True, None)
    assert (third.problem, third.gap) == (None, True)


def test_standby_and_a_night_without_users_are_named(store: Engine):
    start = at(2023, 6, 1)
    store_rows(
        store,
        ("main", "electricity", "10", "kWh", start, start + DAY),
        ("saw's own", "electricity", "5", "kWh", start, start + DAY),
        *[(name, "operating time", "0", "min", start, start + DAY) for name in ("press", "oven", "saw")],
    )
    found = figures(store, start, start + DAY, Granularity.DAY)
    assert [row.problem for row in found.rows()] == [
        "EnergyWithoutUser",
        "EnergyWithoutUser",
        "EmissionsWithoutActivity",
    ]
    assert rows_of(found, SAW)[0].emissions_ug == 5 * 452 * 10**6


def test_units_that_differ_and_figures_beyond_64_bits_add_up_exactly(store: Engine):
    start = at(2023, 6, 1)
    only = site(equipment=site().equipment[2:])
    store_rows(
        store,
        ("main", "electricity", "1", "kWh", start, start + DAY),
        ("saw's own", "electricity", "12345678901234567890.000000001", "kWh", start, start + HOUR),
        ("saw's own", "electricity", "0.5", "Wh", start + HOUR, start + 2 * HOUR),
        ("saw's own", "electricity", "1", "J", start + 2 * HOUR, start + DAY),
        ("saw", "operating time", "1", "h", start, start + DAY),
    )
    (row,) = figures(store, start, start + DAY, Granularity.DAY, only).rows()
    kilowatt_hours = Fraction("12345678901234567890.000000001") + Fraction("0.0005") + Fraction(1, 3_600_000)
    assert row.problem == "ResultTooLarge"
    (month,) = figures(store, start, start + DAY, Granularity.MONTH, only).equipment.values()
    assert int(month.figures.emissions_ug[0]) == ceil(kilowatt_hours * 452 * 10**6)


def test_what_cannot_be_computed_is_refused_by_name(store: Engine, monkeypatch: pytest.MonkeyPatch):
    start = at(2023, 6, 1)
    with pytest.raises(PeriodNotOver):
        figures(store, start, start, Granularity.DAY)
    with pytest.raises(MissingReadings, match="main"):
        figures(store, start, start + DAY, Granularity.DAY)
    store_rows(store, *working_day(start, start + DAY))
    with pytest.raises(ReadingStraddlesPeriod):
        figures(store, start + 60, start + DAY, Granularity.DAY)
    monkeypatch.setattr(columns, "MAX_CELLS", 100)
    with pytest.raises(TooFine):
        figures(store, start, start + DAY, Granularity.HALF_HOUR)


def test_months_of_readings_go_by_in_parts_and_count_once(store: Engine):
    start, end = (
        int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()),
        int(datetime(2023, 4, 1, tzinfo=UTC).timestamp()),
    )
    only = site(equipment=site().equipment[2:], zone="UTC")
    # 5 days do not fit into 31: readings lie over the parts in which the store is read.
    store_rows(
        store,
        *every(5 * DAY, start, end, "saw's own", "electricity", ["5"], "kWh"),
        *every(5 * DAY, start, end, "main", "electricity", ["5"], "kWh"),
        *every(5 * DAY, start, end, "saw", "operating time", ["1"], "h"),
    )
    told: list[tuple[int, int]] = []
    with reading(store) as session:
        found = compute(
            session, only, start, end, Granularity.DAY, lambda done, total: told.append((done, total))
        )
    assert [(row.end - row.start) // DAY for row in found.rows()] == [5] * 18
    assert {row.emissions_ug for row in found.rows()} == {5 * 452 * 10**6}
    assert told[-1] == (end - start, end - start)
    assert len(told) == 3


def test_lines_changes_of_a_factor_and_standard_times_count_in_each_interval(store: Engine):
    # By hand: 100 kWh a day, of which the hall has 40; on the second day a kWh has 0.4208 kg, not 0.452.
    start = at(2023, 6, 1)
    end = start + 2 * DAY
    tepco, korea = factor("electricity-tepco-2021"), factor("electricity-korea-uci851-2018")
    change = FactorFrom(valid_from=date(2023, 6, 2), factor=korea)
    press, oven = site().equipment[:2]
    lined = site(
        energies=(
            SiteEnergy(energy="electricity", factor=tepco, later=(change,), devices=("main",)),
            SiteEnergy(energy="electricity", factor=tepco, later=(change,), devices=("hall's",), line="hall"),
        ),
        equipment=(
            press.model_copy(
                update={
                    "line": "hall",
                    "activity_quantity": "pieces",
                    "activity_devices": ("a", "b"),
                    "standard_times": {"a": "6 min/pc", "b": "220 min / 12 pc"},
                }
            ),
            oven,
        ),
    )
    store_rows(
        store,
        *every(DAY, start, end, "main", "electricity", ["100"], "kWh"),
        *every(DAY, start, end, "hall's", "electricity", ["40"], "kWh"),
        *every(DAY, start, end, "a", "pieces", ["10"], "pc"),
        *every(DAY, start, end, "b", "pieces", ["12"], "pc"),
        *every(DAY, start, end, "oven", "operating time", ["5"], "h"),
    )
    for granularity in (Granularity.DAY, Granularity.MONTH):
        # A month is cut where the factor changes, too.
        found = figures(store, start, end, granularity, lined)
        assert [row.emissions_ug for row in rows_of(found, PRESS)] == [40 * 452 * 10**6, 40 * 420_800_000]
        assert [row.emissions_ug for row in rows_of(found, OVEN)] == [60 * 452 * 10**6, 60 * 420_800_000]
        assert {row.activity for row in rows_of(found, PRESS)} == {str((60 + 220) * 60)}


def test_two_sites_are_lines_that_share_nothing(store: Engine):
    start = at(2023, 6, 1)
    tepco, korea = factor("electricity-tepco-2021"), factor("electricity-korea-uci851-2018")
    press, oven = site().equipment[:2]
    two = site(
        energies=(
            SiteEnergy(energy="electricity", factor=tepco, devices=("here",), line="here"),
            SiteEnergy(energy="electricity", factor=korea, devices=("there",), line="there"),
        ),
        equipment=(press.model_copy(update={"line": "here"}), oven.model_copy(update={"line": "there"})),
    )
    store_rows(
        store,
        ("here", "electricity", "10", "kWh", start, start + DAY),
        *every(1800, start, start + DAY, "there", "electricity", ["1"], "kWh"),
        ("press", "operating time", "1", "h", start, start + DAY),
        *every(1800, start, start + DAY, "oven", "operating time", ["15"], "min"),
    )
    found = figures(store, start, start + DAY, Granularity.HALF_HOUR, two)
    assert [row.emissions_ug for row in rows_of(found, PRESS)] == [10 * 452 * 10**6]
    assert [row.emissions_ug for row in rows_of(found, OVEN)] == [420_800_000] * 48


def test_a_reading_over_a_change_of_its_factor_is_refused_and_others_are_not_cut_there(store: Engine):
    start = at(2023, 6, 1)
    end = start + 2 * DAY
    change = FactorFrom(valid_from=date(2023, 6, 2), factor=factor("electricity-korea-uci851-2018"))
    power = site().energies[0].model_copy(update={"later": (change,)})
    gas = SiteEnergy(energy="distributed gas", factor=factor("distributed-gas-ctn-2023"), devices=("gas",))
    oven = SiteEquipment(
        equipment_id=OVEN, activity_devices=("oven",), performance={"distributed gas": "1 m3/h"}
    )
    store_rows(
        store,
        ("gas", "distributed gas", "10", "Nm3", start, end),
        ("oven", "operating time", "10", "h", start, end),
        *every(DAY, start, end, "main", "electricity", ["5"], "kWh"),
        *every(DAY, start, end, "press", "operating time", ["1"], "h"),
        ("saw", "operating time", "10", "h", start, end),
        ("saw's own", "electricity", "5", "kWh", start, end),
    )
    both = site(energies=(power, gas), equipment=(site().equipment[0], oven))
    found = figures(store, start, end, Granularity.MONTH, both)
    assert [len(rows_of(found, name)) for name in (PRESS, OVEN)] == [2, 1]
    assert rows_of(found, OVEN)[0].emissions_ug == 10 * 2_234_000_000
    with pytest.raises(FactorChanges):
        figures(store, start, end, Granularity.MONTH, site(energies=(power,), equipment=site().equipment[2:]))
