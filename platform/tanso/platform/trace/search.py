"""The search upstream as a business asks for it: first what is here, then the servers of others."""

from functools import partial

from tanso.platform.agreements.service import asking
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.federation.walk import Bounds, go_on
from tanso.platform.lots.queries import KINDS, open_kinds
from tanso.platform.node import Node
from tanso.platform.trace.model import Breakdown
from tanso.platform.trace.names import named
from tanso.platform.trace.proving import proved
from tanso.platform.trace.service import breakdown


def search(
    node: Node, business_id: str | None, lot_id: str, bounds: Bounds, *, proofs: bool = False
) -> Breakdown:
    """What a lot is made of, as far as it is disclosed to a business; each use is noted for its owner.

    :param business_id: None for whoever acts for none: only this node's own search is made then.
    :raises NotFound: when no such lot is settled.
    :raises Busy: when as many searches over other servers are under way as the node makes.
    """
    with asking(node.engine, business_id) as reader:
        found = breakdown(
            reader.session,
            lot_id,
            open_kinds=partial(open_kinds, reader),
            max_depth=bounds.depth,
            max_nodes=bounds.lots,
        )
        for shown in found.lots:
            fields = {field for field in KINDS for part in shown.inputs if part.kind in KINDS[field]}
            reader.reads(shown.lot.business_id, shown.lot.lot_id, fields)
        found = named(reader, found)
        found = proved(reader.session, found) if proofs else found
        business = reader.session.get(LocalBusiness, business_id) if business_id else None
    return found if business is None else go_on(node, business, found, bounds)
