"""README's "Two firms" does what it says: its commands are run as they stand there."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ...databases import copied

ROOT = Path(__file__).parents[3]
WITHIN_S = 240


def commands() -> tuple[str, str]:
    """The command that starts the servers, and those for the other terminal."""
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.partition("\n## Two firms\n")[2].partition("\n## ")[0]
    start, walk = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    return start, walk


def test_a_newcomer_is_refused_agrees_and_gets_the_breakdown_with_proofs(
    request: pytest.FixtureRequest, firms_told: Path, tmp_path: Path
) -> None:
    start, walk = commands()
    assert start.strip() == "tanso up --federation"
    # The story that the first start tells is told already: this is the second start in the folder.
    with copied(request, firms_told, tmp_path / "tanso-firms"):
        _walk(start, walk, tmp_path)


def _walk(start: str, walk: str, folder: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TANSO_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    environment = kept | {"PATH": path, "COLUMNS": "200"}
    with subprocess.Popen(
        ["bash", "-c", f"exec {start}"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as servers:
        assert servers.stdout is not None
        try:
            said = next(line for line in servers.stdout if "firms are up" in line)
            assert said.startswith("4 firms")
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", walk],
                cwd=folder, env=environment, capture_output=True, text=True, timeout=WITHIN_S,
            )  # fmt: skip
        finally:
            servers.send_signal(signal.SIGINT)
            rest = servers.stdout.read()
    assert done.returncode == 0, done.stderr
    first, _, last = done.stdout.partition("not disclosed: no agreement in force")
    assert "Drive unit" not in first
    assert "Drive unit (Minato Assembly, drive units 2023-01-26)" in last
    assert "3 lots, 1 steps: 1 shown, 2 not disclosed" in last
    assert "3 inputs proved under the roots that the ledger has" in last
    assert '"answered":true' in last
    assert (servers.returncode, rest.splitlines()[-1]) == (0, "Stopped.")
