"""The wheel holds the four packages and what they need to compile the contracts."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("tanso-*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("package", ["contracts", "oracle", "platform", "devchain"])
def test_the_wheel_holds_each_package_whole(names: set[str], package: str) -> None:
    (folder,) = ROOT.glob(f"*/tanso/{package}")
    sources = {
        f"tanso/{package}/{path.relative_to(folder)}"
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert f"tanso/{package}/__init__.py" in sources
    assert sources - names == set()


def test_the_wheel_holds_nothing_outside_tanso_and_no_namespace_init(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"tanso"}
    assert "tanso/__init__.py" not in names


def test_the_wheel_holds_what_compiling_the_contracts_needs(names: set[str]) -> None:
    contracts = ROOT / "contracts"
    needed = list((contracts / "src").rglob("*.sol"))
    needed += [contracts / name for name in ("foundry.toml", "package.json", "package-lock.json")]
    needed += [contracts / "solc" / name for name in ("solc", "solc.js")]
    assert {f"tanso/contracts/project/{path.relative_to(contracts)}" for path in needed} - names == set()


def test_the_wheel_holds_the_samples_that_the_demo_reads(names: set[str]) -> None:
    samples = {path.name for path in (ROOT / "samples").iterdir()}
    assert {f"tanso/platform/demo/samples/{name}" for name in samples} - names == set()


def test_the_compilers_own_program_can_be_run_from_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        mode = archive.getinfo("tanso/contracts/project/solc/solc").external_attr >> 16
    assert mode & 0o111 == 0o111


def test_beside_the_installed_wheel_platform_is_the_standard_librarys(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import platform, tanso.platform; print(platform.python_version(), tanso.platform.__file__)"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert answer.split()[0].count(".") == 2
    assert answer.split()[1].startswith(str(tmp_path))
