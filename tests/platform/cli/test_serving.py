"""`tanso up` and `tanso chain` as real processes, over HTTP, through stops, kills and restarts."""

import json
import shlex
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from web3 import HTTPProvider, Web3

from tanso.contracts.deployment import Deployment
from tanso.contracts.ledger import Ledger

CHAIN_ID = "0x7a69"


def summary_of(folder: Path) -> Any:
    return json.loads((folder / "summary.json").read_text("utf-8"))


def tokens_of(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "tokens.json").read_text("utf-8")))


def test_up_serves_pages_api_and_chain_until_ctrl_c_and_again(
    start: Any, tanso: Any, told_copy: Path
) -> None:
    final = summary_of(told_copy)["trace"]["lot"]
    bearer = f"Bearer {tokens_of(told_copy)['Hikari Machines']}"
    shown = []
    for _ in range(2):
        node = start("up", "--data", told_copy, "--port", "0")
        assert node.took_s < 15
        for path in ("/", "/sign-in", "/api", f"/lots/{final}"):
            page = node.get(path)
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert node.get("/health").status_code == 200
        assert node.get("/openapi.json").json()["info"]["title"] == "Tanso"
        lot = node.get(f"/v1/lots/{final}")
        assert lot.status_code == 200
        shown.append(lot.json())
        assert node.get(f"/v1/lots/{final}/proof").status_code == 401
        proof = node.get(f"/v1/lots/{final}/proof", authorization=bearer)
        assert proof.json()["lot"] == final
        assert node.post("/chain/", "eth_chainId") == CHAIN_ID
        command = next(line for line in node.process.stdout if "tanso audit" in line)
        audited = tanso(*shlex.split(command)[1:])
        code, seconds = node.stop(signal.SIGINT)
        assert code == 0
        assert seconds < 10
        assert node.said[-1] == "Stopped."
        assert (audited.returncode, "✓ Every account closes" in audited.stdout) == (0, True)
    assert shown[0] == shown[1]
    assert shown[0]["co2_ug"] == summary_of(told_copy)["lots"][-1]["co2_ug"]


@pytest.mark.slow
def test_up_tells_the_story_in_a_new_folder_and_stops_by_sigterm(
    start: Any, tmp_path: Path, database_option: list[str]
) -> None:
    node = start("up", "--data", tmp_path / "new", "--port", "0", *database_option)
    final = summary_of(tmp_path / "new")["trace"]["lot"]
    assert node.get(f"/v1/lots/{final}").json()["co2_ug"] == 5993990891035
    code, seconds = node.stop(signal.SIGTERM)
    assert code in (0, -signal.SIGTERM)
    assert seconds < 10


def test_what_is_registered_while_it_serves_reaches_the_chain_and_outlives_a_kill(
    start: Any, told_copy: Path
) -> None:
    token = tokens_of(told_copy)["Asahi Parts"]
    node = start("up", "--data", told_copy, "--port", "0")
    before = int(str(node.post("/chain/", "eth_blockNumber")), 16)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=node.url, headers=headers, trust_env=False) as client:
        given = {"name": "second furnace", "unit": "s"}
        made = client.post("/v1/equipment", json=given)
        assert made.is_success, made.text
        equipment = made.json()["equipment_id"]
        while client.get("/v1/status").json()["indexed_block"] <= before:
            assert node.process.poll() is None
    assert node.stop(signal.SIGKILL)[0] == -signal.SIGKILL
    again = start("up", "--data", told_copy, "--port", "0")
    assert int(str(again.post("/chain/", "eth_blockNumber")), 16) == before + 1
    items = again.get("/v1/equipment", authorization=headers["Authorization"]).json()["items"]
    assert {item["equipment_id"]: item["name"] for item in items}[equipment] == "second furnace"
    assert again.stop()[0] == 0


def test_a_settled_lot_is_there_after_the_chain_was_killed(start: Any, told_copy: Path) -> None:
    summary = summary_of(told_copy)
    deployment = Deployment.load(told_copy / "deployment.json")
    heads = []
    for kill in (True, False):
        node = start("chain", "--state", told_copy / "chain", "--port", "0")
        w3 = Web3(HTTPProvider(node.url))
        ledger = Ledger(w3, deployment)
        for lot in summary["lots"]:
            found = ledger.lots.lot_of(lot["id"])
            assert found is not None
            assert (found.co2_ug, found.primary_ug) == (lot["co2_ug"], lot["primary_ug"])
            assert (found.good, found.defects) == (lot["good"], lot["defects"])
            assert found.business_id == lot["business"]
        heads.append(bytes(w3.eth.get_block("latest")["hash"]))
        if kill:
            assert node.stop(signal.SIGKILL)[0] == -signal.SIGKILL
        else:
            assert node.stop()[0] == 0
    assert heads[0] == heads[1]


def test_verify_holds_a_bundle_against_a_served_chain(
    start: Any, process: Any, tanso: Any, told_copy: Path
) -> None:
    node = start("chain", "--state", told_copy / "chain", "--port", "0", "--json")
    proof, deployment = told_copy / "proof.json", told_copy / "deployment.json"
    ran = process("verify", proof, "--rpc", node.url)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Every recorded figure is on chain 31337" in ran.stdout
    lots = json.loads(proof.read_text("utf-8"))["chain"]["contracts"]["Lots"]
    assert lots in ran.stdout, "the reader must be told which contracts were asked"
    ran = tanso("verify", proof, "--rpc", node.url, "--deployment", deployment, "--json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["checked_against_chain"] is True

    other = start("chain", "--port", "0", "--json")
    ran = tanso("verify", proof, "--rpc", other.url)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert f"chain.contracts.Lots: there is no contract at {lots}" in ran.stdout
    ran = tanso("verify", proof, "--rpc", other.url, "--deployment", deployment)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Error: There is no contract at ")


def test_a_world_in_use_is_neither_served_twice_nor_replaced(start: Any, tanso: Any, told_copy: Path) -> None:
    node = start("up", "--data", told_copy, "--port", "0")
    final = summary_of(told_copy)["trace"]["lot"]
    for command in (("up", "--port", 0, "--data"), ("demo", "--out")):
        ran = tanso(*command, told_copy)
        assert ran.returncode == 1
        assert ran.stderr.startswith("Error: ")
        assert ("another process" in ran.stderr) or ("in use" in ran.stderr)
    assert node.get(f"/v1/lots/{final}").status_code == 200
    assert node.stop()[0] == 0
