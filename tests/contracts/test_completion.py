"""A deployment of an earlier version gets the contracts, roles and delays that it lacks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from web3 import Web3

from tanso.contracts import transactions
from tanso.contracts.contract import Call
from tanso.contracts.deployment import CONTRACTS, DEFAULT_DELAY, Deployment, deploy
from tanso.contracts.errors import DeploymentError, Reverted
from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Ledger

PROGRAMME = derive_id(b"a secret that is long enough", "programme", "p")
LAST = CONTRACTS[-1]
"""Nothing is built on it, so that an earlier version may well have gone without."""


class PowerCut(Exception):
    """Stands for a process that ends in the middle of things."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deployment.json"


@pytest.fixture
def put(w3: Web3, accounts: list[LocalAccount], path: Path) -> Callable[..., Deployment]:
    keys = [account.address for account in accounts[7:10]]

    def run(**changes: Any) -> Deployment:
        return deploy(w3, accounts[0], oracle_keys=keys, threshold=2, path=path, **changes)

    return run


def forget(path: Path, *keys: str) -> None:
    """Makes the file one of a version without the last contract, and without these keys."""
    content = json.loads(path.read_text())
    del content["contracts"][LAST]
    for key in keys:
        del content[key]
    path.write_text(json.dumps(content))


def later(w3: Web3, seconds: int) -> None:
    w3.provider.make_request("evm_increaseTime", [seconds])  # type: ignore[arg-type]
    w3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]


def sent(w3: Web3, account: LocalAccount) -> int:
    return w3.eth.get_transaction_count(account.address)


def create(w3: Web3, made: Deployment) -> Call:
    return Ledger(w3, made).credits.create_programme(PROGRAMME, content_hash(b"methodology"))


def refusal(w3: Web3, made: Deployment, sender: LocalAccount) -> str:
    """Why the ledger does not take a new programme: for want of a role, or else of a methodology."""
    with pytest.raises(Reverted) as refused:
        Ledger(w3, made).simulate(create(w3, made), sender.address)
    return refused.value.name


def test_what_is_missing_is_deployed_and_announced_and_wired_when_the_delay_is_over(
    put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount], path: Path
) -> None:
    before, admin = put(), accounts[0]
    forget(path)
    with pytest.raises(DeploymentError, match=f"earlier version, without {LAST}"):
        Deployment.load(path)
    count, steps = sent(w3, admin), []
    made = put(on_step=lambda *step: steps.append(step[0]))
    assert steps == [f"deploy {LAST}", "announce the roles of what was added"]
    assert sent(w3, admin) == count + 2
    assert made.addresses[LAST] != before.addresses[LAST]
    assert {**made.addresses, LAST: ""} == {**before.addresses, LAST: ""}
    assert made.unwired == (LAST,)
    assert made.ready == w3.eth.get_block("latest")["timestamp"] + DEFAULT_DELAY
    # It can be read meanwhile, and its guarded functions are nobody's.
    assert Deployment.load(path) == made
    assert refusal(w3, made, admin) == "AccessManagerNotScheduled"

    assert put() == made
    assert sent(w3, admin) == count + 2, "waiting sends nothing"
    later(w3, DEFAULT_DELAY - 60)
    assert put() == made
    later(w3, 60)
    done = put()
    assert (done.unwired, done.ready) == ((), None)
    assert Deployment.load(path) == done
    assert sent(w3, admin) == count + 3
    assert refusal(w3, done, admin) == "FormulaRegistryUnknown"
    assert Ledger(w3, done).access.has_role("ENROLLER", done.addresses["Credits"])
    assert put() == done
    assert sent(w3, admin) == count + 3


def test_an_announcement_that_expired_is_made_anew(
    put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount], path: Path
) -> None:
    put()
    forget(path)
    first = put().ready
    later(w3, DEFAULT_DELAY + 8 * 86_400)
    again = put().ready
    assert first is not None
    assert again is not None
    assert again >= first + 8 * 86_400
    later(w3, DEFAULT_DELAY)
    assert put().unwired == ()


