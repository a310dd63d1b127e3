"""The figures of summary.json against a calculation by hand.

Nothing of the product calculates here: the numbers stand in the white paper's tables (as the file
docs/white-paper.md names them), in the samples, and in the story's assumptions, and are written out again.
Masses are µg CO2e, intensities pg CO2e per second.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[3] / "samples"

TEPCO = 452_000_000  # 0.452 kg/kWh, in µg/kWh
KOREA = 420_800_000  # 0.42080 kg/kWh
GAS = 2_234_000_000_000  # 2.234 t per thousand Nm3
RESIN = 254_000  # 0.254 g/g
THIRD_A, THIRD_B = 4_026_000, 8_205_000  # Table 9's third row, g per piece


def up(value: Fraction | int) -> int:
    """The next whole number."""
    return -int(-Fraction(value) // 1)


def split(total: int, *weights: int) -> list[int]:
    """Cumulative ceilings, so that the parts sum to the total."""
    marks = [up(Fraction(total * sum(weights[:n]), sum(weights))) for n in range(len(weights) + 1)]
    return [after - before for before, after in pairwise(marks)]


def column(file: str, day: str, name: str, first: date, last: date) -> Fraction:
    """Sum of a sample's column over days, both ends included."""
    with (SAMPLES / file).open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if first <= date.fromisoformat(row[day][:10]) <= last]
    assert len(rows) == (last - first).days + 1
    return sum((Fraction(row[name]) for row in rows), Fraction(0))


@dataclass(frozen=True)
class Holding:
    """A part of a lot: quantity, its µg and the metered part of them."""

    quantity: int
    co2: int
    primary: int

    def part(self, quantity: int) -> "Holding":
        share = Fraction(quantity, self.quantity)
        return Holding(quantity, up(self.co2 * share), up(self.primary * share))

    def less(self, part: "Holding") -> "Holding":
        return Holding(self.quantity - part.quantity, self.co2 - part.co2, self.primary - part.primary)


def use(seconds: Sequence[int], intensity: int) -> list[int]:
    """What a batch's uses of one machine carry: rounded up once for all of them, then split."""
    return split(up(Fraction(sum(seconds) * intensity, 10**6)), *seconds)


