"""`tanso oracle`: files in, and what became of them, in words and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from tanso.platform.cli.oracle import app

LAYOUT = """
zone = "UTC"
[time]
start = "start"
length = "1 h"
[[series]]
device = "roof"
quantity = "generated electricity"
value = "W"
unit = "W"
mode = "mean rate"
negative = "own consumption"
negative_reason = "drawn at night"
"""
TABLE = "start,W\n2023-01-01T00:00,-2.5\n2023-01-01T12:00,1000\n2023-01-01T13:00,1e400\n"
ALL = {
    "generated electricity": {"value": "1000", "unit": "Wh"},
    "own consumption": {"value": "2.5", "unit": "Wh"},
}
COMMANDS = sorted(command.name or command.callback.__name__ for command in app.registered_commands)  # type: ignore[union-attr]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "roof.csv").write_text(TABLE)
    (tmp_path / "roof.toml").write_text(LAYOUT)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(tanso: Any, command: str) -> None:
    ran = tanso("oracle", command, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(ran.stdout.split("Options:")[0].split()) > 10


def test_a_file_is_taken_and_what_became_of_it_is_told(tanso: Any, files: Path, one_url: str) -> None:
    where = ("--store", one_url)
    take = ("oracle", "backfill", files / "roof.csv", "--layout", files / "roof.toml", *where)
    first = tanso(*take, "--json")
    assert first.returncode == 0, first
    assert first.stderr.strip() == "roof.csv"
    found = json.loads(first.stdout)
    (note,) = found.pop("notes")
    assert "1 negative figures of roof in the column 'W' count as own consumption (drawn at night)" in note
    assert "2.5 Wh in all" in note
    assert found == {"readings": 3, "accepted": 2, "duplicates": 0, "refused": 1, "totals": ALL}
    assert "3 readings, 0 accepted, 2 duplicates, 1 refused" in tanso(*take).stdout
    (refused,) = json.loads(tanso("oracle", "refused", *where, "--json").stdout)
    assert (refused["file"], refused["line"], refused["error"]) == ("roof.csv", 4, "AbsurdNumber")
    assert "roof.csv, line 4: AbsurdNumber: " in tanso("oracle", "refused", *where).stdout
    row = str(refused["row_id"])
    settled = tanso("oracle", "resolve", row, "--reason", "a test", "--json", *where)
    assert json.loads(settled.stdout) == {"resolved": 1}
    assert tanso("oracle", "refused", *where).stdout == "Nothing was kept aside.\n"
    assert "no open refused row 999" in tanso("oracle", "resolve", "999", "--reason", "x", *where).stderr
    generated, own = json.loads(tanso("oracle", "status", *where, "--json").stdout)
    assert (generated["quantity"], generated["count"], generated["gap_count"]) == (
        "generated electricity",
        1,
        0,
    )
    assert own["quantity"] == "own consumption"
    assert (
        "roof, own consumption: 1 readings, 2023-01-01 00:00:00 UTC"
        in tanso("oracle", "status", *where).stdout
    )


def test_the_store_is_the_nodes_own_by_its_folder_or_its_settings(
    tanso: Any, files: Path, home: Path
) -> None:
    take = ("oracle", "backfill", files / "roof.csv", "--layout", files / "roof.toml", "--json")
    assert json.loads(tanso(*take, TANSO_DATA_DIR=str(home)).stdout)["accepted"] == 2
    assert json.loads(tanso(*take, "--folder", home).stdout)["duplicates"] == 2
    ran = tanso(*take, "--folder", files / "absent")
    assert (ran.returncode, ran.stderr) == (
        1,
        f"Error: There is no folder {files / 'absent'}. Name the folder of a node.\n",
    )


def test_the_readings_are_of_the_business_that_is_named_where_the_node_serves_several(
    tanso: Any, files: Path, told_copy: Path
) -> None:
    take = ("oracle", "backfill", files / "roof.csv", "--layout", files / "roof.toml", "--folder", told_copy)
    ran = tanso(*take)
    assert ran.returncode == 1
    assert "This node serves several businesses. Give --business, one of 0x" in ran.stderr
    business = ran.stderr.split("one of ")[1][:34]
    assert "2 accepted" in tanso(*take, "--business", business).stdout
    assert tanso(*take, "--business", "0x12").returncode == 1


def test_a_file_or_layout_that_is_not_there_is_one_sentence(tanso: Any, files: Path, one_url: str) -> None:
    where = ("--store", one_url)
    for file, layout in (("no.csv", "roof.toml"), ("roof.csv", "no.toml")):
        ran = tanso("oracle", "backfill", files / file, "--layout", files / layout, *where)
        assert ran.returncode == 1
        assert ran.stderr.strip().splitlines()[-1].startswith("Error: ")
        assert "Traceback" not in ran.stderr
    assert json.loads(tanso("oracle", "status", *where, "--json").stdout) == []
    assert tanso("oracle", "refused", *where).stdout == "Nothing was kept aside.\n"


def test_a_watched_folder_is_taken_file_by_file(tanso: Any, files: Path, one_url: str) -> None:
    inbox, done = files / "inbox", files / "done"
    inbox.mkdir()
    done.mkdir()
    (inbox / "a.csv").write_text(TABLE)
    (inbox / "b.csv").write_text("no,table\n")
    where = ("--store", one_url, "--done", done, "--once", "--every", "0.1")
    command = ("oracle", "watch", inbox, "--layout", files / "roof.toml", *where)
    ran = tanso(*command, "--json")
    assert ran.returncode == 0, ran
    first, second = (json.loads(line) for line in ran.stdout.splitlines())
    assert (first["file"], first["accepted"], first["refused"], first["totals"]) == ("a.csv", 2, 1, ALL)
    assert (second["file"], second["error"]) == ("b.csv", "LayoutRefused")
    assert ([path.name for path in inbox.iterdir()], [path.name for path in done.iterdir()]) == (
        ["b.csv"], ["a.csv"],
    )  # fmt: skip
    assert tanso(*command).stdout == ""


def test_a_workbook_is_written_filled_in_and_taken(tanso: Any, tmp_path: Path, one_url: str) -> None:
    where = ("--store", one_url)
    book = tmp_path / "factory.xlsx"
    assert tanso("oracle", "template", book).returncode == 0
    assert "already" in tanso("oracle", "template", book).stderr
    empty = tanso("oracle", "workbook", book, *where)
    assert "23 rows are marked as examples" in empty.stdout
    sample = Path(__file__).parents[3] / "samples" / "white-paper-day.xlsx"
    ran = tanso("oracle", "workbook", sample, *where, "--json")
    found = json.loads(ran.stdout)
    assert (found["accepted"], found["refused_cells"]) == (5, [])
    assert found["products"]["A"]["footprint"]["exact_g"] == "53784234193/143500"
    told = tanso("oracle", "workbook", sample, *where).stdout
    assert "5 duplicates" in told
    assert "B: 374332.815578 g CO2e per piece" in told
