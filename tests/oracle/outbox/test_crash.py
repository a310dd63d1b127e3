"""Processes that are killed, and processes that work on one queue (cases 1 and 4)."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tanso.oracle.outbox import Outbox, OutboxMessage, Status, Step

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]
Run = Callable[..., list[int]]
"""Runs workers on the queue to their end, and gives their exit codes."""

WORKERS = Path(__file__).parent / "worker_process.py"

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


@pytest.fixture(scope="module")
def processes() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, WORKERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        yield parent


@pytest.fixture
def run_workers(
    processes: "subprocess.Popen[str]", anvil_chain: Any, anvil_url: str, store_url: str, tmp_path: Path
) -> Run:
    deployment = tmp_path / "deployment.json"
    anvil_chain.deployment.save(deployment)

    def run(workers: int, step: str | None = None) -> Any:
        assert processes.stdin is not None
        assert processes.stdout is not None
        order = {
            "database": store_url,
            "node": anvil_url,
            "deployment": str(deployment),
            "step": step,
            "workers": workers,
        }
        print(json.dumps(order), file=processes.stdin, flush=True)
        return json.loads(processes.stdout.readline())

    return run


@pytest.mark.parametrize("step", Step)
def test_a_message_has_one_effect_though_its_process_is_killed(
    step: Step,
    run_workers: Run,
    anvil_chain: Any,
    store: Engine,
    make_outbox: Make,
    queue_grants: Queue,
    grants: Any,
) -> None:
    outbox = make_outbox(store, anvil_chain.ledger)
    queue_grants(outbox, 1, 2)
    nonce = anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address)

    assert run_workers(1, step) == [-signal.SIGKILL]
    assert outbox.get("grant:1").status == STANDS_AFTER[step]
    assert outbox.get("grant:2").status == Status.QUEUED

    outbox.drain()
    assert [outbox.get(key).status for key in ("grant:1", "grant:2")] == [Status.CONFIRMED] * 2
    assert grants.counts() == grants.expected(1, 2)
    assert anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address) == nonce + 2
    assert len(outbox.transactions("grant:1")) == 1


def test_processes_on_one_queue_do_each_message_once(
    run_workers: Run, anvil_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outbox = make_outbox(store, anvil_chain.ledger)
    queue_grants(outbox, *range(12))
    nonce = anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address)

    assert run_workers(3) == [0, 0, 0]

    assert outbox.drain() == []
    assert {message.status for message in outbox.messages()} == {Status.CONFIRMED}
    assert sorted(message.nonce or 0 for message in outbox.messages()) == list(range(nonce, nonce + 12))
    assert anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address) == nonce + 12
    assert grants.counts() == grants.expected(*range(12))
