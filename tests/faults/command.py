"""The command line of both simulators: one seed, many, or those that come in line by line."""

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Simulator(Protocol):
    """Runs seeds."""

    happened: Counter[str]

    def run(self, seed: int) -> tuple[list[str], list[str]]:
        """Runs a seed; gives the differences from the fault-free run, none if all is well, and a log."""
        ...


def run(
    description: str | None, make: Callable[[], AbstractContextManager[Simulator]], *, seeds_at_once: int
) -> None:
    """Runs what the command line asks for, with a new simulator after so many seeds, and exits."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int, help="replay this seed and print what happens")
    which.add_argument("--seeds", type=int, help="run seeds 1 to this")
    which.add_argument("--serve", action="store_true", help="read seeds from standard input, answer in JSON")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what it started ends too
    if arguments.seeds is not None:
        sys.exit(_run_all(make, arguments.seeds, seeds_at_once))
    with make() as simulator:
        if arguments.serve:
            for line in sys.stdin:
                differences, log = simulator.run(int(line))
                print(json.dumps({"differences": differences, "log": log}), flush=True)
            return
        differences, log = simulator.run(arguments.seed)
        print(*log, *(differences or ["equal to the fault-free run"]), sep="\n")
    sys.exit(bool(differences))


def _run_all(make: Callable[[], AbstractContextManager[Simulator]], seeds: int, seeds_at_once: int) -> int:
    failed: list[int] = []
    happened: Counter[str] = Counter()
    started = time.monotonic()
    for first in range(1, seeds + 1, seeds_at_once):
        with make() as simulator:
            for seed in range(first, min(first + seeds_at_once, seeds + 1)):
                differences, _ = simulator.run(seed)
                if differences:
                    failed.append(seed)
                print(f"seed {seed}: {differences or 'equal'}", flush=True)
            happened += simulator.happened
    seconds = time.monotonic() - started
    print(*(f"{count} × {what}" for what, count in happened.most_common()), sep=", ")
    print(f"{seeds - len(failed)} of {seeds} seeds equal, {seconds:.0f} s")
    if failed:
        print(f"different: {failed}; replay one with --seed")
    return bool(failed)
