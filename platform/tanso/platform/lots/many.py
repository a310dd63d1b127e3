"""Routes of many lots in one request and transaction: registered, used for, completed, enquired of."""

from typing import Annotated, Literal

from fastapi import status
from pydantic import BaseModel, Field

from tanso.contracts.units import Unit
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import Amount, Given, Id, TimeGiven
from tanso.platform.api.many import MOST_ITEMS, for_each
from tanso.platform.api.problems import OPEN, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AsBusiness
from tanso.platform.lots import afterwards, queries
from tanso.platform.lots.changes import Use, changing
from tanso.platform.lots.drafts import LotDraft, LotInput
from tanso.platform.lots.schemas import DraftShown, LotGiven, LotShown, SourceGiven, UseShown

router = Router(prefix="/v1", tags=["lots"])


class LotsGiven(Given):
    """Lots to start."""

    lots: Annotated[list[LotGiven], Field(min_length=1, max_length=MOST_ITEMS)]


class LotUseGiven(SourceGiven):
    """A use for one of your open lots. Give exactly one of equipment, material lot and factor."""

    lot_id: Id


class LotUsesGiven(Given):
    """Uses of any of your open lots."""

    uses: Annotated[list[LotUseGiven], Field(min_length=1, max_length=MOST_ITEMS)]


class LotCompletedGiven(Given):
    """One lot is finished."""

    lot_id: Id
    good: Annotated[Amount, Field(description="Good units; they carry the lot's CO2.")]
    defects: Annotated[Amount | None, Field(description="Defective units. Default: none.")] = None
    completed_at: Annotated[TimeGiven | None, Field(description="When. Default: now.")] = None


class LotCompletionsGiven(Given):
    """Lots that are finished."""

    completions: Annotated[list[LotCompletedGiven], Field(min_length=1, max_length=MOST_ITEMS)]
    settlement: Annotated[
        Literal["held"] | None,
        Field(
            description="`held`: they wait for POST /v1/settlements. Default: soon, by the policy of "
            "PUT /v1/settlement-policy."
        ),
    ] = None


class LotEnquiriesGiven(Given):
    """Lots to ask for."""

    lot_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]


class DraftsShown(BaseModel):
    """Your own records of the lots, in the order of the request."""

    lots: list[DraftShown]


class UsesShown(BaseModel):
    """The uses, in the order of the request."""

    uses: list[UseShown]


class LotsShown(BaseModel):
    """What the ledger says of the lots that stand on it, in the order of the request."""

    lots: list[LotShown]
    unknown: Annotated[list[Id], Field(description="IDs of which no settled lot is known.")]


@router.post(
    "/lot-registrations", summary="Register many lots", status_code=status.HTTP_201_CREATED, responses=WRITES
)
def register_lots(node: NodeDep, business: AsBusiness, given: LotsGiven) -> DraftsShown:
    """Up to 1,000 lots. If one does not fit, nothing is changed, and `fields` names every one."""
    with changing(node, business, [business.id_for("lot", one.name) for one in given.lots]) as changes:

        def register(one: LotGiven) -> LotDraft:
            return changes.register(one.name, one.product, Unit.of_symbol(one.unit), one.started_at)

        drafts = for_each("lots", given.lots, register)
        return DraftsShown(lots=[DraftShown.of(draft) for draft in drafts])


@router.post("/lot-uses", summary="Record many uses", status_code=status.HTTP_201_CREATED, responses=WRITES)
def use_for_lots(node: NodeDep, business: AsBusiness, given: LotUsesGiven) -> UsesShown:
    """Up to 1,000, of any open lots. If one does not fit, nothing is changed; `fields` names every one."""
    with changing(node, business, [one.lot_id for one in given.uses]) as changes:

        def use(one: LotUseGiven) -> LotInput:
            kind, ref_id = one.source
            quantity = one.amount.base_units(changes.unit_of(kind, ref_id), "amount")
            return changes.use(one.lot_id, Use(kind, ref_id, quantity, one.at))

        items = for_each("uses", given.uses, use)
        changes.session.flush()
        return UsesShown(uses=[UseShown.of(item) for item in items])


@router.post(
    "/lot-completions", summary="Complete many lots", status_code=status.HTTP_202_ACCEPTED, responses=WRITES
)
def complete_lots(node: NodeDep, business: AsBusiness, given: LotCompletionsGiven) -> DraftsShown:
    """Up to 1,000 lots. If one does not fit, nothing is changed, and `fields` names every one.

    None of them is settled in this request: they wait for their batches.
    """
    with changing(node, business, [one.lot_id for one in given.completions]) as changes:

        def complete(one: LotCompletedGiven) -> LotDraft:
            unit = Unit(changes.own(one.lot_id).unit)
            return changes.complete(
                one.lot_id,
                good=one.good.base_units(unit, "good", least=0),
                defects=one.defects.base_units(unit, "defects", least=0) if one.defects else 0,
                completed_at=one.completed_at,
                held=given.settlement == "held",
            )

        drafts = for_each("completions", given.completions, complete)
        return DraftsShown(lots=[DraftShown.of(draft) for draft in drafts])


@router.post("/lot-enquiries", summary="Ask for the CO2 of many lots", responses=OPEN)
def get_lots(node: NodeDep, given: LotEnquiriesGiven) -> LotsShown:
    """Up to 1,000 lots. Open to whoever knows the IDs, as the enquiry of one lot is."""
    asked = list(dict.fromkeys(given.lot_ids))
    with reading(node.engine) as session:
        found = queries.settled_lots(session, asked)
        restated = afterwards.restated(session, found)
    return LotsShown(
        lots=[LotShown.of(*found[lot_id], restated.get(lot_id)) for lot_id in asked if lot_id in found],
        unknown=[lot_id for lot_id in asked if lot_id not in found],
    )
