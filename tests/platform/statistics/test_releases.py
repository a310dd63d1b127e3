"""Releases count each producer once and each lot once, and stand where a new one would tell of a few."""

from fractions import Fraction

import pytest
from sqlmodel import select

from tanso.oracle.store import utc_now
from tanso.platform.dictionaries.mappings import add_mapping, family
from tanso.platform.dictionaries.terms import merge, retire
from tanso.platform.errors import BadInput, Conflict, NotAllowed, NotFound
from tanso.platform.statistics.consent import contribute, contributed, take_back, take_back_all
from tanso.platform.statistics.local import ReleaseContributor
from tanso.platform.statistics.releases import rank, releases

from .conftest import PERIOD, Market


def members(market: Market, release_id: str) -> set[int]:
    query = select(ReleaseContributor.business_id).where(ReleaseContributor.release_id == release_id)
    return {int(one, 16) for one in market.session.exec(query)}


def held_back(market: Market, term_id: str, period: int) -> None:
    with pytest.raises(Conflict, match="nothing can be published") as refused:
        market.release(term_id, period)
    assert refused.value.kind == "nothing-to-release"


def test_a_producer_counts_once_with_all_its_lots_and_as_it_restated_them_last(
    market_on_both: Market,
) -> None:
    category = market_on_both.term()
    market_on_both.offer(category, range(1, 5), 0, co2_ug=1_000_000)
    for co2_ug, good in ((3_000_000, 1), (1_000_000, 3)):
        lot_id = market_on_both.lot(0, 0, co2_ug=co2_ug, good=good, primary_ug=co2_ug // 2)
        contribute(market_on_both.session, market_on_both.id(0), [lot_id], category)
    market_on_both.restate(lot_id, 0, 1, 9_000_000)
    market_on_both.restate(lot_id, 0, 2, 5_000_000)
    made = market_on_both.release(category, 0)
    # (3 + 5) g over 4 pieces is 2 g; the others have 2, 3, 4 and 5 g.
    _, value, band = rank(market_on_both.session, market_on_both.id(0), category)
    assert (value, band) == (Fraction(2 * 10**12), "lowest quarter")
    assert (made.p25_pg, made.p50_pg, made.p75_pg) == (2_400_000_000_000, 3 * 10**12, 4 * 10**12)
    assert (made.contributors, made.lots) == (5, 5)


def test_four_producers_are_too_few_whatever_they_contribute(market: Market) -> None:
    category = market.term()
    for _ in range(3):
        market.offer(category, range(4), 0)
    held_back(market, category, 0)
    market.offer(category, [4], 0)
    assert members(market, market.release(category, 0).release_id) == set(range(5))


def test_a_lot_counts_in_one_release_and_a_period_is_released_once(market: Market) -> None:
    category = market.term()
    market.offer(category, range(6), 0)
    first = market.release(category, 0)
    market.offer(category, range(6), 0)
    with pytest.raises(Conflict, match=first.release_id):
        market.release(category, 0, 2)
    held_back(market, category, 1)
    market.offer(category, range(6), 1)
    assert market.release(category, 1).lots == 5
    found = releases(market.session, category, first.release_id, 10)
    assert [one.period_start for one in found] == [PERIOD]


def test_one_newcomer_is_left_out_and_one_leaver_holds_the_next_release_back(market: Market) -> None:
    category = market.term()
    market.offer(category, range(6), 0)
    first = market.release(category, 0)
    market.offer(category, range(7), 1)
    assert members(market, market.release(category, 1).release_id) == members(market, first.release_id)
    with pytest.raises(NotFound, match="not in the latest release"):
        rank(market.session, market.id(6), category)
    market.offer(category, range(7), 2)
    take_back_all(market.session, market.id(3), category)
    held_back(market, category, 2)
    latest, _, _ = rank(market.session, market.id(3), category)
    assert latest.period_start == PERIOD


def test_one_category_shows_in_no_other_that_may_overlap_it(market: Market) -> None:
    category, same, near = market.term(), market.term(), market.term()
    by, code = market.id(0), {"code_system": "HS", "code": "7326"}
    assert family(market.session, category) == {category}
    for one in (category, same):
        add_mapping(market.session, by, one, "exact", **code)
    add_mapping(market.session, by, near, "broad", target_id=same)
    add_mapping(market.session, by, near, "related", target_id=market.term())
    assert family(market.session, category) == {category, same, near}
    market.offer(category, range(6), 0)
    market.release(category, 0)
    for one in (same, near):
        market.offer(one, range(1, 6), 0)
        held_back(market, one, 0)


def test_a_merged_category_goes_on_under_the_new_name_with_all_its_lots_and_releases(
    market_on_both: Market,
) -> None:
    old, new = market_on_both.term(), market_on_both.term()
    market_on_both.offer(old, range(6), 0)
    first = market_on_both.release(old, 0)
    market_on_both.offer(old, range(5), 1)
    merge(market_on_both.session, market_on_both.id(1), old, new)
    market_on_both.offer(new, [5], 1)
    for one in (old, new):
        assert releases(market_on_both.session, one, "", 10) == [first]
    with pytest.raises(Conflict, match=f"term {old} is merged") as refused:
        market_on_both.release(old, 1)
    assert new in refused.value.hint
    second = market_on_both.release(new, 1)
    assert members(market_on_both, second.release_id) == set(range(6))
    assert [one.release_id for one in releases(market_on_both.session, old, "", 10)] == [
        first.release_id,
        second.release_id,
    ]
    take_back_all(market_on_both.session, market_on_both.id(0), new)
    assert contributed(market_on_both.session, market_on_both.id(0), old, "", 10) == ([], [])


def test_a_lot_is_its_producers_in_one_category_in_its_unit_and_all_or_none_are_taken(
    market: Market,
) -> None:
    category, other = market.term(), market.term()
    own, foreign = market.lot(2, 0), market.lot(3, 0)
    contribute(market.session, market.id(2), [own], category)
    contribute(market.session, market.id(2), [own], category)
    for error, ids, term_id in (
        (NotAllowed, [own, foreign], category),
        (NotFound, [own, market.id(1)], category),
        (Conflict, [own], other),
    ):
        with pytest.raises(error, match=ids[-1]):
            contribute(market.session, market.id(2), ids, term_id)
    with pytest.raises(NotFound, match=foreign):
        take_back(market.session, market.id(2), category, [foreign], [])
    take_back(market.session, market.id(2), category, [own], [])
    contribute(market.session, market.id(2), [own], other)
    assert [row.lot_id for row in contributed(market.session, market.id(2), other, "", 10)[0]] == [own]


def test_a_period_that_is_not_over_and_a_retired_term_are_not_released(market: Market) -> None:
    category = market.term()
    with pytest.raises(BadInput, match="not over"):
        market.release(category, 0, utc_now() // PERIOD + 2)
    retire(market.session, market.id(1), category)
    with pytest.raises(Conflict, match="retired"):
        market.release(category, 0)
    with pytest.raises(Conflict, match="retired"):
        contribute(market.session, market.id(2), [market.lot(2, 0)], category)
