"""Routes of factors and formulas."""

import json
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from tanso.oracle.factors import EmissionFactor
from tanso.oracle.formulas import NAMES, formula
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import Given, Hash, Id, Name, Picograms, Time, UnitSymbol, period_of, symbol_of
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.transactions import Accepted, Transaction
from tanso.platform.auth.dependencies import AnyToken, AsOperator
from tanso.platform.errors import BadInput
from tanso.platform.factors import service

router = APIRouter(prefix="/v1", tags=["factors"])


class FactorGiven(Given):
    """A factor as published, with its source."""

    name: Annotated[Name, Field(description="Name with version, for example resin-abs-2023.")]
    activity: Annotated[Name, Field(description="What it is a factor of.")]
    value: Annotated[
        str, Field(min_length=1, max_length=60, description="Decimal number as published, as text.")
    ]
    unit: Annotated[
        str, Field(min_length=3, max_length=40, description="CO2e per activity, for example kg/kWh.")
    ]
    publisher: Name
    year: Name
    geography: Name
    basis: Name
    gwp_set: Annotated[
        str,
        Field(
            pattern=r"^([!-~]{1,8}|not stated)$", description="Set of global warming potentials, AR5 or AR6."
        ),
    ] = "not stated"
    valid_from: Time
    valid_until: Annotated[Time, Field(description="First second for which it holds no longer.")]


class FactorRegistered(BaseModel):
    """The factor's ID, and the transaction that registers it."""

    factor_id: Id
    name: str
    intensity_pg: Picograms
    unit: UnitSymbol
    transaction: Transaction


class FactorShown(BaseModel):
    """A registered factor; `source` is what its source hash stands for, null when it is not known here."""

    factor_id: Id
    intensity_pg: Picograms
    unit: Annotated[UnitSymbol, Field(description="Base unit of the activity.")]
    valid_from: Time
    valid_until: Time
    gwp_set: str
    source_hash: Hash
    source: dict[str, str] | None


class Factors(BaseModel):
    """A page of factors; `next` is null on the last."""

    items: list[FactorShown]
    next: Id | None


class FormulaGiven(Given):
    """A formula document of this version of Tanso."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,26}@[0-9]{1,5}$", examples=list(NAMES))]


class FormulaShown(BaseModel):
    """A registered formula; `document` is null when this version of Tanso does not know it."""

    formula_id: Hash
    name: str
    document: str | None


class Formulas(BaseModel):
    """All registered formulas, by name."""

    items: list[FormulaShown]


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
    factor = EmissionFactor(**given.model_dump(exclude={"valid_from", "valid_until"}))
    document, entry, message = service.register_factor(node, factor, valid_from=start, valid_until=end)
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
