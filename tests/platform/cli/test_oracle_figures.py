"""`tanso oracle compute | evidence | check-leaf`, and the site file that docs/calculation.md shows."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs/calculation.md").read_text("utf-8")


@pytest.fixture
def store(tanso: Any, tmp_path: Path, one_url: str) -> tuple[str, str]:
    """The white paper's day, and the site of the documentation beside it."""
    (site,) = re.findall(r"```toml\n# site.toml\n(.*?)```", DOCS, re.DOTALL)
    (tmp_path / "site.toml").write_text(site)
    where = ("--store", one_url)
    sample = ROOT / "samples/factory-day"
    ran = tanso("oracle", "backfill", f"{sample}.csv", "--layout", f"{sample}.toml", *where)
    assert ran.returncode == 0, ran
    return where


def compute(tanso: Any, *options: Any) -> Any:
    return tanso("oracle", "compute", "--from", "2023-01-25", "--to", "2023-01-26", *options)


def test_the_documented_site_gives_the_white_papers_day(
    tanso: Any, store: tuple[str, str], tmp_path: Path
) -> None:
    ran = compute(tanso, "--site", tmp_path / "site.toml", *store, "--json")
    assert ran.returncode == 0, ran
    found = json.loads(ran.stdout)
    assert found["in_no_figure"] == []
    rows = {row["name"]: row for row in found["rows"]}
    # 54,240 g over 5400 : 3000 : 210, and 11,170 kg of gas for the furnace: docs/white-paper.md.
    assert {name: int(row["emissions_ug"]) for name, row in rows.items()} == {
        "furnace": -(-54_240 * 5400 * 10**6 // 8610) + 11_170_000 * 10**6,
        "NC machine": -(-54_240 * 3000 * 10**6 // 8610),
        "assembly": -(-54_240 * 210 * 10**6 // 8610),
    }
    assert rows["assembly"]["intensity_pg"] == str(-(-54_240 * 210 * 10**12 // (8610 * 420 * 60)))
    assert rows["furnace"]["activity"] == "10800"
    assert {row["problem"] for row in found["rows"]} == {None}


def test_the_documented_line_and_press_are_a_site(tanso: Any, tmp_path: Path, one_url: str) -> None:
    site, more = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    (tmp_path / "site.toml").write_text(site + more)
    ran = compute(tanso, "--site", tmp_path / "site.toml", "--store", one_url)
    # It is read as a site; of its first meter there is no reading.
    assert ran.returncode == 1
    assert "There is no reading of" in ran.stderr


def test_people_get_a_table(tanso: Any, store: tuple[str, str], tmp_path: Path) -> None:
    ran = compute(tanso, "--site", tmp_path / "site.toml", "--granularity", "half-hour", *store)
    assert ran.returncode == 0, ran
    lines = [line.split() for line in ran.stdout.splitlines()]
    # The day's totals are all there is, so that a day is what half-hours give.
    assert lines[1][:5] == ["furnace", "2023-01-25", "00:00", "2023-01-26", "00:00"]
    assert lines[1][5:] == ["10800", "s", "11,204.019", "1,037,409.086"]
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("zone = ", "no TOML file"),
        ("", "no [[equipment]]"),
        ("equipment = 3", "no [[equipment]]"),
        ("zone = '+09:00'\nenergies = []\n[[equipment]]\nname = 'x'", "activity_devices: Field required"),
        ("zone = 'Mars'\nenergies = []\nequipment = []", "zone"),
        ("zone = 'UTC'\nenergies = []\nequipment = []\ncomment = 1", "comment"),
    ],
)
def test_a_site_file_that_describes_no_site_is_one_sentence(
    tanso: Any, store: tuple[str, str], tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "site.toml").write_text(text)
    ran = compute(tanso, "--site", tmp_path / "site.toml", *store)
    assert ran.returncode == 1
    assert reason in ran.stderr.splitlines()[-1]
    assert "docs/calculation.md" in ran.stderr
    assert ran.stdout == ""


def test_without_a_site_the_user_is_told_what_to_do(tanso: Any, store: tuple[str, str]) -> None:
    ran = compute(tanso, *store)
    assert ran.returncode == 1
    assert "has no registered site" in ran.stderr


def test_the_demos_statements_are_listed_and_one_leaf_is_shown_and_checked(
    tanso: Any, told_copy: Path, tmp_path: Path
) -> None:
    where = ("--folder", told_copy)
    ids = re.findall(r"0x[0-9a-f]{32}", tanso("oracle", "evidence", *where).stderr)
    found = {
        key: json.loads(tanso("oracle", "evidence", *where, "--business", key, "--json").stdout)
        for key in ids
    }
    business, statements = next((key, held) for key, held in found.items() if held)
    which = (*where, "--business", business, "--root", statements[0]["root"])
    leaves = json.loads(tanso("oracle", "evidence", *which, "--json").stdout)["leaves"]
    assert f"{len(leaves)} leaves under {statements[0]['root']}" in tanso("oracle", "evidence", *which).stdout
    place = next(number for number, leaf in enumerate(leaves) if leaf["kind"] == "reading")
    ran = tanso("oracle", "evidence", *which, "--leaf", place, "--json")
    (tmp_path / "leaf.json").write_text(ran.stdout)
    checked = json.loads(tanso("oracle", "check-leaf", tmp_path / "leaf.json", "--json").stdout)
    assert (checked["fits"], checked["leaf"]) == (True, leaves[place])
    assert "Not asked of the chain" in tanso("oracle", "check-leaf", tmp_path / "leaf.json").stdout
    (tmp_path / "leaf.json").write_text(ran.stdout.replace('"count":', '"count": 1'))
    assert tanso("oracle", "check-leaf", tmp_path / "leaf.json").returncode == 1


def test_options_that_make_no_sense_together_are_one_sentence(
    tanso: Any, tmp_path: Path, one_url: str
) -> None:
    where = ("--store", one_url)
    assert tanso("oracle", "evidence", *where).stdout == "Nothing has been stated to the ledger yet.\n"
    for options, reason in (
        (("evidence", "--leaf", 1, *where), "Of which statement?"),
        (("evidence", "--sequence", 0, "--root", "0x12", *where), "Name the evidence"),
        (("evidence", "--sequence", 0, *where), "no such evidence"),
        (("check-leaf", tmp_path / "empty.db", "--rpc", "http://localhost:1"), "go together"),
        (("check-leaf", tmp_path / "absent"), "No such file"),
    ):
        ran = tanso("oracle", *options)
        assert ran.returncode == 1
        assert reason in ran.stderr
