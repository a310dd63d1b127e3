"""The route of proof bundles."""

from typing import Annotated

from fastapi import Path

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import Id
from tanso.platform.api.problems import PRIVATE
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AnyToken
from tanso.platform.errors import NotAllowed
from tanso.platform.lots.queries import may_see, settled_lot
from tanso.platform.node import Node
from tanso.platform.proofs.build import build_bundle
from tanso.platform.proofs.model import Bundle

router = Router(prefix="/v1/lots", tags=["lots"])


def bundle_for(node: Node, reader_id: str | None, lot_id: str) -> Bundle:
    """The proof bundle of a lot as far as a business may see; `NotAllowed` when the lot itself is closed to
    it."""
    with reading(node.engine) as session:
        see = may_see(session, reader_id)
        row, _ = settled_lot(session, lot_id)
        if not see(lot_id):
            raise NotAllowed(
                f"the breakdown of lot {lot_id} is not disclosed to this token",
                f"Ask business {row.business_id} to disclose it: PUT /v1/disclosures/{{your business ID}}.",
                slug="not-disclosed",
            )
        return build_bundle(node, session, lot_id, see)


@router.get("/{lot_id}/proof", summary="Get the proof of a lot's CO2", responses=PRIVATE)
def get_proof(
    node: NodeDep, principal: AnyToken, lot_id: Annotated[Id, Path(description="The lot's ID.")]
) -> Bundle:
    """All that is needed to recompute the figure: `tanso verify` does it. IDs and numbers only, signed by the
    producer."""
    return bundle_for(node, principal.business_id, lot_id)
