"""Starts the simulator's worker processes. Running once, it forks workers that can be killed, quickly.

Reads lines of JSON: {"database": URL, "node": URL, "deployment": file, "seconds": of patience, "workers":
[[step, occurrence] or null, …]}. Answers each with a line of JSON, the workers' exit codes, negative for a
signal. A worker drains the queue; with a step given it kills itself when it comes there for the nth time.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3

from tanso.contracts.compiler import compile_contracts
from tanso.contracts.deployment import Deployment
from tanso.contracts.errors import DeploymentError
from tanso.contracts.ledger import Ledger
from tanso.devchain import dev_accounts
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import FeePolicy, Outbox, OutboxMessage, Patience, Step
from tanso.oracle.outbox.fees import GWEI
from tanso.oracle.store import open_store

POLICY = FeePolicy(cap_wei=200 * GWEI, tip_wei=GWEI)
TIMEOUT_SECONDS = 1
NODE_AWAY = 7
"""Exit code of a worker that could not start because the node did not answer."""
ANOTHER_CHAIN = 8
"""Exit code of a worker that refused to start: this is not the chain, or these are not the contracts."""


KEYS = KeyRing(dev_accounts(3))


def work(order: dict[str, Any], kill: list[Any] | None) -> int:
    seen = 0

    def die(step: Step, _message: OutboxMessage) -> None:
        nonlocal seen
        if kill is not None and step == kill[0]:
            seen += 1
            if seen == kill[1]:
                os.kill(os.getpid(), signal.SIGKILL)

    provider = HTTPProvider(order["node"], request_kwargs={"timeout": TIMEOUT_SECONDS})
    ledger = Ledger(Web3(provider), Deployment.load(Path(order["deployment"])))
    patience = Patience(seconds=order["seconds"], poll_seconds=0.01)
    try:
        outbox = Outbox(
            open_store(order["database"]),
            ledger,
            KEYS,
            fees=POLICY,
            patience=patience,
            on_step=die,
        )
    except DeploymentError:
        return ANOTHER_CHAIN
    except Exception:
        return NODE_AWAY
    outbox.drain()
    return 0


def fork(order: dict[str, Any], kill: list[Any] | None) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work(order, kill)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def main() -> None:
    compile_contracts()
    for line in sys.stdin:
        order = json.loads(line)
        children = [fork(order, kill) for kill in order["workers"]]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps(codes), flush=True)


if __name__ == "__main__":
    main()
