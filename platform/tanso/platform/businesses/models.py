"""Read-model table of registered businesses."""

from sqlmodel import Field

from tanso.platform.indexer.models import ADDRESS, HASH, ID, RecordRow, one_row_per_event


class BusinessRow(RecordRow, table=True):
    """A hashed business ID, the account that acts for it, and the hash of its server's URL."""

    __tablename__ = "chain_business"
    __table_args__ = (one_row_per_event(),)

    business_id: str = Field(max_length=ID, primary_key=True)
    account: str = Field(max_length=ADDRESS, unique=True)
    endpoint_hash: str = Field(max_length=HASH)
