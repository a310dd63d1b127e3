"""Private tables of credits: the names and purposes behind hashes."""

from sqlmodel import Field, SQLModel


class LocalProgramme(SQLModel, table=True):
    """The name behind a credit programme that a business of this node runs."""

    __tablename__ = "local_programme"

    programme_id: str = Field(primary_key=True, max_length=34)
    business_id: str = Field(index=True, foreign_key="local_business.business_id", max_length=34)
    name: str = Field(max_length=200)


class RetirementPurpose(SQLModel, table=True):
    """What stands behind a certificate's purpose hash."""

    __tablename__ = "retirement_purpose"

    purpose_hash: str = Field(primary_key=True, max_length=66)
    business_id: str = Field(primary_key=True, foreign_key="local_business.business_id", max_length=34)
    purpose: str = Field(max_length=1000)
