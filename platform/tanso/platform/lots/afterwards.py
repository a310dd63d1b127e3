"""What becomes of a lot once it is settled: parts are consumed for good, its producer restates its CO2.

Quantities are whole base units, masses µg CO2e. Nothing here changes what a settled lot carries.
"""

import secrets
from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from tanso.contracts.errors import Reverted
from tanso.contracts.identity import content_hash
from tanso.contracts.ledger import Call
from tanso.oracle.outbox import OutboxMessage, Status
from tanso.oracle.store import reading, writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, NotAllowed
from tanso.platform.lots.changes import KEYS_AT_ONCE
from tanso.platform.lots.figures import Restated
from tanso.platform.lots.models import RestatementRow
from tanso.platform.lots.queries import settled_lot
from tanso.platform.lots.service import TOO_MUCH, more_than_held
from tanso.platform.lots.texts import keep_text
from tanso.platform.node import Node
from tanso.platform.sending import submit


def consume_lot(
    node: Node,
    business: LocalBusiness,
    lot_id: str,
    quantity: int,
    *,
    purpose: str | None = None,
) -> OutboxMessage:
    """Consumes base units of a held lot for good; their CO2 stays with the business's account.

    The ledger holds the hash of the purpose. Raises `Conflict` when more is consumed than held.
    """
    purpose_hash = None if purpose is None else content_hash(purpose.encode())
    call = node.ledger.lots.consume(lot_id, quantity, purpose_hash)
    key = f"consume:{lot_id}:{business.business_id}:{secrets.token_hex(16)}"
    try:
        return _submit(node, business, key, call, "consume", purpose)
    except Reverted as refused:
        if refused.name not in TOO_MUCH:
            raise
        raise more_than_held(node, business, lot_id, quantity, "consumed") from refused


def restate_lot(
    node: Node,
    business: LocalBusiness,
    lot_id: str,
    co2_ug: int,
    primary_ug: int,
    *,
    reason: str,
) -> OutboxMessage:
    """Says what a lot of the business should have carried, µg CO2e of the whole lot, and why.

    The lot stays as it was settled; what it should have carried more is charged to the business's account.
    The ledger holds the hash of the reason. Raises `NotFound`, `NotAllowed` for another's lot, `BadInput`, or
    `Reverted` when the lot has these figures already.
    """
    with reading(node.engine) as session:
        row, _ = settled_lot(session, lot_id)
    if row.business_id != business.business_id:
        raise NotAllowed(
            f"lot {lot_id} was made by business {row.business_id}",
            "Only the producer restates a lot: ask it to.",
            slug="not-producer",
        )
    if primary_ug > co2_ug:
        raise BadInput(
            f"primary: {primary_ug} µg is more than the whole lot's {co2_ug} µg",
            "Give the metered part of the lot's CO2.",
            slug="primary-above-total",
        )
    call = node.ledger.lots.restate(lot_id, co2_ug, primary_ug, content_hash(reason.encode()))
    key = f"restate:{lot_id}:{business.business_id}:{secrets.token_hex(16)}"
    return _submit(node, business, key, call, "restate", reason)


def restatements_of(session: Session, lot_id: str) -> Sequence[RestatementRow]:
    """All restatements of a lot, the first one first."""
    query = select(RestatementRow).where(RestatementRow.lot_id == lot_id)
    return session.exec(query.order_by(col(RestatementRow.number))).all()


def restated(session: Session, lot_ids: Collection[str]) -> dict[str, Restated]:
    """The latest restatement of each of these lots that has one, by lot ID."""
    found: dict[str, Restated] = {}
    ordered = sorted(lot_ids)
    for start in range(0, len(ordered), KEYS_AT_ONCE):
        query = select(RestatementRow).where(
            col(RestatementRow.lot_id).in_(ordered[start : start + KEYS_AT_ONCE])
        )
        for row in session.exec(query.order_by(col(RestatementRow.number))):
            found[row.lot_id] = Restated(row.number, row.co2_ug, row.primary_ug, row.charged_ug)
    return found


def _submit(
    node: Node, business: LocalBusiness, key: str, call: Call, kind: str, text: str | None
) -> OutboxMessage:
    """Queues the call and keeps the text behind its hash, both or neither."""
    with writing(node.engine) as session:
        message = submit(node, key=key, sender=business.account, call=call, kind=kind, session=session)
        if text is not None:
            keep_text(session, business.business_id, content_hash(text.encode()), text)
    return node.outbox.retry(key) if message.status == Status.PARKED else message
