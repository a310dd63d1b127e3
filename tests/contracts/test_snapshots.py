"""`make gas`: the committed figures of gas and sizes, measured anew."""

import json
import shutil
from pathlib import Path

import pytest

from tanso.contracts.snapshots import FOLDER, compare, differences, settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Figures as they are now."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "snapshots"))
    compare(copy, update=True)
    return copy


def test_differences_are_said_for_people() -> None:
    assert differences({"a": 1}, {"a": 1}) == []
    found = differences({"ship": 1_000, "use": 50}, {"ship": 900, "sell": 7})
    assert found == ["  ship: 1,000 -> 900 (-100, -10.0 %)", "  use: 50 -> gone", "  sell: new, 7"]


def test_what_was_accepted_differs_no_more_and_has_the_form_that_is_committed(folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert compare(folder, update=False) == []
    assert compare(folder, update=True) == []
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert set(before) == {"gas.json", "sizes.json"}
    assert json.loads(before["sizes.json"])["settings"] == settings()


def test_another_figure_size_or_setting_is_found_and_nothing_written(folder: Path) -> None:
    for file, name in (("gas.json", "retire"), ("sizes.json", "Lots deployed")):
        content = json.loads((folder / file).read_text())
        content[name] = str(int(content[name]) + 1)
        if file == "sizes.json":
            content["settings"] = "solc 0.1"
        (folder / file).write_text(json.dumps(content))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    found = compare(folder, update=False)
    assert [line.split(":")[0] for line in found] == [
        "gas.json",
        "  retire",
        "sizes.json",
        "  settings",
        "  Lots deployed",
    ]
    assert "(-1, " in found[1]
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_the_settings_are_stated() -> None:
    assert settings().startswith("solc 0.8.")
    assert "optimizer for 10,000 runs" in settings()
    assert "EVM cancun" in settings()
