"""Twenty seeds of the simulator (cases 1 to 9); `make faults` runs two hundred. See simulator.py."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SIMULATOR = Path(__file__).with_name("simulator.py")

pytestmark = [pytest.mark.anvil, pytest.mark.slow]


@pytest.fixture(scope="module")
def simulator() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, SIMULATOR, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize("seed", range(1, 21))
def test_whatever_happens_the_end_is_that_of_the_fault_free_run(
    seed: int, simulator: "subprocess.Popen[str]"
) -> None:
    """Replay one with `python tests/faults/simulator.py --seed NUMBER`."""
    assert simulator.stdin is not None
    assert simulator.stdout is not None
    print(seed, file=simulator.stdin, flush=True)
    answer = json.loads(simulator.stdout.readline())
    assert answer["differences"] == [], "\n".join(answer["log"])
