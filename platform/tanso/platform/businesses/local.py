"""The businesses this node serves: names, accounts that sign for them, and the secrets behind their IDs.

Private to the node. The chain and every other server know a business by its hashed 128-bit ID only.
"""

from sqlmodel import Field, Session, SQLModel, select

from tanso.contracts.identity import derive_id
from tanso.platform.errors import NotFound


class LocalBusiness(SQLModel, table=True):
    """One business served by this node."""

    __tablename__ = "local_business"

    business_id: str = Field(primary_key=True, max_length=34)
    name: str = Field(unique=True, max_length=200)
    account: str = Field(unique=True, max_length=42)
    """Checksummed address of the account that acts for it; its key is in the node's keyring."""
    secret: bytes = Field(max_length=32)
    """Random 256 bit from which the IDs of its lots, equipment and batches are derived.

    Whoever has it can guess IDs from names, so it never leaves the node."""

    def id_for(self, kind: str, local_name: str) -> str:
        """The 128-bit ID of something of this business, from its kind and the business's own name for it."""
        return derive_id(self.secret, kind, local_name)


def local_business(session: Session, business_id: str) -> LocalBusiness:
    """The business with this ID; `NotFound` unless this node serves it."""
    business = session.get(LocalBusiness, business_id)
    if business is None:
        raise NotFound(
            f"business {business_id} is not served by this node",
            "Send the request to the node that acts for the business.",
            slug="unknown-business",
        )
    return business


def local_businesses(session: Session) -> list[LocalBusiness]:
    """All businesses this node serves, by name."""
    return list(session.exec(select(LocalBusiness).order_by(LocalBusiness.name)))


def secret_of(session: Session, business_id: str) -> bytes:
    """The secret behind a business's IDs and salts; `NotFound` unless this node serves it."""
    return local_business(session, business_id).secret
