"""Compiles the Solidity sources with py-solc-x and keeps the result.

The settings are those of contracts/foundry.toml, so that what forge tests is what gets deployed. The result
is kept under contracts/.cache by the hash of sources, settings, compiler version and npm lock; a second call
reads it back in milliseconds. The first time takes about ten seconds.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tanso.contracts.errors import CompilationError, ToolchainError

_IN_WHEEL = Path(__file__).resolve().parent / "project"

ROOT = _IN_WHEEL if _IN_WHEEL.is_dir() else Path(__file__).resolve().parents[2]
"""The Solidity project: the checkout's folder contracts/, or what the wheel brought of it."""

CACHE_FORMAT = 1
OPENZEPPELIN = "node_modules/@openzeppelin/contracts"
ACCESS_MANAGER = f"{OPENZEPPELIN}/access/manager/AccessManager.sol"

_SELECTION = ["abi", "devdoc", "userdoc", "evm.bytecode.object", "evm.deployedBytecode.object"]
_memory: dict[str, dict[str, "Artifact"]] = {}


@dataclass(frozen=True, slots=True)
class Artifact:
    """What the compiler makes of one contract or interface."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    """Creation code as "0x…", "0x" for an interface."""
    runtime: str
    """Code after deployment, with zeros in place of immutable values."""
    userdoc: dict[str, Any]
    devdoc: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that the compiler's output depends on."""

    files: dict[str, str]
    """Text by path below contracts/."""
    settings: dict[str, Any]
    version: str
    """Pinned version of the compiler."""
    lock: str
    """Text of package-lock.json, which pins the OpenZeppelin sources."""

    @property
    def key(self) -> str:
        """Hash of all of it."""
        text = json.dumps([CACHE_FORMAT, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read_sources(root: Path = ROOT) -> Sources:
    """Reads the Solidity sources and settings.

    :raises ToolchainError: when the folder holds none.
    """
    try:
        profile = tomllib.loads((root / "foundry.toml").read_text())["profile"]["default"]
        lock = (root / "package-lock.json").read_text()
        version = json.loads(lock)["packages"]["node_modules/solc"]["version"]
        settings = {
            "remappings": profile["remappings"],
            "optimizer": {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]},
            "viaIR": profile["via_ir"],
            "evmVersion": profile["evm_version"],
            "metadata": {"bytecodeHash": profile["bytecode_hash"]},
        }
    except (OSError, KeyError, ValueError) as error:
        raise ToolchainError(
            f"The Solidity settings below {root} can't be read: {error}.",
            hint="Run Tanso from a checkout of the project (`pip install -e .`).",
        ) from error
    files = {
        path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.glob("src/**/*.sol"))
    }
    if not files:
        raise ToolchainError(f"There is no Solidity source below {root / 'src'}.")
    return Sources(files, settings, version, lock)


def build_key(root: Path = ROOT) -> str:
    """Names the build: the hash of sources, settings, compiler version and npm lock."""
    return read_sources(root).key


def is_compiled(root: Path = ROOT) -> bool:
    """Whether the next `compile_contracts` finds its result, and is quick."""
    key = build_key(root)
    return key in _memory or _cache_file(root, key).exists()


def compile_contracts(root: Path = ROOT) -> dict[str, Artifact]:
    """All contracts and interfaces of contracts/src and OpenZeppelin's AccessManager, by name.

    :raises ToolchainError: when the compiler, Node or the npm packages are missing.
    :raises CompilationError: with the compiler's message, when it refuses the sources.
    """
    sources = read_sources(root)
    if sources.key not in _memory:
        kept = _cache_file(root, sources.key)
        with _locked(kept):
            if not kept.exists():
                _write(kept, _compile(root, sources))
        _memory[sources.key] = {
            name: Artifact(**fields) for name, fields in json.loads(kept.read_text())["artifacts"].items()
        }
    return _memory[sources.key]


def find_compiler(version: str, root: Path = ROOT) -> Path:
    """A native solc of this version from PATH, else the project's own executable.

    :raises ToolchainError: when neither can run.
    """
    native = shutil.which("solc")
    if native and f"Version: {version}+" in _output_of(native, "--version"):
        return Path(native)
    if not (root / "node_modules" / "solc").exists():
        raise ToolchainError(
            "The compiler's npm packages are not installed.", hint=f"Run `npm ci` in {root}, or `make setup`."
        )
    own = root / "solc" / "solc"
    answer = _output_of(str(own), "--version")
    if f"Version: {version}+" not in answer:
        raise ToolchainError(
            f"{own} is not solc {version}: {answer.strip() or 'no answer'}.",
            hint=f"Run `make setup`, or install Node 20 or newer and run `npm ci` in {root}.",
        )
    return own


def _compile(root: Path, sources: Sources) -> dict[str, Any]:
    import solcx
    from solcx.exceptions import SolcError

    with _node_on_path():
        binary = find_compiler(sources.version, root)
        files = {**sources.files, ACCESS_MANAGER: (root / ACCESS_MANAGER).read_text()}
        task = {
            "language": "Solidity",
            "sources": {name: {"content": text} for name, text in files.items()},
            "settings": {**sources.settings, "outputSelection": {name: {"*": _SELECTION} for name in files}},
        }
        try:
            output = solcx.compile_standard(
                task, base_path=str(root), allow_paths=[str(root)], solc_binary=str(binary)
            )
        except SolcError as error:
            raise CompilationError(_said(error), hint="Correct the source and compile again.") from error
    artifacts: dict[str, Any] = {}
    for contracts in output["contracts"].values():
        for name, found in contracts.items():
            artifacts[name] = {
                "name": name,
                "abi": found["abi"],
                "bytecode": "0x" + found["evm"]["bytecode"]["object"],
                "runtime": "0x" + found["evm"]["deployedBytecode"]["object"],
                "userdoc": found["userdoc"],
                "devdoc": found["devdoc"],
            }
    return {"compiler": sources.version, "settings": sources.settings, "artifacts": artifacts}


def _said(error: Any) -> str:
    """The compiler's own words out of py-solc-x's error."""
    try:
        findings = json.loads(error.stdout_data)["errors"]
    except (TypeError, ValueError, KeyError):
        return str(error.stderr_data or error).strip()
    return "\n".join(
        finding["formattedMessage"].strip() for finding in findings if finding["severity"] == "error"
    )


def _output_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout + done.stderr


@contextmanager
def _node_on_path() -> Iterator[None]:
    """Lets the compiler find a Node that came with this Python's environment, active or not."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([before, str(Path(sys.executable).parent)])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _cache_file(root: Path, key: str) -> Path:
    return root / ".cache" / f"{key}.json"


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """One process compiles, the others wait for its result."""
    import fcntl

    file.parent.mkdir(parents=True, exist_ok=True)
    with (file.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, content: dict[str, Any]) -> None:
    """Atomically: a reader sees a whole file or none."""
    part = file.with_suffix(".part")
    part.write_text(json.dumps(content, sort_keys=True))
    part.replace(file)
