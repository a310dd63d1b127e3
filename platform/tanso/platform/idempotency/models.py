"""Table of the keys under which clients sent writes, with the answers they got."""

from enum import StrEnum

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class KeyState(StrEnum):
    """What became of the request."""

    BEGUN = "begun"
    """It is being carried out, or was when its process ended."""
    ANSWERED = "answered"
    """It was carried out; the answer is here."""
    NOT_KEPT = "not kept"
    """It was carried out; the answer is not kept, as it shows a secret or is too large."""


class RequestKey(SQLModel, table=True):
    """One request by its key."""

    __tablename__ = "request_key"

    asker: str = Field(primary_key=True, max_length=50)
    """The business that the request acted for, or the role of who asked for none."""
    key: str = Field(primary_key=True, max_length=64)
    request: str = Field(max_length=300)
    """Method and path."""
    fingerprint: str = Field(max_length=64)
    """SHA-256 of method, path, query and body, in hexadecimal."""
    state: str = Field(max_length=10)
    status: int | None = None
    """HTTP status of the answer."""
    media_type: str | None = Field(default=None, max_length=100)
    answer: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger, index=True)
