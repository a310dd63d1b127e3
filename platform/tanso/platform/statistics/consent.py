"""What an owner puts into a category, and takes back: lots one by one, or all lots of a product.

Taking back counts from the next release; releases stay as they are.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import func, insert
from sqlmodel import Session, col, select

from tanso.contracts.units import Unit
from tanso.oracle.store import utc_now
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.dictionaries.mappings import lineage
from tanso.platform.dictionaries.terms import active_term, successor, term
from tanso.platform.errors import BadInput, Conflict, NotAllowed, NotFound, PlatformError
from tanso.platform.lots.drafts import LotDraft
from tanso.platform.lots.models import LotRow
from tanso.platform.statistics.local import CategoryLot, CategoryProduct, ServerLot, ServerProduct

OfLot = TypeVar("OfLot", LotRow, CategoryLot, ServerLot)

MAX_PRODUCTS = 200
"""Of one business."""
KEYS_AT_ONCE = 500
"""Keys in one SQL `IN`."""


def contribute(session: Session, business_id: str, lot_ids: Collection[str], term_id: str) -> None:
    """Puts lots that a business made into a category, and allows their use in its statistics; all or none.

    The business may be served by another node: what counts is the ledger. A lot is in one category at a time.
    Raises `NotFound`, `NotAllowed` for another's lot, `BadInput` for another unit, `Conflict`.
    """
    for refusal in put(session, business_id, lot_ids, term_id).values():
        raise refusal


def put(
    session: Session, business_id: str, lot_ids: Collection[str], term_id: str
) -> dict[str, PlatformError]:
    """Like `contribute`, but takes those that fit; gives the others, each with what is wrong with it."""
    category = active_term(session, term_id, lock=True)
    hold(session, [business_id])
    same = lineage(session, term_id)
    now = utc_now()
    refused: dict[str, PlatformError] = {}
    for ids in at_a_time(lot_ids):
        rows = by_lot(session, LotRow, ids)
        known, elsewhere = by_lot(session, CategoryLot, ids), by_lot(session, ServerLot, ids)
        new: list[dict[str, Any]] = []
        for lot_id in ids:
            there = known.get(lot_id)
            if refusal := unsound(rows.get(lot_id), lot_id, business_id, category.unit):
                refused[lot_id] = refusal
            elif lot_id in elsewhere:
                refused[lot_id] = taken(f"lot {lot_id}", elsewhere[lot_id].server_id)
            elif there is None:
                new.append(
                    {"lot_id": lot_id, "business_id": business_id, "term_id": term_id, "given_at": now}
                )
            elif there.withdrawn_at is not None:
                there.term_id, there.given_at, there.withdrawn_at = term_id, now, None
            elif there.term_id not in same:
                refused[lot_id] = in_category(f"lot {lot_id}", there.term_id)
        if new:
            session.execute(insert(CategoryLot), new)
    session.flush()
    return refused


def contribute_products(session: Session, business_id: str, products: Collection[str], term_id: str) -> None:
    """Puts all lots of these products, by the business's own names, into a category; future ones, too.

    The business is one of this node. Lots that are not in the category's unit don't count. Raises `NotFound`,
    `Conflict`.
    """
    active_term(session, term_id, lock=True)
    hold(session, [business_id])
    same = lineage(session, term_id)
    count = select(func.count()).select_from(CategoryProduct)
    left = MAX_PRODUCTS - session.exec(count.where(CategoryProduct.business_id == business_id)).one()
    for product in sorted(set(products)):
        there = session.get(CategoryProduct, (business_id, product))
        if there is None and left <= 0:
            raise Conflict(
                f"{MAX_PRODUCTS} products are in categories, the most there can be",
                "Put single lots into the category, or take a product back.",
                slug="too-many-products",
            )
        if there is not None and there.term_id not in same:
            raise in_category(f"the product {product!r}", there.term_id)
        if elsewhere := session.get(ServerProduct, (business_id, product)):
            raise taken(f"the product {product!r}", elsewhere.server_id)
        if there is None:
            left -= 1
            session.add(
                CategoryProduct(business_id=business_id, product=product, term_id=term_id, given_at=utc_now())
            )
    session.flush()


def take_back(
    session: Session, business_id: str, term_id: str, lot_ids: Collection[str], products: Collection[str]
) -> None:
    """Takes lots, or products with all their lots, out of a category; all or none. `NotFound`."""
    same = _same(session, term_id)
    for ids in at_a_time(lot_ids):
        rows = _in_force(session, business_id, same, ids)
        if missing := sorted(set(ids) - {row.lot_id for row in rows}):
            raise _nothing(f"lot {missing[0]} of your business is not in the category {term_id}")
        _withdraw(rows)
    for product in sorted(set(products)):
        there = session.get(CategoryProduct, (business_id, product))
        if there is None or there.term_id not in same:
            raise _nothing(f"no product {product!r} of your business is in the category {term_id}")
        session.delete(there)
        made = select(LotDraft.lot_id).where(LotDraft.business_id == business_id, LotDraft.product == product)
        for ids in at_a_time(session.exec(made).all()):
            _withdraw(_in_force(session, business_id, same, ids))
    session.flush()


def take_back_all(session: Session, business_id: str, term_id: str) -> None:
    """Takes all of a business's lots and products out of a category; `NotFound` when there are none."""
    same = _same(session, term_id)
    rows = session.exec(
        select(CategoryLot).where(
            CategoryLot.business_id == business_id,
            col(CategoryLot.term_id).in_(same),
            col(CategoryLot.withdrawn_at).is_(None),
        )
    ).all()
    products = _products(session, business_id, same)
    if not rows and not products:
        raise _nothing(f"nothing of your business is in the category {term_id}")
    _withdraw(rows)
    for product in products:
        session.delete(product)
    session.flush()


