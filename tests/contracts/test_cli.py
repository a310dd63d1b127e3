import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from typer.testing import CliRunner, Result

from tanso.contracts.cli import app
from tanso.contracts.connection import connect
from tanso.contracts.deployment import CONTRACTS, Deployment
from tanso.contracts.errors import ChainUnreachable, InvalidValue
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
    assert "**`settle(Batch batch)`** – nonpayable\n\nSettles a batch of the calling business" in said
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
    assert "[10/10] set and grant roles" in done.stderr
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
    for command in ("compile", "deploy"):
        done: Any = run(command, "--help")
        assert done.exit_code == 0
        assert "--json" in done.stdout
