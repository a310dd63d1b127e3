"""Processes that are killed, and processes that work on one queue (cases 1 and 4)."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tanso.oracle.outbox import Outbox, OutboxMessage, Status, Step

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]
Start = Callable[[str], "subprocess.Popen[bytes]"]

CHILD = Path(__file__).parent / "crash_child.py"

STANDS_AFTER = {
    Step.ESTIMATED: Status.QUEUED,
    Step.SIGNED: Status.QUEUED,
    Step.STORED: Status.SIGNED,
    Step.ACCEPTED: Status.SIGNED,
    Step.SENT: Status.SENT,
    Step.RECEIPT: Status.SENT,
    Step.COMMITTED: Status.CONFIRMED,
}
"""What a process that died at the step leaves behind."""

pytestmark = pytest.mark.anvil


@pytest.fixture
def start(anvil_chain: Any, anvil_url: str, store_url: str, tmp_path: Path) -> Start:
    deployment = tmp_path / "deployment.json"
    anvil_chain.deployment.save(deployment)

    def run(step: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, CHILD, store_url, anvil_url, deployment, step], stdin=subprocess.PIPE
        )

    return run


@pytest.mark.parametrize("step", Step)
def test_a_message_has_one_effect_though_its_process_is_killed(
    step: Step,
    start: Start,
    anvil_chain: Any,
    store: Engine,
    make_outbox: Make,
    queue_grants: Queue,
    grants: Any,
) -> None:
    outbox = make_outbox(store, anvil_chain.ledger)
    queue_grants(outbox, 1, 2)
    nonce = anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address)

    child = start(step)
    child.communicate(b"\n")
    assert child.returncode == -signal.SIGKILL
    assert outbox.get("grant:1").status == STANDS_AFTER[step]
    assert outbox.get("grant:2").status == Status.QUEUED

    outbox.drain()
    assert [outbox.get(key).status for key in ("grant:1", "grant:2")] == [Status.CONFIRMED] * 2
    assert grants.counts() == grants.expected(1, 2)
    assert anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address) == nonce + 2
    assert len(outbox.transactions("grant:1")) == 1


def test_processes_on_one_queue_do_each_message_once(
    start: Start, anvil_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outbox = make_outbox(store, anvil_chain.ledger)
    queue_grants(outbox, *range(12))
    nonce = anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address)

    children = [start("none") for _ in range(2)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.close()
    assert [child.wait() for child in children] == [0, 0]

    assert outbox.drain() == []
    assert {message.status for message in outbox.messages()} == {Status.CONFIRMED}
    assert sorted(message.nonce or 0 for message in outbox.messages()) == list(range(nonce, nonce + 12))
    assert anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address) == nonce + 12
    assert grants.counts() == grants.expected(*range(12))
