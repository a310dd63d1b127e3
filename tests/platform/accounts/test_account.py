"""Carbon accounts on the real ledger, figures reckoned by hand."""

from typing import Any

import pytest
from sqlmodel import select

from tanso.oracle.store import reading
from tanso.platform.accounts.service import CarbonAccount, account_of, accounts
from tanso.platform.errors import BadInput, NotFound
from tanso.platform.lots.models import ShipmentRow

RESIN_UG = 987_655
"""1000 g of resin at 987,654,321 pg/g, rounded up."""
MACHINE_UG = 618
"""500 s at 1,234,567 pg/s, rounded up."""
DECLARED_UG = 10**9


@pytest.fixture
def story(world: Any, one_store: Any) -> Any:
    return _told(world, one_store)


@pytest.fixture
def story_on_both(world: Any, store: Any) -> Any:
    return _told(world, store)


def _told(world: Any, store: Any) -> Any:
    """Four stretches of time: set-up, making, shipping, making on. `at` holds the moments between them."""
    at = [world.pass_time(100) - 50]
    world.settle(0, {"steel": 100}, resin=1000, seconds=500, left_over=17)
    at.append(world.pass_time(100) - 50)
    world.ship("steel", 0, 1, 25)
    at.append(world.pass_time(100) - 50)
    world.settle(1, {"part": 4}, materials={"steel": 10})
    world.report(0, 5000)
    at.append(world.pass_time(100) - 50)
    world.indexer(store).run()

    def account(number: int, start: int, end: int) -> CarbonAccount:
        with reading(store) as session:
            return account_of(session, world.businesses[number].business_id, start, end)

    return account, at


def figures(account: CarbonAccount) -> tuple[int, ...]:
    return (
        account.opening_ug,
        account.inflow_ug,
        account.declared_ug,
        account.outflow_ug,
        account.closing_ug,
        account.net_ug,
    )


def test_what_is_declared_and_not_charged_to_lots_is_the_business_own(story: Any) -> None:
    account, at = story
    assert figures(account(0, 0, at[0])) == (0, 0, DECLARED_UG, 0, 0, DECLARED_UG)


def test_making_a_lot_turns_external_material_and_equipment_into_stock(story: Any) -> None:
    account, at = story
    made = account(0, at[0], at[1])
    steel_ug = RESIN_UG + MACHINE_UG - 17
    # Nothing was declared in this stretch, so what the machine was charged with counts against the business.
    assert figures(made) == (0, RESIN_UG, 0, 0, steel_ug, 17 - MACHINE_UG)
    assert made.left_overs == {"waste": 17}
    assert (made.equipment_ug, made.unabsorbed_ug) == (MACHINE_UG, -MACHINE_UG)
    assert made.made_ug == steel_ug


def test_a_shipment_leaves_one_stock_and_enters_another(story: Any) -> None:
    account, at = story
    # A quarter of 988,256 µg.
    assert figures(account(0, at[1], at[2])) == (988_256, 0, 0, 247_065, 741_191, 0)
    assert figures(account(1, at[1], at[2])) == (0, 247_065, 0, 0, 247_065, 0)


def test_consumed_material_stays_in_the_stock_as_the_new_lot(story: Any) -> None:
    account, at = story
    later = account(1, at[2], at[3])
    assert figures(later) == (247_065, 0, 0, 0, 247_065, 0)
    # 247,064 × 10 / 25, rounded up.
    assert (later.consumed_ug, later.made_ug) == (98_826, 98_826)


def test_a_report_counts_when_it_was_accepted(story: Any) -> None:
    account, at = story
    assert account(0, at[2], at[3]).declared_ug == 5000
    assert account(0, at[1], at[2]).declared_ug == 0


def test_over_all_time_the_account_closes_with_all_left_overs_and_all_that_was_not_charged(
    story_on_both: Any,
) -> None:
    account, at = story_on_both
    whole = account(0, 0, at[3])
    net = DECLARED_UG + 5000 + 17 - MACHINE_UG
    assert figures(whole) == (0, RESIN_UG, DECLARED_UG + 5000, 247_065, 741_191, net)
    assert whole.net_ug == whole.left_over_ug + whole.unabsorbed_ug
    assert (whole.finally_consumed_ug, whole.restated_ug, whole.baseline_ug) == (0, 0, 0)


def test_the_first_second_belongs_to_the_period_and_the_last_does_not(story: Any, one_store: Any) -> None:
    account, _ = story
    with reading(one_store) as session:
        moment = session.exec(select(ShipmentRow.block_time)).one()
    assert account(0, moment, moment + 1).outflow_ug == 247_065
    assert account(0, moment - 1, moment).outflow_ug == 0
    assert account(0, moment - 1, moment).closing_ug == 988_256


def test_a_maker_who_ships_less_than_it_declared_keeps_the_rest(world: Any, one_store: Any) -> None:
    """The white paper's under-reporter: its own data says more than its lots carry."""
    world.settle(0, {"lot": 1}, seconds=160_000_000)
    world.ship("lot", 0, 1, 1)
    world.indexer(one_store).run()
    with reading(one_store) as session:
        maker = account_of(session, world.businesses[0].business_id, 0, 2**40)
    # 160,000,000 s at 1,234,567 pg/s.
    assert maker.outflow_ug == 197_530_720
    assert maker.net_ug == maker.unabsorbed_ug == DECLARED_UG - 197_530_720


def test_all_businesses_have_an_account_in_the_order_of_registration(world: Any, one_store: Any) -> None:
    world.indexer(one_store).run()
    with reading(one_store) as session:
        found = [account.business_id for account in accounts(session, 0, 2**40)]
    assert found == [business.business_id for business in world.businesses]


def test_an_unknown_business_has_no_account(world: Any, one_store: Any) -> None:
    world.indexer(one_store).run()
    with reading(one_store) as session, pytest.raises(NotFound, match="registered"):
        account_of(session, "0x" + "ab" * 16, 0, 1)


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5)])
def test_an_empty_period_is_refused(world: Any, one_store: Any, start: int, end: int) -> None:
    with reading(one_store) as session, pytest.raises(BadInput, match="empty"):
        account_of(session, world.businesses[0].business_id, start, end)
