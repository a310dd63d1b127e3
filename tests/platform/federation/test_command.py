"""`tanso trace` and `tanso agreement`: what they print, and what is said when there is nothing to show."""

import json
from contextlib import ExitStack

import pytest
from typer.testing import CliRunner

from tanso.platform.cli import agreeing
from tanso.platform.cli.app import app
from tanso.platform.cli.client import NodeRefused, NodeSilent
from tanso.platform.cli.serving import Worker
from tanso.platform.cli.trace import NotProved, ask, check, run_trace
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


def test_an_agreement_goes_from_offer_to_confirmed_deletion_by_commands(
    network: Network, drive: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreeing, "LOOK_S", 0.1)
    provider, receiver = (network.firms[part] for part in ("assembler", "customer"))
    gives, gets = ((firm.url, firm.business.token) for firm in (provider, receiver))
    terms = {
        "receiver_id": receiver.business.id, "fields": ["materials"], "lots": [drive], "depth": 2,
        "purpose": "by commands", "valid_until": "2100-01-01T00:00:00Z",
    }  # fmt: skip
    with ExitStack() as stack:
        for firm in (provider, receiver):
            stack.enter_context(Worker(firm.node))
        agreeing.run_offer(*gives, terms, as_json=False)
        agreement_id = capsys.readouterr().out.strip()
        url, token = gets
        command = ["agreement", "accept", agreement_id, "--url", url, "--token", token]
        asked = CliRunner().invoke(app, command, input="n\n")
        assert (asked.exit_code, "Accept these terms?" in asked.output) == (1, True)
        assert f"materials of lots {drive}, 2 steps at most" in asked.output
        with pytest.raises(NodeRefused, match="not demanded deletion"):
            agreeing.run_step(*gets, agreement_id, "deletion", "deleted")
        agreeing.run_accept(*gets, agreement_id, yes=True)
        assert capsys.readouterr().out.endswith("in-force\n")
        agreeing.run_step(*gives, agreement_id, "deletion-demand", "deletion-demanded")
        agreeing.until(*gets, agreement_id, lambda shown: shown["state"] == "deletion-demanded")
        agreeing.run_step(*gets, agreement_id, "deletion", "deleted")
    capsys.readouterr()
    agreeing.run_show(*gets, agreement_id, as_json=False)
    shown = capsys.readouterr().out
    assert shown.startswith("deleted; you are the receiver\n")
    assert "for        by commands\n  until      2100-01-01 UTC" in shown
    agreeing.run_list(*gets, as_json=True)
    assert agreement_id in [item["agreement_id"] for item in json.loads(capsys.readouterr().out)]
    agreeing.run_uses(*gives, agreement_id, as_json=False)
    assert capsys.readouterr().out == "No use.\n"
    with pytest.raises(NodeRefused, match="only the provider"):
        agreeing.run_uses(*gets, agreement_id, as_json=False)
