"""Mutation testing of the ledger's contracts: `make mutation`, nightly work.

Each mutant (see mutants.py) is compiled and met with the whole Solidity test suite: first the ordinary tests,
which take a second, then the invariants. A mutant that no test notices survives. Verdicts are kept in
.cache/mutation as they come, so an interrupted run goes on where it stopped; another source or test begins
anew. The result is written to docs/mutation.md with the explanations of contracts/mutation.toml.

    python scripts/mutation.py [--workers 2] [--minutes 90] [--only Lots] [--keep-killed] [--list]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutants import Mutant, mutants_of
from mutation_report import EXPLANATIONS, PAGE, page, score_of, unexplained
from setup_steps import ROOT, environment, fingerprint

CONTRACTS = ROOT / "contracts"
WORK = ROOT / ".cache" / "mutation"
VERDICTS = WORK / "verdicts.json"
COPIED = ("src", "test", "solc", "foundry.toml", "package.json")
TIMEOUT_S = 300
TIMED_OUT = -1
LEAST = 0.9  # of the mutants that are not equivalent
# Built whole first: with a filter, forge leaves out what the chosen tests don't import, and deploys old code.
BUILD = ("build",)
TEST = ("test", "--fail-fast")
QUICK = (*TEST, "--no-match-test", "^invariant_", "--no-match-contract", "GasTest|Symbolic")
SLOW = (*TEST, "--match-test", "^invariant_")


def sources() -> list[Path]:
    """The contracts and libraries; interfaces have no code."""
    return [path for path in sorted(CONTRACTS.glob("src/**/*.sol")) if "interfaces" not in path.parts]


def all_mutants() -> list[Mutant]:
    """Every mutant of every source, by the compiler's own syntax trees."""
    files = {path.relative_to(CONTRACTS).as_posix(): path for path in sorted(CONTRACTS.glob("src/**/*.sol"))}
    task = {
        "language": "Solidity",
        "sources": {name: {"content": path.read_text()} for name, path in files.items()},
        "settings": {
            "remappings": ["@openzeppelin/=node_modules/@openzeppelin/"],
            "outputSelection": {"*": {"": ["ast"]}},
        },
    }
    answer = subprocess.run(
        [CONTRACTS / "solc" / "solc", "--standard-json", "--base-path", CONTRACTS],
        input=json.dumps(task), capture_output=True, text=True, check=True, env=environment(),
    )  # fmt: skip
    trees = json.loads(answer.stdout)["sources"]
    return [
        mutant
        for name, path in files.items()
        if path in sources()
        for mutant in mutants_of(name, path.read_bytes(), trees[name]["ast"])
    ]