def test_an_announcement_that_a_guardian_cancelled_in_part_is_completed(
    put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount], path: Path
) -> None:
    put()
    forget(path)
    made = put()
    access = Ledger(w3, made).access
    call = access.grant("ENROLLER", made.addresses["Credits"])
    cancel = access.cancel(call, made.admin)
    signed = transactions.sign(w3, accounts[0], cancel.to, cancel.data)
    transactions.send(w3, bytes(signed.raw_transaction), bytes(signed.hash))
    later(w3, DEFAULT_DELAY)
    assert put().ready == access.scheduled(call, made.admin)
    later(w3, DEFAULT_DELAY)
    assert put().unwired == ()
    assert access.has_role("ENROLLER", made.addresses["Credits"])


def test_a_deployment_from_before_there_were_delays_gets_them_at_once(
    put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount], path: Path
) -> None:
    put(delay=0)
    content = json.loads(path.read_text())
    content["roles"] = {"REGISTRAR": 1, "ORACLE_ADMIN": 2, "AGGREGATOR": 3}
    path.write_text(json.dumps(content))
    forget(path, "delay", "holders", "unwired", "ready")
    guardian = accounts[6].address
    made = put(holders={"GUARDIAN": [guardian]})
    assert (made.delay, made.unwired) == (DEFAULT_DELAY, ())
    assert Deployment.load(path) == made
    access = Ledger(w3, made).access
    assert access.delay_of("ADMIN", made.admin) == DEFAULT_DELAY
    assert access.delay_of("ORACLE_ADMIN", made.admin) == DEFAULT_DELAY
    assert access.has_role("GUARDIAN", guardian)
    assert refusal(w3, made, accounts[0]) == "FormulaRegistryUnknown"


@pytest.mark.parametrize("after_sending", [True, False], ids=["sent", "signed"])
@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_power_cut_at_any_transaction_of_a_completion_does_nothing_twice(
    stop: int,
    after_sending: bool,
    put: Callable[..., Deployment],
    w3: Web3,
    accounts: list[LocalAccount],
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put()
    forget(path)
    before, real, count = sent(w3, accounts[0]), transactions.send, 0

    def cut(at: Web3, raw: bytes, digest: bytes) -> None:
        nonlocal count
        count += 1
        if count == stop:
            if after_sending:
                real(at, raw, digest)
            raise PowerCut
        real(at, raw, digest)

    def complete() -> None:
        put()
        later(w3, DEFAULT_DELAY)
        put()

    with monkeypatch.context() as patch:
        patch.setattr(transactions, "send", cut)
        with pytest.raises(PowerCut):
            complete()
    put()
    later(w3, DEFAULT_DELAY)
    done = put()
    assert done.unwired == ()
    assert sent(w3, accounts[0]) == before + 3
    assert refusal(w3, done, accounts[0]) == "FormulaRegistryUnknown"


def test_another_chain_or_code_stops_a_completion_before_it_sends_anything(
    put: Callable[..., Deployment], w3: Web3, accounts: list[LocalAccount], path: Path
) -> None:
    put()
    forget(path)
    content = json.loads(path.read_text())
    content["contracts"]["Lots"]["address"] = content["contracts"]["Equipment"]["address"]
    path.write_text(json.dumps(content))
    before = sent(w3, accounts[0])
    with pytest.raises(DeploymentError, match="other code"):
        put()
    assert sent(w3, accounts[0]) == before


@pytest.mark.parametrize("change", [{"delay": 60}, {"holders": {"PAUSER": ["0x" + "11" * 20]}}])
def test_another_delay_or_other_holders_are_refused(
    change: dict[str, Any], put: Callable[..., Deployment]
) -> None:
    put()
    with pytest.raises(DeploymentError, match=f"another {next(iter(change))}"):
        put(**change)


def test_a_power_cut_between_contracts_leaves_a_file_that_is_gone_on_with_only_by_deploy(
    put: Callable[..., Deployment], path: Path
) -> None:
    put()
    forget(path)

    def cut(step: str, *_: int) -> None:
        if step.startswith("announce"):
            raise PowerCut

    with pytest.raises(PowerCut):
        put(on_step=cut)
    # All contracts are there, so the ledger can be used; what was added waits for its roles.
    assert Deployment.load(path).unwired == (LAST,)
    assert put().ready is not None
