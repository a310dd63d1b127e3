"""The committed samples: their totals, and that their layouts read them whole.

The comparison with the original data sets, which are not part of the project, is in test_originals.py. It is
collected only where a folder ../shared/data with the originals lies beside the project; elsewhere pytest
lists no such test (see conftest.py).
"""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from tanso.oracle.intake import load_layout
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.rows import read_rows

SAMPLES = Path(__file__).parents[3] / "samples"


def readings(name: str) -> list[Candidate]:
    found = list(read_rows((SAMPLES / f"{name}.csv").read_bytes(), load_layout(SAMPLES / f"{name}.toml")))
    assert all(isinstance(row, Candidate) for row in found)
    return found  # type: ignore[return-value]


def total(rows: list[Candidate], quantity: str) -> Fraction:
    return sum((Fraction(row.value) for row in rows if row.quantity == quantity), Fraction(0))


def test_steel_works_has_365_days_without_gap_and_the_data_sets_total():
    rows = readings("steel-works-2018-daily")
    assert len(rows) == 365
    assert total(rows, "electricity") == Fraction("959636.71")
    assert all(before.end == after.start for before, after in pairwise(rows))
    # 2018-01-01T00:00+09:00 to 2019-01-01T00:00+09:00
    assert (rows[0].start, rows[-1].end) == (1_514_732_400, 1_546_268_400)


def test_solar_roof_has_generation_and_own_consumption_apart():
    rows = readings("solar-roof-2016-daily")
    assert len(rows) == 2 * 105
    assert total(rows, "generated electricity") == Fraction("2941907.5484275")
    assert total(rows, "own consumption") == Fraction("3551.72028")
    # 10,000 quarters of an hour from 2016-07-01T00:00-07:00.
    assert (rows[0].start, rows[-1].end) == (1_467_356_400, 1_467_356_400 + 10_000 * 900)


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        (
            "factory-day",
            {
                ("main meter", "electricity", "120", "kWh"),
                ("gas meter", "distributed gas", "5", "thousand Nm3"),
                ("heating furnace", "operating time", "180", "min"),
                ("NC machine", "operating time", "300", "min"),
                ("assembly line", "operating time", "420", "min"),
            },
        ),
        (
            "assembler-day",
            {("line meter", "electricity", "3.5", "kWh"), ("assembly line", "operating time", "420", "min")},
        ),
    ],
)
def test_a_day_has_the_figures_of_the_white_paper(name: str, figures: set[tuple[str, ...]]):
    rows = readings(name)
    assert {(row.device, row.quantity, row.value, row.unit) for row in rows} == figures
    assert {row.end - row.start for row in rows} == {86_400}


def test_every_sample_has_a_layout_and_is_named_in_the_readme():
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    for table in SAMPLES.glob("*.csv"):
        assert table.with_suffix(".toml").exists(), table.name
        assert f"`{table.name}`" in readme
    for layout in SAMPLES.glob("*.toml"):
        assert load_layout(layout).source, layout.name
