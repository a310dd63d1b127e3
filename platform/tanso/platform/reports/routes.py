"""The routes of reports."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select

from tanso.oracle.store import utc_now
from tanso.platform.agreements.service import REASONS, Reader, asking
from tanso.platform.agreements.terms import Disclosed
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import Id
from tanso.platform.api.problems import PRIVATE
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AnyToken
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.factors.documents import FactorDocument
from tanso.platform.lots.drafts import InputKind, LotDraft
from tanso.platform.lots.texts import LotText
from tanso.platform.node import Node
from tanso.platform.proofs.model import Bundle
from tanso.platform.proofs.routes import bundle_for
from tanso.platform.reports.build import build_report
from tanso.platform.reports.page import report_page

router = Router(prefix="/v1/lots", tags=["lots"])

LotId = Annotated[Id, Path(description="The lot's ID.")]


@router.get("/{lot_id}/report", summary="Get the report of a lot as JSON", responses=PRIVATE)
def get_report(node: NodeDep, principal: AnyToken, lot_id: LotId) -> dict[str, Any]:
    """What the footprint is, where it comes from, and what it does not say; for those to whom the lot is
    disclosed."""
    return report_for(node, principal.business_id, lot_id)


@router.get(
    "/{lot_id}/report.html",
    summary="Get the report of a lot as a page",
    responses=PRIVATE,
    response_class=HTMLResponse,
)
def get_report_page(node: NodeDep, principal: AnyToken, lot_id: LotId) -> HTMLResponse:
    """The same as a page that needs nothing else: it can be saved and read offline."""
    return HTMLResponse(report_page(report_for(node, principal.business_id, lot_id)))


def report_for(node: Node, reader_id: str | None, lot_id: str) -> dict[str, Any]:
    """The report of a lot as far as a business may see; `NotAllowed` or `NotFound` where it may not."""
    with asking(node.engine, reader_id) as reader:
        bundle = bundle_for(node, reader, lot_id)
        return build_report(bundle, names_for(reader, bundle), written_at=utc_now())


def names_for(reader: Reader, bundle: Bundle) -> dict[str, str]:
    """The texts behind a bundle's IDs that the reader may know: names where they are disclosed, reasons under
    any agreement about the lot, and the names of factors."""
    session = reader.session
    open_to = {key: reader.fields(lot.ledger.business_id, key) for key, lot in bundle.lots.items()}
    named = {key: lot for key, lot in bundle.lots.items() if Disclosed.NAMES in open_to[key]}
    makers = {lot.ledger.business_id for lot in named.values()}
    names = {
        row.business_id: row.name for row in _rows(session, LocalBusiness, LocalBusiness.business_id, makers)
    }
    names |= {
        row.lot_id: row.product
        for row in _rows(session, LotDraft, LotDraft.lot_id, named)
        if row.business_id == named[row.lot_id].ledger.business_id
    }
    used = {
        str(leaf["ref_id"])
        for lot in named.values()
        for leaf in lot.breakdown or ()
        if leaf["kind"] == InputKind.EQUIPMENT
    }
    names |= {
        row.equipment_id: row.name
        for row in _rows(session, LocalEquipment, LocalEquipment.equipment_id, used)
        if row.business_id in makers
    }
    for key, lot in bundle.lots.items():
        maker = lot.ledger.business_id
        reasons = {item.reason_hash for item in lot.restatements} if open_to[key] else set()
        found = [
            row for row in _rows(session, LotText, LotText.text_hash, reasons) if row.business_id == maker
        ]
        names |= {row.text_hash: row.text for row in found}
        reader.reads(maker, key, ((REASONS,) if found else ()))
        reader.reads(maker, key, ((Disclosed.NAMES,) if key in named else ()))
    factors = {factor.factor_id for factor in bundle.factors}
    return names | {
        row.factor_id: row.name for row in _rows(session, FactorDocument, FactorDocument.factor_id, factors)
    }


def _rows(session: Session, table: type[Any], column: Any, keys: Iterable[str]) -> list[Any]:
    return list(session.exec(select(table).where(col(column).in_(sorted(keys)))).all())
