"""Commands that end by themselves: what they print, where, and with which exit code."""

import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from tanso.oracle.store import open_store
from tanso.platform.cli.app import app
from tanso.platform.settings import Settings, table

from ...databases import go_silent

COMMANDS = sorted(command.name or command.callback.__name__ for command in app.registered_commands)  # type: ignore[union-attr]


def sentence(ran: Any) -> str:
    """The one line on standard error of a command that failed as it should."""
    assert ran.returncode == 1, ran
    assert ran.stdout == ""
    lines = ran.stderr.strip().splitlines()
    assert len(lines) == 1, ran.stderr
    assert lines[0].startswith("Error: ")
    assert lines[0].endswith((".", "?"))
    return str(lines[0])


def test_help_names_every_command(process: Any) -> None:
    ran = process("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {"chain", "demo", "up", "serve", "verify", "openapi", "settings"} <= set(COMMANDS)
    for name in [*COMMANDS, "contracts"]:
        assert f"  {name} " in ran.stdout


def test_without_a_command_the_help_is_shown(tanso: Any) -> None:
    assert "tanso [OPTIONS] COMMAND [ARGS]..." in tanso().stderr


@pytest.mark.parametrize("command", [*COMMANDS, "contracts"])
def test_every_command_has_help_for_each_of_its_options(tanso: Any, command: str) -> None:
    ran = tanso(command, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    usage, _, options = ran.stdout.partition("Options:")
    assert len(usage.split()) > 5, "what the command does"
    lines = options.strip().splitlines()
    for number, line in enumerate(lines):
        if line.strip().startswith("--"):
            following = lines[number + 1] if number + 1 < len(lines) else ""
            told = line.strip().partition("  ")[2] or following
            assert told.strip(), line


def test_an_unknown_command_is_a_usage_error(tanso: Any) -> None:
    ran = tanso("fly")
    assert ran.returncode == 2
    assert "No such command 'fly'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_openapi_prints_the_document(tanso: Any) -> None:
    ran = tanso("openapi")
    assert (ran.returncode, ran.stderr) == (0, "")
    document = json.loads(ran.stdout)
    assert document["openapi"].startswith("3.")
    assert "/v1/lots/{lot_id}/proof" in document["paths"]


def test_settings_prints_the_table(tanso: Any) -> None:
    ran = tanso("settings")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, table(), "")
    assert "TANSO_DATABASE_URL" in ran.stdout


def test_verify_says_what_was_recomputed(process: Any, told: Path) -> None:
    ran = process("verify", told / "proof.json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "5993990891035 µg CO2e over 3 good pc, recomputed" in ran.stdout
    assert "4 of 4 lots" in ran.stdout
    assert "3 oracle reports" in ran.stdout
    assert "--rpc URL" in ran.stdout


def test_verify_gives_the_same_as_json(tanso: Any, told: Path) -> None:
    ran = tanso("verify", told / "proof.json", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == {
        "fits": True,
        "lot": json.loads((told / "proof.json").read_text("utf-8"))["lot"],
        "co2_ug": 5993990891035,
        "restated_ug": None,
        "checked_against_chain": False,
        "findings": [],
    }


def test_verify_names_what_does_not_fit(tanso: Any, told: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.json"
    changed.write_text((told / "proof.json").read_text("utf-8").replace("5993990891035", "5993990891034"))
    ran = tanso("verify", changed)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert f"{changed} does not fit:" in ran.stdout
    assert "ledger.co2_ug: 5993990891034 µg stated, 5993990891035 µg from the breakdown" in ran.stdout
    found = json.loads(tanso("verify", changed, "--json").stdout)
    assert found["fits"] is False
    assert [item["place"].rpartition(".")[2] for item in found["findings"]] == ["co2_ug", "lots"]


@pytest.mark.parametrize("content", ["", "{}", '{"format": "tanso-proof@2"}', "1.5"])
def test_verify_of_what_is_no_bundle_is_a_finding(tanso: Any, tmp_path: Path, content: str) -> None:
    (tmp_path / "odd.json").write_text(content)
    ran = tanso("verify", tmp_path / "odd.json")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "does not fit:\n  ✗ file: " in ran.stdout
    found = json.loads(tanso("verify", tmp_path / "odd.json", "--json").stdout)
    assert (found["fits"], found["lot"], len(found["findings"])) == (False, None, 1)


def test_verify_survives_nesting_that_would_overrun_the_parser_s_stack(process: Any, tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 1_000_000)
    ran = process("verify", tmp_path / "deep.json")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "nested too deeply" in ran.stdout


def test_verify_of_no_file_is_one_sentence(tanso: Any, tmp_path: Path) -> None:
    assert "no file" in sentence(tanso("verify", tmp_path / "none.json"))
    assert "cannot be read" in sentence(tanso("verify", tmp_path))
    (tmp_path / "binary").write_bytes(b"\xd0\x00\xff")
    assert "cannot be read" in sentence(tanso("verify", tmp_path / "binary"))


def test_a_node_that_does_not_answer_is_one_sentence(tanso: Any, told: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = sentence(tanso("verify", told / "proof.json", "--rpc", f"http://127.0.0.1:{port}"))
    assert f"No node answers at http://127.0.0.1:{port}" in said
    assert "not the URL of a node" in sentence(tanso("verify", told / "proof.json", "--rpc", "here"))


def test_a_deployment_without_a_chain_is_one_sentence(tanso: Any, told: Path) -> None:
    ran = tanso("verify", told / "proof.json", "--deployment", told / "deployment.json")
    assert "--rpc" in sentence(ran)


@pytest.mark.parametrize("command", [("demo", "--out"), ("up", "--port", "0", "--data")])
def test_a_folder_of_somebody_else_is_one_sentence(tanso: Any, tmp_path: Path, command: Any) -> None:
    (tmp_path / "summary.json").write_text("mine")
    assert "no demo made" in sentence(tanso(*command, tmp_path))
    assert "is a file" in sentence(tanso(*command, tmp_path / "summary.json"))
    assert (tmp_path / "summary.json").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_one_sentence(tanso: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "Not a directory" in sentence(tanso("demo", "--out", tmp_path / "file" / "out"))


def test_a_taken_port_is_one_sentence(tanso: Any, told_copy: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port}" in sentence(tanso("up", "--data", told_copy, "--port", port))
        assert f"port {port}" in sentence(tanso("chain", "--port", port))


def test_a_damaged_chain_is_one_sentence_and_is_not_touched(tanso: Any, told_copy: Path) -> None:
    file = told_copy / "chain" / "chain.sqlite3"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 255
    file.write_bytes(content)
    assert "is damaged" in sentence(tanso("up", "--data", told_copy, "--port", 0))
    assert "is damaged" in sentence(tanso("chain", "--state", told_copy / "chain", "--port", 0))
    assert file.read_bytes() == content


def test_a_database_that_cannot_be_used_is_one_sentence(tanso: Any, told_copy: Path) -> None:
    engine = open_store(Settings(data_dir=told_copy).database)
    if engine.dialect.name == "sqlite":
        (told_copy / "tanso.db").write_bytes(b"no database")
    else:
        go_silent(engine, "chain_lot")
    assert "The database cannot be used" in sentence(tanso("up", "--data", told_copy, "--port", 0))


def test_a_world_whose_keys_are_public_is_not_served_to_others(tanso: Any, told_copy: Path) -> None:
    said = sentence(tanso("up", "--data", told_copy, "--host", "0.0.0.0", "--port", 0))
    assert "listen on 127.0.0.1" in said


def test_a_node_without_keys_or_with_an_unknown_setting_is_one_sentence(tanso: Any, tmp_path: Path) -> None:
    assert "TANSO_KEY_PASSWORD" in sentence(tanso("serve", TANSO_DATA_DIR=str(tmp_path)))
    assert "Did you mean TANSO_PORT" in sentence(tanso("serve", TANSO_PROT="1"))


@pytest.mark.slow
def test_the_demo_replaces_an_earlier_one_and_prints_its_summary(
    process: Any, told_copy: Path, database_option: list[str]
) -> None:
    before = json.loads((told_copy / "summary.json").read_text("utf-8"))
    (told_copy / "of-the-earlier-one").write_text("")
    ran = process("demo", "--out", told_copy, "--json", *database_option)
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert json.loads((told_copy / "summary.json").read_text("utf-8")) == summary
    assert not (told_copy / "of-the-earlier-one").exists()
    steps = ran.stderr.splitlines()
    assert len(steps) == 10
    assert all(step.startswith("✓ ") for step in steps)
    # IDs come from secrets, new each time; the figures are the same.
    assert summary["lots"][0]["id"] != before["lots"][0]["id"]
    for figures in (lots_of, accounts_of, lambda told: told["credits"]["reduction_ug"]):
        assert figures(summary) == figures(before)
    assert summary["gas"].keys() == before["gas"].keys()


def lots_of(summary: Any) -> list[Any]:
    return [(lot["product"], lot["co2_ug"], lot["primary_ug"]) for lot in summary["lots"]]


def accounts_of(summary: Any) -> list[Any]:
    return [[value for name, value in item.items() if name.endswith("_ug")] for item in summary["accounts"]]


def test_a_folder_without_write_permission_is_one_sentence(tanso: Any, tmp_path: Path) -> None:
    # Permissions do not stop root; a file system that takes nothing does.
    out = Path("/proc/tanso-demo") if os.geteuid() == 0 else tmp_path / "locked" / "out"
    if out.parent != Path("/proc"):
        out.parent.mkdir(mode=0o500)
    assert "Check the path" in sentence(tanso("demo", "--out", out))


def test_the_verifier_needs_no_compiler(process: Any, told: Path, tmp_path: Path) -> None:
    shutil.copy(told / "proof.json", tmp_path)
    ran = process("verify", tmp_path / "proof.json", TANSO_SOLC="/nonexistent/solc", PATH="/nonexistent")
    assert ran.returncode == 0, ran.stderr


def test_outbox_status_counts_what_was_sent(tanso: Any, told_copy: Path) -> None:
    node = {"TANSO_DATA_DIR": str(told_copy)}
    found = json.loads(tanso("outbox", "status", "--json", **node).stdout)
    assert found["counts"]["confirmed"] > 20
    assert found["alerts"] == []
    ran = tanso("outbox", "status", **node)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"{found['counts']['confirmed']} confirmed, 0 parked" in ran.stdout
    assert "Nothing waits." in ran.stdout


def test_outbox_retry_says_what_it_cannot_try_again(tanso: Any, told_copy: Path) -> None:
    node = {"TANSO_DATA_DIR": str(told_copy)}
    assert "no message under the key 'nothing:1'" in sentence(tanso("outbox", "retry", "nothing:1", **node))


def test_factors_import_shows_a_table_of_what_would_become_and_takes_it_on_request(
    tanso: Any, tmp_path: Path, one_url: str
) -> None:
    file = tmp_path / "ours.csv"
    rows = "ours-1,ours,0.5,kg/kWh,Our supplier\nours-2,ours,0.6,kg/kWh,Our supplier\n"
    file.write_text(f"name,series,value,unit,publisher\n{rows}bad,,-1,kg/kg,x\n")
    where = ("--store", one_url)
    shown = tanso("factors", "import", file, *where)
    assert shown.returncode == 1
    assert "3 rows, 1 new, 1 new versions, 0 duplicates, 1 refused" in shown.stdout
    assert "line 4, column 'value'" in shown.stdout
    assert "+20.00 %" in shown.stdout
    assert "Nothing is taken." in shown.stdout
    taken = tanso("factors", "import", file, "--accept", "--good-rows", "--json", *where)
    assert taken.returncode == 0, taken.stderr
    found = json.loads(taken.stdout)
    assert (found["status"], [item["verdict"] for item in found["items"]]) == (
        "accepted", ["new", "new version", "refused"],
    )  # fmt: skip
    file.write_text(f"name,series,value,unit,publisher\n{rows}")
    again = tanso("factors", "import", file, "--accept", *where)
    assert (again.returncode, "2 duplicates" in again.stdout) == (0, True)
