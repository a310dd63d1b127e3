"""Private tables of a business's own factors and of the files they came from.

An own factor serves its business alone: by its name in `PUT /v1/site`, where the evidence then holds its
document. On the ledger it stands when the operator registers it, under the ID that it has here.
"""

from typing import Literal

from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from tanso.oracle.factors import EmissionFactor
from tanso.platform.factors.documents import Catalogued, emission_factor

ImportStatus = Literal["preview", "accepted"]


class OwnFactor(Catalogued, table=True):
    """A factor of one business's own."""

    __tablename__ = "own_factor"
    __table_args__ = (UniqueConstraint("business_id", "name"),)

    business_id: str = Field(primary_key=True, max_length=34)
    factor_id: str = Field(primary_key=True, max_length=34)
    valid_from: int | None = Field(default=None, sa_type=BigInteger)
    valid_until: int | None = Field(default=None, sa_type=BigInteger)
    file_name: str = Field(max_length=255)
    accepted_at: int = Field(sa_type=BigInteger)


class FactorImport(SQLModel, table=True):
    """A file of factors as it was read: what would become of each row, or what became of it."""

    __tablename__ = "factor_import"

    import_id: str = Field(primary_key=True, max_length=34)
    business_id: str = Field(index=True, max_length=34)
    file_name: str = Field(max_length=255)
    file_hash: str = Field(max_length=66)
    status: str = Field(default="preview", max_length=8)
    rows: int
    refused: int
    created_at: int = Field(sa_type=BigInteger)


class FactorImportRow(SQLModel, table=True):
    """One row of the file."""

    __tablename__ = "factor_import_row"

    import_id: str = Field(primary_key=True, foreign_key="factor_import.import_id", max_length=34)
    line: int = Field(primary_key=True, sa_type=BigInteger)
    verdict: str = Field(max_length=11)
    content: str = Field(sa_type=Text)
    """JSON of `tanso.platform.factors.judging.Judged`."""


def own_factor_named(session: Session, business_id: str, name: str) -> EmissionFactor | None:
    """The business's own factor of this name."""
    query = select(OwnFactor).where(OwnFactor.business_id == business_id, OwnFactor.name == name)
    found = session.exec(query).one_or_none()
    return None if found is None else emission_factor(found.document)
