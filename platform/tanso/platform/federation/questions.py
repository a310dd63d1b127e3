"""What servers ask each other, and the answers. Both are judged as coming from an enemy: bounded and strict.

A question names lots, or an agreement; whether it is answered is the agreements' matter. Of a lot, an answer
holds parts, one for each agreement that lets the asker have it: leaves of the breakdown as the lot's producer
sealed them, salts and all, each with its proof up to the root that is on the ledger.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tanso.platform.agreements.terms import MAX_DEPTH, Disclosed, DisclosedFields, Terms
from tanso.platform.api.fields import Given, Hash, Id, Name, PlainText

_STRICT = ConfigDict(extra="forbid", strict=True)
PREFIX = "/v1/federation"
BREAKDOWNS, TERMS, CONFIRMATIONS = f"{PREFIX}/breakdowns", f"{PREFIX}/terms", f"{PREFIX}/confirmations"
"""Routes of the questions."""
LOTS_AT_ONCE = 64
MAX_LEAVES = 20_000
"""Inputs of one lot that an answer may hold."""


class LotAsked(Given):
    """A lot, and how the asker comes to have a right to it."""

    lot_id: Id
    shown: Annotated[
        list[Id],
        Field(
            max_length=MAX_DEPTH - 1,
            default_factory=list,
            description="Agreements that lead from a receiver of the asked business to the asker, the "
            "nearest to the asked business first. Empty: the asker has an agreement with it itself.",
        ),
    ]


class BreakdownsAsked(Given):
    """Which lots' breakdown is asked for, and the terms of the agreements shown."""

    fields: DisclosedFields
    lots: Annotated[list[LotAsked], Field(min_length=1, max_length=LOTS_AT_ONCE)]
    terms: Annotated[list[Terms], Field(max_length=LOTS_AT_ONCE, default_factory=list)]


class AgreementAsked(Given):
    """An agreement between asker and asked."""

    agreement_id: Id


class LeafProved(BaseModel):
    """A leaf of a breakdown, and its proof."""

    model_config = _STRICT

    leaf: Annotated[
        dict[Annotated[str, Field(max_length=20)], Annotated[int, Field(ge=0, lt=2**128)] | PlainText],
        Field(max_length=12, description="As `tanso.oracle.evidence` describes it, with its salt."),
    ]
    proof: Annotated[list[Hash], Field(max_length=64)]


class NamesTold(BaseModel):
    """What the producer calls a lot, itself, and the equipment that is shown."""

    model_config = _STRICT

    business: Name
    product: Name
    lot: Name
    equipment: Annotated[dict[Id, Name], Field(max_length=MAX_LEAVES, default_factory=dict)]


class LotPart(BaseModel):
    """What one agreement discloses of a lot."""

    model_config = _STRICT

    agreement_id: Id
    fields: Annotated[list[Disclosed], Field(min_length=1, max_length=3)]
    leaves: Annotated[list[LeafProved], Field(max_length=MAX_LEAVES)]
    names: NamesTold | None = None


class Reason(BaseModel):
    """Why a lot is not disclosed."""

    model_config = _STRICT

    kind: Annotated[str, Field(max_length=60, pattern=r"^[a-z-]+$")]
    detail: PlainText
    hint: PlainText


class LotAnswered(BaseModel):
    """A lot as far as it is disclosed, or why it is not."""

    model_config = _STRICT

    lot_id: Id
    parts: Annotated[list[LotPart], Field(max_length=3)]
    refused: Reason | None = None


class BreakdownsAnswer(BaseModel):
    """Lots in the order asked for; the last ones are missing where it would be too long, or take too long.

    `terms` are those under which the answering business itself may ask for what went into these lots, where
    they let it pass that right on: with them the asker can ask the next business upstream.
    """

    model_config = _STRICT

    format: Literal["tanso-breakdowns@1"] = "tanso-breakdowns@1"
    lots: Annotated[list[LotAnswered], Field(max_length=LOTS_AT_ONCE)]
    terms: Annotated[list[Terms], Field(max_length=1000, default_factory=list)]
