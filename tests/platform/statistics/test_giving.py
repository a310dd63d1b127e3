"""A producer lets other servers use its lots: each is told what is for it, and a lot is for one of them."""

from collections.abc import Callable

import pytest

from tanso.contracts.units import Unit
from tanso.platform.errors import BadInput, Conflict, NotAllowed, NotFound
from tanso.platform.statistics.consent import MAX_PRODUCTS, contribute, contribute_products, take_back_all
from tanso.platform.statistics.giving import (
    Place,
    give_lots,
    give_products,
    given,
    take_back,
    told,
)
from tanso.platform.statistics.local import ServerLot

from .conftest import PERIOD, Market

UNIT = Unit.PIECE


def place(market: Market, server: int = 18, term: int = 1) -> Place:
    return Place(market.id(5), market.id(server), market.id(term))


def heard(market: Market, server: int = 18, period: int = 0, limit: int = 100) -> list[str]:
    """Lots that a server is told of."""
    start, end = period * PERIOD, (period + 1) * PERIOD
    return [lot for lot, _ in told(market.session, market.id(5), market.id(server), start, end, "", limit)]


def refused(kind: str, doing: Callable[[], None]) -> None:
    with pytest.raises(Conflict) as error:
        doing()
    assert error.value.kind == kind


def test_each_server_is_told_of_the_lots_that_are_for_it_in_the_period_alone(market_on_both: Market) -> None:
    market = market_on_both
    market.serve(5)
    first, second, later = *sorted(market.lot(5, 0) for _ in range(2)), market.lot(5, 1)
    give_lots(market.session, place(market), UNIT, [first, later])
    for lot_id in (first, second, later):
        market.product(5, "nuts", lot_id)
    give_products(market.session, place(market, server=19, term=2), UNIT, ["nuts"])
    assert (heard(market), heard(market, period=1), heard(market, 19)) == ([first], [later], [second])
    assert heard(market, 17) == heard(market, 19, period=1) == []
    take_back(market.session, place(market, server=19, term=2), [], ["nuts"])
    assert heard(market, 19) == []


def test_answers_go_on_where_the_one_before_ended(market: Market) -> None:
    market.serve(5)
    lots = sorted(market.lot(5, 0) for _ in range(3))
    give_lots(market.session, place(market), UNIT, lots)
    assert heard(market, limit=2) == lots[:2]
    rest = told(market.session, market.id(5), market.id(18), 0, PERIOD, lots[1], 2)
    assert rest == [(lots[2], market.id(1))]
    shown, _ = given(market.session, place(market), lots[0], 10)
    assert [row.lot_id for row in shown] == lots[1:]


def test_what_was_told_is_for_that_server_or_none_and_what_was_not_is_free(market: Market) -> None:
    market.serve(5)
    there, other, category = place(market), place(market, server=19), market.term()
    lot_id = market.lot(5, 0)
    give_lots(market.session, there, UNIT, [lot_id])
    refused("for-another-server", lambda: give_lots(market.session, other, UNIT, [lot_id]))
    take_back(market.session, there, [lot_id], [])
    assert market.session.get(ServerLot, lot_id) is None
    give_lots(market.session, other, UNIT, [lot_id])
    assert heard(market, 19) == [lot_id]
    take_back(market.session, other, [lot_id], [])
    assert heard(market, 19) == []
    refused("for-another-server", lambda: give_lots(market.session, there, UNIT, [lot_id]))
    refused("for-another-server", lambda: contribute(market.session, market.id(5), [lot_id], category))
    elsewhere = place(market, server=19, term=2)
    give_lots(market.session, elsewhere, UNIT, [lot_id])
    refused("lot-in-category", lambda: give_lots(market.session, other, UNIT, [lot_id]))


def test_a_lot_or_product_is_in_one_category_at_a_time_here_or_there(market: Market) -> None:
    market.serve(5)
    there, other, category = place(market), place(market, server=19), market.term()
    business_id, session = market.id(5), market.session
    lot_id = market.lot(5, 0)
    contribute(session, business_id, [lot_id], category)
    contribute_products(session, business_id, ["nuts"], category)
    refused("lot-in-category", lambda: give_lots(session, there, UNIT, [lot_id]))
    refused("product-in-category", lambda: give_products(session, there, UNIT, ["nuts"]))
    take_back_all(session, business_id, category)
    give_lots(session, there, UNIT, [lot_id])
    give_products(session, there, UNIT, ["nuts"])
    refused("for-another-server", lambda: contribute_products(session, business_id, ["nuts"], category))
    refused("for-another-server", lambda: give_products(session, other, UNIT, ["nuts"]))
    refused("product-in-category", lambda: give_products(session, place(market, term=2), UNIT, ["nuts"]))
    products = [str(number) for number in range(MAX_PRODUCTS)]
    refused("too-many-products", lambda: give_products(session, there, UNIT, products))


def test_lots_that_are_anothers_unknown_or_in_another_unit_are_refused(market: Market) -> None:
    market.serve(5)
    own, foreign = market.lot(5, 0), market.lot(6, 0)
    for error, unit, lot_id in (
        (NotAllowed, UNIT, foreign), (NotFound, UNIT, market.id(1)), (BadInput, Unit.GRAM, own),
    ):  # fmt: skip
        with pytest.raises(error, match=lot_id):
            give_lots(market.session, place(market), unit, [lot_id])
    for lots, products in (([own], []), ([], ["nuts"])):
        with pytest.raises(NotFound, match="of your business is"):
            take_back(market.session, place(market), lots, products)
    assert heard(market) == []
