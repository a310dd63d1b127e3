"""What a business of this node lets another server's statistics use: lots, or all lots of a product.

That server asks for it; told are IDs of lots alone, and to no other server. A lot that it has read counts
there or nowhere, for good: two servers do not hold their releases against each other, so what is in both
would tell of who is in one alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import func, insert, literal, or_, update
from sqlmodel import Session, col, select

from tanso.oracle.store import utc_now
from tanso.platform.errors import Conflict, NotFound
from tanso.platform.lots.drafts import LotDraft
from tanso.platform.lots.models import BatchRow, LotRow
from tanso.platform.statistics.consent import (
    MAX_PRODUCTS,
    at_a_time,
    by_lot,
    hold,
    in_category,
    taken,
    unsound,
)
from tanso.platform.statistics.local import (
    CategoryLot,
    CategoryProduct,
    ServerLot,
    ServerProduct,
    StatisticsRelease,
)
from tanso.platform.statistics.releases import in_period, summed


@dataclass(frozen=True, slots=True)
class Place:
    """A category of another server, and whose of this node's things are in it."""

    business_id: str
    server_id: str
    term_id: str

    def holds(self, table: type[ServerLot | ServerProduct]) -> tuple[Any, ...]:
        """Conditions on rows: those that are in it, or were."""
        return (
            table.business_id == self.business_id,
            table.server_id == self.server_id,
            table.term_id == self.term_id,
        )


def give_lots(session: Session, place: Place, unit: int, lot_ids: Collection[str]) -> None:
    """Lets that server use lots that the business made; all or none.

    :param unit: the category's. Raises `NotFound`, `NotAllowed` for another's lot, `BadInput` for another
    unit, `Conflict` when a lot is in a category here, or another server has read it.
    """
    hold(session, [place.business_id])
    now = utc_now()
    for ids in at_a_time(lot_ids):
        rows, here = by_lot(session, LotRow, ids), by_lot(session, CategoryLot, ids)
        known = by_lot(session, ServerLot, ids)
        for lot_id in ids:
            if refusal := unsound(rows.get(lot_id), lot_id, place.business_id, unit):
                raise refusal
            used = here.get(lot_id)
            if used is not None and (used.withdrawn_at is None or used.release_id is not None):
                raise in_category(f"lot {lot_id}", used.term_id)
            there = known.get(lot_id)
            if there is None:
                session.add(ServerLot(lot_id=lot_id, given_at=now, **asdict(place)))
            elif there.server_id != place.server_id:
                raise taken(f"lot {lot_id}", there.server_id)
            elif there.withdrawn_at is not None:
                there.term_id, there.given_at, there.withdrawn_at = place.term_id, now, None
            elif there.term_id != place.term_id:
                raise in_category(f"lot {lot_id}", there.term_id)
    session.flush()


def give_products(session: Session, place: Place, unit: int, products: Collection[str]) -> None:
    """Lets that server use all lots of these products in the category's unit, future ones, too.

    Raises `Conflict` when a product is in a category here, or for another server.
    """
    hold(session, [place.business_id])
    count = select(func.count()).where(ServerProduct.business_id == place.business_id)
    left = MAX_PRODUCTS - session.exec(count).one()
    for product in sorted(set(products)):
        what, key = f"the product {product!r}", (place.business_id, product)
        if (here := session.get(CategoryProduct, key)) is not None:
            raise in_category(what, here.term_id)
        there = session.get(ServerProduct, key)
        if there is not None and there.server_id != place.server_id:
            raise taken(what, there.server_id)
        if there is not None and there.term_id != place.term_id:
            raise in_category(what, there.term_id)
        if there is None and left <= 0:
            raise Conflict(
                f"{MAX_PRODUCTS} products are for other servers, the most there can be",
                "Give single lots, or take a product back.",
                slug="too-many-products",
            )
        if there is None:
            left -= 1
            session.add(ServerProduct(product=product, unit=unit, given_at=utc_now(), **asdict(place)))
    session.flush()


def take_back(session: Session, place: Place, lot_ids: Collection[str], products: Collection[str]) -> None:
    """Takes lots, or products with all their lots, back from a server's category; all or none. `NotFound`."""
    hold(session, [place.business_id])
    for ids in at_a_time(lot_ids):
        rows = _in_force(session, place, ids)
        if missing := sorted(set(ids) - {row.lot_id for row in rows}):
            raise _nothing(f"lot {missing[0]} of your business is not", place)
        _withdraw(session, rows)
    for product in sorted(set(products)):
        there = session.get(ServerProduct, (place.business_id, product))
        if there is None or (there.server_id, there.term_id) != (place.server_id, place.term_id):
            raise _nothing(f"no product {product!r} of your business is", place)
        session.delete(there)
        made = select(LotDraft.lot_id).where(
            LotDraft.business_id == place.business_id, LotDraft.product == product
        )
        for ids in at_a_time(session.exec(made).all()):
            _withdraw(session, _in_force(session, place, ids))
    session.flush()


def take_back_all(session: Session, place: Place) -> None:
    """Takes all of a business's lots and products back from a server's category; `NotFound` if none are."""
    hold(session, [place.business_id])
    rows = session.exec(
        select(ServerLot).where(*place.holds(ServerLot), col(ServerLot.withdrawn_at).is_(None))
    ).all()
    products = session.exec(select(ServerProduct).where(*place.holds(ServerProduct))).all()
    if not rows and not products:
        raise _nothing("nothing of your business is", place)
    _withdraw(session, rows)
    for product in products:
        session.delete(product)
    session.flush()


