import os
import shutil
import stat
from pathlib import Path

import pytest

from tanso.contracts import compiler
from tanso.contracts.compiler import ROOT, compile_contracts, find_compiler, is_compiled, read_sources
from tanso.contracts.deployment import CONTRACTS
from tanso.contracts.errors import CompilationError, ToolchainError

COUNTER = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract Counter is Ownable(msg.sender) {
    /// @notice Thrown when the count is at its end.
    error CounterFull(uint8 count);

    uint8 public count;

    function up() external onlyOwner {
        if (count == 9) revert CounterFull(count);
        ++count;
    }
}
"""


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "_memory", {})


def project(folder: Path) -> Path:
    """A contracts folder with one contract, and the project's settings, compiler and npm packages."""
    for name in ("foundry.toml", "package-lock.json"):
        (folder / name).write_text((ROOT / name).read_text())
    for name in ("node_modules", "solc"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "src").mkdir()
    (folder / "src" / "Counter.sol").write_text(COUNTER)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return project(tmp_path)


@pytest.fixture(scope="module")
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("compiled"))
    assert not is_compiled(folder)
    compile_contracts(folder)
    return folder


@pytest.fixture
def compiled(compiled_once: Path, small: Path) -> Path:
    """The same, with what the compiler made of it."""
    shutil.copytree(compiled_once / ".cache", small / ".cache")
    return small


def test_all_contracts_compile_within_the_size_that_chains_accept() -> None:
    artifacts = compile_contracts()
    for name in CONTRACTS:
        assert 0 < len(bytes.fromhex(artifacts[name].runtime[2:])) <= 24_576, name


@pytest.mark.slow
def test_imports_from_openzeppelin_resolve_and_documentation_comes_along(compiled: Path) -> None:
    counter = compile_contracts(compiled)["Counter"]
    assert {entry.get("name") for entry in counter.abi} >= {"up", "count", "owner", "CounterFull"}
    assert counter.userdoc["errors"]["CounterFull(uint8)"][0]["notice"].startswith("Thrown when")
    assert "AccessManager" in compile_contracts(compiled)


@pytest.mark.slow
def test_a_second_call_needs_no_compiler(compiled: Path) -> None:
    (compiled / "solc").unlink()
    (compiled / "node_modules").unlink()
    assert is_compiled(compiled)
    assert "Counter" in compile_contracts(compiled)


def test_what_changes_the_output_changes_the_key(small: Path) -> None:
    keys = {read_sources(small).key}
    for name, old, new in (
        ("src/Counter.sol", "== 9", "== 8"),
        ("foundry.toml", "optimizer_runs = 10000", "optimizer_runs = 1"),
        ("package-lock.json", "5.7.0", "5.7.1"),
    ):
        file = small / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        keys.add(read_sources(small).key)
    assert len(keys) == 4


@pytest.mark.slow
def test_a_changed_source_is_compiled_anew(compiled: Path) -> None:
    before = compile_contracts(compiled)["Counter"]
    source = compiled / "src" / "Counter.sol"
    source.write_text(COUNTER.replace("== 9", "== 8"))
    assert compile_contracts(compiled)["Counter"].runtime != before.runtime


def test_a_mistake_in_a_source_is_reported_in_the_compilers_words(small: Path) -> None:
    (small / "src" / "Counter.sol").write_text(COUNTER.replace("++count", "++counted"))
    with pytest.raises(CompilationError) as refused:
        compile_contracts(small)
    assert "DeclarationError: Undeclared identifier" in refused.value.message
    assert "src/Counter.sol:13" in refused.value.message
    assert not is_compiled(small)


def test_missing_npm_packages_are_named_with_what_to_do(small: Path) -> None:
    (small / "node_modules").unlink()
    with pytest.raises(ToolchainError, match="npm ci"):
        compile_contracts(small)


def test_a_folder_without_settings_or_sources_is_refused(tmp_path: Path, small: Path) -> None:
    with pytest.raises(ToolchainError, match="can't be read"):
        read_sources(tmp_path / "nothing")
    (small / "src" / "Counter.sol").unlink()
    with pytest.raises(ToolchainError, match="no Solidity source"):
        read_sources(small)


@pytest.mark.parametrize(("version", "preferred"), [("0.8.37", True), ("0.8.36", False)])
def test_a_native_compiler_on_path_is_preferred_if_it_has_the_pinned_version(
    version: str, preferred: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    native = tmp_path / "solc"
    native.write_text(f"#!/bin/sh\necho 'Version: {version}+commit.00000000.Linux.g++'\n")
    native.chmod(native.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_compiler("0.8.37") == (native if preferred else ROOT / "solc" / "solc")


def test_a_compiler_of_another_version_is_refused() -> None:
    with pytest.raises(ToolchainError, match=r"is not solc 0\.8\.99"):
        find_compiler("0.8.99")
