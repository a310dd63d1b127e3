"""Unpacks the broker Mosquitto from Debian's package into .cache, for trying and for tests: `make broker`.

Nothing is installed: the package, and those of its libraries that the machine lacks, are downloaded by apt,
which checks them against the signed lists, and are unpacked. A starter in .venv/bin makes the oracle find the
broker. The version is that of the machine's own release, so it fits its C library. Where a Mosquitto
is installed already, nothing is done.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setup_problems import SetupError
from setup_steps import ROOT, VENV, Step, carry_out, environment, run

FOLDER = ROOT / ".cache" / "mosquitto"
LINK = VENV / "bin" / "mosquitto"
ELSEWHERE = (
    "A broker for the tests can't be had. Install Mosquitto 2 in your system's way (`apt-get install "
    "mosquitto`, `brew install mosquitto`), then run the same command again."
)


def works(program: Path | str) -> bool:
    """Whether the program starts and is of version 2."""
    try:
        shown = subprocess.run([program, "-h"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return "mosquitto version 2." in shown


def provide_mosquitto() -> None:
    """Makes sure that a broker is there; does nothing when one is."""
    path = os.pathsep.join((environment()["PATH"], "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"))
    found = shutil.which("mosquitto", path=path)
    if found and works(found):
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise SetupError(f"This machine has no apt-get. {ELSEWHERE}")
    step = Step("Mosquitto from Debian's package")
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "lists" / "partial").mkdir(parents=True)
    options: list[str] = []
    try:
        _fetch(step, options, ["mosquitto"])
    except SetupError:
        # The machine's own lists are absent or old: fresh ones, in a folder of ours, need no rights.
        options = ["-o", f"Dir::State::Lists={FOLDER / 'lists'}", "-o", f"Dir::Cache={FOLDER}"]
        try:
            run(step, ["apt-get", *options, "update"])
            _fetch(step, options, ["mosquitto"])
        except SetupError as error:
            raise SetupError(f"apt-get has no package mosquitto. {ELSEWHERE}", *error.args[1:]) from error
    _fetch(step, options, _libraries(options))
    libraries = ":".join(sorted({str(file.parent) for file in (FOLDER / "root").rglob("*.so*")}))
    program = FOLDER / "root" / "usr" / "sbin" / "mosquitto"
    LINK.unlink(missing_ok=True)
    LINK.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{libraries}" exec "{program}" "$@"\n')
    LINK.chmod(0o755)
    if not works(LINK):
        LINK.unlink()
        raise SetupError(f"Debian's Mosquitto does not start on this machine. {ELSEWHERE}")
    step.done()


def _fetch(step: Step, options: list[str], packages: list[str]) -> None:
    """Downloads packages and unpacks them all into one folder."""
    if packages:
        run(step, ["apt-get", *options, "download", *packages], cwd=FOLDER)
        for package in FOLDER.glob("*.deb"):
            run(step, ["dpkg", "-x", package, FOLDER / "root"])
            package.unlink()


def _libraries(options: list[str]) -> list[str]:
    """Libraries that Mosquitto needs and the machine has not installed."""
    shown = subprocess.run(
        ["apt-cache", *options, "depends", "mosquitto"], capture_output=True, text=True, check=True
    ).stdout
    wanted = re.findall(r"^ *Depends: (lib\S+)$", shown, re.MULTILINE)
    state = [["dpkg-query", "-W", "-f", "${Status}", name] for name in wanted]
    return [
        name
        for name, question in zip(wanted, state, strict=True)
        if "ok installed" not in subprocess.run(question, capture_output=True, text=True).stdout
    ]


if __name__ == "__main__":
    sys.exit(carry_out(provide_mosquitto))
