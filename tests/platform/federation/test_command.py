"""`tanso trace`: the tree, the JSON, and what is said when there is nothing to show."""

import json

import pytest

from tanso.platform.cli.trace import NodeRefused, NodeSilent, NotProved, ask, check, run_trace
from tanso.platform.demo.network import Network

from .conftest import agreed


def test_the_tree_names_what_is_disclosed_and_says_why_the_rest_is_not(
    network: Network,
    drive: str,
    story: dict[str, list[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    firm = network.firms["assembler"]
    with agreed(network, ("parts", "assembler", 1)):
        run_trace(drive, firm.url, firm.business.token, depth=32, seconds=30, as_json=False)
        told = " ".join(capsys.readouterr().out.split())
        run_trace(drive, firm.url, firm.business.token, depth=32, seconds=30, as_json=True)
        found = json.loads(capsys.readouterr().out)
    for line in (
        "Drive unit (Minato Assembly",
        "equipment assembly line",
        "Product A (Asahi Parts",
        "equipment heating furnace",
        "not disclosed: no agreement in force",
        "(drawn elsewhere)",
        "4 lots, 2 steps: 3 shown, 1 not disclosed",
        "15 inputs proved under the roots",
    ):
        assert line in told
    assert told.count(f"lot {story['steel'][0]}") == 2
    assert {lot["lot_id"] for lot in found["lots"]} == {drive, *story["parts"], story["steel"][0]}


def test_the_command_checks_each_proof_itself(network: Network, drive: str) -> None:
    firm = network.firms["assembler"]
    found = ask(drive, firm.url, firm.business.token, depth=32, seconds=30)
    assert check(found) == 3
    found["lots"][0]["inputs"][1]["leaf"]["co2_ug"] -= 1
    with pytest.raises(NotProved):
        check(found)


def test_a_refusal_and_a_silent_node_are_told_apart(network: Network, drive: str) -> None:
    firm = network.firms["assembler"]
    with pytest.raises(NodeRefused, match="token"):
        ask(drive, firm.url, "nonsense", depth=32, seconds=30)
    with pytest.raises(NodeRefused):
        ask("../businesses", firm.url, firm.business.token, depth=32, seconds=30)
    for url in ("http://127.0.0.1:1", "nowhere", f"{firm.url}/elsewhere"):
        with pytest.raises((NodeSilent, NodeRefused)):
            ask(drive, url, firm.business.token, depth=32, seconds=30)
