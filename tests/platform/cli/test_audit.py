"""`tanso audit` of the demo's ledger, over HTTP like any auditor's."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tanso.contracts.deployment import Deployment
from tanso.devchain import Devchain, serving


@pytest.fixture(scope="module")
def url(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = shutil.copytree(told / "chain", tmp_path_factory.mktemp("audit") / "chain")
    with Devchain.open(state) as chain, serving(chain) as url:
        yield url


@pytest.fixture(scope="module")
def summary(told: Path) -> Any:
    return json.loads((told / "summary.json").read_text("utf-8"))


def test_the_demo_ledger_holds_and_its_accounts_are_the_summary_s(
    tanso: Any, told: Path, url: str, summary: Any
) -> None:
    ran = tanso("audit", "--rpc", url, "--deployment", told / "deployment.json", "--json")
    assert ran.returncode == 0, ran
    found = json.loads(ran.stdout)
    assert (found["holds"], found["signatures_and_state_checked"]) == (True, True)
    named = {account["business_id"]: account for account in found["accounts"]}
    assert len(named) == len(summary["accounts"])
    for account in summary["accounts"]:
        shown = named[account["business"]]
        figures = [name for name in account if name.endswith("_ug")]
        assert len(figures) == 8
        assert {name: shown[name] for name in figures} == {name: account[name] for name in figures}
        left_overs = {item["name"]: item["co2_ug"] for item in account["left_overs"]}
        assert shown["left_overs"] == left_overs
    assert {finding["severity"] for finding in found["findings"]} == {"warning", "note"}
    for step in ("reading events", "signatures of reports", "the contracts' state"):
        assert step in ran.stderr


def test_for_people_it_tells_accounts_findings_and_what_to_do(tanso: Any, told: Path, url: str) -> None:
    ran = tanso("audit", "--rpc", url, "--deployment", told / "deployment.json")
    assert ran.returncode == 0
    assert "53.122 t" in ran.stdout
    assert "! Much of the CO2 was left over (left-over-large): 1" in ran.stdout
    assert "What to do: Ask for scrap, idle time and stock counts" in ran.stdout
    assert "✓ Every account closes and every batch" in ran.stdout


def test_one_business_and_a_time_can_be_named(tanso: Any, told: Path, url: str, summary: Any) -> None:
    business = summary["accounts"][0]["business"]
    ran = tanso(
        "audit", "--rpc", url, "--deployment", told / "deployment.json", "--business", business,
        "--from", "2000-01-01", "--to", "2000-01-02", "--events-only", "--json",
    )  # fmt: skip
    found = json.loads(ran.stdout)
    (account,) = found["accounts"]
    assert (account["business_id"], account["declared_ug"], account["closing_ug"]) == (business, 0, 0)
    assert (found["period_start"], found["period_end"]) == ("2000-01-01T00:00:00Z", "2000-01-02T00:00:00Z")
    assert found["findings"] == []


def test_exit_code_1_says_that_something_does_not_hold(tanso: Any, world: Any, tmp_path: Path) -> None:
    """The test world's businesses declared a kilogram each and charged nothing."""
    world.chain.deployment.save(tmp_path / "deployment.json")
    with serving(world.chain.w3.provider.devchain) as url:
        ran = tanso("audit", "--rpc", url, "--deployment", tmp_path / "deployment.json", "--events-only")
    assert ran.returncode == 1
    assert "✗ Declared emissions did not go into lots (declared-not-in-lots): 3" in ran.stdout
    assert ran.stdout.endswith("✗ 3 findings say that something does not hold.\n")


@pytest.mark.parametrize(
    ("option", "value", "told_of"),
    [
        ("--business", "0x" + "ab" * 16, "No business"),
        ("--business", "steel", "ID"),
        ("--from", "soon", "soon"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    tanso: Any, told: Path, url: str, option: str, value: str, told_of: str
) -> None:
    ran = tanso("audit", "--rpc", url, "--deployment", told / "deployment.json", option, value)
    assert ran.returncode == 1
    assert told_of in ran.stderr.splitlines()[-1]
    assert ran.stderr.splitlines()[-1].startswith("Error: ")


def test_another_deployment_is_refused(tanso: Any, told: Path, url: str, tmp_path: Path) -> None:
    deployment = Deployment.load(told / "deployment.json")
    replace(deployment, chain_id=4711).save(tmp_path / "other.json")
    ran = tanso("audit", "--rpc", url, "--deployment", tmp_path / "other.json")
    assert ran.returncode == 1
    assert "4711" in ran.stderr
