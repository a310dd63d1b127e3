"""Evidence kept in the owner's own database: what was signed, and the leaves behind its root."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Text, UniqueConstraint, insert
from sqlmodel import Field, Session, SQLModel, col, select

from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence.sealing import Sealed
from tanso.oracle.store import BigUint

REPORT, REDUCTION = "report", "reduction"


class EvidenceRecord(SQLModel, table=True):
    """One signed statement to the ledger and what it rests on."""

    __tablename__ = "oracle_evidence"
    __table_args__ = (
        UniqueConstraint("business_id", "sequence"),
        UniqueConstraint("kind", "subject", "period_start", "period_end"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20, description='"report" or "reduction".')
    business_id: str = Field(max_length=34, index=True)
    subject: str = Field(max_length=34, description="The business of a report, the equipment of a reduction.")
    period_start: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")
    period_end: int = Field(sa_type=BigInteger)
    sequence: int | None = Field(default=None, sa_type=BigInteger, description="Of a report; null otherwise.")
    root: str = Field(max_length=66, index=True)
    formula_id: str = Field(max_length=66)
    amount_ug: int = Field(sa_type=BigUint, description="Declared total or reduction, µg CO2e.")
    devices: str = Field(sa_column=Column(Text, nullable=False), description="JSON list of device names.")
    outbox_key: str = Field(unique=True, max_length=200)
    created_at: int = Field(sa_type=BigInteger)


class EvidenceLeaf(SQLModel, table=True):
    """One salted leaf in canonical JSON."""

    __tablename__ = "oracle_evidence_leaf"

    evidence_id: int = Field(primary_key=True, foreign_key="oracle_evidence.id")
    position: int = Field(primary_key=True)
    leaf: str = Field(sa_column=Column(Text, nullable=False))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A statement to the ledger with all its leaves."""

    record: EvidenceRecord
    sealed: Sealed


def save_evidence(session: Session, record: EvidenceRecord, sealed: Sealed) -> Evidence:
    """Stores a statement and its leaves in the caller's transaction."""
    session.add(record)
    session.flush()
    assert record.id is not None
    # In bulk, past the object mapper: a report of a thousand machines has three thousand leaves.
    rows = [
        {"evidence_id": record.id, "position": position, "leaf": text.decode()}
        for position, text in enumerate(sealed.texts)
    ]
    session.connection().execute(insert(EvidenceLeaf), rows)
    return Evidence(record, sealed)


def load_evidence(session: Session, record: EvidenceRecord) -> Evidence:
    """A stored statement with its leaves."""
    leaves = session.exec(
        select(EvidenceLeaf).where(EvidenceLeaf.evidence_id == record.id).order_by(col(EvidenceLeaf.position))
    )
    return Evidence(record, Sealed(tuple(json.loads(row.leaf) for row in leaves)))


def find_evidence(
    session: Session, business_id: str, *, sequence: int | None = None, root: str | None = None
) -> Evidence:
    """Evidence of a business, by its report's sequence or by its root; raises EvidenceRefused."""
    if (sequence is None) == (root is None):
        raise EvidenceRefused("Name the evidence by the report's sequence or by its root.")
    query = select(EvidenceRecord).where(EvidenceRecord.business_id == business_id)
    if sequence is not None:
        query = query.where(EvidenceRecord.sequence == sequence)
    else:
        query = query.where(EvidenceRecord.root == root)
    record = session.exec(query).first()
    if record is None:
        raise EvidenceRefused(
            f"There is no such evidence of the business {business_id}.",
            hint="`tanso oracle evidence` lists what there is.",
        )
    return load_evidence(session, record)


def records_of(session: Session, business_id: str, kind: str | None = None) -> Sequence[EvidenceRecord]:
    """Statements of a business in the order they were made."""
    query = select(EvidenceRecord).where(EvidenceRecord.business_id == business_id)
    if kind is not None:
        query = query.where(EvidenceRecord.kind == kind)
    return session.exec(query.order_by(col(EvidenceRecord.id))).all()
