"""Private tables of the documents behind the factors' source hashes, and by what factors are found.

Kind and series are the catalogue's, not the document's: the hash on the ledger does not bind them, so whoever
registers a factor may name them, and a document of another node keeps its ID.
"""

import json
from typing import Final, Literal

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from tanso.oracle.factors import EmissionFactor

Kind = Literal["energy", "material", "transport", "process", "waste", "product", "not stated"]
"""What a factor is a factor of."""

NOT_STATED: Final = "not stated"


class Catalogued(SQLModel):
    """A factor's document, and by what it is found."""

    name: str = Field(max_length=200)
    kind: str = Field(default=NOT_STATED, max_length=12)
    series: str = Field(max_length=200, index=True)
    """Versions of one factor share it."""
    publisher: str = Field(max_length=1000)
    year: str = Field(max_length=200)
    geography: str = Field(max_length=1000)
    words: str = Field(sa_type=Text)
    """Name, activity, publisher, geography and basis, case folded: databases fold letters each in its way."""
    document: str = Field(sa_type=Text)
    """Canonical JSON of name, value, unit, publisher, year, geography, basis and GWP set."""


class FactorDocument(Catalogued, table=True):
    """What stands behind a registered factor's source hash."""

    __tablename__ = "factor_document"

    factor_id: str = Field(primary_key=True, max_length=34)
    name: str = Field(unique=True, max_length=200)


class WithdrawalReason(SQLModel, table=True):
    """What stands behind the hash of a factor's withdrawal."""

    __tablename__ = "factor_withdrawal_reason"

    reason_hash: str = Field(primary_key=True, max_length=66)
    reason: str = Field(max_length=1000)


def catalogued(factor: EmissionFactor, kind: Kind, series: str | None) -> dict[str, str]:
    """The catalogue's columns of a factor; without a series it is the first of its own name."""
    said = (factor.name, factor.activity, factor.publisher, factor.geography, factor.basis)
    return {
        "name": factor.name,
        "kind": kind,
        "series": series or factor.name,
        "publisher": factor.publisher,
        "year": factor.year,
        "geography": factor.geography,
        "words": "\n".join(said).casefold(),
        "document": factor.document.decode(),
    }


def emission_factor(document: str) -> EmissionFactor:
    """The factor that a document is of."""
    return EmissionFactor(**json.loads(document))