def contributed(
    session: Session, business_id: str, term_id: str, after: str, limit: int
) -> tuple[Sequence[CategoryLot], Sequence[CategoryProduct]]:
    """A business's lots in a category by their IDs, those after `after`, at most `limit`; and its products.

    Lots of products are there once a release looked for them.
    """
    same = _same(session, term_id)
    query = select(CategoryLot).where(
        CategoryLot.business_id == business_id,
        col(CategoryLot.term_id).in_(same),
        col(CategoryLot.withdrawn_at).is_(None),
        col(CategoryLot.lot_id) > after,
    )
    lots = session.exec(query.order_by(col(CategoryLot.lot_id)).limit(limit)).all()
    return lots, _products(session, business_id, same)


def take_up_products(session: Session, term_ids: Collection[str], term_id: str, unit: int) -> None:
    """Enters the settled lots of the products in these categories that are not in one already."""
    products = session.exec(select(CategoryProduct).where(col(CategoryProduct.term_id).in_(term_ids))).all()
    hold(session, {product.business_id for product in products})
    for product in products:
        made = (
            select(LotRow.lot_id)
            .join(LotDraft, col(LotDraft.lot_id) == col(LotRow.lot_id))
            .outerjoin(CategoryLot, col(CategoryLot.lot_id) == col(LotRow.lot_id))
            .outerjoin(ServerLot, col(ServerLot.lot_id) == col(LotRow.lot_id))
            .where(
                LotDraft.business_id == product.business_id,
                LotDraft.product == product.product,
                LotRow.business_id == product.business_id,
                LotRow.unit == unit,
                col(CategoryLot.lot_id).is_(None),
                col(ServerLot.lot_id).is_(None),
            )
        )
        session.add_all(
            CategoryLot(
                lot_id=lot_id, business_id=product.business_id, term_id=term_id, given_at=product.given_at
            )
            for lot_id in session.exec(made).all()
        )
    session.flush()


def at_a_time(ids: Collection[str]) -> Iterator[list[str]]:
    """The IDs in their order, each once, as many as one query takes."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), KEYS_AT_ONCE):
        yield ordered[start : start + KEYS_AT_ONCE]


def by_lot(session: Session, table: type[OfLot], ids: Collection[str]) -> dict[str, OfLot]:
    """The rows of some lots, by lot."""
    rows = session.exec(select(table).where(col(table.lot_id).in_(ids)))
    return {row.lot_id: row for row in rows}


def hold(session: Session, business_ids: Collection[str]) -> None:
    """Has nobody else put lots of these businesses anywhere before this transaction is over."""
    query = select(LocalBusiness.business_id).where(col(LocalBusiness.business_id).in_(business_ids))
    session.exec(query.order_by(col(LocalBusiness.business_id)).with_for_update()).all()


def unsound(row: LotRow | None, lot_id: str, business_id: str, unit: int) -> PlatformError | None:
    """Why a lot is none that this business may put into a category of this unit, if it is none."""
    if row is None:
        return NotFound(
            f"no settled lot {lot_id} is known",
            "A lot goes into a category when its settlement is confirmed.",
            slug="unknown-lot",
        )
    if row.business_id != business_id:
        return NotAllowed(
            f"lot {lot_id} was made by business {row.business_id}",
            "Only its producer puts a lot into a category.",
            slug="not-producer",
        )
    if row.unit != unit:
        return BadInput(
            f"lot_ids: lot {lot_id} is counted in {Unit(row.unit).symbol}, the category in "
            f"{Unit(unit).symbol}",
            "Find or add a term in that unit: GET /v1/terms.",
            slug="unit-does-not-fit",
        )
    return None


def in_category(what: str, term_id: str) -> Conflict:
    """The refusal of a lot or product that is in a category already."""
    kind = what.removeprefix("the ").partition(" ")[0]
    return Conflict(
        f"{what} is in the category {term_id}",
        f"Take it back from there first: a {kind} is in one category at a time.",
        slug=f"{kind}-in-category",
    )


def taken(what: str, server_id: str) -> Conflict:
    """The refusal of a lot or product that another server's statistics have."""
    return Conflict(
        f"{what} is for the statistics of business {server_id}'s server",
        "A product can be taken back from there; a lot that it has read counts there or nowhere.",
        slug="for-another-server",
    )


def _same(session: Session, term_id: str) -> set[str]:
    """The category by all names it had: a merged term stands for what it was merged into."""
    return lineage(session, successor(session, term(session, term_id)).term_id)


def _in_force(
    session: Session, business_id: str, term_ids: Collection[str], ids: Sequence[str]
) -> Sequence[CategoryLot]:
    return session.exec(
        select(CategoryLot).where(
            col(CategoryLot.lot_id).in_(ids),
            CategoryLot.business_id == business_id,
            col(CategoryLot.term_id).in_(term_ids),
            col(CategoryLot.withdrawn_at).is_(None),
        )
    ).all()


def _products(session: Session, business_id: str, term_ids: Collection[str]) -> Sequence[CategoryProduct]:
    query = select(CategoryProduct).where(
        CategoryProduct.business_id == business_id, col(CategoryProduct.term_id).in_(term_ids)
    )
    return session.exec(query.order_by(col(CategoryProduct.product))).all()


def _withdraw(rows: Sequence[CategoryLot]) -> None:
    now = utc_now()
    for row in rows:
        row.withdrawn_at = now


def _nothing(message: str) -> NotFound:
    return NotFound(message, "GET /v1/terms/{term_id}/contributions lists yours.", slug="no-contribution")
