"""The samples against the original data sets.

These are not part of the project. This file is collected only where the folder ../shared/data lies beside the
project (see conftest.py); where it is absent, the committed totals in test_samples.py still hold the samples.
"""

import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tanso.oracle.intake import load_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.rows import read_rows

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
BUSINESS = "0x" + "ab" * 16
ORIGINALS = ROOT.parent / "shared" / "data"

CASES = [
    ("steel-works-2018", "steel_industry.csv", 35_040, timedelta(hours=9)),
    ("solar-roof-2016", "serf_east_15min_ac_power.csv", 10_000, timedelta(hours=-7)),
]


def per_day(content: bytes, layout: Path, offset: timedelta) -> dict[tuple[str, str, str], Fraction]:
    totals: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for row in read_rows(content, load_layout(layout)):
        assert isinstance(row, Candidate), row
        day = (datetime.fromtimestamp(row.start, UTC) + offset).date().isoformat()
        totals[day, row.quantity, row.unit] += Fraction(row.value)
    return {key: value for key, value in totals.items() if value}


@pytest.mark.parametrize(("name", "original", "count", "offset"), CASES, ids=[case[0] for case in CASES])
def test_the_original_read_by_its_layout_has_the_daily_totals_of_the_sample(name, original, count, offset):
    content = (ORIGINALS / original).read_bytes()
    assert sum(1 for line in content.splitlines() if line) == count + 1
    from_original = per_day(content, SAMPLES / f"{name}-original.toml", offset)
    sample = (SAMPLES / f"{name}-daily.csv").read_bytes()
    assert from_original == per_day(sample, SAMPLES / f"{name}-daily.toml", offset)


def test_the_script_makes_the_committed_samples_again(tmp_path: Path):
    script = ROOT / "scripts" / "make_samples.py"
    subprocess.run([sys.executable, script, ORIGINALS, "--into", tmp_path], check=True)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {name: (SAMPLES / name).read_bytes() for name in made}
    assert len(made) == 2


def test_the_steel_works_year_goes_in_whole_once(store: Engine):
    layout = load_layout(SAMPLES / "steel-works-2018-original.toml")
    totals = {"electricity": {"value": "959636.71", "unit": "kWh"}}
    for accepted, duplicates in ((35_040, 0), (0, 35_040)):
        result = backfill(store, BUSINESS, ORIGINALS / "steel_industry.csv", layout)
        assert result.document() == {
            "readings": 35_040,
            "accepted": accepted,
            "duplicates": duplicates,
            "refused": 0,
            "totals": totals,
        }


def test_the_solar_roofs_nights_are_kept_apart_and_explained(one_store: Engine):
    layout = load_layout(SAMPLES / "solar-roof-2016-original.toml")
    result = backfill(one_store, BUSINESS, ORIGINALS / "serf_east_15min_ac_power.csv", layout)
    assert (result.readings, result.accepted, result.refused) == (10_000, 10_000, 0)
    assert result.totals == {
        "generated electricity": {"value": "2941907.5484275", "unit": "Wh"},
        "own consumption": {"value": "3551.72028", "unit": "Wh"},
    }
    (note,) = result.notes
    assert note.startswith("4767 negative figures of power conditioner in the column 'ac_power'")
    assert "at night the power conditioner draws a little itself" in note
