"""The white paper's Tables 3–10: every printed figure, and the exact ones by hand-written fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tanso.oracle.paper import DEVIATIONS, deviation, exact_day, paper_tables

FURNACE, NC, ASSEMBLY = "heating furnace", "NC processing machine", "assembly line"
POWER, GAS = "electricity", "distributed gas"


def figures(row, *names):
    return [row[name] for name in names]


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_table_3_emissions_are_those_printed():
    assert figures(paper_tables().emissions_kg, POWER, GAS) == decimals("54.24", "11.17")


def test_table_5_bases_and_factors_are_those_printed():
    tables = paper_tables()
    assert figures(tables.bases[POWER], FURNACE, NC, ASSEMBLY) == decimals("5400", "3000", "210")
    assert figures(tables.factors[POWER], FURNACE, NC, ASSEMBLY) == decimals("0.627", "0.348", "0.025")
    assert tables.bases[GAS] == {FURNACE: Decimal(1800)}
    assert tables.factors[GAS] == {FURNACE: Decimal("1.000")}
    assert sum(tables.factors[POWER].values()) == 1


def test_table_6_emissions_and_intensities_are_those_printed():
    tables = paper_tables()
    assert figures(tables.equipment_kg[POWER], FURNACE, NC, ASSEMBLY) == decimals("34.008", "18.876", "1.356")
    assert tables.equipment_kg[GAS] == {FURNACE: Decimal("11.17")}
    assert figures(tables.totals_kg, FURNACE, NC, ASSEMBLY) == decimals("45.178", "18.876", "1.356")
    assert figures(tables.intensity_kg_per_min, FURNACE, NC, ASSEMBLY) == decimals("0.251", "0.063", "0.002")


def test_table_7_standard_times_are_those_printed():
    times = paper_tables().standard_minutes
    assert figures(times["A"], FURNACE, NC, ASSEMBLY) == decimals("6", "20", "18.3")
    assert figures(times["B"], FURNACE, NC, ASSEMBLY) == decimals("6", "12.5", "20")


def test_table_8_process_parts_are_those_printed():
    tables = paper_tables()
    assert figures(tables.process["A"], FURNACE, NC, ASSEMBLY) == decimals("1.506", "1.260", "0.037")
    assert figures(tables.process["B"], FURNACE, NC, ASSEMBLY) == decimals("1.506", "0.788", "0.040")
    assert figures(tables.process_totals, "A", "B") == decimals("2.803", "2.334")


def test_table_9_materials_parts_are_those_printed():
    tables = paper_tables()
    names = ("S45C", "ABS", "unnamed material")
    assert figures(tables.materials["A"], *names) == decimals("11.015", "3.047", "4.026")
    assert figures(tables.materials["B"], *names) == decimals("5.109", "1.777", "8.205")
    assert figures(tables.material_totals, "A", "B") == decimals("18.088", "15.091")


def test_table_10_footprints_are_those_printed():
    assert figures(paper_tables().footprints, "A", "B") == decimals("20.891", "17.425")


# By hand, in grams: 120 kWh x 452 g = 54,240 g over 5400 : 3000 : 210 (sum 8610); gas 5 x 2,234,000 g.
FURNACE_G = Fraction(54_240 * 5400, 8610) + 11_170_000
NC_G = Fraction(54_240 * 3000, 8610)
ASSEMBLY_G = Fraction(54_240 * 210, 8610)


def test_exact_gas_emissions_are_11170_kg_not_11_17():
    assert exact_day().period.energies_ug == {POWER: 54_240 * 10**6, GAS: 11_170_000 * 10**6}


@pytest.mark.parametrize(
    ("machine", "grams", "minutes", "shown"),
    [(FURNACE, FURNACE_G, 180, "62.245"), (NC, NC_G, 300, "0.063"), (ASSEMBLY, ASSEMBLY_G, 420, "0.003")],
)
def test_exact_intensities_agree_with_the_hand_calculation(machine, grams, minutes, shown):
    found = exact_day().period.equipment[machine]
    assert found.total_ug == grams * 10**6
    assert found.intensity_ug == grams * 10**6 / (minutes * 60)
    kilograms_per_minute = found.intensity_ug * 60 / 10**9
    assert f"{Decimal(kilograms_per_minute.numerator) / kilograms_per_minute.denominator:.3f}" == shown
    assert found.intensity_pg - 1 < found.intensity_ug * 10**6 <= found.intensity_pg


def test_exact_emissions_of_equipment_sum_to_the_sites_total():
    period = exact_day().period
    assert sum(found.total_ug for found in period.equipment.values()) == period.total_ug
    assert period.declared_ug == 11_224_240 * 10**6


def test_exact_footprints_agree_with_the_hand_calculation():
    day = exact_day()
    # Minutes per piece as worked, not rounded: A 6, 20, 55/3; B 6, 25/2, 20.
    process = {
        "A": FURNACE_G / 180 * 6 + NC_G / 300 * 20 + ASSEMBLY_G / 420 * Fraction(55, 3),
        "B": FURNACE_G / 180 * 6 + NC_G / 300 * Fraction(25, 2) + ASSEMBLY_G / 420 * 20,
    }
    materials = {"A": Fraction("18.078"), "B": Fraction("15.092")}
    assert day.process_g == process
    assert day.materials_g == materials
    assert day.footprint_g == {product: process[product] + materials[product] for product in "AB"}


def test_all_that_is_worked_for_products_a_and_b_is_the_days_emissions():
    # Table 7: 20 + 10 pieces in the furnace, 10 + 8 in the NC machine, 12 + 10 on the line.
    assert (6 * 20 + 6 * 10, 20 * 10 + Fraction(25, 2) * 8, Fraction(55, 3) * 12 + 20 * 10) == (180, 300, 420)


def test_deviations_are_named_once_each_and_differ_from_the_print():
    names = [found.name for found in DEVIATIONS]
    assert len(set(names)) == len(names) == 10
    assert all(found.printed != found.exact and found.explanation for found in DEVIATIONS)


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("gas tonnes as kilograms", Fraction(5) * 2_234),
        ("assembly factor rounded so that the factors sum to one", Fraction(1, 41)),
        ("assembly standard time of product A", Fraction(220, 12)),
        ("steel of product A", 28 * Fraction("0.393")),
        ("resin of product A", 12 * Fraction("0.254")),
        ("resin of product B", 7 * Fraction("0.254")),
    ],
)
def test_the_exact_figure_of_a_deviation_is_what_the_papers_inputs_give(name, exact):
    assert Fraction(deviation(name).exact) == exact
