"""anvil as the fast engine, under the same options as ours.

Its state is one JSON file that anvil writes itself, every few seconds and at the end: kill -9 may cost the
last seconds. After an orderly end its digest is noted beside it, so that damage is noticed at the next start;
after kill -9 only its shape can be checked.
"""

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import fcntl

from .accounts import DEV_HD_PATH, DEV_MNEMONIC
from .errors import DamagedState, EngineError, OtherState, StateError, StateInUse
from .settings import (
    ANVIL_FILE_NAME,
    BLOCK_GAS_LIMIT,
    CHAIN_FILE_NAME,
    DEFAULT_ACCOUNTS,
    DEFAULT_CHAIN_ID,
    DEV_BALANCE_WEI,
)

SAVE_INTERVAL_S = 5  # seconds between anvil's own saves
_LOCK_NAME = "anvil.lock"
_NOTE_NAME = "anvil.note.json"
_LAUNCHER = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGINT)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class AnvilNode:
    """A running anvil."""

    url: str
    process: subprocess.Popen[str]


def find_anvil() -> Path:
    """anvil on PATH, else the binary for this platform in a checkout's contracts/node_modules."""
    if found := shutil.which("anvil"):
        return Path(found)
    architecture = _ARCHITECTURES.get(platform.machine().lower(), platform.machine())
    package = f"anvil-{sys.platform}-{architecture}"
    name = "anvil.exe" if sys.platform == "win32" else "anvil"
    for folder in (*Path(__file__).resolve().parents, *Path.cwd().resolve().parents, Path.cwd()):
        binary = folder / "contracts" / "node_modules" / "@foundry-rs" / package / "bin" / name
        if binary.is_file():
            return binary
    raise EngineError(
        "anvil is neither on PATH nor in contracts/node_modules: install Foundry or run the project's set-up "
        "(make setup), or use the engine eth-tester."
    )


@contextmanager
def anvil_node(
    state: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    chain_id: int = DEFAULT_CHAIN_ID,
    accounts: int = DEFAULT_ACCOUNTS,
) -> Iterator[AnvilNode]:
    """anvil as a child process while the block runs; it has saved its state when the block is left.

    Raises EngineError, or a StateError that names the file.
    """
    command = [
        *(str(find_anvil()), "--host", host, "--port", str(port), "--no-cors"),
        *(
            "--chain-id",
            str(chain_id),
            "--accounts",
            str(accounts),
            "--balance",
            str(DEV_BALANCE_WEI // 10**18),
        ),
        *("--mnemonic", DEV_MNEMONIC, "--derivation-path", f"{DEV_HD_PATH}/"),
        *("--gas-limit", str(BLOCK_GAS_LIMIT), "--hardfork", "prague"),
    ]
    if state is None:
        with _running(command) as node:
            yield node
        return
    path = state / ANVIL_FILE_NAME
    command += ["--state", str(path), "--state-interval", str(SAVE_INTERVAL_S)]
    about: dict[str, object] = {"chain_id": chain_id, "accounts": accounts}
    with _locked(state) as inherited, _kept(path, about), _running(command, inherited) as node:
        yield node


def run_anvil(
    state: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 8545,
    *,
    chain_id: int = DEFAULT_CHAIN_ID,
    accounts: int = DEFAULT_ACCOUNTS,
    on_listening: Callable[[AnvilNode], None] | None = None,
) -> None:
    """Run anvil until it ends; SIGINT and SIGTERM are passed on to it once, and it saves its state.

    `on_listening` is called when it answers. Raises EngineError if anvil ends by itself.
    """
    stopped = threading.Event()
    with anvil_node(state, host, port, chain_id=chain_id, accounts=accounts) as node:

        def stop(*_: object) -> None:
            if not stopped.is_set():
                stopped.set()
                node.process.send_signal(signal.SIGINT)

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            if on_listening is not None:
                on_listening(node)
            code = node.process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    if not stopped.is_set():
        raise EngineError(f"anvil ended by itself with exit code {code}. Start it again.")


def _launcher() -> list[str]:
    # On Linux anvil is told (PR_SET_PDEATHSIG) to stop, with a last save, when the thread that started it
    # ends: after kill -9 of this process no orphan goes on writing the state.
    return [sys.executable, "-ISc", _LAUNCHER, str(os.getpid())] if sys.platform == "linux" else []


@contextmanager
def _running(command: list[str], inherited: tuple[int, ...] = ()) -> Iterator[AnvilNode]:
    process = subprocess.Popen(  # noqa: S603 (a list, no shell)
        [*_launcher(), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=inherited,
        start_new_session=True,  # Ctrl-C reaches us alone, and we pass it on once
    )
    assert process.stdout is not None
    with process.stdout as output:
        # It goes on to report every call; an unread pipe would stop it.
        reader = threading.Thread(target=_drain, args=(output,), name="anvil-output", daemon=True)
        try:
            url = _wait_until_listening(output)
            reader.start()
            yield AnvilNode(url, process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait()
            if reader.ident is not None:
                reader.join()


def _wait_until_listening(output: Iterator[str]) -> str:
    seen: list[str] = []
    for line in output:
        seen.append(line.rstrip())
        if line.startswith("Listening on "):
            address = seen[-1].removeprefix("Listening on ").replace("0.0.0.0", "127.0.0.1")  # noqa: S104
            return f"http://{address}"
    raise EngineError(f"anvil did not start: {' '.join(seen[-3:]) or 'it said nothing'}")


def _drain(output: Iterator[str]) -> None:
    for _ in output:
        pass


@contextmanager
def _locked(state: Path) -> Iterator[tuple[int, ...]]:
    """Hold the folder; yields the descriptor that anvil inherits, so that the lock lasts as long as anvil."""
    if (state / CHAIN_FILE_NAME).exists():
        raise OtherState(
            f"{state} holds a chain of the engine eth-tester ({CHAIN_FILE_NAME}). "
            "Ask for that engine, or name another folder."
        )
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / _LOCK_NAME).open("w")
    except OSError as error:
        raise StateError(f"{state} can't be written: {error.strerror}. Name another folder.") from error
    with lock:
        if sys.platform == "win32":  # no lock there that a child process could share
            yield ()
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StateInUse(
                f"{state / ANVIL_FILE_NAME} is in use by another process. "
                "Stop that process, or name another folder."
            ) from error
        yield (lock.fileno(),)


@contextmanager
def _kept(path: Path, about: dict[str, object]) -> Iterator[None]:
    """Hold the state against what we noted beside it; note its digest when anvil has ended in order."""
    note = path.with_name(_NOTE_NAME)
    if path.exists() or note.exists():
        _check(path, note, about)
    note.write_text(json.dumps(about))
    yield
    if path.exists():
        note.write_text(json.dumps({**about, "sha256": _digest(path)}))


def _check(path: Path, note: Path, about: dict[str, object]) -> None:
    try:
        noted = json.loads(note.read_bytes())
        if "sha256" in noted:
            whole = noted["sha256"] == _digest(path)
        else:  # anvil was killed: the file is of its last save, or it had not come to one
            whole = not path.exists() or "accounts" in json.loads(path.read_bytes())
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise DamagedState(
            f"{path} is damaged: it, or {note.name} beside it, is not as anvil and this program left it. "
            "Restore a copy of the folder, or move it away to start a new chain."
        )
    for name, wanted in about.items():
        if noted.get(name) != wanted:
            raise OtherState(
                f"{path} was made with {name} = {noted.get(name)}, not {wanted}. "
                f"Ask for {name} = {noted.get(name)}, or name another folder."
            )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
