"""Finds registered factors: by what they are of, where they come from, when they hold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from tanso.contracts.units import Unit
from tanso.oracle.factors import EmissionFactor
from tanso.platform.errors import NotFound
from tanso.platform.factors.documents import NOT_STATED, FactorDocument, WithdrawalReason, emission_factor
from tanso.platform.factors.models import FactorRow, FactorWithdrawalRow

MAX_WORDS = 10
Found = tuple[FactorRow, FactorDocument | None]
"""A registered factor, and its document where this node has it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None is anything. Attributes of the document are unknown where it is not here."""

    text: str | None = None
    """Words of name, activity, publisher, geography or basis; each must occur, whatever its case."""
    kind: str | None = None
    series: str | None = None
    publisher: str | None = None
    year: str | None = None
    geography: str | None = None
    gwp_set: str | None = None
    unit: Unit | None = None
    valid_at: int | None = None
    """Unix seconds: the factor holds then and was not withdrawn from before."""
    withdrawn: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        found: list[Any] = [
            col(getattr(FactorDocument, name)) == value
            for name in ("kind", "series", "publisher", "year", "geography")
            if (value := getattr(self, name)) is not None
        ]
        for word in (self.text or "").casefold().split()[:MAX_WORDS]:
            found.append(col(FactorDocument.words).contains(word, autoescape=True))
        if self.gwp_set is not None:
            found.append(FactorRow.gwp_set == ("NONE" if self.gwp_set == NOT_STATED else self.gwp_set))
        if self.unit is not None:
            found.append(FactorRow.unit == int(self.unit))
        gone = col(FactorRow.withdrawn_from)
        if self.valid_at is not None:
            held = and_(
                col(FactorRow.valid_from) <= self.valid_at, col(FactorRow.valid_until) > self.valid_at
            )
            found += [held, or_(gone.is_(None), gone > self.valid_at)]
        if self.withdrawn is not None:
            found.append(gone.is_not(None) if self.withdrawn else gone.is_(None))
        return found


def factors(session: Session, wanted: Wanted, after: str, limit: int) -> Sequence[Found]:
    """Registered factors in the order of their IDs, those after `after`, at most `limit`."""
    query = _joined().where(col(FactorRow.factor_id) > after, *wanted.conditions())
    return session.exec(query.order_by(col(FactorRow.factor_id)).limit(limit)).all()


def factor(session: Session, factor_id: str) -> Found:
    """A registered factor; `NotFound`."""
    found = session.exec(_joined().where(FactorRow.factor_id == factor_id)).one_or_none()
    if found is None:
        raise NotFound(
            f"no factor {factor_id} is registered",
            "GET /v1/factors lists the registered ones.",
            slug="unknown-factor",
        )
    return found


def versions(session: Session, factor_id: str, after: str, limit: int) -> Sequence[Found]:
    """All factors of a factor's series in the order in which they begin to hold; `NotFound`.

    Those that come after the factor `after`, at most `limit`. A factor without a document is alone.
    """
    row, document = factor(session, factor_id)
    if document is None:
        return [] if after else [(row, None)]
    query = _joined().where(FactorDocument.series == document.series)
    start, number = col(FactorRow.valid_from), col(FactorRow.factor_id)
    if after:
        last, _ = factor(session, after)
        query = query.where(
            or_(start > last.valid_from, and_(start == last.valid_from, number > last.factor_id))
        )
    return session.exec(query.order_by(start, number).limit(limit)).all()


def newest(session: Session, series: Collection[str]) -> dict[str, EmissionFactor]:
    """The version of each of these series that begins to hold last, where one is registered."""
    query = _joined().where(col(FactorDocument.series).in_(series))
    # The last of a series stays in the dictionary.
    ordered = query.order_by(col(FactorRow.valid_from), col(FactorRow.factor_id))
    return {
        document.series: emission_factor(document.document)
        for _, document in session.exec(ordered)
        if document is not None
    }


def registered_named(session: Session, name: str) -> EmissionFactor | None:
    """The registered factor of this name, as its document has it."""
    found = session.exec(_joined().where(FactorDocument.name == name)).first()
    return None if found is None or found[1] is None else emission_factor(found[1].document)


def withdrawals(session: Session, factor_id: str) -> list[tuple[FactorWithdrawalRow, str | None]]:
    """A factor's withdrawals, each reaching further back than the one before, with the reason if known.

    Each is earlier than the one before, so there are few; the last hundred are given.
    """
    query = select(FactorWithdrawalRow).where(FactorWithdrawalRow.factor_id == factor_id)
    rows = session.exec(query.order_by(col(FactorWithdrawalRow.withdrawn_from)).limit(100)).all()
    known = {row.reason_hash: session.get(WithdrawalReason, row.reason_hash) for row in rows}
    return [(row, reason.reason if (reason := known[row.reason_hash]) else None) for row in reversed(rows)]


def _joined() -> "SelectOfScalar[Found]":
    query: Any = select(FactorRow, FactorDocument)
    joined: SelectOfScalar[Found] = query.outerjoin(
        FactorDocument, col(FactorDocument.factor_id) == col(FactorRow.factor_id)
    )
    return joined
