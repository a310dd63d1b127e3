"""What the demo prints for people."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tanso.platform.demo.run import say_where
from tanso.platform.demo.tell import tell


@pytest.fixture(scope="module")
def said(told: Path) -> str:
    summary: Any = json.loads((told / "summary.json").read_text("utf-8"))
    names = {firm["id"]: firm["name"] for firm in summary["businesses"]}
    out = StringIO()
    tell(summary, names, Console(file=out, width=80, highlight=False))
    return out.getvalue()


def test_the_summary_fits_a_terminal_of_80_columns_and_nothing_is_cut_off(said: str) -> None:
    assert max(len(line.rstrip()) for line in said.splitlines()) <= 80
    assert "…" not in said


@pytest.mark.parametrize(
    "shown",
    [
        "Gwangyang Steel  Steel S45C × 4",
        "13.281 t   393.490 mg/g    100 %",
        "1.998 t/pc",
        "← Product A, Product B (Asahi Parts)",
        "← Steel S45C (Gwangyang Steel)",
        "2 steps",
        "196.896 kg  11.225 t     6.368 t  571.397 kg    4.482 t",
        "11.704 t of solar reductions bundled: 11 t issued, 703.292 kg carried over, 5 t",
        "by Ito Press Shop 5.852 t, Sato Dairy 3.511 t, Yamada Bakery 2.341 t",
    ],
)
def test_the_summary_shows_the_figures(said: str, shown: str) -> None:
    assert shown in said


def test_commands_are_not_cut_in_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / ("a-long-folder-name-" * 6)
    say_where(out, 7.4)
    lines = capsys.readouterr().out.splitlines()
    for command in (
        f"tanso verify {out}/proof.json",
        f"tanso chain --state {out}/chain",
        f"tanso up --data {out}",
    ):
        assert any(command in line for line in lines), command
    assert "told in 7 s" in lines[0]
