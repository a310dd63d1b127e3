"""Shares of filled gaps, from leaves of any amounts."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.units import Unit
from tanso.oracle.evidence import Leaf
from tanso.oracle.evidence.leaves import equipment_leaf, estimate_leaf, factor_leaf, reading_leaf
from tanso.oracle.gaps import LINEAR
from tanso.oracle.gaps.shares import shares

SITE, OVEN = "0x" + "01" * 16, "0x" + "02" * 16
amounts = st.lists(st.integers(0, 10**15), max_size=4)


def measured(device: str, value: int) -> Leaf:
    unit = {"value": str(value), "unit": "Wh"}
    return reading_leaf(device, "electricity", 0, 9, **unit, count=1, covered_s=9, rows_hash="")


def filled(device: str, value: int) -> Leaf:
    unit = {"value": str(value), "unit": "kWh"}
    return estimate_leaf(device, "electricity", 0, 9, **unit, rule=LINEAR, days=None, used=[])


@given(amounts, amounts, amounts, amounts, st.booleans())
def test_each_share_is_the_filled_part_of_the_whole_and_no_more_than_all_of_it(
    site: list[int], site_filled: list[int], oven: list[int], oven_filled: list[int], metered_only: bool
) -> None:
    leaves = [
        factor_leaf("electricity", "0.452", "kg/kWh", {}, None if metered_only else [SITE]),
        equipment_leaf(OVEN, Unit.SECOND, "operating time", ["clock"], {}, {"electricity": [OVEN]}),
        *(measured(SITE, value) for value in site),
        *(filled(SITE, value) for value in site_filled),
        *(measured(OVEN, value) for value in oven),
        *(filled(OVEN, value) for value in oven_filled),
    ]
    found = shares(leaves)
    if not site_filled and not oven_filled:
        assert found is None
        return
    assert found is not None
    parts = {SITE: (sum(site), 1000 * sum(site_filled)), OVEN: (sum(oven), 1000 * sum(oven_filled))}
    told = {one["device"]: Fraction(one["share"]) for one in found["sources"]}
    assert set(told) == {device for device, some in ((SITE, site_filled), (OVEN, oven_filled)) if some}
    emissions = Fraction(found["emissions"])
    for device, share in [*told.items(), (OVEN if metered_only else SITE, emissions)]:
        rest, part = parts[device]
        assert 0 <= share <= 1
        assert share * (rest + part) == part
