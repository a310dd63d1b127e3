import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from web3 import Web3

from tanso.contracts import deployment, transactions
from tanso.contracts.contract import Call
from tanso.contracts.deployment import CONTRACTS, Deployment, deploy
from tanso.contracts.errors import DeploymentError, LedgerError, Reverted
from tanso.contracts.ledger import Ledger
from tanso.devchain import Devchain, DevchainProvider

STEPS = len(CONTRACTS) + 1


class PowerCut(Exception):
    """Stands for a process that ends in the middle of things."""


@pytest.fixture
def keys(accounts: list[LocalAccount]) -> list[str]:
    return [account.address for account in accounts[7:10]]


@pytest.fixture
def put(w3: Web3, accounts: list[LocalAccount], keys: list[str], tmp_path: Path) -> Callable[..., Deployment]:
    """Deploys into one file, however often it is called."""

    def run(on_step: Any = None, **changes: Any) -> Deployment:
        options = {"oracle_keys": keys, "threshold": 2, "path": tmp_path / "deployment.json", **changes}
        return deploy(w3, accounts[0], on_step=on_step, **options)

    return run


def sent(w3: Web3, account: LocalAccount) -> int:
    return w3.eth.get_transaction_count(account.address)


def test_a_deployment_is_written_and_read_back_the_same(
    put: Callable[..., Deployment], w3: Web3, tmp_path: Path
) -> None:
    steps: list[tuple[str, int, int]] = []
    made = put(on_step=lambda *step: steps.append(step))
    assert Deployment.load(tmp_path / "deployment.json") == made
    assert [number for _, number, _ in steps] == list(range(1, STEPS + 1))
    assert {total for _, _, total in steps} == {STEPS}
    assert tuple(made.addresses) == tuple(made.code_hashes) == CONTRACTS
    assert len(set(made.addresses.values())) == len(CONTRACTS)
    assert made.block == 1
    made.check(w3)


def test_the_admin_holds_each_role_of_accounts_and_a_stranger_none(
    put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount]
) -> None:
    made = put()
    ledger = Ledger(w3, made)
    for name, role in {"ADMIN": 0, **made.roles}.items():
        assert ledger.access.has_role(role, accounts[0].address) == (name != "ENROLLER")
        assert not ledger.access.has_role(role, accounts[1].address)
    assert ledger.access.has_role(made.roles["ENROLLER"], made.addresses["Credits"])


@pytest.mark.parametrize("stop", range(1, STEPS + 1))
def test_a_deployment_interrupted_before_a_step_goes_on_without_doing_anything_twice(
    stop: int, put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount], tmp_path: Path
) -> None:
    def cut(_: str, number: int, __: int) -> None:
        if number == stop:
            raise PowerCut

    with pytest.raises(PowerCut):
        put(on_step=cut)
    if stop > 1:
        with pytest.raises(DeploymentError, match="interrupted"):
            Deployment.load(tmp_path / "deployment.json")
    made = put()
    assert sent(w3, accounts[0]) == STEPS
    assert Ledger(w3, made).quorum.threshold() == 2


