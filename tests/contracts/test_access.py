"""Delays, roles and the emergency stop, on both engines."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tanso.contracts.contract import Call
from tanso.contracts.deployment import DEFAULT_DELAY, deploy
from tanso.contracts.deployment_plan import ADMIN_FUNCTIONS, DELAYED, PAUSING, ROLES
from tanso.contracts.errors import InvalidValue, Reverted
from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Ledger
from tanso.contracts.units import Unit
from tanso.contracts.values import Factor

WEEK = 7 * 86_400
FACTOR = Factor(1, 0, 2**40 - 1, Unit.GRAM, "AR6", content_hash(b"source"))


@pytest.fixture
def delayed(any_chain: Any) -> Any:
    """A ledger with the delays that a real one has. Account 1 is a guardian beside the admin, 2 a pauser."""
    accounts = any_chain.accounts
    deployment = deploy(
        any_chain.w3,
        any_chain.admin,
        oracle_keys=any_chain.oracle_keys.addresses,
        threshold=2,
        holders={"GUARDIAN": [accounts[1].address], "PAUSER": [accounts[2].address]},
    )
    return replace(any_chain, ledger=Ledger(any_chain.w3, deployment))


@pytest.fixture
def later(any_chain: Any) -> Callable[[int], None]:
    def wait(seconds: int) -> None:
        any_chain.rpc("evm_increaseTime", seconds)
        any_chain.rpc("evm_mine")

    return wait


def refusal(chain: Any, call: Call, sender: Any) -> str:
    with pytest.raises(Reverted) as refused:
        chain.send(call, sender)
    assert refused.value.hint, refused.value
    return refused.value.name


def now(chain: Any) -> int:
    return int(chain.w3.eth.get_block("latest")["timestamp"])


def change(chain: Any) -> Call:
    call: Call = chain.ledger.quorum.set_keys([chain.accounts[4].address], 1)
    return call


def test_oracle_keys_change_after_the_delay_and_not_before(
    delayed: Any, later: Callable[[int], None]
) -> None:
    access, quorum, call = delayed.ledger.access, delayed.ledger.quorum, change(delayed)
    first = quorum.keys()
    assert access.delay(call, delayed.admin.address) == DEFAULT_DELAY
    assert refusal(delayed, call, delayed.admin) == "AccessManagerNotScheduled"
    assert refusal(delayed, access.execute(call), delayed.admin) == "AccessManagerNotScheduled"
    assert access.scheduled(call, delayed.admin.address) is None

    delayed.send(access.schedule(call), delayed.admin)
    ready = access.scheduled(call, delayed.admin.address)
    assert ready == now(delayed) + DEFAULT_DELAY
    assert refusal(delayed, access.schedule(call), delayed.admin) == "AccessManagerAlreadyScheduled"
    assert refusal(delayed, access.execute(call), delayed.admin) == "AccessManagerNotReady"
    later(DEFAULT_DELAY - 60)
    assert refusal(delayed, access.execute(call), delayed.admin) == "AccessManagerNotReady"
    assert quorum.keys() == first

    later(60)
    delayed.send(access.execute(call), delayed.admin)
    assert quorum.keys() == (delayed.accounts[4].address,)
    assert refusal(delayed, access.execute(call), delayed.admin) == "AccessManagerNotScheduled"

    # Who could sign before and since stays readable.
    old, new = quorum.key_sets()
    assert (old.keys, old.threshold) == (first, 2)
    assert (new.keys, new.threshold, new.since) == (quorum.keys(), 1, now(delayed))
    assert quorum.key_set_at(new.since - 1) == old
    assert quorum.key_set_at(new.since) == new
    assert quorum.key_set_at(old.since - 1) is None


def test_an_announced_change_expires_after_a_week(delayed: Any, later: Callable[[int], None]) -> None:
    access, call = delayed.ledger.access, change(delayed)
    assert access.expiration() == WEEK
    delayed.send(access.schedule(call), delayed.admin)
    later(DEFAULT_DELAY + WEEK)
    assert access.scheduled(call, delayed.admin.address) is None
    assert refusal(delayed, access.execute(call), delayed.admin) == "AccessManagerExpired"
    delayed.send(access.schedule(call), delayed.admin)
    assert access.scheduled(call, delayed.admin.address) == now(delayed) + DEFAULT_DELAY


def test_a_time_before_the_delay_is_refused_and_a_later_one_is_kept(delayed: Any) -> None:
    access, call = delayed.ledger.access, change(delayed)
    soon = access.schedule(call, now(delayed) + DEFAULT_DELAY - 60)
    assert refusal(delayed, soon, delayed.admin) == "AccessManagerUnauthorizedCall"
    when = now(delayed) + DEFAULT_DELAY + 3_600
    delayed.send(access.schedule(call, when), delayed.admin)
    assert access.scheduled(call, delayed.admin.address) == when


def test_a_guardian_cancels_what_is_announced_and_can_do_none_of_it(
    delayed: Any, later: Callable[[int], None]
) -> None:
    access, (admin, guardian, stranger) = delayed.ledger.access, (*delayed.accounts[:2], delayed.accounts[5])
    for call in (change(delayed), access.grant("ORACLE_ADMIN", stranger.address)):
        delayed.send(access.schedule(call), admin)
        assert (
            refusal(delayed, access.cancel(call, admin.address), stranger)
            == "AccessManagerUnauthorizedCancel"
        )
        delayed.send(access.cancel(call, admin.address), guardian)
        later(DEFAULT_DELAY)
        assert refusal(delayed, access.execute(call), admin) == "AccessManagerNotScheduled"
        assert refusal(delayed, access.schedule(call), guardian) == "AccessManagerUnauthorizedCall"
        assert refusal(delayed, access.execute(call), guardian) == "AccessManagerUnauthorizedCall"
    assert refusal(delayed, access.grant("GUARDIAN", stranger.address), guardian).startswith("AccessManager")
    assert not access.has_role("ORACLE_ADMIN", stranger.address)


def test_the_admin_announces_each_act_and_may_take_it_back(
    delayed: Any, later: Callable[[int], None]
) -> None:
    access, admin, other = delayed.ledger.access, delayed.admin, delayed.accounts[5].address
    assert access.delay_of("ADMIN", admin.address) == DEFAULT_DELAY
    assert access.delay_of("ADMIN", other) is None
    call = access.grant("REGISTRAR", other)
    assert refusal(delayed, call, admin) == "AccessManagerNotScheduled"
    delayed.send(access.schedule(call), admin)
    delayed.send(access.cancel(call, admin.address), admin)
    delayed.send(access.schedule(call), admin)
    later(DEFAULT_DELAY)
    delayed.send(access.execute(call), admin)
    assert access.delay_of("REGISTRAR", other) == 0
    back = access.revoke("REGISTRAR", other)
    delayed.send(access.schedule(back), admin)
    later(DEFAULT_DELAY)
    delayed.send(back, admin)  # announced, it may be sent to the manager itself as well
    assert not access.has_role("REGISTRAR", other)


def test_each_role_but_oracle_admin_acts_at_once(delayed: Any) -> None:
    access, admin = delayed.ledger.access, delayed.admin.address
    delays = {role: access.delay_of(role, admin) for role in ROLES}
    expected = {role: DEFAULT_DELAY if role in DELAYED else 0 for role in ROLES}
    assert delays == {**expected, "ENROLLER": None}
    assert access.has_role("ENROLLER", delayed.deployment.addresses["Credits"])
    assert access.has_role("GUARDIAN", delayed.accounts[1].address)
    assert access.delay_of("PAUSER", delayed.accounts[2].address) == 0


def test_a_registrar_makes_aggregators_at_once_and_nobody_else_of_any_role(delayed: Any) -> None:
    access, registrar, other = delayed.ledger.access, delayed.admin, delayed.accounts[5]
    delayed.send(access.grant("AGGREGATOR", other.address), registrar)
    assert access.has_role("AGGREGATOR", other.address)
    assert (
        refusal(delayed, access.grant("AGGREGATOR", other.address), other)
        == "AccessManagerUnauthorizedAccount"
    )
    for role in ("ADMIN", *ROLES):
        if role != "AGGREGATOR":
            call = access.grant(role, delayed.accounts[6].address)
            assert refusal(delayed, call, registrar) == "AccessManagerNotScheduled"
    delayed.send(access.revoke("AGGREGATOR", other.address), registrar)
    assert not access.has_role("AGGREGATOR", other.address)


def test_an_admin_without_delay_cannot_change_oracle_keys_unannounced_either(
    delayed: Any, later: Callable[[int], None]
) -> None:
    """The second lock: delays on the role and the contracts, which hold from five days after deployment."""
    access, admin, rash = delayed.ledger.access, delayed.admin, delayed.accounts[5]
    later(5 * 86_400)
    call = access.grant("ADMIN", rash.address, 0)
    delayed.send(access.schedule(call), admin)
    later(DEFAULT_DELAY)
    delayed.send(access.execute(call), admin)
    # Not even the grant holds at once.
    assert (
        refusal(delayed, access.grant("ENROLLER", rash.address, 0), rash)
        == "AccessManagerUnauthorizedAccount"
    )
    later(DEFAULT_DELAY)
    for role in ("ENROLLER", "GUARDIAN"):
        delayed.send(access.grant(role, rash.address, 0), rash)
        assert not access.has_role(role, rash.address)
    delayed.send(access.grant("ORACLE_ADMIN", rash.address, 0), rash)
    assert not access.has_role("ORACLE_ADMIN", rash.address)
    assert access.delay(change(delayed), rash.address) is None
    manager = access._manager
    quorum = delayed.deployment.addresses["OracleQuorum"]
    opened = manager.call(
        "setTargetFunctionRole", quorum, ["0x" + change(delayed).data[:4].hex()], 0, what=""
    )
    assert refusal(delayed, opened, rash) == "AccessManagerNotScheduled"
    later(DEFAULT_DELAY)
    assert access.has_role("ORACLE_ADMIN", rash.address)


def test_one_transaction_stops_every_contract_that_can_be_and_one_lets_it_go_on(delayed: Any) -> None:
    ledger, access, pauser = delayed.ledger, delayed.ledger.access, delayed.accounts[2]
    register = ledger.factors.register(derive_id(b"a secret that is long enough", "factor", "f"), FACTOR)
    assert not access.paused()
    assert set(access.paused_by_contract().values()) == {False}
    with pytest.raises(InvalidValue, match="running already"):
        access.unpause()

    delayed.send(access.pause(), pauser)
    assert access.paused()
    assert set(access.paused_by_contract().values()) == {True}
    assert refusal(delayed, register, delayed.admin) == "EnforcedPause"
    with pytest.raises(InvalidValue, match="paused already"):
        access.pause()
    # Oracle keys and roles can be put right meanwhile.
    delayed.send(access.schedule(change(delayed)), delayed.admin)
    delayed.send(access.schedule(access.grant("REGISTRAR", pauser.address)), delayed.admin)

    delayed.send(access.unpause(), pauser)
    assert not access.paused()
    delayed.send(register, delayed.admin)


def test_who_is_no_pauser_stops_nothing(delayed: Any) -> None:
    access, stranger = delayed.ledger.access, delayed.accounts[5]
    assert refusal(delayed, access.pause(), stranger) == "AccessManagerUnauthorizedCall"
    delayed.send(access.pause(), delayed.accounts[2])
    assert refusal(delayed, access.unpause(), stranger) == "AccessManagerUnauthorizedCall"
    assert access.paused()


def test_a_contract_that_is_stopped_already_does_not_keep_the_others_from_it(delayed: Any) -> None:
    access, pauser = delayed.ledger.access, delayed.accounts[2]
    name, contract = next(iter(access._pausable.items()))
    delayed.send(contract.call("pause", what=f"pause {name}"), pauser)
    rest = [other for other, paused in access.paused_by_contract().items() if not paused]
    assert name not in rest
    if rest:
        delayed.send(access.pause(), pauser)
    assert set(access.paused_by_contract().values()) == {True}


def test_without_delay_the_admin_acts_at_once(any_chain: Any) -> None:
    ledger, admin = any_chain.ledger, any_chain.admin
    assert ledger.access.delay_of("ADMIN", admin.address) == 0
    any_chain.send(change(any_chain), admin)
    assert ledger.quorum.threshold() == 1


def test_an_unknown_role_is_refused_with_those_that_there_are(ledger: Ledger) -> None:
    with pytest.raises(InvalidValue, match=r"no role CLEANER.*REGISTRAR"):
        ledger.access.has_role("CLEANER", ledger.deployment.admin)


def test_the_tables_name_functions_that_there_are(ledger: Ledger) -> None:
    manager = ledger.access._manager
    assert all(manager.has(function) for function in ADMIN_FUNCTIONS)
    assert all(contract.has(name) for contract in ledger.access._pausable.values() for name in PAUSING)


def test_a_call_costs_at_most_what_is_estimated(any_chain: Any) -> None:
    w3, ledger, sender = any_chain.w3, any_chain.ledger, any_chain.admin
    call = ledger.factors.register(derive_id(b"a secret that is long enough", "factor", "f"), FACTOR)
    estimated = ledger.estimate(call, sender.address)
    assert estimated.total_wei == estimated.gas * estimated.fee_per_gas_wei
    assert f"{estimated.gas:,} gas" in str(estimated)
    before = w3.eth.get_balance(sender.address)
    receipt = any_chain.send(call, sender)
    assert receipt["gasUsed"] < estimated.gas < 2 * receipt["gasUsed"]
    paid = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert before - w3.eth.get_balance(sender.address) == paid
    assert receipt["effectiveGasPrice"] <= estimated.fee_per_gas_wei


def test_the_estimate_of_a_call_that_would_be_refused_is_the_refusal(any_chain: Any) -> None:
    call = any_chain.ledger.quorum.set_keys([], 1)
    with pytest.raises(Reverted) as refused:
        any_chain.ledger.estimate(call, any_chain.admin.address)
    assert refused.value.name == "OracleQuorumInvalidKeys"
    with pytest.raises(Reverted) as refused:
        any_chain.ledger.estimate(change(any_chain), any_chain.accounts[1].address)
    assert refused.value.name == "AccessManagedUnauthorized"
