"""Registers emission factors and formula documents, and lists them.

The ledger knows a factor by its number and the hash of the document that names its source; the document
itself is kept here, so that proofs can carry it.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from tanso.contracts.identity import content_hash
from tanso.contracts.values import Factor
from tanso.oracle.factors import EmissionFactor
from tanso.oracle.formulas import Formula
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import writing
from tanso.platform.errors import Conflict
from tanso.platform.factors.documents import FactorDocument
from tanso.platform.factors.models import FactorRow, FormulaRow
from tanso.platform.node import Node
from tanso.platform.sending import account_with_role, submit


def factor_id_of(factor: EmissionFactor) -> str:
    """A factor's ID: the first 16 bytes of its document's hash, so that everyone derives the same one."""
    return content_hash(factor.document)[:34]


def register_factor(
    node: Node, factor: EmissionFactor, *, valid_from: int, valid_until: int
) -> tuple[FactorDocument, Factor, OutboxMessage]:
    """Registers a factor for good, valid in [valid_from, valid_until), Unix seconds.

    Raises `QuantityRefused` for a value or unit that does not fit, `Conflict` when the name stands for
    another factor, `Reverted` when the ledger refuses.
    """
    entry = factor.on_ledger(valid_from=valid_from, valid_until=valid_until)
    factor_id = factor_id_of(factor)
    sender = account_with_role(node, "REGISTRAR")
    with writing(node.engine) as session:
        named = session.exec(select(FactorDocument).where(FactorDocument.name == factor.name)).one_or_none()
        if named is not None and named.factor_id != factor_id:
            raise Conflict(
                f"the name {factor.name!r} stands for factor {named.factor_id}, which has other figures or "
                "another source",
                "A factor never changes: register the new version under a new name.",
                slug="factor-exists",
            )
        message = submit(
            node,
            key=f"factor:{factor_id}",
            sender=sender,
            call=node.ledger.factors.register(factor_id, entry),
            kind="factor",
            session=session,
        )
        if named is None:
            named = FactorDocument(factor_id=factor_id, name=factor.name, document=factor.document.decode())
            session.add(named)
    return named, entry, message


def register_formula(node: Node, formula: Formula) -> OutboxMessage:
    """Registers a formula document of this version of Tanso by its content hash."""
    return submit(
        node,
        key=f"formula:{formula.content_hash}",
        sender=account_with_role(node, "REGISTRAR"),
        call=node.ledger.formulas.register(formula.content_hash, formula.name),
        kind="formula",
    )


def factors(session: Session, after: str, limit: int) -> list[tuple[FactorRow, FactorDocument | None]]:
    """Registered factors in the order of their IDs, those after `after`, at most `limit`, with their
    documents.
    """
    rows = session.exec(
        select(FactorRow)
        .where(col(FactorRow.factor_id) > after)
        .order_by(col(FactorRow.factor_id))
        .limit(limit)
    ).all()
    return [(row, session.get(FactorDocument, row.factor_id)) for row in rows]


def formulas(session: Session) -> Sequence[FormulaRow]:
    """Registered formulas by name."""
    return session.exec(select(FormulaRow).order_by(FormulaRow.name)).all()
