"""Whoever holds all leaves gets the figures again; leaves that are missing, odd or changed are refused."""

from fractions import Fraction
from math import ceil, floor

import pytest

from tanso.contracts.units import Unit
from tanso.oracle.errors import EvidenceRefused, MissingReadings
from tanso.oracle.evidence import recompute, recompute_reduction
from tanso.oracle.evidence.leaves import (
    declared_leaf,
    equipment_leaf,
    factor_leaf,
    formula_leaf,
    installation_leaf,
    reading_leaf,
    reduction_leaf,
    result_leaf,
)

PRESS, OVEN, PROGRAMME = "0x" + "01" * 16, "0x" + "02" * 16, "0x" + "03" * 16
MAIN, OVENS_OWN, CLOCK_1, CLOCK_2 = ("0x" + f"{number:02d}" * 16 for number in (11, 12, 13, 14))
HASH = "0x" + "00" * 32
SOURCE = {"publisher": "by hand"}


def reading(device: str, quantity: str, value: str, unit: str, day: int = 0):
    span = (day * 86_400, (day + 1) * 86_400)
    return reading_leaf(
        device, quantity, *span, value=value, unit=unit, count=1, covered_s=86_400, rows_hash=HASH
    )


# By hand: 100 kWh x 500 g; the oven's own meter shows 40 kWh in two days; the press gets the other 60 kWh.
PRESS_PG = ceil(Fraction(30_000 * 10**12, 7200))
OVEN_PG = ceil(Fraction(20_000 * 10**12, 3600))


def report(press_pg: int = PRESS_PG, declared_ug: int = 50_000 * 10**6):
    body = [
        factor_leaf("electricity", "0.5", "kg/kWh", SOURCE, [MAIN]),
        equipment_leaf(PRESS, Unit.SECOND, "operating time", [CLOCK_1], {"electricity": "5 kW"}, {}),
        equipment_leaf(OVEN, Unit.SECOND, "operating time", [CLOCK_2], {}, {"electricity": [OVENS_OWN]}),
        reading(MAIN, "electricity", "100000", "Wh"),
        reading(OVENS_OWN, "electricity", "15", "kWh"),
        reading(OVENS_OWN, "electricity", "25", "kWh", day=1),
        reading(CLOCK_1, "operating time", "2", "h"),
        reading(CLOCK_2, "operating time", "60", "min"),
        result_leaf(PRESS, press_pg, Unit.SECOND),
        result_leaf(OVEN, OVEN_PG, Unit.SECOND),
        declared_leaf(declared_ug),
    ]
    head = formula_leaf("tanso-intensity@1", HASH, PRESS, 0, 172_800, count=len(body) + 1, refused_rows=0)
    return [head, *body]


def test_figures_are_recomputed_from_leaves_in_any_order():
    for leaves in (report(), list(reversed(report()))):
        found = recompute(leaves)
        assert found.intensities_pg == {PRESS: PRESS_PG, OVEN: OVEN_PG}
        assert found.declared_ug == 50_000 * 10**6


@pytest.mark.parametrize("wrong", [{"press_pg": PRESS_PG - 1}, {"declared_ug": 50_000 * 10**6 - 1}])
def test_a_result_that_is_one_too_low_is_refused(wrong):
    with pytest.raises(EvidenceRefused, match="the leaves give"):
        recompute(report(**wrong))


@pytest.mark.parametrize("missing", range(len(report())))
def test_a_missing_leaf_is_noticed(missing: int):
    leaves = report()
    del leaves[missing]
    with pytest.raises(EvidenceRefused):
        recompute(leaves)


def test_a_reading_that_is_in_no_figure_is_noticed():
    leaves = report()
    leaves.append(reading(PRESS, "electricity", "5", "kWh"))
    leaves[0]["leaves"] += 1
    with pytest.raises(EvidenceRefused, match="in no figure"):
        recompute(leaves)


def test_a_device_without_reading_is_noticed():
    leaves = [leaf for leaf in report() if leaf.get("device") != CLOCK_1]
    leaves[0]["leaves"] -= 1
    with pytest.raises(MissingReadings):
        recompute(leaves)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (1, {"value": None}),
        (1, {"unit": 7}),
        (2, {"performance": "5 kW"}),
        (4, {"value": 100}),
        (9, {"equipment_id": []}),
    ],
)
def test_a_leaf_of_another_form_is_refused_by_name(place: int, change: dict):
    leaves = report()
    leaves[place] = {**leaves[place], **change}
    with pytest.raises(EvidenceRefused):
        recompute(leaves)


def test_a_reduction_is_recomputed_and_rounds_down():
    def leaves(claimed: int):
        body = [
            factor_leaf("electricity", "0.4523333333333", "kg/kWh", SOURCE, None),
            installation_leaf(PRESS, PROGRAMME, (MAIN, "generated"), None, (MAIN, "own")),
            reading(MAIN, "generated", "1000.3", "Wh"),
            reading(MAIN, "own", "30.1", "Wh"),
            reduction_leaf(claimed),
        ]
        return [formula_leaf("tanso-solar@1", HASH, PRESS, 0, 86_400, count=6, refused_rows=0), *body]

    exact = Fraction("970.2") * Fraction("0.4523333333333") * 10**6
    assert exact.denominator != 1
    assert recompute_reduction(leaves(floor(exact))) == floor(exact)
    with pytest.raises(EvidenceRefused):
        recompute_reduction(leaves(ceil(exact)))
