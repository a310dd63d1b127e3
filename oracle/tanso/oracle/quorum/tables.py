"""What this process proposed, or signed for others."""

from sqlalchemy import BigInteger, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class SignedStatement(SQLModel, table=True):
    """A report or reduction that this process computed and proposed to others, or signed for one of them."""

    __tablename__ = "oracle_quorum_signed"
    __table_args__ = (UniqueConstraint("kind", "subject", "period_start", "period_end"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)
    business_id: str = Field(max_length=34, index=True)
    subject: str = Field(max_length=34)
    period_start: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")
    period_end: int = Field(sa_type=BigInteger)
    sequence: int = Field(sa_type=BigInteger, description="Of a report; 0 for a reduction.")
    root: str = Field(max_length=66)
    devices: str = Field(sa_column=Column(Text, nullable=False), description="JSON list of device names.")
    last_refused_row: int = Field(sa_type=BigInteger, description="Refused rows since are no part of it.")
    signed_at: int = Field(sa_type=BigInteger)
