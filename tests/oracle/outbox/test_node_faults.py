"""Nodes that time out, forget, lag behind or repeat themselves (cases 2, 3 and 5), on anvil."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from web3 import HTTPProvider, Web3

from tanso.contracts.ledger import Ledger
from tanso.oracle.outbox import Outbox, OutboxMessage, Patience, Status, Step

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]

SEND = "eth_sendRawTransaction"
RECEIPT = "eth_getTransactionReceipt"
LOOK_UP = "eth_getTransactionByHash"
SECRET = "an-access-key-in-the-path"

pytestmark = pytest.mark.anvil


class Crash(BaseException):
    """Ends a worker at a step, as a kill would."""


@pytest.fixture
def ledger(anvil_chain: Any, node: Any) -> Ledger:
    """The ledger seen through the faulty node, by a client that waits 2 s for an answer."""
    provider = HTTPProvider(f"{node.url}/{SECRET}", request_kwargs={"timeout": 2})
    return Ledger(Web3(provider), anvil_chain.deployment)


@pytest.fixture
def nonce(anvil_chain: Any) -> int:
    """The nonce that the first message must get."""
    count: int = anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address)
    return count


@pytest.fixture
def hasty(store: Engine, ledger: Ledger, make_outbox: Make) -> Outbox:
    """An outbox that looks for receipts once: for chains that do not mine by themselves."""
    return make_outbox(store, ledger, patience=Patience(seconds=0))


@pytest.fixture
def outbox(store: Engine, ledger: Ledger, make_outbox: Make) -> Outbox:
    return make_outbox(store, ledger)


def crash_at(step: Step) -> Callable[[Step, OutboxMessage], None]:
    def crash(at: Step, _message: OutboxMessage) -> None:
        if at is step:
            raise Crash

    return crash


def assert_done_once(outbox: Outbox, chain: Any, grants: Any, nonce: int) -> None:
    message = outbox.get("grant:1")
    assert (message.status, message.nonce) == (Status.CONFIRMED, nonce)
    assert len(outbox.transactions("grant:1")) == 1
    assert chain.w3.eth.get_transaction_count(chain.admin.address) == nonce + 1
    assert grants.counts() == grants.expected(1)


@pytest.mark.parametrize("fault", ["loses answer", "no answer"])
def test_a_lost_answer_to_the_sending_is_no_failure(
    fault: str, node: Any, outbox: Outbox, anvil_chain: Any, queue_grants: Queue, grants: Any, nonce: int
) -> None:
    """Case 2. web3.py must not send again by itself either."""
    queue_grants(outbox, 1)
    node.fail(SEND, fault)
    outbox.drain()
    node.released.set()
    outbox.drain()
    assert node.asked[SEND] == 1
    assert_done_once(outbox, anvil_chain, grants, nonce)


def test_a_lost_answer_and_a_node_that_stays_away_end_in_one_transaction(
    node: Any, outbox: Outbox, anvil_chain: Any, queue_grants: Queue, grants: Any, nonce: int
) -> None:
    """Case 2, with no chance to look anything up."""
    queue_grants(outbox, 1)
    node.fail(SEND, "loses answer")
    node.say(LOOK_UP, None)
    node.fail(LOOK_UP, "loses request")
    assert outbox.drain() == []
    waiting = outbox.get("grant:1")
    assert waiting.status == Status.SIGNED
    assert waiting.note is not None
    assert outbox.drain()[0].tx_hash == waiting.tx_hash
    assert outbox.get("grant:1").note is None
    assert_done_once(outbox, anvil_chain, grants, nonce)


def test_a_request_that_never_arrived_is_sent_again_with_the_same_bytes(
    node: Any, outbox: Outbox, anvil_chain: Any, queue_grants: Queue, grants: Any, nonce: int
) -> None:
    queue_grants(outbox, 1)
    node.fail(SEND, "loses request")
    assert outbox.drain() == []
    waiting = outbox.get("grant:1")
    assert waiting.status == Status.SIGNED
    outbox.drain()
    assert node.asked[SEND] == 2
    assert outbox.get("grant:1").tx_hash == waiting.tx_hash
    assert_done_once(outbox, anvil_chain, grants, nonce)


def test_no_note_or_log_tells_the_nodes_url(
    node: Any,
    outbox: Outbox,
    anvil_chain: Any,
    queue_grants: Queue,
    grants: Any,
    nonce: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """URLs of hosted nodes carry access keys, and HTTP errors carry URLs."""
    queue_grants(outbox, 1)
    node.fail(SEND, "too many requests")
    with caplog.at_level(logging.DEBUG, logger="tanso"):
        assert outbox.drain() == []
    note = outbox.get("grant:1").note
    assert note == "the node gave no usable answer (HTTPError)"
    assert SECRET not in caplog.text
    outbox.drain()
    assert_done_once(outbox, anvil_chain, grants, nonce)


def test_already_known_is_success(
    node: Any,
    store: Engine,
    ledger: Ledger,
    make_outbox: Make,
    hasty: Outbox,
    anvil_chain: Any,
    queue_grants: Queue,
    grants: Any,
    nonce: int,
) -> None:
    """Case 3: in the pool, but the first look-up says otherwise."""
    anvil_chain.rpc("evm_setAutomine", False)
    queue_grants(hasty, 1)
    with pytest.raises(Crash):
        make_outbox(store, ledger, on_step=crash_at(Step.ACCEPTED)).drain()
    node.say(LOOK_UP, None)
    hasty.drain()
    assert node.asked[SEND] == 2
    assert hasty.get("grant:1").status == Status.SENT
    anvil_chain.rpc("evm_mine")
    hasty.drain()
    assert_done_once(hasty, anvil_chain, grants, nonce)


def test_nonce_too_low_makes_it_look_for_the_receipt(
    node: Any,
    store: Engine,
    ledger: Ledger,
    make_outbox: Make,
    outbox: Outbox,
    anvil_chain: Any,
    queue_grants: Queue,
    grants: Any,
    nonce: int,
) -> None:
    """Case 3: mined, but the first look-ups come from a node that lags behind."""
    queue_grants(outbox, 1)
    with pytest.raises(Crash):
        make_outbox(store, ledger, on_step=crash_at(Step.ACCEPTED)).drain()
    node.say(RECEIPT, None)
    node.say(LOOK_UP, None, None)
    outbox.drain()
    assert node.asked[SEND] == 2
    assert_done_once(outbox, anvil_chain, grants, nonce)


def test_nonce_too_low_without_a_receipt_is_waited_out_and_not_signed_again(
    node: Any,
    store: Engine,
    ledger: Ledger,
    make_outbox: Make,
    outbox: Outbox,
    anvil_chain: Any,
    queue_grants: Queue,
    grants: Any,
    nonce: int,
) -> None:
    """Case 3: a block shows the transaction, though no look-up finds it."""
    queue_grants(outbox, 1)
    with pytest.raises(Crash):
        make_outbox(store, ledger, on_step=crash_at(Step.ACCEPTED)).drain()
    node.say(RECEIPT, None, None)
    node.say(LOOK_UP, None, None)
    assert outbox.drain() == []
    assert outbox.get("grant:1").note == f"nonce {nonce} is spent, but the node shows no receipt yet"
    outbox.drain()
    assert_done_once(outbox, anvil_chain, grants, nonce)


def test_a_transaction_dropped_by_the_pool_is_sent_again_at_the_next_poll(
    node: Any, hasty: Outbox, anvil_chain: Any, queue_grants: Queue, grants: Any, nonce: int
) -> None:
    """Case 5."""
    anvil_chain.rpc("evm_setAutomine", False)
    queue_grants(hasty, 1)
    hasty.drain()
    sent = hasty.get("grant:1")
    assert anvil_chain.rpc("anvil_dropTransaction", sent.tx_hash) == sent.tx_hash
    hasty.drain()
    anvil_chain.rpc("evm_mine")
    hasty.drain()
    assert hasty.get("grant:1").tx_hash == sent.tx_hash
    assert_done_once(hasty, anvil_chain, grants, nonce)


@pytest.mark.parametrize(
    "method",
    ["eth_estimateGas", "eth_getBlockByNumber", "eth_getBalance", "eth_getTransactionCount", RECEIPT],
)
def test_a_request_that_fails_leaves_the_message_for_the_next_time(
    method: str,
    node: Any,
    outbox: Outbox,
    anvil_chain: Any,
    queue_grants: Queue,
    grants: Any,
    nonce: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue_grants(outbox, 1)
    node.fail(method, "loses request")
    with caplog.at_level(logging.DEBUG, logger="tanso"):
        assert outbox.drain() == []
    waiting = outbox.get("grant:1")
    assert waiting.note is not None
    assert "the node gave no usable answer" in caplog.text
    outbox.drain()
    assert_done_once(outbox, anvil_chain, grants, nonce)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("eth_estimateGas", None),
        ("eth_getBlockByNumber", None),
        ("eth_getBalance", None),
        ("eth_getTransactionCount", None),
        ("eth_getTransactionCount", "many"),
        (SEND, None),
        (SEND, 7),
        (LOOK_UP, "odd"),
        (RECEIPT, []),
        (RECEIPT, {"status": "0x1"}),
    ],
)
def test_an_answer_that_makes_no_sense_does_no_harm(
    method: str,
    answer: Any,
    node: Any,
    outbox: Outbox,
    anvil_chain: Any,
    queue_grants: Queue,
    grants: Any,
    nonce: int,
) -> None:
    queue_grants(outbox, 1)
    node.say(method, answer)
    outbox.drain()
    outbox.drain()
    assert_done_once(outbox, anvil_chain, grants, nonce)


def test_a_node_that_lags_behind_does_not_make_a_nonce_be_used_twice(
    node: Any, outbox: Outbox, anvil_chain: Any, queue_grants: Queue, grants: Any, nonce: int
) -> None:
    queue_grants(outbox, 1)
    outbox.drain()
    queue_grants(outbox, 2)
    node.say("eth_getTransactionCount", hex(nonce))
    outbox.drain()
    assert outbox.get("grant:2").nonce == nonce + 1
    assert len(outbox.transactions("grant:2")) == 1
    assert grants.counts() == grants.expected(1, 2)


def test_a_revert_that_a_pruned_node_cannot_explain_is_parked_all_the_same(
    node: Any, store: Engine, ledger: Ledger, make_outbox: Make, anvil_chain: Any, nonce: int
) -> None:
    call = ledger.formulas.register(f"0x{7:064x}", "a formula@1")
    rival = anvil_chain.accounts[9]
    anvil_chain.send(ledger.access.grant(1, rival.address), anvil_chain.admin)

    def register_first(step: Step, _message: OutboxMessage) -> None:
        if step is Step.STORED:
            anvil_chain.send(call, rival)
            node.refuse("eth_call", "missing trie node")

    outbox = make_outbox(store, ledger, on_step=register_first)
    outbox.enqueue(None, key="f", sender=anvil_chain.admin.address, call=call, kind="formula")
    (parked,) = outbox.drain()
    assert (parked.status, parked.error_name) == (Status.PARKED, "Unknown")
    assert "missing trie node" in (parked.error_text or "")


def test_a_transaction_that_the_node_refuses_stays_signed_with_the_reason(
    node: Any, outbox: Outbox, anvil_chain: Any, queue_grants: Queue, grants: Any, nonce: int
) -> None:
    queue_grants(outbox, 1)
    node.refuse(SEND, "transaction underpriced")
    assert outbox.drain() == []
    waiting = outbox.get("grant:1")
    assert waiting.status == Status.SIGNED
    assert "transaction underpriced" in (waiting.note or "")
    assert outbox.drain()[0].tx_hash == waiting.tx_hash
    assert_done_once(outbox, anvil_chain, grants, nonce)
