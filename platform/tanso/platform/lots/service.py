"""What a business does with finished lots: complete, settle, ship.

Quantities are whole base units, times Unix seconds. Every function either does all it says or raises and
changes nothing.
"""

import secrets
from collections.abc import Sequence
from typing import Literal

from sqlmodel import Session, col, select

from tanso.contracts.errors import Reverted
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, Conflict
from tanso.platform.lots.changes import changing, unknown_lot
from tanso.platform.lots.drafts import LotDraft, LotInput, Settlement
from tanso.platform.lots.settlement import Request, follow_up, one_at_a_time, settle
from tanso.platform.node import Node
from tanso.platform.policies.models import Per, policy_of
from tanso.platform.sending import submit

TOO_MUCH = ("ERC1155InsufficientBalance", "LotsInsufficient")
"""Refusals of the ledger when more of a lot is to go than the holder has."""


def complete_lot(
    node: Node,
    business: LocalBusiness,
    lot_id: str,
    *,
    good: int,
    defects: int,
    formula_id: str,
    completed_at: int | None = None,
    settlement: Literal["at once", "held"] | None = None,
) -> tuple[LotDraft, Settlement | None]:
    """Fixes good and defective units, and settles the lot as a batch of its own `at once`.

    The batch's period is [started_at, completed_at). If it cannot be settled now, the lot stays open. `held`,
    it waits for a request; by default it is settled as the business's policy says.
    """
    with changing(node, business, [lot_id]) as changes:
        policy = policy_of(changes.session, business.business_id)
        held = settlement == "held"
        draft = changes.complete(lot_id, good=good, defects=defects, completed_at=completed_at, held=held)
        changes.session.flush()
        if held or (settlement is None and (policy.per, policy.after_s) != (Per.LOT, 0)):
            return draft, None
        assert draft.completed_at is not None
        period = (draft.started_at, draft.completed_at)
        request = Request(f"lot {draft.local_name}", [lot_id], period, formula_id)
        return draft, settle(changes.session, node.ledger, node.outbox, business, request)


def settle_batch(node: Node, business: LocalBusiness, request: Request) -> Settlement:
    """Settles completed lots and left-overs as one batch.

    `tanso.platform.lots.settlement.settle` in a transaction.
    """
    with writing(node.engine) as session:
        one_at_a_time(session, business)
        follow_up(session)
        return settle(session, node.ledger, node.outbox, business, request)


def ship_lot(
    node: Node, business: LocalBusiness, lot_id: str, to_business_id: str, quantity: int
) -> OutboxMessage:
    """Ships base units of a held lot to another registered business; the CO2 goes with them.

    Raises `BadInput` for an unknown consignee, `Conflict` when more is shipped than held.
    """
    account = node.ledger.businesses.account_of(to_business_id)
    if account is None:
        raise BadInput(
            f"to_business_id: no business {to_business_id} is registered",
            "Ask the consignee for its business ID; its operator must have registered it.",
            slug="unknown-business",
        )
    if account == business.account:
        raise BadInput(
            "to_business_id: is the shipper itself", "Name the consignee.", slug="shipped-to-oneself"
        )
    call = node.ledger.lots.ship(lot_id, business.account, account, quantity)
    key = f"ship:{lot_id}:{business.business_id}:{secrets.token_hex(16)}"
    try:
        return submit(node, key=key, sender=business.account, call=call, kind="ship")
    except Reverted as refused:
        if refused.name not in TOO_MUCH:
            raise
        raise more_than_held(node, business, lot_id, quantity, "shipped") from refused


def more_than_held(node: Node, business: LocalBusiness, lot_id: str, quantity: int, done: str) -> Conflict:
    """What to say when the ledger does not take that much of a lot from the business; `done` with it."""
    held = node.ledger.lots.position_of(lot_id, business.account).quantity
    return Conflict(
        f"quantity: {quantity} base units of lot {lot_id} are to be {done}, {held} are held",
        "Give at most what you hold: GET /v1/lots shows it.",
        slug="more-than-held",
    )


def own_lot(session: Session, business: LocalBusiness, lot_id: str) -> LotDraft:
    """The business's own record of a lot it makes; `NotFound` for another's."""
    draft = session.get(LotDraft, lot_id)
    if draft is None or draft.business_id != business.business_id:
        raise unknown_lot(lot_id)
    return draft


def inputs_of(session: Session, lot_id: str) -> Sequence[LotInput]:
    """A lot's uses in the order in which they were recorded."""
    return session.exec(select(LotInput).where(LotInput.lot_id == lot_id).order_by(col(LotInput.id))).all()
