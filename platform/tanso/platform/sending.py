"""How a service asks for a transaction: tried on the ledger first, then put into the outbox under its key."""

from sqlmodel import Session, select

from tanso.contracts.ledger import Call
from tanso.oracle.outbox import OutboxMessage, Status
from tanso.oracle.store import writing
from tanso.platform.errors import NotAllowed
from tanso.platform.node import Node


def submit(
    node: Node, *, key: str, sender: str, call: Call, kind: str, session: Session | None = None
) -> OutboxMessage:
    """The message under `key`: the one that is there already, or a new one that the ledger would take now.

    A message that the ledger refused earlier and would take now is queued again. With `session` the message
    stands or falls with the caller's transaction. Raises `Reverted` (nothing is queued) or `KeyReused`.
    """
    if session is None:
        with writing(node.engine) as own:
            message = submit(node, key=key, sender=sender, call=call, kind=kind, session=own)
        return node.outbox.retry(key) if message.status == Status.PARKED else message
    known = session.exec(select(OutboxMessage).where(OutboxMessage.key == key)).one_or_none()
    if known is None or known.status == Status.PARKED:
        node.ledger.simulate(call, sender)
    return node.outbox.enqueue(session, key=key, sender=sender, call=call, kind=kind)


def account_with_role(node: Node, role: str) -> str:
    """The account of this node's key ring that has a role on the ledger; `NotAllowed` if none has."""
    for account in node.signer.addresses:
        if node.ledger.access.has_role(role, account):
            return account
    raise NotAllowed(
        f"no account of this node has the role {role} on the ledger",
        "Have the ledger's administrator grant it to an account whose key this node holds.",
        slug="role-missing",
    )
