"""Proves the carbon arithmetic: `make symbolic`. docs/symbolic.md says what exactly, and what not.

First halmos runs the compiled library on symbols instead of numbers (contracts/test/symbolic), then z3 proves
what follows from the formulas (carbon_lemmas.py).
"""

import os
import re
import subprocess
import sys

from audit_tools import BIN, forge_folder
from setup_steps import ROOT, environment

WORK = ROOT / ".cache" / "symbolic"
CONTRACTS = ROOT / "contracts"
TIMEOUT = "60s"


def main() -> int:
    """Runs both; 0 when everything is proved."""
    WORK.mkdir(parents=True, exist_ok=True)
    variables = environment()
    variables |= {
        "PATH": os.pathsep.join([str(forge_folder()), variables["PATH"]]),
        "FOUNDRY_PROFILE": "symbolic",
        "FOUNDRY_OUT": str(WORK / "out"),
        "FOUNDRY_CACHE_PATH": str(WORK / "cache"),
    }
    command = [BIN / "halmos", "--match-contract", "Symbolic$", "--forge-build-out", WORK / "out"]
    command += ["--solver-timeout-assertion", TIMEOUT, "--no-status"]
    ran = subprocess.run(
        [str(part) for part in command], cwd=CONTRACTS, env=variables, capture_output=True, text=True
    )
    said = re.sub(r"\x1b\[\d+m", "", ran.stdout + ran.stderr)
    verdicts = re.findall(r"^\[(\w+)\] (check_\w+)", said, re.MULTILINE)
    tests = "".join(path.read_text() for path in sorted((CONTRACTS / "test" / "symbolic").glob("*.t.sol")))
    wanted = re.findall(r"function (check_\w+)", tests)
    proved = {name for verdict, name in verdicts if verdict == "PASS"}
    for name in wanted:
        print(f"{'proved' if name in proved else 'NOT PROVED'}: {name}", flush=True)
    if ran.returncode != 0 or proved != set(wanted):
        print(said[-3000:])
    lemmas = subprocess.run([BIN / "python", ROOT / "scripts" / "carbon_lemmas.py"])
    return 0 if ran.returncode == 0 and proved == set(wanted) and lemmas.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
