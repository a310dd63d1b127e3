"""What the contracts cost in gas and bytes, compared with what is committed: `make gas`, `make gas-update`.

contracts/snapshots/gas.json holds what contracts/test/Gas.t.sol measures, sizes.json the contracts' sizes and
the compiler's settings that both were made with. A change of either is seen in review, as its diff.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tanso.contracts.compiler import ROOT, compile_contracts, read_sources
from tanso.contracts.deployment_plan import CONTRACTS
from tanso.contracts.errors import ToolchainError

FOLDER = ROOT / "snapshots"


def measured_gas() -> dict[str, int]:
    """Gas of each behaviour, by forge.

    :raises ToolchainError: when forge is missing or a test fails.
    """
    forge = next((ROOT / "node_modules/@foundry-rs").glob("forge-*/bin/forge*"), None)
    if forge is None:
        raise ToolchainError("forge has no program for this machine.", hint="See `make setup`.")
    with tempfile.TemporaryDirectory() as folder:
        test = ["test", "--match-contract", "^GasTest$", "--gas-snapshot-emit", "true"]
        # With a pattern alone, forge compiles no contract that the tests deploy by name.
        for arguments in (["build"], test):
            done = subprocess.run(  # noqa: S603 - our own program
                [str(forge), *arguments],
                cwd=ROOT,
                env={**os.environ, "FOUNDRY_SNAPSHOTS": folder},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise ToolchainError(f"forge could not measure: {done.stdout}{done.stderr}")
        found = json.loads((Path(folder) / "gas.json").read_text())
    return {name: int(gas) for name, gas in found.items()}


def measured_sizes() -> dict[str, int]:
    """Bytes of each contract, when it is created (without arguments) and when it is there."""
    artifacts = compile_contracts()
    return {
        f"{name} {when}": len(code) // 2 - 1
        for name in CONTRACTS
        for when, code in (("creation", artifacts[name].bytecode), ("deployed", artifacts[name].runtime))
    }


def settings() -> str:
    """The compiler's settings in words: figures hold for these alone."""
    sources = read_sources()
    optimizer = sources.settings["optimizer"]
    runs = f"optimizer for {optimizer['runs']:,} runs" if optimizer["enabled"] else "no optimizer"
    ir = "via IR" if sources.settings["viaIR"] else "not via IR"
    return f"solc {sources.version}, {runs}, {ir}, EVM {sources.settings['evmVersion']}"


def differences(committed: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """A line for each figure that is not as committed.

    >>> differences({"ship": 100, "use": 50}, {"ship": 90, "sell": 7})
    ['  ship: 100 -> 90 (-10, -10.0 %)', '  use: 50 -> gone', '  sell: new, 7']
    """
    lines = []
    for name in dict.fromkeys((*committed, *found)):
        was, now = committed.get(name), found.get(name)
        if was == now:
            continue
        if was is None:
            lines.append(f"  {name}: new, {now:,}")
        elif now is None:
            lines.append(f"  {name}: {was:,} -> gone")
        else:
            lines.append(f"  {name}: {was:,} -> {now:,} ({now - was:+,}, {(now - was) / was:+.1%})")
    return [line.replace("%)", " %)") for line in lines]


def compare(folder: Path = FOLDER, *, update: bool) -> list[str]:
    """Measures anew and says what differs from the folder's figures, and writes them there if wanted."""
    said = []
    # Forge writes numbers as text and sorts them by name.
    for file, found, kind in (("gas.json", measured_gas(), str), ("sizes.json", measured_sizes(), int)):
        content = json.loads((folder / file).read_text()) if (folder / file).exists() else {}
        made_with = content.pop("settings", settings())
        committed = {name: int(figure) for name, figure in content.items()}
        lines = differences(committed, found)
        if made_with != settings():
            lines.insert(0, f"  settings: {made_with} -> {settings()}")
        if lines:
            said += [f"{file}:", *lines]
        if update:
            text: dict[str, str | int] = {name: kind(figure) for name, figure in found.items()}
            if file == "sizes.json":
                text = {"settings": settings(), **text}
            (folder / file).write_text(json.dumps(text, indent=2) + ("\n" if file == "sizes.json" else ""))
    return said


def main(arguments: list[str]) -> int:
    """`make gas` without argument, `make gas-update` with --update."""
    update = "--update" in arguments
    lines = compare(update=update)
    print(f"Made with {settings()}.")  # noqa: T201 - a command line prints
    print("\n".join(lines) or "Gas and sizes are as committed.")  # noqa: T201
    if lines and not update:
        print("They differ from contracts/snapshots. If that is meant: make gas-update, and commit.")  # noqa: T201
    return 1 if lines and not update else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