class Worker:
    """A copy of the contracts in which one mutant at a time is tried."""

    def __init__(self, number: int) -> None:
        self.folder = WORK / f"worker-{number}"
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in COPIED:
            source, target = CONTRACTS / name, self.folder / name
            if target.is_dir():
                shutil.rmtree(target)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        link = self.folder / "node_modules"
        link.unlink(missing_ok=True)
        link.symlink_to(CONTRACTS / "node_modules")
        self.forge = next((CONTRACTS / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge"))

    def try_unchanged(self) -> None:
        """What kills a mutant must pass without it."""
        for command in (BUILD, QUICK, SLOW):
            code, output = self._forge(command)
            if code != 0:
                sys.exit(f"The tests fail before any mutant is made:\n{output[-3000:]}")

    def verdict(self, mutant: Mutant) -> str:
        """killed, survived, invalid (does not compile), or not tried (forge itself failed)."""
        path = self.folder / mutant.file
        source = path.read_bytes()
        path.write_bytes(mutant.applied_to(source))
        try:
            for command in (BUILD, QUICK, SLOW):
                code, output = self._forge(command)
                if code == TIMED_OUT or "[FAIL" in output:
                    return "killed"
                if "Compiler run failed" in output:
                    return "invalid"
                if code != 0:
                    return f"not tried: {output[-300:]}"
            return "survived"
        finally:
            path.write_bytes(source)

    def _forge(self, command: tuple[str, ...]) -> tuple[int, str]:
        try:
            done = subprocess.run(
                [self.forge, *command],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                env=environment() | {"FOUNDRY_PROFILE": "mutation"},
            )
        except subprocess.TimeoutExpired:
            return TIMED_OUT, ""
        return done.returncode, done.stdout + done.stderr


def known_verdicts(keep_killed: bool) -> tuple[str, dict[str, str]]:
    """Fingerprint of sources and tests, and the verdicts that hold for them."""
    tests = sorted(CONTRACTS.glob("test/**/*.sol"))
    code = fingerprint(*sources(), ROOT / "scripts" / "mutants.py")
    mark = fingerprint(code, *tests, CONTRACTS / "foundry.toml")
    try:
        kept = json.loads(VERDICTS.read_text())
    except (OSError, ValueError):
        return mark, {}
    if kept["mark"] == mark:
        return mark, dict(kept["verdicts"])
    if keep_killed and kept["code"] == code:
        return mark, {name: verdict for name, verdict in kept["verdicts"].items() if verdict != "survived"}
    return mark, {}


def remember(mark: str, verdicts: dict[str, str]) -> None:
    """Written beside and renamed, so that a crash leaves the old file or the new one."""
    beside = VERDICTS.with_suffix(".new")
    code = fingerprint(*sources(), ROOT / "scripts" / "mutants.py")
    beside.write_text(
        json.dumps({"mark": mark, "code": code, "verdicts": verdicts}, indent=1, sort_keys=True)
    )
    beside.replace(VERDICTS)


def try_all(todo: list[Mutant], verdicts: dict[str, str], mark: str, workers: int, minutes: float) -> None:
    """Tries the mutants that have no verdict yet, until the time is up."""
    free: SimpleQueue[Worker] = SimpleQueue()
    began = time.monotonic()
    made = [Worker(number) for number in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(Worker.try_unchanged, made))
        for worker in made:
            free.put(worker)

        def one(mutant: Mutant) -> tuple[Mutant, str]:
            if time.monotonic() - began > minutes * 60:
                return mutant, "not tried: the time is up"
            worker = free.get()
            try:
                return mutant, worker.verdict(mutant)
            finally:
                free.put(worker)

        for number, (mutant, verdict) in enumerate(pool.map(one, todo), start=1):
            if not verdict.startswith("not tried"):
                verdicts[mutant.name] = verdict
                remember(mark, verdicts)
            print(f"{number}/{len(todo)} {verdict}: {mutant.name}", flush=True)


def main(arguments: Iterable[str]) -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    options.add_argument(
        "--minutes", type=float, default=120, help="stop after this time; the next run goes on"
    )
    options.add_argument("--only", default="", help="mutants whose name contains this text")
    options.add_argument(
        "--keep-killed", action="store_true", help="after a change of tests, try survivors only"
    )
    options.add_argument("--list", action="store_true", help="list the mutants and try none")
    chosen = options.parse_args(list(arguments))
    mutants = all_mutants()
    if chosen.list:
        print(*(mutant.name for mutant in mutants), sep="\n")
        return 0
    WORK.mkdir(parents=True, exist_ok=True)
    mark, verdicts = known_verdicts(chosen.keep_killed)
    todo = [mutant for mutant in mutants if mutant.name not in verdicts and chosen.only in mutant.name]
    print(f"{len(mutants)} mutants, {len(mutants) - len(todo)} with a verdict already or not asked for")
    if todo:
        try_all(todo, verdicts, mark, chosen.workers, chosen.minutes)
    PAGE.write_text(page(mutants, verdicts, mark), encoding="utf-8")
    killed, counted = score_of(mutants, verdicts)
    print(f"{killed} of {counted} non-equivalent mutants killed; see {PAGE.relative_to(ROOT)}")
    for name in unexplained(mutants, verdicts):
        print(f"no reason in {EXPLANATIONS.relative_to(ROOT)}: {name}")
    missing = sum(mutant.name not in verdicts for mutant in mutants)
    if missing:
        print(f"{missing} mutants are not tried yet: run `make mutation` again, it goes on.")
    return 0 if killed >= LEAST * counted and not missing and not unexplained(mutants, verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
