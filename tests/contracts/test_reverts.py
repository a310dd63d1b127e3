"""Whatever a node or library raises for a refusal becomes the same named error."""

from collections.abc import Iterator
from typing import Any

import pytest
from web3 import EthereumTesterProvider, HTTPProvider, Web3

from tanso.contracts.contract import asked
from tanso.contracts.errors import ChainUnreachable, LedgerError, Reverted
from tanso.contracts.identity import keccak
from tanso.contracts.reverts import decode_error
from tanso.devchain import Devchain, DevchainProvider

ID = "ab" * 16
ECHO = "365f5f37365ffd"
"""Code that reverts with whatever it is called with."""


def data(signature: str, *words: str) -> str:
    return "0x" + keccak(signature.encode())[:4].hex() + "".join(words)


def number(value: int) -> str:
    return value.to_bytes(32, "big").hex()


CASES = {
    "custom error with values": (
        data("LotsInsufficient(bytes16,uint256,uint256)", ID + "00" * 16, number(7), number(2**200)),
        ("LotsInsufficient", {"lot_id": "0x" + ID, "held": 7, "needed": 2**200}, "Lots"),
    ),
    "custom error without values": (data("LotsZeroQuantity()"), ("LotsZeroQuantity", {}, "Lots")),
    "reason": (
        data("Error(string)", number(32), number(5), b"hello".ljust(32, b"\0").hex()),
        ("Error", {"reason": "hello"}, ""),
    ),
    "panic": (data("Panic(uint256)", number(0x11)), ("Panic", {"code": 0x11}, "")),
    "nothing": ("0x", ("Unknown", {"data": "0x"}, "")),
    "unknown error": ("0x12345678", ("Unknown", {"data": "0x12345678"}, "")),
    "cut off": (
        data("LotsUnknownLot(bytes16)", ID),
        ("Unknown", {"data": data("LotsUnknownLot(bytes16)", ID)}, ""),
    ),
}


@pytest.fixture(params=["eth-tester", "devchain", pytest.param("anvil", marks=pytest.mark.anvil)])
def node(request: pytest.FixtureRequest) -> Iterator[Web3]:
    if request.param == "eth-tester":
        yield Web3(EthereumTesterProvider())
    elif request.param == "anvil":
        yield request.getfixturevalue("anvil_chain").w3
    else:
        with Devchain.open() as devchain:
            yield Web3(DevchainProvider(devchain))


@pytest.fixture
def echo(node: Web3) -> str:
    """Address of a contract that reverts with whatever it is called with."""
    creation = f"0x66{ECHO}5f52600760 19f3".replace(" ", "")
    sent = node.eth.send_transaction({"from": node.eth.accounts[0], "data": creation, "gas": 200_000})
    receipt = node.eth.wait_for_transaction_receipt(sent)
    assert bytes(node.eth.get_code(receipt["contractAddress"])).hex() == ECHO
    return receipt["contractAddress"]


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_has_the_same_name_values_and_contract_on_each_node(
    case: str, node: Web3, echo: str
) -> None:
    sent, expected = CASES[case]
    call: Any = {"from": node.eth.accounts[0], "to": echo, "data": sent}
    for question in (node.eth.call, node.eth.estimate_gas):
        with pytest.raises(Reverted) as refused:
            asked(lambda question=question: question(call))
        found = refused.value
        assert (found.name, found.values, found.contract) == expected


@pytest.mark.parametrize("case", CASES)
def test_revert_data_is_decoded_from_text_and_from_bytes(case: str) -> None:
    sent, expected = CASES[case]
    for given in (sent, bytes.fromhex(sent[2:])):
        found = decode_error(given)
        assert (found.name, found.values, found.contract) == expected


def test_the_sentence_is_the_natspec_and_the_hint_says_what_to_do() -> None:
    found = decode_error(data("LotsCarbonNotClosed(uint256,uint256)", number(770), number(771)))
    assert found.message == (
        "LotsCarbonNotClosed: carbon does not close: `inUg` went in, `outUg` is in lots and left-overs "
        "(in_ug=770, out_ug=771)"
    )
    assert found.hint.startswith("Put every microgram")


def test_a_node_that_is_not_there_is_unreachable() -> None:
    w3 = Web3(HTTPProvider("http://127.0.0.1:1", exception_retry_configuration=None))
    with pytest.raises(ChainUnreachable, match="does not answer"):
        asked(lambda: w3.eth.block_number)


def test_what_is_no_refusal_of_a_contract_stays_a_plain_ledger_error(node: Web3) -> None:
    with pytest.raises(LedgerError) as refused:
        asked(lambda: node.eth.send_raw_transaction(b"\x01\x02"))
    assert not isinstance(refused.value, Reverted)
