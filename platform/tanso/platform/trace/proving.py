"""The leaves and proofs of inputs that this node keeps itself."""

from dataclasses import replace

from sqlmodel import Session

from tanso.platform.lots.breakdown import opened
from tanso.platform.lots.service import inputs_of
from tanso.platform.trace.model import Breakdown, LotBreakdown


def proved(session: Session, found: Breakdown) -> Breakdown:
    """The same with the leaf and proof of each input that is shown."""
    return replace(
        found, lots=tuple(_proved(session, shown) if shown.inputs else shown for shown in found.lots)
    )


def _proved(session: Session, shown: LotBreakdown) -> LotBreakdown:
    sealed = opened(inputs_of(session, shown.lot.lot_id))
    kinds = {part.kind for part in shown.inputs}
    places = [place for place, leaf in enumerate(sealed.leaves) if leaf["kind"] in kinds]
    inputs = tuple(
        replace(part, leaf=sealed.leaves[place], proof=tuple(sealed.proof(place)))
        for part, place in zip(shown.inputs, places, strict=True)
    )
    return replace(shown, inputs=inputs)