class Hand:
    """The story, calculated by hand."""

    def __init__(self) -> None:
        self.intensity: dict[tuple[str, str], int] = {}
        self.steel()
        self.parts()
        self.assembly()
        self.solar()

    def steel(self) -> None:
        kwh = column(
            "steel-works-2018-daily.csv", "date", "electricity_kWh", date(2018, 1, 1), date(2018, 1, 31)
        )
        emitted = kwh * KOREA
        self.steel_declared = up(emitted)
        seconds = 31 * 86400
        intensity = self.intensity["steel", "rolling line"] = up(emitted * 10**6 / seconds)
        self.coils = use([seconds // 4] * 4, intensity)
        first = Holding(33_750_000, self.coils[0], self.coils[0])
        self.coil_shipped = first.part(500_000)
        self.steel_kept = sum(self.coils) - self.coil_shipped.co2

    def parts(self) -> None:
        electricity, gas = Fraction(120) * TEPCO, Fraction(5) * GAS
        assert electricity == 54_240_000_000  # 54.24 kg, as printed
        self.parts_declared = up(electricity + gas)
        basis = {"heating furnace": 30 * 180, "NC machine": 10 * 300, "assembly line": Fraction(1, 2) * 420}
        assert list(basis.values()) == [5400, 3000, 210]  # Table 5
        minutes = {"heating furnace": 180, "NC machine": 300, "assembly line": 420}
        for name, own in basis.items():
            emitted = electricity * own / sum(basis.values()) + (gas if name == "heating furnace" else 0)
            self.intensity["parts", name] = up(emitted * 10**6 / (minutes[name] * 60))
        # Table 7, minutes per piece: A 6, 20, 220/12; B 6, 12.5, 20; 10 pieces of A, 8 of B.
        furnace = use([6 * 60 * 10, 6 * 60 * 8, 4_320], self.intensity["parts", "heating furnace"])
        mill = use([20 * 60 * 10, 750 * 8], self.intensity["parts", "NC machine"])
        line = use([1_100 * 10, 1_200 * 8, 4_600], self.intensity["parts", "assembly line"])
        # Table 9, g per piece: steel 28 and 13, resin 12 and 7.
        used = self.coil_shipped.part(28 * 10 + 13 * 8)
        steel = split(used.co2, 28 * 10, 13 * 8)
        resin = split((12 * 10 + 7 * 8) * RESIN, 12 * 10, 7 * 8)
        third = [10 * THIRD_A, 8 * THIRD_B]
        metered = [furnace[n] + mill[n] + line[n] + steel[n] for n in (0, 1)]
        self.a, self.b = (
            Holding(pieces, metered[n] + resin[n] + third[n], metered[n]) for n, pieces in ((0, 10), (1, 8))
        )
        self.in_progress = furnace[2] + line[2]
        self.parts_inflow = self.coil_shipped.co2 + sum(resin) + sum(third)
        self.a_shipped, self.b_shipped = self.a.part(9), self.b.part(8)
        self.parts_kept = (
            self.coil_shipped.less(used).co2
            + self.a.less(self.a_shipped).co2
            + self.b.less(self.b_shipped).co2
        )

    def assembly(self) -> None:
        emitted = Fraction(7, 2) * TEPCO
        self.assembly_declared = up(emitted)
        intensity = self.intensity["assembler", "assembly line"] = up(emitted * 10**6 / (420 * 60))
        line, self.idle = use([4 * 3_600, 10_800], intensity)
        a, b = self.a_shipped.part(8), self.b_shipped.part(8)
        self.unit = Holding(3, a.co2 + b.co2 + line, a.primary + b.primary + line)
        self.unit_shipped = self.unit.part(2)
        self.assembly_kept = self.a_shipped.less(a).co2 + self.unit.less(self.unit_shipped).co2

    def solar(self) -> None:
        days = (date(2016, 7, 1), date(2016, 9, 30))
        table = "solar-roof-2016-daily.csv"
        generated, own = (
            column(table, "start", name, *days) for name in ("generated_Wh", "own_consumption_Wh")
        )
        roof = (generated - own) * TEPCO / 1000
        self.reductions = [int(roof * roofs // 1) for roofs in (2, 3, 5)]


@pytest.fixture(scope="module")
def hand() -> Hand:
    return Hand()


@pytest.fixture(scope="module")
def summary(told: Path) -> Any:
    return json.loads((told / "summary.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def part_of(summary: Any) -> dict[str, str]:
    return {firm["id"]: firm["part"] for firm in summary["businesses"]}


def test_the_lots_carry_what_the_hand_calculation_gives(hand: Hand, summary: Any, part_of: Any) -> None:
    lots = [
        (
            part_of[lot["business"]],
            lot["product"],
            lot["co2_ug"],
            lot["primary_ug"],
            lot["good"],
            lot["defects"],
        )
        for lot in summary["lots"]
    ]
    assert lots == [
        *(("steel", "Steel S45C", coil, coil, 33_750_000, 0) for coil in hand.coils),
        ("parts", "Product A", hand.a.co2, hand.a.primary, 10, 0),
        ("parts", "Product B", hand.b.co2, hand.b.primary, 8, 0),
        ("assembler", "Drive unit", hand.unit.co2, hand.unit.primary, 3, 1),
    ]


def test_the_lots_figures_per_unit_round_up_and_their_metered_share_down(summary: Any) -> None:
    assert len(summary["lots"]) == 7
    for lot in summary["lots"]:
        per_unit = Fraction(lot["co2_ug"], lot["good"])
        assert lot["cfp_ug"] == up(per_unit)
        assert Fraction(lot["cfp_exact"]) == per_unit
        hundredths = lot["primary_ug"] * 10_000 // lot["co2_ug"]
        assert lot["primary_share"] == f"{hundredths // 100}.{hundredths % 100:02}"


def test_the_exact_figures_are_those_that_were_calculated_once_with_pencil_and_paper(summary: Any) -> None:
    # So that a fault in the samples, or in the calculation above, can't hide in both.
    figures = {lot["product"]: lot["co2_ug"] for lot in summary["lots"][1:]}
    assert figures == {
        "Steel S45C": 13_280_268_108_000,
        "Product A": 3_748_030_394_393,
        "Product B": 2_994_662_575_519,
        "Drive unit": 5_993_990_891_035,
    }


def test_the_equipment_has_the_intensities_of_equations_5_to_8(
    hand: Hand, summary: Any, part_of: Any
) -> None:
    found = {(part_of[item["business"]], item["name"]): item["intensity"] for item in summary["equipment"]}
    assert found == hand.intensity
    assert len(summary["equipment"]) == len(found)


def test_the_furnace_has_the_intensity_that_the_paper_would_print_with_the_right_unit(summary: Any) -> None:
    furnace = next(item for item in summary["equipment"] if item["name"] == "heating furnace")
    kg_per_minute = Fraction(furnace["intensity"] * 60, 10**15)
    assert round(kg_per_minute, 3) == Fraction("62.245")


@pytest.mark.parametrize(
    ("part", "start", "end"),
    [
        ("steel", "2017-12-31T15:00:00Z", "2018-01-31T15:00:00Z"),
        ("parts", "2023-01-24T15:00:00Z", "2023-01-25T15:00:00Z"),
        ("assembler", "2023-01-25T15:00:00Z", "2023-01-26T15:00:00Z"),
    ],
)
def test_each_intensity_names_its_period_unit_and_formula(
    summary: Any, part_of: Any, part: str, start: str, end: str
) -> None:
    items = [item for item in summary["equipment"] if part_of[item["business"]] == part]
    assert items
    for item in items:
        assert (item["period_start"], item["period_end"]) == (start, end)
        assert (item["unit"], item["formula"]) == ("pg/s", "tanso-intensity@2")


def test_the_accounts_are_those_of_the_hand_calculation(hand: Hand, summary: Any, part_of: Any) -> None:
    flows = {
        part_of[account["business"]]: [
            account[f"{name}_ug"] for name in ("opening", "inflow", "declared", "outflow", "closing")
        ]
        for account in summary["accounts"]
    }
    delivered = hand.a_shipped.co2 + hand.b_shipped.co2
    nothing = [0, 0, 0, 0, 0]
    assert flows == {
        "steel": [0, 0, hand.steel_declared, hand.coil_shipped.co2, hand.steel_kept],
        "parts": [0, hand.parts_inflow, hand.parts_declared, delivered, hand.parts_kept],
        "assembler": [0, delivered, hand.assembly_declared, hand.unit_shipped.co2, hand.assembly_kept],
        "customer": [0, hand.unit_shipped.co2, 0, 0, hand.unit_shipped.co2],
        **dict.fromkeys(("bakery", "dairy", "press", "aggregator", "buyer"), nothing),
    }


def test_every_account_closes_exactly(summary: Any) -> None:
    for account in summary["accounts"]:
        opening, inflow, declared, outflow, closing, net = (
            account[f"{name}_ug"] for name in ("opening", "inflow", "declared", "outflow", "closing", "net")
        )
        assert opening + inflow + declared - outflow - closing == net


def test_what_a_business_keeps_is_its_left_overs_but_for_what_rounding_up_charged(
    hand: Hand, summary: Any, part_of: Any
) -> None:
    accounts = {part_of[account["business"]]: account for account in summary["accounts"]}
    left = {"parts": ("work in progress", hand.in_progress), "assembler": ("idle time", hand.idle)}
    for part, account in accounts.items():
        name, kept = left.get(part, ("", 0))
        assert account["left_overs"] == ([{"name": name, "co2_ug": kept}] if kept else [])
        # Each machine's uses are rounded up once, and its intensity by less than 1 pg/s before.
        assert -10 <= account["net_ug"] - kept <= 0


def test_all_that_is_shipped_arrives(hand: Hand, summary: Any) -> None:
    outside = hand.parts_inflow - hand.coil_shipped.co2
    shipped = sum(account["outflow_ug"] for account in summary["accounts"])
    received = sum(account["inflow_ug"] for account in summary["accounts"]) - outside
    assert shipped == received > 0


def test_all_the_carbon_there_is_was_declared_or_bought_outside(hand: Hand, summary: Any) -> None:
    kept = sum(account["closing_ug"] + account["net_ug"] for account in summary["accounts"])
    declared = hand.steel_declared + hand.parts_declared + hand.assembly_declared
    assert kept == declared + hand.parts_inflow - hand.coil_shipped.co2


def test_the_credits_are_those_of_the_hand_calculation(hand: Hand, summary: Any, part_of: Any) -> None:
    credits = summary["credits"]
    contributors = {part_of[item["id"]]: item["reduction_ug"] for item in credits["contributors"]}
    assert contributors == dict(zip(("bakery", "dairy", "press"), hand.reductions, strict=True))
    whole = sum(hand.reductions)
    assert credits["reduction_ug"] == whole
    assert (credits["issued_t"], credits["carried_ug"]) == divmod(whole, 10**12)
    assert credits["retired_t"] == 5


def test_the_trace_goes_from_the_final_lot_over_the_parts_to_the_steel(summary: Any) -> None:
    ids = {(lot["product"], lot["id"]) for lot in summary["lots"]}
    final = next(identity for product, identity in ids if product == "Drive unit")
    parts = {identity for product, identity in ids if product.startswith("Product ")}
    trace = summary["trace"]
    assert (trace["lot"], trace["depth"]) == (final, 2)
    assert trace["lots"][0] == final
    assert set(trace["lots"][1:3]) == parts
    assert trace["lots"][3:] == [summary["lots"][0]["id"]]
