"""Table of disclosures.

Later this becomes a registered agreement; now it is the owner's grant on its own node.
"""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Disclosure(SQLModel, table=True):
    """`to_business_id` may read the breakdown of `business_id`'s settled lots until a Unix second."""

    __tablename__ = "disclosure"

    business_id: str = Field(primary_key=True, foreign_key="local_business.business_id", max_length=34)
    to_business_id: str = Field(primary_key=True, max_length=34)
    until: int = Field(sa_type=BigInteger)
    granted_at: int = Field(sa_type=BigInteger)
