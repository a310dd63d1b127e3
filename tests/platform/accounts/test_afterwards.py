"""What a lot's later life does to carbon accounts, on the real ledger, figures reckoned by hand."""

from itertools import pairwise
from typing import Any

import pytest

from tanso.oracle.store import reading
from tanso.platform.accounts.service import CarbonAccount, account_of

DECLARED_UG = 10**9
STEEL_UG = 987_655
"""1000 g of resin at 987,654,321 pg/g, rounded up: 100 pieces, nothing of it measured."""


@pytest.fixture
def account(world: Any, one_store: Any) -> Any:
    """The account of a business by its number, over all time or [start, end)."""

    def account(number: int, start: int = 0, end: int = 2**40) -> CarbonAccount:
        world.indexer(one_store).run()
        with reading(one_store) as session:
            return account_of(session, world.businesses[number].business_id, start, end)

    return account


def closes(account: CarbonAccount) -> bool:
    own = account.left_over_ug + account.finally_consumed_ug + account.unabsorbed_ug + account.restated_ug
    return account.net_ug == own


def test_who_consumes_goods_keeps_their_co2_as_its_own(world: Any, account: Any) -> None:
    world.settle(0, {"steel": 100}, resin=1000)
    world.ship("steel", 0, 1, 40)
    world.consume("steel", 1, 10)
    consumer = account(1)
    # 395,062 µg came, a quarter of it is used up, rounded up.
    assert (consumer.received_ug, consumer.finally_consumed_ug) == (395_062, 98_766)
    assert consumer.closing_ug == 395_062 - 98_766
    assert consumer.net_ug == DECLARED_UG + 98_766
    assert closes(consumer)


def test_a_restatement_upwards_is_the_producers_and_nobody_elses(world: Any, account: Any) -> None:
    world.settle(0, {"steel": 100}, resin=1000)
    world.ship("steel", 0, 1, 40)
    before = account(1)
    world.restate("steel", 0, STEEL_UG + 500)
    producer = account(0)
    assert (producer.restated_ug, producer.net_ug) == (500, DECLARED_UG + 500)
    assert closes(producer)
    assert account(1) == before


def test_a_restatement_counts_in_its_own_period_and_nothing_is_taken_back(world: Any, account: Any) -> None:
    world.settle(0, {"steel": 100}, resin=1000)
    moments = [world.pass_time(100) - 50]
    for co2_ug in (STEEL_UG + 500, STEEL_UG + 200, STEEL_UG - 7, STEEL_UG + 530):
        world.restate("steel", 0, co2_ug)
        moments.append(world.pass_time(100) - 50)
    stretches = [account(0, *bounds) for bounds in pairwise(moments)]
    assert [stretch.restated_ug for stretch in stretches] == [500, 0, 0, 30]
    assert all(closes(stretch) for stretch in stretches)
    assert account(0).restated_ug == 530


def test_nobody_is_given_carbon_back_for_a_lot_that_carried_too_much(world: Any, account: Any) -> None:
    world.settle(0, {"steel": 100}, resin=1000)
    world.ship("steel", 0, 1, 100)
    net = account(0).net_ug
    world.restate("steel", 0, 1)
    assert (account(0).restated_ug, account(0).net_ug) == (0, net)


def test_a_reduction_given_away_goes_out_with_the_lots_and_leaves_the_giver_its_own(
    world: Any, account: Any
) -> None:
    world.enrol(0, 3_000_000)
    world.report(0, 5000)
    world.settle(0, {"lot": 10}, seconds=500, record=1)
    world.ship("lot", 0, 1, 10)
    giver = account(0)
    # 500 s at 3,000,000 pg/s, and at the measured 1,234,567 pg/s, rounded up.
    assert (giver.equipment_ug, giver.metered_ug, giver.baseline_ug) == (1500, 618, 882)
    assert (giver.outflow_ug, account(1).received_ug) == (1500, 1500)
    # Without enrolment the lots would have carried 618 µg, and this would be the same.
    assert giver.net_ug == DECLARED_UG + 5000 - 618
    assert closes(giver)


def test_use_reported_before_the_enrolment_is_charged_as_measured(world: Any, account: Any) -> None:
    world.enrol(0, 3_000_000)
    world.settle(0, {"lot": 10}, seconds=500)
    assert (account(0).equipment_ug, account(0).baseline_ug) == (618, 0)


def test_the_first_fraud_shows_also_when_the_rest_is_restated_away(world: Any, account: Any) -> None:
    """Less goes into the lots than was declared; restating them down makes nothing of it vanish."""
    world.settle(0, {"lot": 1}, seconds=160_000_000)
    world.ship("lot", 0, 1, 1)
    world.restate("lot", 0, 0)
    maker = account(0)
    assert maker.outflow_ug == 197_530_720
    assert maker.net_ug == maker.unabsorbed_ug == DECLARED_UG - 197_530_720


def test_the_second_fraud_shows_also_when_the_material_is_consumed_and_not_used(
    world: Any, account: Any
) -> None:
    """A buyer that leaves bought goods out of its lots has them in stock, or as its own: nowhere else."""
    world.settle(0, {"steel": 100}, resin=1000)
    world.ship("steel", 0, 1, 100)
    world.consume("steel", 1, 60)
    world.settle(1, {"clean": 5}, materials={"steel": 1})
    world.ship("clean", 1, 2, 5)
    buyer = account(1)
    assert buyer.received_ug == STEEL_UG
    assert buyer.received_ug == buyer.outflow_ug + buyer.closing_ug + buyer.finally_consumed_ug
    assert buyer.net_ug == DECLARED_UG + buyer.finally_consumed_ug
    # 60 of 100 pieces, rounded up.
    assert buyer.finally_consumed_ug == 592_593
