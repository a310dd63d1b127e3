"""The route of the search upstream."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import BaseModel, Field

from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import (
    BaseUnits,
    Hash,
    Id,
    Index,
    Micrograms,
    Name,
    Time,
    UnitSymbol,
    symbol_of,
)
from tanso.platform.api.problems import PRIVATE
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AnyToken
from tanso.platform.federation.walk import Bounds
from tanso.platform.lots.drafts import InputKind
from tanso.platform.lots.schemas import RestatedShown
from tanso.platform.trace.model import Breakdown, Disclosure, Input, LotBreakdown
from tanso.platform.trace.search import search

router = Router(prefix="/v1/lots", tags=["lots"])

MAX_DEPTH = 64
MAX_LOTS = 1000
MAX_SECONDS = 60

Depth = Annotated[int, Field(ge=0, le=MAX_DEPTH, description="Fewest steps upstream (a number).")]


class InputShown(BaseModel):
    """One use that went into a lot."""

    kind: InputKind
    ref_id: Annotated[Id, Field(description="ID of the material lot, the factor, or the equipment.")]
    quantity: BaseUnits
    unit: UnitSymbol
    at: Time
    record: Index | None
    co2_ug: Micrograms
    primary_ug: Micrograms
    leaf: Annotated[
        dict[str, str | BaseUnits] | None,
        Field(description="As it stands under the lot's `breakdown_root`, if proofs were asked for."),
    ]
    proof: Annotated[list[Hash] | None, Field(description="From the leaf up to the root.")]

    @classmethod
    def of(cls, item: Input, *, proved: bool) -> "InputShown":
        return cls(
            kind=InputKind(item.kind),
            ref_id=item.ref_id,
            quantity=item.quantity,
            unit=symbol_of(item.unit),
            at=item.at,
            record=item.record,
            co2_ug=item.co2_ug,
            primary_ug=item.primary_ug,
            leaf=dict(item.leaf) if proved and item.leaf else None,
            proof=list(item.proof) if proved and item.leaf else None,
        )


class NamesShown(BaseModel):
    """What the producer of a lot calls itself, the lot, and the equipment among the inputs, by ID."""

    business: Name
    product: Name
    lot: Name
    equipment: dict[str, Name]


class TracedLot(BaseModel):
    """A lot found upstream: its public total, and its inputs if they are disclosed to you."""

    lot_id: Id
    business_id: Id
    depth: Depth
    unit: UnitSymbol
    co2_ug: Micrograms
    primary_ug: Micrograms
    good: BaseUnits
    defects: BaseUnits
    breakdown_root: Hash
    restated: Annotated[
        RestatedShown | None,
        Field(description="By its producer's latest restatement; `co2_ug` is as settled. Null without one."),
    ]
    disclosure: Annotated[
        Disclosure,
        Field(
            description="Whether `inputs` are there. `elsewhere`: no address of its maker's server is known."
        ),
    ]
    reason: Annotated[str | None, Field(max_length=1000, description="Why they are not there, in words.")]
    names: Annotated[NamesShown | None, Field(description="Your own, or disclosed to you; null otherwise.")]
    agreements: Annotated[list[Id], Field(description="Under which another server disclosed it.")]
    received_at: Annotated[
        Time | None, Field(description="When the answer came that is kept here and shown again.")
    ]
    inputs: list[InputShown]

    @classmethod
    def of(cls, found: LotBreakdown, *, proved: bool) -> "TracedLot":
        lot = found.lot
        return cls(
            lot_id=lot.lot_id,
            business_id=lot.business_id,
            depth=lot.depth,
            unit=symbol_of(lot.unit),
            co2_ug=lot.co2_ug,
            primary_ug=lot.primary_ug,
            good=lot.good,
            defects=lot.defects,
            breakdown_root=lot.breakdown_root,
            restated=RestatedShown.of(lot.restated, lot.good) if lot.restated else None,
            disclosure=found.disclosure,
            reason=found.reason or None,
            names=NamesShown(**asdict(found.names)) if found.names else None,
            agreements=list(found.agreements),
            received_at=found.received_at,
            inputs=[InputShown.of(item, proved=proved) for item in found.inputs],
        )


class Trace(BaseModel):
    """A lot and what is upstream of it, as far as it is disclosed to you."""

    lot_id: Id
    depth: Depth
    complete: Annotated[bool, Field(description="False when the search was cut off by its bounds.")]
    lots: list[TracedLot]

    @classmethod
    def of(cls, found: Breakdown, *, proved: bool) -> "Trace":
        return cls(
            lot_id=found.lot_id,
            depth=found.depth,
            complete=found.complete,
            lots=[TracedLot.of(lot, proved=proved) for lot in found.lots],
        )


@router.get("/{lot_id}/trace", summary="Search upstream from a lot", responses=PRIVATE, response_model=Trace)
def get_trace(
    node: NodeDep,
    principal: AnyToken,
    lot_id: Annotated[Id, Path(description="The lot's ID.")],
    max_depth: Annotated[int, Query(ge=1, le=MAX_DEPTH, description="Most steps upstream (a number).")] = 32,
    max_lots: Annotated[int, Query(ge=1, le=MAX_LOTS, description="Most lots (a number).")] = MAX_LOTS,
    max_seconds: Annotated[
        int, Query(ge=1, le=MAX_SECONDS, description="Seconds for asking other servers, in all.")
    ] = 15,
    proofs: Annotated[bool, Query(description="With each input's leaf and its proof.")] = False,
) -> Response:
    """Lot by lot to raw material, as far as each maker discloses its breakdown to you.

    Lots of businesses on other servers are asked for there, each answer is held against the ledger, and what
    an agreement of yours discloses is kept and shown again while the agreement is in force. Below a lot whose
    breakdown is not disclosed the search does not go on; that lot's public total stands.
    """
    bounds = Bounds(max_depth, max_lots, max_seconds)
    found = search(node, principal.business_id, lot_id, bounds, proofs=proofs)
    # A thousand lots: written once, and not taken to pieces first to be checked again.
    return Response(Trace.of(found, proved=proofs).model_dump_json(), media_type="application/json")
