"""The terms of an agreement: the document that the two parties keep and whose hash the ledger holds.

Format `tanso-agreement@1`, canonical JSON. Lists are sorted, so that equal terms have one text; the nonce
keeps others from guessing them out of the hash.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tanso.contracts.identity import content_hash
from tanso.oracle.evidence import canonical_json
from tanso.platform.agreements.documents import Document, read_document
from tanso.platform.api.fields import Id, Name
from tanso.platform.errors import BadInput
from tanso.platform.lots.drafts import MAX_TIME

FORMAT: Final = "tanso-agreement@1"
MAX_LOTS = 1000
"""Most lots that one agreement names."""
MAX_DEPTH = 16
"""Most steps that an answer may go."""
MAX_BYTES = 64 * 1024
"""Longest document that is read."""


class Disclosed(StrEnum):
    """What of a lot may be disclosed."""

    EQUIPMENT = "equipment"
    """On what it was made: equipment, activity, CO2."""
    MATERIALS = "materials"
    """What it is made of: material lots, other materials, CO2."""
    NAMES = "names"
    """What it and its equipment are called."""


AllLots = Literal["all"]
LotIds = Annotated[list[Id], Field(min_length=1, max_length=MAX_LOTS)]
DisclosedFields = Annotated[list[Disclosed], Field(min_length=1, max_length=len(Disclosed))]
Depth = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=MAX_DEPTH,
        description="Most steps that an answer may go: 1 to the receiver only, 2 also to those whom the "
        "receiver lets in by an agreement of its own, and so on (a number).",
    ),
]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Terms(BaseModel):
    """What is disclosed to whom, how deep, what for, until when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["tanso-agreement@1"]
    agreement_id: Id
    provider: Id
    receiver: Id
    lots: AllLots | LotIds
    fields: DisclosedFields
    depth: Depth
    purpose: Name
    valid_until: Annotated[int, Field(strict=True, ge=0, le=MAX_TIME, description="Unix seconds, UTC.")]
    nonce: Nonce

    @model_validator(mode="after")
    def _sorted_without_repetition(self) -> Self:
        for name, items in (("lots", self.lots), ("fields", self.fields)):
            if items != "all" and list(items) != sorted(set(items)):
                raise ValueError(f"{name}: must be sorted, each item once")
        return self

    @property
    def document(self) -> bytes:
        """Its canonical JSON."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def hash(self) -> str:
        """What the ledger holds: keccak256 of `document`."""
        return content_hash(self.document)

    def covers(self, lot_id: str, field: Disclosed) -> bool:
        """Whether the provider discloses this of that lot, should the lot be its own."""
        return field in self.fields and (self.lots == "all" or lot_id in self.lots)


def read_terms(document: Document) -> Terms:
    """Terms out of JSON or of what was read from it; `BadInput` names what does not fit."""
    return read_document(Terms, document, max_bytes=MAX_BYTES, refused=_refused)


def _refused(reason: str) -> BadInput:
    hint = f"Send the document of format {FORMAT} as it was made."
    return BadInput(f"terms: {reason}", hint, slug="bad-terms")
