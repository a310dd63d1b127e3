"""Runs slither over the contracts and compares with docs/slither.md: `make slither`.

Every finding must be fixed, or stand there by the detector's and the function's name with the reason why it
is no fault. An explanation of something that slither no longer finds is refused as well.
"""

import json
import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase

from audit_tools import BIN, forge_folder
from setup_steps import ROOT, environment

PAGE = ROOT / "docs" / "slither.md"
WORK = ROOT / ".cache" / "slither"
ROW = re.compile(r"^\| (`[a-z0-9-`, ]+`) \| (`[^|]+`) \| [^|]{20,} \|$", re.MULTILINE)


def findings() -> dict[tuple[str, str], str]:
    """What slither finds: its words by detector and place."""
    WORK.mkdir(parents=True, exist_ok=True)
    report = WORK / "report.json"
    report.unlink(missing_ok=True)
    # Folders of its own: slither begins with `forge clean`.
    folders = {"FOUNDRY_OUT": str(WORK / "out"), "FOUNDRY_CACHE_PATH": str(WORK / "cache")}
    paths = environment() | folders
    paths["PATH"] = os.pathsep.join([str(forge_folder()), paths["PATH"]])
    command = [str(BIN / "slither"), ".", "--config-file", "slither.config.json", "--json", str(report)]
    ran = subprocess.run(command, cwd=ROOT / "contracts", env=paths, capture_output=True, text=True)
    if not report.exists() or not (said := json.loads(report.read_text()))["success"]:
        sys.exit(f"slither did not finish:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    print(ran.stderr.strip().splitlines()[-1])
    found = {}
    for finding in said["results"].get("detectors", []):
        element = finding["elements"][0]
        parent = element.get("type_specific_fields", {}).get("parent", {})
        outer = parent.get("type_specific_fields", {}).get("parent", {})
        names = [outer.get("name"), parent.get("name"), element["name"]]
        place = ".".join(
            name
            for name, node in zip(names, [outer, parent, element], strict=True)
            if name and node.get("type") in ("contract", "function", "variable")
        )
        found[finding["check"], place] = finding["description"].strip()
    return found


def main() -> int:
    """Says what is not explained, and what is explained for nothing."""
    found = findings()
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    explained = {
        (detector, place)
        for detectors, places in rows
        for detector in re.findall("`([^`]+)`", detectors)
        for place in re.findall("`([^`]+)`", places)
    }
    covered = {key: [row for row in explained if _is_about(row, key)] for key in found}
    for key in sorted(key for key, by in covered.items() if not by):
        print(f"\nNot explained in {PAGE.relative_to(ROOT)}: `{key[0]}` | `{key[1]}`\n{found[key]}")
    idle = explained - {row for by in covered.values() for row in by}
    for row in sorted(idle):
        print(f"\nExplained in {PAGE.relative_to(ROOT)}, but no longer found: `{row[0]}` | `{row[1]}`")
    print(f"{len(found)} kinds of finding, {sum(bool(by) for by in covered.values())} explained")
    return 0 if all(covered.values()) and not idle else 1


def _is_about(row: tuple[str, str], key: tuple[str, str]) -> bool:
    """A row names a place, or with `.*` all functions of a contract."""
    return row[0] == key[0] and fnmatchcase(key[1], row[1])


if __name__ == "__main__":
    sys.exit(main())
