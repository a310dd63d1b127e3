"""The house rules that can be read off the tracked files."""

import platform
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("contracts", "oracle", "platform", "hardhat-free-devchain")
SOURCE_ENDINGS = {".py", ".sol", ".js", ".html"}
LONGEST = 600
# Folders of the machine a file was written on; none of them means anything to a reader.
MACHINE_PATH = re.compile(r"(?<![\w.~$}-])/(?:" + "|".join(("work", "farm", "root", "home")) + r")/\w")
ADDRESS = re.compile(r"https?://|registry\.|pypi\.|index-url", re.IGNORECASE)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def text_of(path: Path) -> str:
    return path.read_text(errors="replace")


def test_tanso_is_an_implicit_namespace_in_each_of_its_four_folders() -> None:
    for root in SOURCE_ROOTS:
        assert (ROOT / root / "tanso").is_dir()
        assert not (ROOT / root / "tanso" / "__init__.py").exists()
        assert not (ROOT / root / "__init__.py").exists()


def test_every_package_below_tanso_has_an_init_file() -> None:
    sources = tracked(*(f"{root}/tanso/*/*.py" for root in SOURCE_ROOTS))
    assert sources
    assert [path.parent for path in sources if not (path.parent / "__init__.py").exists()] == []


def test_import_platform_is_still_the_standard_librarys() -> None:
    assert platform.__file__ is not None
    assert Path(platform.__file__).name == "platform.py"
    assert not Path(platform.__file__).is_relative_to(ROOT / "platform")
    assert platform.python_version()


def test_no_source_file_is_longer_than_600_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(text_of(path).splitlines())
        for path in tracked()
        if path.suffix in SOURCE_ENDINGS
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_tracked_file_holds_a_path_of_the_machine_it_was_written_on() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["/work" + "/main/x", "see '/home" + "/me'", "path=/root" + "/a"])
def test_a_machine_path_would_be_found(line: str) -> None:
    assert MACHINE_PATH.search(line)


def test_lock_files_hold_no_download_address() -> None:
    locks = tracked("requirements/*.txt", "*package-lock.json", "*.lock", "*.npmrc")
    assert len(locks) >= 4
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in locks
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if ADDRESS.search(line)
    ]
    assert found == []
    assert '"resolved"' not in "".join(text_of(path) for path in locks)


def test_every_recipe_of_the_makefile_has_at_most_three_lines_and_every_command_a_help_line() -> None:
    recipes: dict[str, int] = {}
    target = ""
    for line in text_of(ROOT / "Makefile").splitlines():
        if found := re.match(r"([a-z-]+):", line):
            target = found[1]
            recipes[target] = 0
        elif line.startswith("\t"):
            recipes[target] += 1
    assert {name: lines for name, lines in recipes.items() if lines > 3} == {}
    listed = subprocess.run(["make", "-s"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} == set(recipes) - {"ready", "audit-tools"}


def test_types_are_checked_strictly_and_warnings_are_errors() -> None:
    settings = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]
    assert settings["mypy"]["strict"] is True
    assert settings["pytest"]["ini_options"]["filterwarnings"][0] == "error"
