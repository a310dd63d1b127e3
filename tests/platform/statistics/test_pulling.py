"""What another server said last is what counts of its business, as far as the ledger bears it out."""

from sqlmodel import col, select

from tanso.contracts.units import Unit
from tanso.platform.dictionaries.terms import merge, retire
from tanso.platform.statistics.local import CategoryLot
from tanso.platform.statistics.pulling import take, withdraw_unsaid

from .conftest import PERIOD, Market


def said(market: Market, producer: int, offered: dict[str, str], period: int = 0) -> int:
    """The producer's server offers lots of a period, each with its term; how many fit."""
    business_id = market.id(producer)
    withdraw_unsaid(market.session, business_id, offered, period * PERIOD, (period + 1) * PERIOD)
    return take(market.session, business_id, offered)


def open_lots(market: Market, producer: int) -> dict[str, str]:
    """The producer's lots in categories, each with its term."""
    query = select(CategoryLot).where(
        CategoryLot.business_id == market.id(producer), col(CategoryLot.withdrawn_at).is_(None)
    )
    return {row.lot_id: row.term_id for row in market.session.exec(query)}


def test_only_what_is_said_again_still_counts_and_other_periods_and_releases_stand(
    market_on_both: Market,
) -> None:
    market = market_on_both
    category, other = market.term(), market.term()
    kept, gone, moved = (market.lot(5, 0) for _ in range(3))
    later = market.lot(5, 1)
    assert said(market, 5, {later: category}, 1) == 1
    assert said(market, 5, dict.fromkeys((kept, gone, moved), category)) == 3
    assert said(market, 5, {kept: category, moved: other}) == 2
    assert open_lots(market, 5) == {kept: category, moved: other, later: category}
    market.offer(category, range(4), 0)
    released = market.release(category, 0).release_id
    assert said(market, 5, {}) == 0
    assert open_lots(market, 5) == {kept: category, later: category}
    assert market.session.get_one(CategoryLot, kept).release_id == released
    # One that was withdrawn can come back, as one that is in a release can't.
    assert said(market, 5, {gone: category}) == 1
    assert open_lots(market, 5) == {kept: category, gone: category, later: category}


def test_lots_that_do_not_fit_are_counted_and_left_out_and_the_others_are_taken(market: Market) -> None:
    category, grams, retired = market.term(), market.term(unit=Unit.GRAM), market.term()
    retire(market.session, market.id(1), retired)
    own, foreign = market.lot(5, 0), market.lot(6, 0)
    offered = {
        own: category,
        foreign: category,
        market.id(10**10): category,
        market.lot(5, 0): grams,
        market.lot(5, 0): retired,
        market.lot(5, 0): market.id(10**10),
    }
    assert said(market, 5, offered) == 1
    assert open_lots(market, 5) == {own: category}
    assert open_lots(market, 6) == {}
    # Nor can one be withdrawn, by whoever's server: what is another's is not looked at.
    assert said(market, 6, {}) == 0
    assert open_lots(market, 5) == {own: category}


def test_what_is_said_of_a_merged_term_counts_for_the_one_that_stands_for_it(market: Market) -> None:
    old, new = market.term(), market.term()
    before, after = market.lot(5, 0), market.lot(5, 0)
    assert said(market, 5, {before: old}) == 1
    merge(market.session, market.id(1), old, new)
    assert said(market, 5, {before: old, after: old}) == 2
    assert open_lots(market, 5) == {before: old, after: new}
    market.offer(new, range(4), 0)
    assert market.release(new, 0).lots == 5
