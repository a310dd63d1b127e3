"""The outbox: the only hand that sends transactions, each exactly once, whatever crashes.

outbox = Outbox(engine, ledger, keys)
outbox.enqueue(None, key="report:0x…:0", sender=address, call=call, kind="report")
finished = outbox.drain()
"""

from tanso.oracle.outbox.errors import KeyReused, NotParked, OutboxError, UnknownMessage, UnknownSender
from tanso.oracle.outbox.fees import FeePolicy
from tanso.oracle.outbox.model import OutboxMessage, OutboxTransaction, Status
from tanso.oracle.outbox.outbox import Outbox
from tanso.oracle.outbox.push import Patience, Step
from tanso.oracle.outbox.report import Alert, Report
from tanso.oracle.outbox.watch import Finality

__all__ = [
    "Alert",
    "FeePolicy",
    "Finality",
    "KeyReused",
    "NotParked",
    "Outbox",
    "OutboxError",
    "OutboxMessage",
    "OutboxTransaction",
    "Patience",
    "Report",
    "Status",
    "Step",
    "UnknownMessage",
    "UnknownSender",
]
