"""Routes of factors and formulas."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Query, status

from tanso.contracts.units import Unit
from tanso.oracle.formulas import NAMES, formula
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep, Page, PageDep
from tanso.platform.api.fields import Id, Name, TimeGiven, UnitSymbol, period_of, symbol_of
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.api.transactions import Accepted, Transaction
from tanso.platform.auth.dependencies import AnyToken, AsOperator
from tanso.platform.errors import BadInput
from tanso.platform.factors import search, service
from tanso.platform.factors.documents import Kind
from tanso.platform.factors.schemas import (
    FactorGiven,
    FactorRegistered,
    Factors,
    FactorShown,
    FactorWhole,
    FormulaGiven,
    Formulas,
    FormulaShown,
    WithdrawalGiven,
    WithdrawalShown,
)
from tanso.platform.factors.search import Wanted

router = Router(prefix="/v1", tags=["factors"])


def _wanted(
    text: Annotated[
        Name | None,
        Query(description="Words of name, activity, publisher, geography or basis, ten at most; all occur."),
    ] = None,
    kind: Annotated[Kind | None, Query(description="What they are factors of.")] = None,
    series: Annotated[Name | None, Query(description="What the versions of a factor share.")] = None,
    publisher: Annotated[Name | None, Query(description="The publisher, as the document has it.")] = None,
    year: Annotated[Name | None, Query(description="The year, as the document has it.")] = None,
    geography: Annotated[Name | None, Query(description="The geography, as the document has it.")] = None,
    gwp_set: Annotated[
        str | None, Query(pattern=r"^([!-~]{1,8}|not stated)$", description="AR5, AR6 …, or not stated.")
    ] = None,
    unit: Annotated[UnitSymbol | None, Query(description="Base unit of the activity.")] = None,
    valid_at: Annotated[
        TimeGiven | None, Query(description="In force at this time: 2018-01-31T15:00:00Z.")
    ] = None,
    withdrawn: Annotated[bool | None, Query(description="Only withdrawn ones, or only others.")] = None,
) -> Wanted:
    base = None if unit is None else Unit.of_symbol(unit)
    return Wanted(text, kind, series, publisher, year, geography, gwp_set, base, valid_at, withdrawn)


FactorId = Annotated[Id, Path(description="The factor.")]


@router.get("/factors", summary="List registered emission factors", responses=PRIVATE)
def list_factors(
    node: NodeDep, _principal: AnyToken, page: PageDep, wanted: Annotated[Wanted, Depends(_wanted)]
) -> Factors:
    """Factors of materials and energies from outside the network, with their sources; withdrawn ones too."""
    with reading(node.engine) as session:
        found = search.factors(session, wanted, page.after, page.limit + 1)
        return _page(found, page)


@router.get("/factors/{factor_id}", summary="Show an emission factor", responses=PRIVATE)
def get_factor(node: NodeDep, _principal: AnyToken, factor_id: FactorId) -> FactorWhole:
    """With its source, and its withdrawals if there are any."""
    with reading(node.engine) as session:
        shown = FactorShown.of(search.factor(session, factor_id))
        withdrawals = [
            WithdrawalShown(withdrawn_from=row.withdrawn_from, reason_hash=row.reason_hash, reason=reason)
            for row, reason in search.withdrawals(session, factor_id)
        ]
    return FactorWhole(**dict(shown), withdrawals=withdrawals)


@router.get("/factors/{factor_id}/versions", summary="List a factor's versions", responses=PRIVATE)
def list_versions(node: NodeDep, _principal: AnyToken, factor_id: FactorId, page: PageDep) -> Factors:
    """All factors of its series, itself among them, in the order in which they begin to hold."""
    with reading(node.engine) as session:
        return _page(search.versions(session, factor_id, page.after, page.limit + 1), page)


@router.post(
    "/factors", summary="Register an emission factor", status_code=status.HTTP_202_ACCEPTED, responses=WRITES
)
def register_factor(node: NodeDep, _operator: AsOperator, given: FactorGiven) -> FactorRegistered:
    """For good.

    A factor never changes, a new version is a new factor. The value is rounded up to whole picograms.
    """
    start, end = period_of(given.valid_from, given.valid_until)
    document, entry, message = service.register_factor(
        node, given.factor, valid_from=start, valid_until=end, kind=given.kind, series=given.series
    )
    return FactorRegistered(
        factor_id=document.factor_id,
        name=document.name,
        intensity_pg=entry.intensity_pg,
        unit=symbol_of(entry.unit),
        transaction=Transaction.of(message),
    )


@router.post(
    "/factors/{factor_id}/withdrawal",
    summary="Withdraw an emission factor",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def withdraw_factor(
    node: NodeDep, _operator: AsOperator, factor_id: FactorId, given: WithdrawalGiven
) -> Accepted:
    """For a factor that was found wrong; for good. It stays on record, what used it stays as it is."""
    message = service.withdraw_factor(node, factor_id, given.withdrawn_from, given.reason)
    return Accepted(transaction=Transaction.of(message))


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


def _page(found: Sequence[search.Found], page: Page) -> Factors:
    items = [FactorShown.of(one) for one in found[: page.limit]]
    return Factors(items=items, next=items[-1].factor_id if len(found) > page.limit else None)
