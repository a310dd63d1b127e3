import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from typer.testing import CliRunner, Result

from tanso.contracts.cli import app
from tanso.contracts.connection import connect
from tanso.contracts.deployment import CONTRACTS, DEFAULT_DELAY, Deployment
from tanso.contracts.errors import ChainUnreachable, InvalidValue
from tanso.contracts.ledger import Ledger
from tanso.devchain import Devchain
from tanso.devchain.server import serving

PASSWORD = "correct horse"


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *args, **kwargs: CliRunner().invoke(app, [str(arg) for arg in args], **kwargs)


@pytest.fixture
def url() -> Iterator[str]:
    with Devchain.open() as devchain, serving(devchain) as address:
        yield address


@pytest.fixture
def keystore(tmp_path: Path, accounts: list[LocalAccount]) -> Path:
    file = tmp_path / "key.json"
    # One round of hashing: the file is thrown away.
    file.write_text(json.dumps(Account.encrypt(accounts[4].key, PASSWORD, kdf="pbkdf2", iterations=1)))
    return file


def test_compile_prints_each_contract_with_its_size(run: Callable[..., Result]) -> None:
    done = run("compile", "--json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert set(said["contracts"]) == set(CONTRACTS)
    assert all(size <= said["limit_bytes"] for size in said["contracts"].values())
    assert "what a chain accepts" in run("compile").stdout


def test_doc_prints_what_the_sources_say_of_each_function_and_event_and_nothing_of_the_standards(
    run: Callable[..., Result],
) -> None:
    said = run("doc").stdout
    assert "**`settle(bytes batch)`** – nonpayable\n\nSettles a batch of the calling business" in said
    assert "**`BusinessRegistered(bytes16 businessId, address account, bytes32 endpointHash)`**" in said
    assert "- `endpointHash`: keccak256 of the URL" in said
    assert "setApprovalForAll" not in said


def test_deploy_writes_the_file_shows_progress_and_prints_it_for_programs(
    run: Callable[..., Result], url: str, tmp_path: Path, accounts: list[LocalAccount]
) -> None:
    out = tmp_path / "deployment.json"
    done = run("deploy", "--dev", "--rpc", url, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads(out.read_text())
    steps = len(CONTRACTS) + 1
    assert f"[{steps}/{steps}] set and grant roles" in done.stderr
    made = Deployment.load(out)
    made.check(connect(url))
    assert made.admin == accounts[0].address
    assert made.oracle_keys == tuple(account.address for account in accounts[7:10])

    again = run("deploy", "--dev", "--rpc", url, "--out", out)
    assert again.exit_code == 0
    assert made.addresses["Lots"] in again.stdout
    assert "[" not in again.stderr


def test_deploy_signs_with_an_encrypted_key_file(
    run: Callable[..., Result], url: str, tmp_path: Path, keystore: Path, accounts: list[LocalAccount]
) -> None:
    out = tmp_path / "deployment.json"
    options = ["deploy", "--rpc", url, "--out", out, "--keystore", keystore, "--threshold", 1]
    options += ["--oracle-key", accounts[5].address]
    wrong = run(*options, env={"TANSO_KEY_PASSWORD": "wrong"})
    assert wrong.exit_code == 1
    assert "can't be decrypted" in wrong.stderr
    done = run(*options, input=PASSWORD + "\n", env={"TANSO_KEY_PASSWORD": None})
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert Deployment.load(out).admin == accounts[4].address


def test_the_password_may_come_from_the_environment(
    run: Callable[..., Result], url: str, tmp_path: Path, keystore: Path, accounts: list[LocalAccount]
) -> None:
    options = ["--keystore", keystore, "--oracle-key", accounts[5].address, "--threshold", 1]
    env = {"TANSO_KEY_PASSWORD": PASSWORD}
    done = run("deploy", "--rpc", url, "--out", tmp_path / "d.json", *options, env=env)
    assert done.exit_code == 0, done.output


def test_well_known_keys_are_refused_on_a_chain_that_is_no_local_test_chain(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    with Devchain.open(chain_id=2024) as devchain, serving(devchain) as address:
        done = run("deploy", "--dev", "--rpc", address, "--out", tmp_path / "d.json")
    assert done.exit_code == 1
    assert "chain 2024 is no local test chain" in done.stderr
    assert not (tmp_path / "d.json").exists()


@pytest.mark.parametrize("options", [[], ["--dev", "--keystore", "key.json"]])
def test_neither_or_both_ways_to_sign_are_refused(
    options: list[str], run: Callable[..., Result], tmp_path: Path
) -> None:
    done = run("deploy", "--out", tmp_path / "d.json", *options)
    assert done.exit_code == 1
    assert "either --keystore FILE or --dev" in done.stderr


def test_a_keystore_needs_oracle_keys_by_name(
    run: Callable[..., Result], url: str, tmp_path: Path, keystore: Path
) -> None:
    done = run("deploy", "--rpc", url, "--out", tmp_path / "d.json", "--keystore", keystore)
    assert done.exit_code == 1
    assert "--oracle-key" in done.stderr


def test_errors_are_json_for_programs(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("deploy", "--dev", "--rpc", "http://127.0.0.1:1", "--out", tmp_path / "d.json", "--json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert said["error"] == "ChainUnreachable"
    assert "tanso chain" in said["hint"]


def test_a_url_that_is_not_of_http_is_refused() -> None:
    with pytest.raises(InvalidValue, match="http"):
        connect("localhost:8545")
    with pytest.raises(ChainUnreachable):
        connect("http://127.0.0.1:1")


def test_each_command_explains_itself(run: Callable[..., Result]) -> None:
    for command in ("compile", "deploy", "gas", "pause", "unpause", "oracle-keys"):
        done: Any = run(command, "--help")
        assert done.exit_code == 0
        assert "--json" in done.stdout


@pytest.fixture
def deployed(run: Callable[..., Result], url: str, tmp_path: Path, accounts: list[LocalAccount]) -> list[Any]:
    """Options that lead to a ledger whose guardian, beside the admin, is the account of `keystore`."""
    out = tmp_path / "deployment.json"
    guardian = f"GUARDIAN={accounts[4].address}"
    done = run("deploy", "--dev", "--rpc", url, "--out", out, "--grant", guardian)
    assert done.exit_code == 0, done.output
    assert f"{DEFAULT_DELAY:,} seconds after" in done.stdout
    return ["--rpc", url, "--deployment", out]


def later(url: str, seconds: int) -> None:
    provider = connect(url).provider
    provider.make_request("evm_increaseTime", [seconds])  # type: ignore[arg-type]
    provider.make_request("evm_mine", [])  # type: ignore[arg-type]


def test_pause_stops_the_ledger_says_what_it_costs_and_unpause_lets_it_go_on(
    run: Callable[..., Result], deployed: list[Any]
) -> None:
    done = run("pause", "--dev", *deployed)
    assert done.exit_code == 0, done.output
    assert re.search(r"at most [\d,]+ gas at [\d,]+ wei", done.stderr)
    assert "running" not in done.stdout
    assert "FactorRegistry    paused" in done.stdout
    again = run("pause", "--dev", "--json", *deployed)
    assert again.exit_code == 0
    assert set(json.loads(again.stdout)["paused"].values()) == {True}
    assert "gas" not in again.stderr, "what is paused is not paused again"
    back = run("unpause", "--dev", "--json", *deployed)
    assert set(json.loads(back.stdout)["paused"].values()) == {False}


def test_pausing_without_the_role_is_refused_with_the_reason(
    run: Callable[..., Result], deployed: list[Any], keystore: Path
) -> None:
    env = {"TANSO_KEY_PASSWORD": PASSWORD}
    done = run("pause", "--json", "--keystore", keystore, *deployed, env=env)
    assert done.exit_code == 1
    assert "AccessManagerUnauthorizedCall" in json.loads(done.stdout)["message"]


def test_oracle_keys_are_announced_waited_for_and_set(
    run: Callable[..., Result], deployed: list[Any], url: str, accounts: list[LocalAccount]
) -> None:
    new = ["--oracle-key", accounts[5].address, "--oracle-key", accounts[6].address, "--threshold", 1]
    shown = run("oracle-keys", *deployed)
    assert shown.exit_code == 0
    assert accounts[7].address in shown.stdout
    assert "2 of these 3 keys" in shown.stdout
    announced = run("oracle-keys", "--dev", *new, *deployed)
    assert announced.exit_code == 0, announced.output
    assert "Run the same command again from 20" in announced.stdout
    assert accounts[7].address in announced.stdout
    waiting = json.loads(run("oracle-keys", "--dev", "--json", *new, *deployed).stdout)
    assert waiting["ready"] is not None
    assert waiting["keys"] == [account.address for account in accounts[7:10]]
    later(url, DEFAULT_DELAY)
    done = run("oracle-keys", "--dev", "--json", *new, *deployed)
    assert json.loads(done.stdout) == {
        "keys": [accounts[5].address, accounts[6].address],
        "threshold": 1,
        "ready": None,
    }


def test_a_guardian_cancels_oracle_keys_that_were_announced(
    run: Callable[..., Result], deployed: list[Any], keystore: Path, accounts: list[LocalAccount], url: str
) -> None:
    new = ["--oracle-key", accounts[5].address, "--threshold", 1]
    assert run("oracle-keys", "--dev", *new, *deployed).exit_code == 0
    env = {"TANSO_KEY_PASSWORD": PASSWORD}
    done = run("oracle-keys", "--cancel", "--keystore", keystore, *new, *deployed, env=env)
    assert done.exit_code == 0, done.output
    ledger = Ledger(connect(url), Deployment.load(deployed[-1]))
    assert (
        ledger.access.scheduled(ledger.quorum.set_keys([accounts[5].address], 1), accounts[0].address) is None
    )
    nothing = run("oracle-keys", "--cancel", "--dev", *deployed)
    assert nothing.exit_code == 1
    assert "No oracle key is given" in nothing.stderr


def test_without_delay_oracle_keys_change_at_once(
    run: Callable[..., Result], url: str, tmp_path: Path, accounts: list[LocalAccount]
) -> None:
    out = tmp_path / "d.json"
    done = run("deploy", "--dev", "--rpc", url, "--out", out, "--delay", 0)
    assert "good for trying" in done.stdout
    new = ["--oracle-key", accounts[5].address, "--threshold", 1, "--rpc", url, "--deployment", out]
    assert json.loads(run("oracle-keys", "--dev", "--json", *new).stdout)["keys"] == [accounts[5].address]


def test_deploying_onto_an_earlier_version_says_when_to_come_back(
    run: Callable[..., Result], deployed: list[Any], url: str, accounts: list[LocalAccount]
) -> None:
    out = deployed[-1]
    content = json.loads(out.read_text())
    del content["contracts"]["Credits"]
    out.write_text(json.dumps(content))
    options = ["deploy", "--dev", "--rpc", url, "--out", out, "--grant", f"GUARDIAN={accounts[4].address}"]
    done = run(*options)
    assert done.exit_code == 0, done.output
    assert "Added: Credits." in done.stdout
    assert "again from 20" in done.stdout
    later(url, DEFAULT_DELAY)
    assert "Added" not in run(*options).stdout
    assert Deployment.load(out).unwired == ()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("PAUSER", "--grant PAUSER"),
        ("PAUSER=0x00", "PAUSER must be an address"),
        ("CLEANER=0x00", "no role CLEANER"),
        ("ENROLLER=0x00", "no role ENROLLER"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(
    option: str, said: str, run: Callable[..., Result], url: str, tmp_path: Path
) -> None:
    done = run("deploy", "--dev", "--rpc", url, "--out", tmp_path / "d.json", "--grant", option)
    assert done.exit_code == 1
    assert said in done.stderr
    assert not (tmp_path / "d.json").exists()
