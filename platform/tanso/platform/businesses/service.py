"""Registers businesses on the ledger and on this node."""

import secrets
from collections.abc import Sequence

from eth_utils.address import is_checksum_address
from sqlalchemy import func
from sqlmodel import Session, col, select

from tanso.contracts.identity import content_hash
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.businesses.models import BusinessRow, EndpointRow
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.node import Node
from tanso.platform.sending import account_with_role, submit

SECRET_BYTES = 32


def register_business(
    node: Node, *, name: str, account: str, endpoint: str = "", aggregator: bool = False
) -> tuple[LocalBusiness, list[OutboxMessage]]:
    """A new business, served by this node: registered on the ledger with the account that acts for it.

    `endpoint` is the URL of the server that answers for it; the ledger holds its hash. An `aggregator` may
    run credit programmes. Raises `BadInput` unless the key ring holds the account's key, `Conflict` when name
    or account is taken, `Reverted` when the ledger refuses.
    """
    if not is_checksum_address(account) or account not in node.signer:
        raise BadInput(
            f"account: this node holds no key for {account}",
            "Put the account's keystore file into the node's key folder, start the node again, and write the "
            "address with its checksum.",
            slug="no-key",
        )
    registrar = account_with_role(node, "REGISTRAR")
    secret = secrets.token_bytes(SECRET_BYTES)
    with writing(node.engine) as session:
        taken = session.exec(
            select(LocalBusiness).where((LocalBusiness.name == name) | (LocalBusiness.account == account))
        ).first()
        if taken is not None:
            raise Conflict(
                f"business {taken.business_id} has this name or account already",
                "Give another name and another account.",
                slug="business-exists",
            )
        business = LocalBusiness(business_id="", name=name, account=account, secret=secret)
        business.business_id = business.id_for("business", name)
        session.add(business)
        session.flush()
        call = node.ledger.businesses.register(business.business_id, account, content_hash(endpoint.encode()))
        key = f"business:{business.business_id}"
        messages = [submit(node, key=key, sender=registrar, call=call, kind="business", session=session)]
        if aggregator:
            grant = node.ledger.access.grant("AGGREGATOR", account)
            key = f"aggregator:{business.business_id}"
            messages.append(
                submit(node, key=key, sender=registrar, call=grant, kind="grant", session=session)
            )
    return business, messages


def name_endpoint(node: Node, business: LocalBusiness, url: str) -> OutboxMessage:
    """Names the server that answers for the business from now on; the ledger holds the hash of its URL.

    Raises `KeyReused` while the one named before is on its way, `Reverted` when the ledger refuses.
    """
    with writing(node.engine) as session:
        named = select(func.count()).where(col(EndpointRow.business_id) == business.business_id)
        return submit(
            node,
            key=f"endpoint:{business.business_id}:{session.exec(named).one()}",
            sender=business.account,
            call=node.ledger.businesses.set_endpoint(content_hash(url.encode())),
            kind="endpoint",
            session=session,
        )


def businesses(session: Session, after: str, limit: int) -> Sequence[BusinessRow]:
    """Businesses on the ledger in the order of their IDs, those after `after`, at most `limit`."""
    query = select(BusinessRow).where(col(BusinessRow.business_id) > after)
    return session.exec(query.order_by(col(BusinessRow.business_id)).limit(limit)).all()


def business_on_ledger(session: Session, business_id: str) -> BusinessRow:
    """The business as the ledger names it; `NotFound`."""
    row = session.get(BusinessRow, business_id)
    if row is None:
        raise NotFound(
            f"the ledger knows no business {business_id}",
            "Check the ID; a business is known once its registration is confirmed.",
            slug="unknown-business",
        )
    return row
