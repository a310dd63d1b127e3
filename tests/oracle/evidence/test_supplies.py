"""Lines with meters, factors that change within the period, activity by standard times: by hand."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.units import Unit
from tanso.oracle.errors import EvidenceRefused, FactorChanges, MeteredExceedsTotal, UnknownEnergy
from tanso.oracle.evidence import recompute
from tanso.oracle.evidence.leaves import (
    declared_leaf,
    equipment_leaf,
    factor_leaf,
    formula_leaf,
    reading_leaf,
    result_leaf,
)
from tanso.oracle.evidence.recompute import calculate_from
from tanso.oracle.formulas import INTENSITY, INTENSITY_1

PRESS, OVEN, SAW = ("0x" + f"{number:02d}" * 16 for number in (1, 2, 3))
MAIN, HALL, OWN, CLOCK_1, CLOCK_2, CLOCK_3 = ("0x" + f"{number:02d}" * 16 for number in range(11, 17))
LINE, HASH, DAY = "0x" + "99" * 16, "0x" + "00" * 32, 86_400
SOURCE = {"publisher": "by hand"}


def reading(device: str, quantity: str, value: str, unit: str, start: int = 0, end: int = DAY):
    return reading_leaf(
        device, quantity, start, end, value=value, unit=unit, count=1, covered_s=end - start, rows_hash=HASH
    )


def power(value: str, devices=(MAIN,), **more):
    return factor_leaf("electricity", value, "kg/kWh", SOURCE, devices, **more)


def machine(name: str, clock: str, rating: str | None = None, metered=None, **more):
    rated = {"electricity": rating} if rating else {}
    return equipment_leaf(name, Unit.SECOND, "operating time", [clock], rated, metered or {}, **more)


def grams(leaves: list) -> dict[str, Fraction]:
    found = calculate_from(leaves)
    assert sum(one.total_ug for one in found.equipment.values()) == found.total_ug
    return {name: one.total_ug / 10**6 for name, one in found.equipment.items()}


def test_what_a_lines_meter_shows_is_shared_in_the_line_and_the_rest_outside():
    # By hand: of 100 kWh the hall has 40, of which the saw's own meter shows 10; 1 kg per kWh.
    leaves = [
        power("1"),
        power("1", [HALL], line=LINE),
        machine(PRESS, CLOCK_1, "2 kW", line=LINE),
        machine(OVEN, CLOCK_2, "2 kW"),
        machine(SAW, CLOCK_3, metered={"electricity": [OWN]}, line=LINE),
        reading(MAIN, "electricity", "100", "kWh"),
        reading(HALL, "electricity", "40", "kWh"),
        reading(OWN, "electricity", "10", "kWh"),
        *(reading(clock, "operating time", "1", "h") for clock in (CLOCK_1, CLOCK_2, CLOCK_3)),
    ]
    assert grams(leaves) == {PRESS: 30_000, OVEN: 60_000, SAW: 10_000}
    leaves[6] = reading(HALL, "electricity", "100.001", "kWh")
    with pytest.raises(MeteredExceedsTotal, match="Lines"):
        calculate_from(leaves)


def test_two_sites_are_lines_with_factors_of_their_own_and_share_nothing():
    leaves = [
        power("1", line=LINE),
        power("2", [HALL], line=HASH),
        machine(PRESS, CLOCK_1, "9 kW", line=LINE),
        machine(OVEN, CLOCK_2, "1 kW", line=HASH),
        reading(MAIN, "electricity", "100", "kWh"),
        reading(HALL, "electricity", "40", "kWh"),
        *(reading(clock, "operating time", "1", "h") for clock in (CLOCK_1, CLOCK_2)),
    ]
    assert grams(leaves) == {PRESS: 100_000, OVEN: 80_000}
    leaves[2] = machine(PRESS, CLOCK_1, "9 kW")
    with pytest.raises(UnknownEnergy, match="electricity"):
        calculate_from(leaves)


def two_days(early: str, late: str, own: tuple[str, str]) -> list:
    """The factor doubles at the second day; the saw's own meter shows part of both."""
    return [
        power("2", valid_from=DAY),
        power("1"),
        machine(PRESS, CLOCK_1, "1 kW"),
        machine(SAW, CLOCK_3, metered={"electricity": [OWN]}),
        reading(MAIN, "electricity", early, "kWh"),
        reading(MAIN, "electricity", late, "kWh", DAY, 2 * DAY),
        reading(OWN, "electricity", own[0], "kWh"),
        reading(OWN, "electricity", own[1], "kWh", DAY, 2 * DAY),
        # A clock may well be read once over both days: only energies meet the factor.
        reading(CLOCK_1, "operating time", "4", "h", 0, 2 * DAY),
        reading(CLOCK_3, "operating time", "4", "h", 0, 2 * DAY),
    ]


