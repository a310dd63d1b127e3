"""Worker processes of the crash tests. Started once, it forks real workers that can be killed, quickly.

Reads lines of JSON: {"database": URL, "node": URL, "deployment": file, "step": name or null, "workers": 1}.
Answers each with a line of JSON, the workers' exit codes, negative for a signal. A worker drains the queue,
and kills itself at the step if there is one.
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
from tanso.contracts.ledger import Ledger
from tanso.devchain import dev_accounts
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox, OutboxMessage, Step
from tanso.oracle.store import open_store


def work(order: dict[str, Any]) -> None:
    def die(step: Step, _message: OutboxMessage) -> None:
        if step == order["step"]:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger = Ledger(Web3(HTTPProvider(order["node"])), Deployment.load(Path(order["deployment"])))
    Outbox(open_store(order["database"]), ledger, KeyRing(dev_accounts(4)), on_step=die).drain()


def fork(order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work(order)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def main() -> None:
    compile_contracts()
    for line in sys.stdin:
        order = json.loads(line)
        children = [fork(order) for _ in range(order["workers"])]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps(codes), flush=True)


if __name__ == "__main__":
    main()
