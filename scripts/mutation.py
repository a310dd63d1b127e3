"""Mutation testing of the ledger's contracts: `make mutation`, nightly work.

Each mutant (see mutants.py) is met with the Solidity tests (see mutation_worker.py): first the ordinary ones,
which take a second, then the invariants. A mutant that no test notices survives; one that is compiled to the
same code as without it is none. Verdicts are kept in .cache/mutation as they come, source by source with what
they hold for, so an interrupted run goes on where it stopped. The result is written to docs/mutation.md with
the explanations of contracts/mutation.toml.

    python scripts/mutation.py [--workers 2] [--minutes 240] [--only Lots] [--keep-killed] [--list]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutants import Mutant, mutants_of
from mutation_report import EXPLANATIONS, PAGE, page, score_of, unexplained
from mutation_worker import CONTRACTS, Worker, imported
from setup_steps import ROOT, environment, fingerprint

WORK = ROOT / ".cache" / "mutation"
COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
"""A comment, or in group 1 a text that may look as if it held one."""
LEAST = 0.9  # of the mutants that are not equivalent
LEFT_OUT = ("interfaces", "benchmark")  # no code, and none of the ledger's


def sources() -> list[str]:
    """The contracts and libraries of the ledger."""
    paths = sorted(CONTRACTS.glob("src/**/*.sol"))
    return [p.relative_to(CONTRACTS).as_posix() for p in paths if p.parent.name not in LEFT_OUT]


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
        for name in sources()
        for mutant in mutants_of(name, files[name].read_bytes(), trees[name]["ast"])
    ]


class Verdicts:
    """What is known of each source's mutants, and for which code and tests it holds."""

    def __init__(self, keep_killed: bool, only: Collection[str] = ("",)) -> None:
        tests = sorted(CONTRACTS.glob("test/**/*.sol"))
        tools = [ROOT / "scripts" / name for name in ("mutants.py", "mutation_worker.py")]
        self.tests = fingerprint(*tests, *tools, CONTRACTS / "foundry.toml")
        self.code = {file: self._code_of(file) for file in sources()}
        self.mark = fingerprint(self.tests, *self.code.values())
        self.by_file: dict[str, dict[str, str]] = {}
        self.survived_before: set[str] = set()
        for file in sources():
            try:
                kept = json.loads(self._path(file).read_text())
            except (OSError, ValueError):
                kept = {}
            verdicts: dict[str, str] = {}
            if kept.get("code") == self.code[file]:
                if kept["tests"] == self.tests:
                    verdicts = kept["verdicts"]
                elif keep_killed:
                    # Tests that were added can only notice more: what is not asked for stays as it was.
                    asked = any(text in file for text in only)
                    verdicts = {n: v for n, v in kept["verdicts"].items() if v != "survived" or not asked}
                    self.survived_before |= set(kept["verdicts"]) - set(verdicts)
            self.by_file[file] = verdicts

    def all(self) -> dict[str, str]:
        """By mutant."""
        return {name: verdict for verdicts in self.by_file.values() for name, verdict in verdicts.items()}

    def remember(self, mutant: Mutant, verdict: str) -> None:
        """Written beside and renamed, so that a crash leaves the old file or the new one."""
        verdicts = self.by_file[mutant.file]
        verdicts[mutant.name] = verdict
        path = self._path(mutant.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"code": self.code[mutant.file], "tests": self.tests, "verdicts": verdicts}
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(content, indent=1, sort_keys=True))
        beside.replace(path)

    def _code_of(self, file: str) -> str:
        """Of all sources that are compiled together with this one, without their comments."""
        together = {file} | {
            each for other in sources() if file in imported(other) for each in imported(other)
        }
        return fingerprint(*(COMMENT.sub(r"\1", (CONTRACTS / each).read_text()) for each in sorted(together)))

    def _path(self, file: str) -> Path:
        return WORK / "verdicts" / (file.replace("/", "-") + ".json")


def try_all(todo: list[Mutant], verdicts: Verdicts, workers: int, minutes: float) -> None:
    """Tries the mutants that have no verdict yet, until the time is up."""
    free: SimpleQueue[Worker] = SimpleQueue()
    made = [Worker(WORK / f"worker-{number}") for number in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(Worker.prepare, made))
        for worker in made:
            free.put(worker)
        began = time.monotonic()

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
                verdicts.remember(mutant, verdict)
            each = (time.monotonic() - began) / number
            print(f"{number}/{len(todo)} ({each:.1f} s each) {verdict}: {mutant.name}", flush=True)
    for worker in made:
        worker.close()


def main(arguments: Iterable[str]) -> int:
    """Tries what is not tried yet, and writes the page; 0 when enough are killed and the others explained."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    options.add_argument(
        "--minutes", type=float, default=240, help="stop after this time; the next run goes on"
    )
    options.add_argument("--only", default="", help="sources whose path contains one of these texts (comma)")
    options.add_argument(
        "--keep-killed",
        action="store_true",
        help="after adding tests, try survivors only, of the sources asked for",
    )
    options.add_argument("--list", action="store_true", help="list the mutants and try none")
    chosen = options.parse_args(list(arguments))
    mutants = all_mutants()
    if chosen.list:
        print(*(f"{mutant.file}: {mutant.name}" for mutant in mutants), sep="\n")
        return 0
    only = chosen.only.split(",")
    verdicts = Verdicts(chosen.keep_killed, only)
    known = verdicts.all()
    wanted = [m for m in mutants if any(text in m.file for text in only)]
    # Survivors first, then in no order, so that a run that is cut short says something about every source.
    todo = [mutant for mutant in wanted if mutant.name not in known]
    todo.sort(key=lambda mutant: (mutant.name not in verdicts.survived_before, fingerprint(mutant.name)))
    print(f"{len(mutants)} mutants, {len(mutants) - len(todo)} with a verdict already or not asked for")
    if todo:
        try_all(todo, verdicts, chosen.workers, chosen.minutes)
    known = verdicts.all()
    PAGE.write_text(page(mutants, known, verdicts.mark), encoding="utf-8")
    killed, counted = score_of(mutants, known)
    print(f"{killed} of {counted} non-equivalent mutants killed; see {PAGE.relative_to(ROOT)}")
    for name in unexplained(mutants, known):
        print(f"no reason in {EXPLANATIONS.relative_to(ROOT)}: {name}")
    missing = sum(mutant.name not in known for mutant in mutants)
    if missing:
        print(f"{missing} mutants are not tried yet: run `make mutation` again, it goes on.")
    return 0 if killed >= LEAST * counted and not missing and not unexplained(mutants, known) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
