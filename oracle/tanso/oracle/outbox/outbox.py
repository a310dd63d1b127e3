"""The queue's public face: put messages in, push them out, look them up."""

import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlmodel import Session, col, select
from web3 import Web3

from tanso.contracts.errors import InvalidValue
from tanso.contracts.ledger import Call, Ledger
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox.errors import KeyReused, UnknownMessage, UnknownSender
from tanso.oracle.outbox.fees import FeePolicy
from tanso.oracle.outbox.model import KEY_LENGTH, KIND_LENGTH, OutboxMessage, OutboxTransaction, Status
from tanso.oracle.outbox.node import Node, NodeFailed
from tanso.oracle.outbox.push import Patience, Progress, Pusher, Step
from tanso.oracle.outbox.queue import Queue, insert_new
from tanso.oracle.outbox.report import Report, report, retry
from tanso.oracle.outbox.signing import Signer
from tanso.oracle.outbox.watch import Finality, Watch
from tanso.oracle.store import reading, utc_now, writing

logger = logging.getLogger(__name__)


class Outbox:
    """Durable queue of transactions. One per node; several workers may drain one queue.

    Messages of one sender go out in the order of their queuing, one at a time: the next is signed when the
    one before has its receipt, so a message may build on what an earlier one did. Different senders do not
    wait for each other.
    """

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        signer: KeyRing,
        *,
        fees: FeePolicy | None = None,
        patience: Patience | None = None,
        finality: Finality | None = None,
        on_step: Callable[[Step, OutboxMessage], None] | None = None,
    ) -> None:
        """Raises DeploymentError if the chain or its contracts are not those of the ledger's deployment.

        on_step: called at each step of a push, for tests of crashes and for measuring.
        """
        node = Node(ledger.w3)
        ledger.deployment.check(ledger.w3)
        self.engine, self.ledger, self.signer = engine, ledger, signer
        self._patience = patience or Patience()
        self._queue, finality = Queue(engine), finality or Finality()
        self._watch = Watch(self._queue, node, finality)
        self._pusher = Pusher(
            self._queue,
            node,
            self._watch,
            Signer(node, signer, ledger.deployment.chain_id, fees or FeePolicy()),
            finality,
            on_step,
        )

    def enqueue(
        self, session: Session | None, *, key: str, sender: str, call: Call, kind: str
    ) -> OutboxMessage:
        """Queues `call` under the idempotency key `key`.

        session: the caller's transaction, so that the message stands or falls with it; None for one of its
        own. The same key with the same content gives the message that is there already.
        Raises KeyReused for the same key with other content, UnknownSender if no signing key is held for
        `sender`, InvalidValue for a key of more than 200 characters or a kind of more than 40.
        """
        for name, value, longest in (("key", key, KEY_LENGTH), ("kind", kind, KIND_LENGTH)):
            if not 0 < len(value) <= longest:
                raise InvalidValue(f"the message's {name} must have 1 to {longest} characters")
        if sender not in self.signer:
            raise UnknownSender(
                f"no signing key for the account {sender}", hint="Add its key to the key ring."
            )
        if session is None:
            with writing(self.engine) as own:
                return self.enqueue(own, key=key, sender=sender, call=call, kind=kind)
        wanted = {
            "kind": kind,
            "sender": str(Web3.to_checksum_address(sender)),
            "to": str(Web3.to_checksum_address(call.to)),
            "data": "0x" + bytes(call.data).hex(),
        }
        row = {"key": key, "what": call.what, "status": Status.QUEUED, "created_at": utc_now(), **wanted}
        insert_new(session, OutboxMessage, row, ["key"])
        message = session.exec(select(OutboxMessage).where(OutboxMessage.key == key)).one()
        changed = [name for name, value in wanted.items() if getattr(message, name) != value]
        if changed:
            raise KeyReused(
                f"the key {key!r} stands for another message: {', '.join(changed)} differ",
                hint="Choose a new key.",
            )
        return message

    def drain(self) -> list[OutboxMessage]:
        """Pushes all there is; gives the messages it finished, confirmed or parked, in that order.

        First it looks whether a reorganisation dropped what was mined: that is sent, and finished, again.

        Returns when nothing is left, or when all that is left waits: for a receipt longer than the patience
        given, for gas money, for a node, for the end of a pause. Messages that wait carry a note and are
        taken up by the next call.
        """
        finished: list[OutboxMessage] = []
        held: set[str] = set()
        try:
            self._watch.look()
        except NodeFailed as error:
            # Pushing is safe all the same, and the next drain looks again.
            logger.warning("outbox can't look for reorganisations: %s", error)
        deadline = time.monotonic() + self._patience.seconds
        while senders := [sender for sender in self._queue.senders() if sender not in held]:
            before = len(finished)
            for sender in senders:
                progress = self._push_sender(sender, finished)
                if progress is Progress.HELD:
                    held.add(sender)
            if len(finished) > before:
                deadline = time.monotonic() + self._patience.seconds
            elif time.monotonic() >= deadline:
                break
            else:
                time.sleep(self._patience.poll_seconds)
        return finished

    def get(self, key: str) -> OutboxMessage:
        """The message under `key`. Raises UnknownMessage."""
        with reading(self.engine) as session:
            message = session.exec(select(OutboxMessage).where(OutboxMessage.key == key)).one_or_none()
        if message is None:
            raise UnknownMessage(f"no message under the key {key!r}")
        return message

    def messages(self, status: Status | None = None, *, limit: int = 100) -> list[OutboxMessage]:
        """Messages in the order of their queuing, all or those in one state, at most `limit`."""
        query = select(OutboxMessage).order_by(col(OutboxMessage.id)).limit(limit)
        if status is not None:
            query = query.where(OutboxMessage.status == status)
        with reading(self.engine) as session:
            return list(session.exec(query))

    def transactions(self, key: str) -> list[OutboxTransaction]:
        """Every transaction ever signed for the message, by nonce. Raises UnknownMessage."""
        message = self.get(key)
        query = (
            select(OutboxTransaction)
            .where(OutboxTransaction.message_id == message.id)
            .order_by(col(OutboxTransaction.nonce))
        )
        with reading(self.engine) as session:
            return list(session.exec(query))

    def retry(self, key: str) -> OutboxMessage:
        """Puts a parked message back into the queue, at its old place. Raises UnknownMessage, NotParked."""
        return retry(self.engine, key)

    def report(self) -> Report:
        """What there is to do, what waits and why, what was refused."""
        return report(self.engine)

    def _push_sender(self, sender: str, finished: list[OutboxMessage]) -> Progress | None:
        """Pushes one sender's messages until one waits or none is left."""
        while (head := self._queue.head(sender)) is not None:
            progress = self._pusher.push(head)
            if progress is Progress.FINISHED:
                finished.append(self.get(head.key))
            elif progress is not Progress.AGAIN:
                return progress
        return None
