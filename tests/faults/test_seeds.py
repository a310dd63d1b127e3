"""Twenty seeds of simulator.py and of intake_simulator.py; `make faults` runs two hundred of each."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SEEDS = range(1, 21)

pytestmark = pytest.mark.slow


@contextmanager
def served(name: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A simulator that reads seeds line by line."""
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name(name), "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0


def run(simulator: "subprocess.Popen[str]", seed: int) -> None:
    assert simulator.stdin is not None
    assert simulator.stdout is not None
    print(seed, file=simulator.stdin, flush=True)
    answer = json.loads(simulator.stdout.readline())
    assert answer["differences"] == [], "\n".join(answer["log"])


@pytest.fixture(scope="module")
def outbox() -> Iterator["subprocess.Popen[str]"]:
    with served("simulator.py") as process:
        yield process


@pytest.fixture(scope="module")
def intake(postgres: str) -> Iterator["subprocess.Popen[str]"]:
    with served("intake_simulator.py", TANSO_FAULTS_POSTGRES=postgres) as process:
        yield process


@pytest.mark.anvil
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_to_pushes_the_end_is_that_of_the_fault_free_run(
    seed: int, outbox: "subprocess.Popen[str]"
) -> None:
    """Cases 1 to 9, and 12. Replay one with `python tests/faults/simulator.py --seed NUMBER`."""
    run(outbox, seed)


@pytest.mark.postgres
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_to_readings_the_end_is_that_of_the_fault_free_run(
    seed: int, intake: "subprocess.Popen[str]"
) -> None:
    """Cases 10 and 11. Replay one with `python tests/faults/intake_simulator.py --seed NUMBER`."""
    run(intake, seed)
