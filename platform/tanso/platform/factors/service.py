"""Registers and withdraws emission factors, registers formula documents; `search` finds factors.

The ledger knows a factor by its number and the hash of the document that names its source; the document
itself is kept here, so that proofs can carry it.
"""

from collections.abc import Sequence

from sqlmodel import Session, select

from tanso.contracts.identity import content_hash
from tanso.contracts.values import Factor
from tanso.oracle.factors import EmissionFactor
from tanso.oracle.formulas import Formula
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import writing
from tanso.platform.errors import Conflict
from tanso.platform.factors.documents import (
    NOT_STATED,
    FactorDocument,
    Kind,
    WithdrawalReason,
    catalogued,
)
from tanso.platform.factors.models import FormulaRow
from tanso.platform.factors.search import factor as registered
from tanso.platform.node import Node
from tanso.platform.sending import account_with_role, submit


def factor_id_of(factor: EmissionFactor) -> str:
    """A factor's ID: the first 16 bytes of its document's hash, so that everyone derives the same one."""
    return content_hash(factor.document)[:34]


def register_factor(
    node: Node,
    factor: EmissionFactor,
    *,
    valid_from: int,
    valid_until: int,
    kind: Kind = NOT_STATED,
    series: str | None = None,
) -> tuple[FactorDocument, Factor, OutboxMessage]:
    """Registers a factor for good, valid in [valid_from, valid_until), Unix seconds.

    Kind and series are those of its first registration. Raises `QuantityRefused` for a value or unit that
    does not fit, `Conflict` when the name stands for another factor, `Reverted` when the ledger refuses.
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
            named = FactorDocument(factor_id=factor_id, **catalogued(factor, kind, series))
            session.add(named)
    return named, entry, message


def withdraw_factor(node: Node, factor_id: str, withdrawn_from: int, reason: str) -> OutboxMessage:
    """Withdraws a factor that was found wrong, for good.

    Batches that end after `withdrawn_from`, Unix seconds, can't use it. The ledger holds the reason's hash.
    Raises `NotFound`, or `Reverted` unless it reaches further back than an earlier withdrawal.
    """
    reason_hash = content_hash(reason.encode())
    sender = account_with_role(node, "REGISTRAR")
    with writing(node.engine) as session:
        registered(session, factor_id)
        message = submit(
            node,
            key=f"factor-withdrawal:{factor_id}:{withdrawn_from}",
            sender=sender,
            call=node.ledger.factors.withdraw(factor_id, withdrawn_from, reason_hash),
            kind="factor-withdrawal",
            session=session,
        )
        if session.get(WithdrawalReason, reason_hash) is None:
            session.add(WithdrawalReason(reason_hash=reason_hash, reason=reason))
    return message


def register_formula(node: Node, formula: Formula) -> OutboxMessage:
    """Registers a formula document of this version of Tanso by its content hash."""
    return submit(
        node,
        key=f"formula:{formula.content_hash}",
        sender=account_with_role(node, "REGISTRAR"),
        call=node.ledger.formulas.register(formula.content_hash, formula.name),
        kind="formula",
    )


def formulas(session: Session) -> Sequence[FormulaRow]:
    """Registered formulas by name."""
    return session.exec(select(FormulaRow).order_by(FormulaRow.name)).all()