@pytest.mark.parametrize("stop", range(1, STEPS + 1))
@pytest.mark.parametrize("after_sending", [True, False], ids=["sent", "signed"])
def test_a_transaction_that_was_signed_or_sent_before_the_power_cut_is_not_made_again(
    after_sending: bool,
    stop: int,
    put: Callable[..., Deployment],
    w3: Web3,
    accounts: list[LocalAccount],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, count = transactions.send, 0

    def cut(at: Web3, raw: bytes, digest: bytes) -> None:
        nonlocal count
        count += 1
        if count == stop:
            if after_sending:
                real(at, raw, digest)
            raise PowerCut
        real(at, raw, digest)

    with monkeypatch.context() as patch:
        patch.setattr(transactions, "send", cut)
        with pytest.raises(PowerCut):
            put()
    made = put()
    assert sent(w3, accounts[0]) == STEPS
    assert Ledger(w3, made).access.has_role(made.roles["AGGREGATOR"], accounts[0].address)


def test_a_signed_transaction_whose_nonce_was_used_by_another_one_is_signed_anew(
    put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(transactions, "send", cut)
        with pytest.raises(PowerCut):
            put()
    other = Call(accounts[1].address, b"", "something else")
    signed = transactions.sign(w3, accounts[0], other.to, other.data)
    transactions.send(w3, bytes(signed.raw_transaction), bytes(signed.hash))
    put().check(w3)
    assert sent(w3, accounts[0]) == STEPS + 1


def test_a_finished_deployment_is_checked_and_not_made_again(
    put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount]
) -> None:
    assert put() == put()
    assert sent(w3, accounts[0]) == STEPS


@pytest.mark.parametrize("change", ["threshold", "oracle keys", "admin"])
def test_a_file_of_another_deployment_is_refused(
    change: str,
    put: Callable[..., Deployment],
    w3: Web3,
    accounts: list[LocalAccount],
    keys: Sequence[str],
    tmp_path: Path,
) -> None:
    put()
    admin = accounts[1] if change == "admin" else accounts[0]
    with pytest.raises(DeploymentError, match=f"another {change}"):
        deploy(
            w3,
            admin,
            oracle_keys=keys[:2] if change == "oracle keys" else keys,
            threshold=1 if change == "threshold" else 2,
            path=tmp_path / "deployment.json",
        )


def test_an_unfinished_deployment_of_other_sources_is_not_gone_on_with(
    put: Callable[..., Deployment], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_: str, number: int, __: int) -> None:
        if number == 3:
            raise PowerCut

    with pytest.raises(PowerCut):
        put(on_step=cut)
    monkeypatch.setattr(deployment, "build_key", lambda: "other")
    with pytest.raises(DeploymentError, match="another build"):
        put()


def test_another_chain_is_refused(put: Callable[..., Deployment]) -> None:
    made = put()
    wrong = "on chain 31337, the node serves chain 1337"
    with Devchain.open(chain_id=1337) as other, pytest.raises(DeploymentError, match=wrong):
        made.check(Web3(DevchainProvider(other)))


def test_a_chain_that_was_reset_is_refused(put: Callable[..., Deployment]) -> None:
    made = put()
    with Devchain.open() as other, pytest.raises(DeploymentError, match="There is no contract at 0x"):
        made.check(Web3(DevchainProvider(other)))


def test_other_code_at_an_address_is_refused(
    put: Callable[..., Deployment], w3: Web3, tmp_path: Path
) -> None:
    made, path = put(), tmp_path / "deployment.json"
    content = json.loads(path.read_text())
    contracts = content["contracts"]
    contracts["Lots"]["address"], contracts["Credits"]["address"] = (
        made.addresses["Credits"],
        made.addresses["Lots"],
    )
    path.write_text(json.dumps(content))
    with pytest.raises(DeploymentError, match=f"other code at {made.addresses['Credits']}, where Lots"):
        Deployment.load(path).check(w3)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "tanso-deployment/1", "complete": true}'])
def test_a_damaged_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(text)
    with pytest.raises(DeploymentError, match="can't be used"):
        Deployment.load(path)


def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="tanso contracts deploy"):
        Deployment.load(tmp_path / "none.json")


def test_keys_that_the_contract_refuses_stop_the_deployment_with_its_reason(
    put: Callable[..., Deployment],
) -> None:
    with pytest.raises(Reverted) as refused:
        put(threshold=4)
    assert refused.value.name == "OracleQuorumInvalidKeys"


def test_an_admin_without_funds_gets_a_clear_error(w3: Web3, stranger: LocalAccount, keys: list[str]) -> None:
    with pytest.raises(LedgerError, match="insufficient funds"):
        deploy(w3, stranger, oracle_keys=keys, threshold=2)


def test_a_deployment_without_a_file_stays_in_memory(
    w3: Web3, accounts: list[LocalAccount], keys: list[str]
) -> None:
    deploy(w3, accounts[0], oracle_keys=keys, threshold=2).check(w3)


@pytest.mark.anvil
def test_a_deployment_works_on_another_node_by_url(
    anvil_chain: Any, accounts: list[LocalAccount], keys: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "deployment.json"
    made = deploy(anvil_chain.w3, accounts[5], oracle_keys=keys, threshold=3, path=path)
    Deployment.load(path).check(anvil_chain.w3)
    assert Ledger(anvil_chain.w3, made).quorum.threshold() == 3
