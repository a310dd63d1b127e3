"""Table of the documents behind the factors' source hashes."""

from sqlalchemy import Text
from sqlmodel import Field, SQLModel


class FactorDocument(SQLModel, table=True):
    """What stands behind a factor's source hash."""

    __tablename__ = "factor_document"

    factor_id: str = Field(primary_key=True, max_length=34)
    name: str = Field(unique=True, max_length=200)
    document: str = Field(sa_type=Text)
    """Canonical JSON of name, value, unit, publisher, year, geography, basis and GWP set."""
