"""The tool that puts faults into the contracts makes the faults it should, and counts them as it says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from mutants import Mutant, mutants_of  # noqa: E402
from mutation_report import page, score_of  # noqa: E402

SOURCE = b"""// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

library Sample {
    function half(uint256 units, uint256 rest) internal pure returns (uint256 answer) {
        if (units > 2) return 0;
        assembly {
            answer := div(units, 2)
        }
        answer += rest;
    }
}
"""


@pytest.fixture(scope="module")
def made() -> list[Mutant]:
    task = {
        "language": "Solidity",
        "sources": {"Sample.sol": {"content": SOURCE.decode()}},
        "settings": {"outputSelection": {"*": {"": ["ast"]}}},
    }
    answer = subprocess.run(
        [ROOT / "contracts" / "solc" / "solc", "--standard-json"],
        input=json.dumps(task), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return mutants_of("Sample.sol", SOURCE, json.loads(answer.stdout)["sources"]["Sample.sol"]["ast"])


def test_mutants_exchange_operators_conditions_numbers_and_assembly_and_leave_statements_out(
    made: list[Mutant],
) -> None:
    assert [mutant.name for mutant in made] == [
        "Sample.half: if (units > 2) return 0 → if (true) return 0",
        "Sample.half: if (units > 2) return 0 → if (false) return 0",
        "Sample.half: units > 2 → units >= 2",
        "Sample.half: units > 2 → units <= 2",
        "Sample.half: units > 2 → units > (2 + 1)",
        "Sample.half: return 0; → {}",
        "Sample.half: return 0 → return 1",
        "Sample.half: answer := div(units, 2) → {}",
        "Sample.half: div(units, 2) → mul(units, 2)",
        "Sample.half: 2 → 3",
        "Sample.half: answer += rest; → {}",
        "Sample.half: answer += rest → answer = rest",
        "Sample.half: answer += rest → answer -= rest",
    ]


def test_a_mutant_differs_from_the_source_in_its_own_place_only(made: list[Mutant]) -> None:
    by_name = {mutant.name: mutant for mutant in made}
    changed = by_name["Sample.half: units > 2 → units >= 2"].applied_to(SOURCE)
    assert changed == SOURCE.replace(b"units > 2", b"units >= 2")


def test_the_score_counts_killed_against_all_that_compile_to_other_code(made: list[Mutant]) -> None:
    verdicts = dict.fromkeys((mutant.name for mutant in made), "killed")
    for mutant, verdict in zip(made, ("survived", "invalid", "same"), strict=False):
        verdicts[mutant.name] = verdict
    assert score_of(made, verdicts) == (len(made) - 3, len(made) - 2)
    del verdicts[made[0].name]
    assert "1 not tried yet" in page(made, verdicts, "mark")