def given(
    session: Session, place: Place, after: str, limit: int
) -> tuple[Sequence[ServerLot], Sequence[ServerProduct]]:
    """Lots in a server's category by their IDs, those after `after`, at most `limit`; and products.

    Lots of products are there once that server asked for them.
    """
    lots = select(ServerLot).where(
        *place.holds(ServerLot), col(ServerLot.withdrawn_at).is_(None), col(ServerLot.lot_id) > after
    )
    products = select(ServerProduct).where(*place.holds(ServerProduct))
    return (
        session.exec(lots.order_by(col(ServerLot.lot_id)).limit(limit)).all(),
        session.exec(products.order_by(col(ServerProduct.product))).all(),
    )


def told(
    session: Session, business_id: str, server_id: str, start: int, end: int, after: str, limit: int
) -> list[tuple[str, str]]:
    """Lots of batches that ended in (start, end] which a server may use, each with its term; noted as read.

    Those after the lot `after` in the order of the IDs, at most `limit`.
    """
    hold(session, [business_id])
    if not after:
        _take_up_products(session, business_id, server_id, start, end)
    query = (
        select(ServerLot.lot_id, ServerLot.term_id)
        .join(LotRow, col(LotRow.lot_id) == col(ServerLot.lot_id))
        .join(BatchRow, col(BatchRow.batch_id) == col(LotRow.batch_id))
        .where(
            ServerLot.business_id == business_id,
            ServerLot.server_id == server_id,
            col(ServerLot.withdrawn_at).is_(None),
            col(ServerLot.lot_id) > after,
            *in_period(start, end),
        )
    )
    found = list(session.exec(query.order_by(col(ServerLot.lot_id)).limit(limit)))
    now = utc_now()
    for ids in at_a_time([lot_id for lot_id, _ in found]):
        read = update(ServerLot).where(col(ServerLot.lot_id).in_(ids)).values(read_at=now)
        session.exec(read, execution_options={"synchronize_session": False})
    return found


def own_value(
    session: Session, business_id: str, server_id: str, term_ids: Collection[str], of: StatisticsRelease
) -> Fraction | None:
    """pg CO2e per base unit of what a release of another server can hold of a business; None of nothing.

    Those are the lots of its period that the server has read and that were not taken back before.
    """
    query = (
        select(LotRow)
        .join(ServerLot, col(ServerLot.lot_id) == col(LotRow.lot_id))
        .join(BatchRow, col(BatchRow.batch_id) == col(LotRow.batch_id))
        .where(
            ServerLot.business_id == business_id,
            ServerLot.server_id == server_id,
            col(ServerLot.term_id).in_(term_ids),
            col(ServerLot.read_at).is_not(None),
            or_(col(ServerLot.withdrawn_at).is_(None), col(ServerLot.withdrawn_at) > of.released_at),
            *in_period(of.period_start, of.period_end),
        )
    )
    found = summed(session, query).get(business_id)
    return None if found is None else found.pg_per_unit


def _take_up_products(session: Session, business_id: str, server_id: str, start: int, end: int) -> None:
    """Enters settled lots of the period of products that are for this server, and not anywhere already."""
    products = select(ServerProduct).where(
        ServerProduct.business_id == business_id, ServerProduct.server_id == server_id
    )
    for product in session.exec(products).all():
        new = (
            select(
                col(LotRow.lot_id),
                *(literal(each) for each in (business_id, server_id, product.term_id, product.given_at)),
            )
            .join(LotDraft, col(LotDraft.lot_id) == col(LotRow.lot_id))
            .join(BatchRow, col(BatchRow.batch_id) == col(LotRow.batch_id))
            .outerjoin(CategoryLot, col(CategoryLot.lot_id) == col(LotRow.lot_id))
            .outerjoin(ServerLot, col(ServerLot.lot_id) == col(LotRow.lot_id))
            .where(
                LotDraft.business_id == business_id,
                LotDraft.product == product.product,
                LotRow.business_id == business_id,
                LotRow.unit == product.unit,
                col(CategoryLot.lot_id).is_(None),
                col(ServerLot.lot_id).is_(None),
                *in_period(start, end),
            )
        )
        columns = ["lot_id", "business_id", "server_id", "term_id", "given_at"]
        session.execute(insert(ServerLot).from_select(columns, new))


def _in_force(session: Session, place: Place, ids: Sequence[str]) -> Sequence[ServerLot]:
    return session.exec(
        select(ServerLot).where(
            col(ServerLot.lot_id).in_(ids), *place.holds(ServerLot), col(ServerLot.withdrawn_at).is_(None)
        )
    ).all()


def _withdraw(session: Session, rows: Sequence[ServerLot]) -> None:
    """What was not told is forgotten; what was is kept, for it can be for no other server."""
    now = utc_now()
    for row in rows:
        if row.read_at is None:
            session.delete(row)
        else:
            row.withdrawn_at = now


def _nothing(what: str, place: Place) -> NotFound:
    return NotFound(
        f"{what} in the category {place.term_id} of business {place.server_id}'s server",
        "GET /v1/servers/{business_id}/terms/{term_id}/contributions lists yours.",
        slug="no-contribution",
    )
