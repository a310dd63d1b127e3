"""A worker process of the crash tests: drains a queue, and kills itself at a step if told to.

Arguments: database URL, node URL, deployment file, step (or "none").
"""

import os
import signal
import sys
from pathlib import Path

from web3 import HTTPProvider, Web3

from tanso.contracts.deployment import Deployment
from tanso.contracts.ledger import Ledger
from tanso.devchain import dev_accounts
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox, OutboxMessage, Step
from tanso.oracle.store import open_store


def main(database: str, node: str, deployment: str, at: str) -> None:
    def die(step: Step, _message: OutboxMessage) -> None:
        if step == at:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger = Ledger(Web3(HTTPProvider(node)), Deployment.load(Path(deployment)))
    outbox = Outbox(open_store(database), ledger, KeyRing(dev_accounts(4)), on_step=die)
    sys.stdin.readline()  # all workers of a test start together
    outbox.drain()


if __name__ == "__main__":
    main(*sys.argv[1:])
