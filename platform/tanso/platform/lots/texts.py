"""Private table of the texts behind hashes on the ledger."""

from sqlmodel import Field, Session, SQLModel


class LotText(SQLModel, table=True):
    """What stands behind the hash of a restatement's reason, or of what a lot was consumed for."""

    __tablename__ = "lot_text"

    text_hash: str = Field(primary_key=True, max_length=66)
    business_id: str = Field(primary_key=True, foreign_key="local_business.business_id", max_length=34)
    text: str = Field(max_length=1000)


def keep_text(session: Session, business_id: str, text_hash: str, text: str) -> None:
    """Stores the text behind a hash of the business, unless it is there."""
    if session.get(LotText, (text_hash, business_id)) is None:
        session.add(LotText(text_hash=text_hash, business_id=business_id, text=text))
