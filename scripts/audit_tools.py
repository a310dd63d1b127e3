"""Installs slither and halmos, as requirements/audit.txt locks them, into a virtual environment of their own.

They are kept out of `.venv`: they bring versions of web3 and its kin that the project itself does not choose.
"""

import shutil
import sys
from pathlib import Path

from setup_steps import PYTHON, REQUIREMENTS, ROOT, Step, carry_out, fingerprint, run

TOOLS = ROOT / ".cache" / "audit"
BIN = TOOLS / "bin"


def provide_audit_tools() -> None:
    """Makes sure that the locked tools are installed; does nothing when they are."""
    lock = REQUIREMENTS / "audit.txt"
    mark = fingerprint(lock, str(ROOT), sys.version)
    stamp = TOOLS / "made-from"
    if stamp.exists() and stamp.read_text() == mark:
        return
    shutil.rmtree(TOOLS, ignore_errors=True)
    step = Step("slither and halmos of requirements/audit.txt")
    run(step, [PYTHON, "-m", "venv", TOOLS])
    install = ["-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    run(step, [BIN / "python", *install, "--only-binary", ":all:", "--require-hashes", "-r", lock])
    stamp.write_text(mark)
    step.done()


def forge_folder() -> Path:
    """Where the native forge of the npm packages is."""
    return next((ROOT / "contracts" / "node_modules" / "@foundry-rs").glob("forge-*/bin"))


if __name__ == "__main__":
    sys.exit(carry_out(provide_audit_tools))
