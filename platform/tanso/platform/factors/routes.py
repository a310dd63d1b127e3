"""Routes of factors and formulas."""

import json

from fastapi import status

from tanso.oracle.formulas import NAMES, formula
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import period_of, symbol_of
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.api.transactions import Accepted, Transaction
from tanso.platform.auth.dependencies import AnyToken, AsOperator
from tanso.platform.errors import BadInput
from tanso.platform.factors import service
from tanso.platform.factors.schemas import (
    FactorGiven,
    FactorRegistered,
    Factors,
    FactorShown,
    FormulaGiven,
    Formulas,
    FormulaShown,
)

router = Router(prefix="/v1", tags=["factors"])


@router.get("/factors", summary="List registered emission factors", responses=PRIVATE)
def list_factors(node: NodeDep, _principal: AnyToken, page: PageDep) -> Factors:
    """Factors of materials and energies from outside the network, with their sources."""
    with reading(node.engine) as session:
        found = service.factors(session, page.after, page.limit + 1)
        items = [
            FactorShown(
                factor_id=row.factor_id,
                intensity_pg=row.intensity_pg,
                unit=symbol_of(row.unit),
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                gwp_set=row.gwp_set,
                source_hash=row.source_hash,
                source=json.loads(document.document) if document else None,
            )
            for row, document in found[: page.limit]
        ]
    return Factors(items=items, next=items[-1].factor_id if len(found) > page.limit else None)


@router.post(
    "/factors", summary="Register an emission factor", status_code=status.HTTP_202_ACCEPTED, responses=WRITES
)
def register_factor(node: NodeDep, _operator: AsOperator, given: FactorGiven) -> FactorRegistered:
    """For good.

    A factor never changes, a new version is a new factor. The value is rounded up to whole picograms.
    """
    start, end = period_of(given.valid_from, given.valid_until)
    document, entry, message = service.register_factor(node, given.factor, valid_from=start, valid_until=end)
    return FactorRegistered(
        factor_id=document.factor_id,
        name=document.name,
        intensity_pg=entry.intensity_pg,
        unit=symbol_of(entry.unit),
        transaction=Transaction.of(message),
    )


@router.get("/formulas", summary="List registered formulas", responses=PRIVATE)
def list_formulas(node: NodeDep, _principal: AnyToken) -> Formulas:
    """By which figures are computed: name with version, content hash, and the document itself."""
    with reading(node.engine) as session:
        rows = service.formulas(session)
    known = {formula(name).content_hash: formula(name).text for name in NAMES}
    return Formulas(
        items=[
            FormulaShown(formula_id=row.formula_id, name=row.name, document=known.get(row.formula_id))
            for row in rows
        ]
    )


@router.post(
    "/formulas", summary="Register a formula", status_code=status.HTTP_202_ACCEPTED, responses=WRITES
)
def register_formula(node: NodeDep, _operator: AsOperator, given: FormulaGiven) -> Accepted:
    """Puts the content hash of a formula document of this version of Tanso on the ledger."""
    if given.name not in NAMES:
        raise BadInput(f"name: there is no formula {given.name!r}", f"Known are {', '.join(NAMES)}.")
    return Accepted(transaction=Transaction.of(service.register_formula(node, formula(given.name))))
