"""The project's solc executable, asked as py-solc-x, forge and slither ask the native one."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tanso.contracts.compiler import ROOT

SOLC = ROOT / "solc" / "solc"
SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;
import {Part} from "lib/Part.sol";
contract Whole is Part { function sender() external view returns (address) { return msg.sender; } }
"""
PART = "// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.28;\ncontract Part {}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Whole.sol").write_text(SOURCE)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "Part.sol").write_text(PART)
    return tmp_path


def solc(*args: str, cwd: Path = ROOT, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SOLC, *args],
        cwd=cwd,
        input=stdin,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def standard(folder: Path, **settings: Any) -> Any:
    task = {
        "language": "Solidity",
        "sources": {"Whole.sol": {"content": SOURCE}},
        "settings": {"outputSelection": {"*": {"*": ["evm.bytecode.object"], "": ["ast"]}}, **settings},
    }
    base = ["--base-path", str(folder), "--allow-paths", str(folder)]
    done = solc("--standard-json", *base, stdin=json.dumps(task), cwd=ROOT.parent)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_version_is_the_one_pinned_in_the_lock_file() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    pinned = lock["packages"]["node_modules/solc"]["version"]
    said = solc("--version").stdout.splitlines()
    assert said[0] == "solc, the solidity compiler commandline interface"
    assert said[1].startswith(f"Version: {pinned}+commit.")


def test_standard_json_finds_imports_below_the_base_path_through_remappings(folder: Path) -> None:
    output = standard(folder, remappings=["lib/=parts/"])
    assert "errors" not in output
    assert output["contracts"]["Whole.sol"]["Whole"]["evm"]["bytecode"]["object"]


def test_a_missing_import_is_an_error_that_says_where_it_was_looked_for(folder: Path) -> None:
    (error,) = standard(folder)["errors"]
    assert f"{folder}/lib/Part.sol" in error["message"]


def test_builtins_have_negative_ids_as_the_native_compiler_gives_them(folder: Path) -> None:
    ast = json.dumps(standard(folder, remappings=["lib/=parts/"])["sources"]["Whole.sol"]["ast"])
    assert '"referencedDeclaration": -15' in ast  # msg
    assert "42949" not in ast


def test_combined_json_holds_what_was_asked_for(folder: Path) -> None:
    done = solc("--combined-json", "abi,bin,ast,srcmap", "--optimize", "lib/=parts/", "Whole.sol", cwd=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["sourceList"] == ["Whole.sol", "parts/Part.sol"]
    assert set(found["contracts"]) == {"Whole.sol:Whole", "parts/Part.sol:Part"}
    whole = found["contracts"]["Whole.sol:Whole"]
    assert set(whole) == {"abi", "bin", "srcmap"}
    assert whole["abi"][0]["name"] == "sender"
    assert found["sources"]["Whole.sol"]["AST"]["nodeType"] == "SourceUnit"


def test_combined_json_of_a_wrong_source_fails_with_the_compilers_message(folder: Path) -> None:
    done = solc("--combined-json", "abi", "Whole.sol", cwd=folder)
    assert done.returncode == 1
    assert "ParserError" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--made-up"], "unrecognised option '--made-up'"),
        (["--base-path"], "the required argument for option '--base-path' is missing"),
        (["--combined-json", "abi,made-up", "Whole.sol"], "Invalid option to --combined-json: made-up"),
        ([], "solc --standard-json"),
    ],
)
def test_what_is_not_understood_is_refused(args: list[str], said: str, folder: Path) -> None:
    done = solc(*args, cwd=folder)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with the shell's tools, without Node."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("dirname", "readlink"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    return str(folder)


def test_node_is_found_in_the_active_virtual_environment(bare_path: str, tmp_path: Path) -> None:
    (tmp_path / "env" / "bin").mkdir(parents=True)
    (tmp_path / "env" / "bin" / "node").symlink_to(str(shutil.which("node")))
    done = solc("--version", PATH=bare_path, VIRTUAL_ENV=str(tmp_path / "env"))
    assert done.returncode == 0, done.stderr


def test_node_is_found_in_the_projects_own_environment_and_missed_with_what_to_do(
    bare_path: str, tmp_path: Path
) -> None:
    own = tmp_path / "project" / "contracts" / "solc"
    own.mkdir(parents=True)
    for name in ("solc", "solc.js"):
        shutil.copy(SOLC.parent / name, own / name)
    (own.parent / "node_modules").symlink_to(ROOT / "node_modules")
    env = {"PATH": bare_path}
    missing = subprocess.run(
        [own / "solc", "--version"], env=env, capture_output=True, text=True, check=False
    )
    assert missing.returncode == 127
    assert "make setup" in missing.stderr
    (tmp_path / "project" / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "project" / ".venv" / "bin" / "node").symlink_to(str(shutil.which("node")))
    found = subprocess.run([own / "solc", "--version"], env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_a_missing_npm_package_is_missed_with_what_to_do(tmp_path: Path) -> None:
    for name in ("solc", "solc.js"):
        shutil.copy(SOLC.parent / name, tmp_path / name)
    done = subprocess.run([tmp_path / "solc", "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 127
    assert "npm ci" in done.stderr
