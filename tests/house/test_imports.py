"""The import check is run as `make imports` runs it, on a copy of the source with one wrong import added."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("contracts", "oracle", "platform", "hardhat-free-devchain")
ONE_WAY = "imports point one way: platform -> oracle -> contracts, and devchain knows none of them"
DEVCHAIN = "devchain is known to the command line and the demo world only"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The four source folders and the configuration, free to be spoilt."""
    for root in SOURCE_ROOTS:
        shutil.copytree(ROOT / root / "tanso", tmp_path / root / "tanso")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(folder / root) for root in SOURCE_ROOTS)
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths, "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )


def test_the_source_keeps_the_import_rules(copy: Path) -> None:
    checked = check_imports(copy)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{ONE_WAY} KEPT" in checked.stdout
    assert f"{DEVCHAIN} KEPT" in checked.stdout


@pytest.mark.parametrize(
    ("package", "imported", "rule"),
    [
        ("contracts/tanso/contracts", "tanso.oracle", ONE_WAY),
        ("contracts/tanso/contracts", "tanso.devchain", ONE_WAY),
        ("oracle/tanso/oracle", "tanso.platform", ONE_WAY),
        ("hardhat-free-devchain/tanso/devchain", "tanso.contracts", ONE_WAY),
        ("oracle/tanso/oracle", "tanso.devchain", DEVCHAIN),
        ("platform/tanso/platform", "tanso.devchain", DEVCHAIN),
    ],
)
def test_a_wrong_import_fails_the_check_and_is_named(
    copy: Path, package: str, imported: str, rule: str
) -> None:
    (copy / package / "astray.py").write_text(f"import {imported}\n")
    checked = check_imports(copy)
    assert checked.returncode != 0
    assert f"{rule} BROKEN" in checked.stdout
    assert f"tanso.{Path(package).name}.astray -> {imported}" in checked.stdout
