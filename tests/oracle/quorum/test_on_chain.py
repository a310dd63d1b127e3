"""What signs off chain is what the contract takes."""

import time
from typing import Any

import pytest

from tanso.contracts.errors import Reverted
from tanso.contracts.values import Report
from tanso.oracle.keys import KeyRing
from tanso.oracle.quorum import sign_with_quorum, verify_quorum

BUSINESS = "0x" + "b1" * 16
FORMULA = "0x" + "f0" * 32


@pytest.fixture
def report(any_chain: Any) -> Report:
    ledger = any_chain.ledger
    now = any_chain.w3.eth.get_block("latest")["timestamp"]
    any_chain.send(
        ledger.businesses.register(BUSINESS, any_chain.accounts[1].address, "0x" + "ab" * 32), any_chain.admin
    )
    any_chain.send(ledger.formulas.register(FORMULA, "a formula@1"), any_chain.admin)
    return Report(
        business_id=BUSINESS,
        period_start=now - 7200,
        period_end=now - 3600,
        sequence=0,
        deadline=int(time.time()) + 10**6,
        formula_id=FORMULA,
        evidence_root="0x" + "e0" * 32,
        declared_ug=12345,
        entries=(),
    )


def test_the_contract_takes_a_quorum_of_its_keys(any_chain: Any, report: Report) -> None:
    ledger = any_chain.ledger
    signatures = sign_with_quorum(
        ledger.reports.typed_data(report),
        any_chain.oracle_keys,
        needed=ledger.quorum.threshold(),
        registered=any_chain.oracle_keys.addresses,
    )
    any_chain.send(ledger.reports.submit(report, signatures), any_chain.accounts[5])
    assert ledger.reports.next_sequence(BUSINESS) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda signatures: signatures[:1], "OracleQuorumTooFewSignatures"),
        (lambda signatures: signatures[::-1], "OracleQuorumUnsorted"),
        (lambda signatures: [signatures[0]] * 2, "OracleQuorumUnsorted"),
    ],
)
def test_what_the_local_check_refuses_the_contract_refuses(
    any_chain: Any, report: Report, change: Any, error: str
) -> None:
    ledger, keys = any_chain.ledger, any_chain.oracle_keys
    typed_data = ledger.reports.typed_data(report)
    signatures = change(sign_with_quorum(typed_data, keys, needed=2))
    with pytest.raises(Exception, match=r"are needed|rising signer address"):
        verify_quorum(typed_data, signatures, registered=keys.addresses, needed=2)
    with pytest.raises(Reverted) as caught:
        any_chain.send(ledger.reports.submit(report, signatures), any_chain.accounts[5])
    assert caught.value.name == error


def test_keys_the_contract_does_not_know_are_refused_by_it(any_chain: Any, report: Report) -> None:
    ledger = any_chain.ledger
    strangers = KeyRing(any_chain.accounts[:2])
    signatures = sign_with_quorum(ledger.reports.typed_data(report), strangers, needed=2)
    with pytest.raises(Reverted) as caught:
        any_chain.send(ledger.reports.submit(report, signatures), any_chain.accounts[5])
    assert caught.value.name == "OracleQuorumUnknownKey"