def test_each_part_of_a_period_has_the_factor_that_is_valid_then():
    assert grams(two_days("10", "20", ("1", "2"))) == {PRESS: 9_000 + 2 * 18_000, SAW: 1_000 + 2 * 2_000}
    assert grams(two_days("10", "0", ("1", "0"))) == {PRESS: 9_000, SAW: 1_000}


def test_a_reading_over_a_change_of_its_factor_is_refused_by_name():
    leaves = two_days("10", "20", ("1", "2"))
    leaves[4:6] = [reading(MAIN, "electricity", "30", "kWh", 0, 2 * DAY)]
    with pytest.raises(FactorChanges, match="electricity"):
        calculate_from(leaves)


numbers = st.decimals(min_value=0, max_value=1000, places=3).map(lambda value: format(value, "f"))


@given(numbers, numbers, st.tuples(numbers, numbers))
def test_the_parts_sum_to_each_days_reading_at_its_factor(early: str, late: str, own: tuple[str, str]):
    total = [Fraction(day) + Fraction(part) for day, part in zip((early, late), own, strict=True)]
    leaves = two_days("0", "0", own)
    leaves[4] = reading(MAIN, "electricity", format_exact(total[0]), "kWh")
    leaves[5] = reading(MAIN, "electricity", format_exact(total[1]), "kWh", DAY, 2 * DAY)
    found = grams(leaves)
    assert sum(found.values()) == 1000 * (total[0] + 2 * total[1])
    assert found[SAW] == 1000 * (Fraction(own[0]) + 2 * Fraction(own[1]))


def format_exact(value: Fraction) -> str:
    return f"{int(value * 1000)}e-3"


def test_standard_times_and_pieces_stand_for_a_clock():
    timed = equipment_leaf(
        PRESS,
        Unit.SECOND,
        "pieces",
        [CLOCK_1, CLOCK_2],
        {"electricity": "1 kW"},
        {},
        standard_times={CLOCK_1: "6 min/pc", CLOCK_2: "220 min / 12 pc"},
    )
    leaves = [
        power("1"),
        timed,
        reading(MAIN, "electricity", "8", "kWh"),
        reading(CLOCK_1, "pieces", "20", "pc"),
        reading(CLOCK_2, "pieces", "24", "pc"),
    ]
    found = calculate_from(leaves).equipment[PRESS]
    assert found.activity == (6 * 20 + 220 * 2) * 60
    assert found.intensity_pg == ceil(Fraction(8_000 * 10**12, 560 * 60))
    for times in ({CLOCK_1: "6 min/pc"}, {CLOCK_1: "6 min/pc", CLOCK_2: "6 min/pc", CLOCK_3: "1 s/pc"}):
        with pytest.raises(EvidenceRefused, match="standard time"):
            calculate_from([leaves[0], timed | {"standard_times": times}, *leaves[2:]])


@pytest.mark.parametrize(
    "factors",
    [
        [power("1"), power("2")],
        [power("1", valid_from=5)],
        [power("1"), power("2", valid_from=5), power("3", valid_from=5)],
        [power("1"), power("2", [HALL], valid_from=5)],
    ],
    ids=["twice", "no first one", "two at a time", "other meters later"],
)
def test_factors_that_do_not_follow_on_each_other_are_refused(factors: list):
    leaves = [
        *factors,
        machine(PRESS, CLOCK_1, "1 kW"),
        reading(MAIN, "electricity", "1", "kWh"),
        reading(CLOCK_1, "operating time", "1", "h"),
    ]
    with pytest.raises(EvidenceRefused, match="factors of electricity"):
        calculate_from(leaves)


def report(name: str, value: str = "1", **more) -> list:
    body = [
        power(value),
        machine(PRESS, CLOCK_1, "1 kW", **more),
        reading(MAIN, "electricity", "1", "kWh"),
        reading(CLOCK_1, "operating time", "1", "h"),
        result_leaf(PRESS, ceil(Fraction(10**15, 3600)), Unit.SECOND),
        declared_leaf(10**9),
    ]
    return [formula_leaf(name, HASH, PRESS, 0, DAY, count=len(body) + 1, refused_rows=0), *body]


def test_reports_by_either_version_are_recomputed_and_by_no_other():
    for name in (INTENSITY_1, INTENSITY):
        assert recompute(report(name)).declared_ug == 10**9
    assert recompute(report(INTENSITY, line=LINE)).declared_ug == 10**9
    with pytest.raises(EvidenceRefused, match="knows no lines"):
        recompute(report(INTENSITY_1, line=LINE))
    with pytest.raises(EvidenceRefused, match="newer version"):
        recompute(report("tanso-intensity@99"))
