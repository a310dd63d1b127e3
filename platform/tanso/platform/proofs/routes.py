"""The route of proof bundles."""

from typing import Annotated

from fastapi import Path

from tanso.platform.agreements.service import Reader, asking
from tanso.platform.agreements.terms import Disclosed
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import Id
from tanso.platform.api.problems import PRIVATE
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AnyToken
from tanso.platform.lots.queries import not_disclosed, settled_lot
from tanso.platform.node import Node
from tanso.platform.proofs.build import build_bundle
from tanso.platform.proofs.model import Bundle

router = Router(prefix="/v1/lots", tags=["lots"])


WHOLE = frozenset((Disclosed.MATERIALS, Disclosed.EQUIPMENT))
"""What must be open of a lot so that its breakdown can be recomputed."""


def bundle_for(node: Node, reader: Reader, lot_id: str) -> Bundle:
    """The proof bundle of a lot as far as a business may see; `NotAllowed` when the lot itself is closed to
    it."""
    session = reader.session

    def may_see(each: str) -> bool:
        row, _ = settled_lot(session, each)
        return reader.fields(row.business_id, each) >= WHOLE

    row, _ = settled_lot(session, lot_id)
    if not may_see(lot_id):
        raise not_disclosed(reader, row.business_id, lot_id, sorted(WHOLE))
    bundle = build_bundle(node, session, lot_id, may_see)
    for each, lot in bundle.lots.items():
        reader.reads(lot.ledger.business_id, each, WHOLE if lot.breakdown is not None else ())
    return bundle


@router.get("/{lot_id}/proof", summary="Get the proof of a lot's CO2", responses=PRIVATE)
def get_proof(
    node: NodeDep, principal: AnyToken, lot_id: Annotated[Id, Path(description="The lot's ID.")]
) -> Bundle:
    """All that is needed to recompute the figure: `tanso verify` does it. IDs and numbers only, signed by the
    producer."""
    with asking(node.engine, principal.business_id) as reader:
        return bundle_for(node, reader, lot_id)
