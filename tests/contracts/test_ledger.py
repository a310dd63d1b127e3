"""What is written through the typed ledger is read back the same, on the embedded chain and on anvil."""

from dataclasses import replace
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from tanso.contracts.errors import InvalidId, InvalidValue, Reverted
from tanso.contracts.identity import content_hash
from tanso.contracts.units import Unit, share_up
from tanso.contracts.values import (
    ZERO_HASH,
    Certificate,
    Entry,
    EquipmentUse,
    IntensityRecord,
    LeftOver,
    Lot,
    MaterialUse,
    NewLot,
    Position,
    Programme,
)

ID = "0x" + "ab" * 16
JANUARY = (1_704_067_200, 1_706_745_600)


def digest(typed_data: dict[str, Any]) -> str:
    message = encode_typed_data(full_message=typed_data)
    return "0x" + keccak(b"\x19" + message.version + message.header + message.body).hex()


def test_registrations_are_read_back(world: Any) -> None:
    ledger = world.ledger
    assert ledger.businesses.id_of(world.maker.address) == world.maker_id
    assert ledger.businesses.account_of(world.maker_id) == world.maker.address
    assert ledger.formulas.name_of(world.formula) == "tanso-cfp@1"
    assert ledger.factors.factor_of(world.resin) == world.factor
    assert ledger.equipment.equipment_of(world.machine) == (world.maker.address, Unit.SECOND)
    assert ledger.access.has_role("REGISTRAR", world.admin.address)
    assert not ledger.access.has_role("REGISTRAR", world.maker.address)


def test_what_is_not_registered_reads_as_none(settled: Any, stranger: Any) -> None:
    ledger = settled.ledger
    assert ledger.businesses.id_of(stranger.address) is None
    assert ledger.businesses.account_of(ID) is None
    assert ledger.formulas.name_of(ZERO_HASH) is None
    assert ledger.factors.factor_of(ID) is None
    assert ledger.equipment.equipment_of(ID) is None
    assert ledger.lots.lot_of(ID) is None
    assert ledger.lots.position_of(ID, stranger.address) == Position(0, 0, 0)
    assert ledger.reports.record_of(settled.machine, 1) is None
    assert ledger.reports.intensity_at(settled.machine, JANUARY[1]) is None
    assert ledger.credits.programme_of(ID) is None
    assert ledger.credits.reduction_of(ZERO_HASH) is None
    assert ledger.credits.certificate_of(1) is None


def test_a_report_registers_intensities_and_moves_the_sequence_on(world: Any) -> None:
    reports = world.ledger.reports
    assert reports.next_sequence(world.maker_id) == 1
    assert reports.record_count(world.machine) == 1
    expected = IntensityRecord(*JANUARY, 1_500_000, 0)
    assert reports.record_of(world.machine, 0) == expected
    assert reports.intensity_at(world.machine, JANUARY[1] - 1) == expected


def test_oracle_keys_can_be_replaced(world: Any) -> None:
    quorum = world.ledger.quorum
    assert quorum.threshold() == 2
    assert all(quorum.is_key(key.address) for key in world.oracle_keys)
    world.send(world.admin, quorum.set_keys([world.customer.address], 1))
    assert quorum.threshold() == 1
    assert quorum.is_key(world.customer.address)
    assert not quorum.is_key(world.oracle_keys[0].address)


def test_the_typed_data_of_a_report_has_the_digest_that_the_contract_computes(settled: Any) -> None:
    for report in (settled.report(), settled.report(entries=(), sequence=2**32 - 1, declared_ug=2**96 - 1)):
        assert digest(settled.ledger.reports.typed_data(report)) == settled.ledger.reports.digest_of(report)


def test_the_typed_data_of_a_reduction_has_the_digest_that_the_contract_computes(settled: Any) -> None:
    credits, reduction = settled.ledger.credits, settled.reduction(reduction_ug=2**96 - 1)
    assert digest(credits.typed_data(reduction)) == credits.digest_of(reduction)


def test_a_settled_batch_makes_lots_that_carry_their_co2_along_when_shipped_and_consumed(world: Any) -> None:
    lots, batch = world.ledger.lots, world.batch("first")
    new = batch.lots[0]
    assert not lots.is_settled(batch.batch_id)
    world.send(world.maker, lots.settle(batch))
    assert lots.is_settled(batch.batch_id)
    assert lots.lot_of(new.lot_id) == Lot(
        batch.batch_id, world.maker_id, Unit.PIECE, 770, 8, 10, 1, new.breakdown_root
    )
    assert lots.position_of(new.lot_id, world.maker.address) == Position(10, 770, 8)

    world.send(world.maker, lots.ship(new.lot_id, world.maker.address, world.customer.address, 3))
    # What goes from the producer is rounded up for primary data (8 µg) and for the rest (762 µg), each.
    shipped = Position(3, share_up(762, 3, 10) + share_up(8, 3, 10), share_up(8, 3, 10))
    assert lots.position_of(new.lot_id, world.customer.address) == shipped
    assert lots.position_of(new.lot_id, world.maker.address) == Position(7, 770 - 232, 8 - 3)

    product = NewLot("0x" + "cd" * 16, Unit.GRAM, 151, 2, 5, 0, content_hash(b"breakdown"))
    assert lots.share_of(new.lot_id, world.customer.address, 2) == (share_up(232, 2, 3), 2)
    consuming = replace(
        world.batch("second"),
        externals=(),
        equipment=(),
        materials=(MaterialUse(new.lot_id, 2),),
        lots=(product,),
        left_overs=(LeftOver("waste", 4, 0),),
    )
    world.send(world.customer, lots.settle(consuming))
    assert lots.position_of(new.lot_id, world.customer.address) == Position(1, 232 - 155, 3 - 2)
    assert lots.lot_of(product.lot_id).co2_ug == 151


def test_a_lot_that_was_restated_shows_both_figures_and_its_tokens_stay_as_they_are(world: Any) -> None:
    lots, batch = world.ledger.lots, world.batch("first")
    lot_id = batch.lots[0].lot_id
    world.send(world.maker, lots.settle(batch))
    before = lots.state_of(lot_id)
    assert (before.restatements, before.restated_ug, before.restated_primary_ug) == (0, 0, 0)
    world.send(world.maker, lots.restate(lot_id, 900, 7, content_hash(b"the meter stood still")))
    after = lots.state_of(lot_id)
    assert after == replace(before, restatements=1, restated_ug=900, restated_primary_ug=7, charged_ug=130)
    assert lots.position_of(lot_id, world.maker.address) == Position(10, 770, 8)


def test_what_is_consumed_for_good_is_gone_with_its_share(world: Any) -> None:
    lots, batch = world.ledger.lots, world.batch("first")
    lot_id = batch.lots[0].lot_id
    world.send(world.maker, lots.settle(batch))
    share = lots.share_of(lot_id, world.maker.address, 4)
    world.send(world.maker, lots.consume(lot_id, 4))
    assert lots.position_of(lot_id, world.maker.address) == Position(6, 770 - share[0], 8 - share[1])


def test_enrolled_equipment_charges_its_baseline_to_lots_of_later_periods(world: Any) -> None:
    ledger, baseline_pg = world.ledger, 2_000_000
    assert ledger.equipment.baseline_of(world.machine) is None
    world.send(world.maker, ledger.credits.enrol(world.programme, world.machine, baseline_pg))
    assert ledger.equipment.baseline_of(world.machine) == (baseline_pg, JANUARY[1])
    # In January the machine's five seconds stay at the 1.5 µg that were measured, rounded up to 8 µg.
    world.send(world.maker, ledger.lots.settle(world.batch("first")))
    later = {"period_start": JANUARY[1], "period_end": JANUARY[1] + 86_400}
    entries = (Entry(world.machine, 1_500_000),)
    world.send(world.customer, world.submit(world.report(sequence=1, entries=entries, **later)))
    uses = (EquipmentUse(world.machine, 1, 5),)
    lot = NewLot("0x" + "cd" * 16, Unit.PIECE, 10, 8, 1, 0, content_hash(b"breakdown"))
    batch = world.batch("second", externals=(), equipment=uses, lots=(lot,), **later)
    number = world.send(world.maker, ledger.lots.settle(batch))["blockNumber"]
    (used,) = (event for event in ledger.events(number, number) if event.name == "EquipmentUsed")
    assert (used.args["co2_ug"], used.args["primary_ug"]) == (10, 8)


def test_a_batch_by_a_formula_that_is_not_registered_is_refused_before_it_is_sent(settled: Any) -> None:
    with pytest.raises(InvalidValue, match="not registered"):
        settled.ledger.lots.settle(settled.batch("x", formula_id=content_hash(b"nobody's formula")))


def test_a_batch_that_does_not_close_by_one_microgram_is_refused_and_changes_nothing(world: Any) -> None:
    batch = world.batch("open")
    batch = replace(batch, lots=(replace(batch.lots[0], co2_ug=771),))
    call = world.ledger.lots.settle(batch)
    with pytest.raises(Reverted) as refused:
        world.ledger.simulate(call, world.maker.address)
    assert refused.value.name == "LotsCarbonNotClosed"
    assert refused.value.values == {"in_ug": 770, "out_ug": 771}
    assert refused.value.contract == "Lots"
    with pytest.raises(Reverted, match="LotsCarbonNotClosed"):
        world.send(world.maker, call)
    assert not world.ledger.lots.is_settled(batch.batch_id)


def test_reductions_become_whole_tonnes_that_are_transferred_and_retired(world: Any) -> None:
    credits = world.ledger.credits
    world.credit()
    key = credits.reduction_id(world.boiler, *JANUARY)
    assert credits.reduction_of(key) == (2_700_000_000_000, True)
    programme = Programme(world.aggregator_id, world.methodology, 700_000_000_000, 2, 0)
    assert credits.programme_of(world.programme) == programme
    sold = credits.transfer(world.programme, world.aggregator.address, world.customer.address, 1)
    world.send(world.aggregator, sold)
    assert credits.balance_of(world.customer.address, world.programme) == 1
    purpose = content_hash(b"offset of the year's travel")
    world.send(world.customer, credits.retire(world.programme, 1, world.customer_id, purpose))
    assert credits.balance_of(world.customer.address, world.programme) == 0
    assert credits.certificate_of(1) == Certificate(
        world.programme, world.customer.address, 1, world.customer_id, purpose
    )
    assert credits.programme_of(world.programme).retired_tonnes == 1
    assert credits.programme_of(world.programme).carried_ug == 700_000_000_000


def test_values_outside_their_solidity_type_are_refused_with_the_field_named(settled: Any) -> None:
    reports, lots = settled.ledger.reports, settled.ledger.lots
    with pytest.raises(InvalidValue, match=r"report\.declared_ug must lie between 0 and \d+, it is -1"):
        reports.submit(settled.report(declared_ug=-1), [])
    with pytest.raises(InvalidValue, match=r"report\.declared_ug"):
        reports.submit(settled.report(declared_ug=2**96), [])
    batch = settled.batch("x", equipment=(EquipmentUse(ID, 0, 1), EquipmentUse(ID, 2**32, 1)))
    with pytest.raises(InvalidValue, match=r"batch\.equipment\[1\]\.record"):
        lots.settle(batch)
    with pytest.raises(InvalidValue, match=r"batch\.left_overs\[0\]\.name"):
        lots.settle(settled.batch("x", left_overs=(LeftOver("é", 1, 1),)))
    with pytest.raises(InvalidId, match=r"batch\.batch_id"):
        lots.settle(settled.batch("x", batch_id="0x12"))
    with pytest.raises(InvalidId, match="account"):
        settled.ledger.businesses.register(ID, "0x12", ZERO_HASH)


def test_an_uncertain_float_is_never_written(settled: Any) -> None:
    with pytest.raises(InvalidValue, match=r"must be a whole number, not 1\.0"):
        settled.ledger.reports.submit(settled.report(declared_ug=1.0), [])


def test_an_account_without_funds_can_simulate(settled: Any, stranger: Any) -> None:
    call = settled.ledger.equipment.register(ID, Unit.SECOND)
    with pytest.raises(Reverted) as refused:
        settled.ledger.simulate(call, stranger.address)
    assert refused.value.name == "BusinessRegistryUnknownAccount"
    assert refused.value.values == {"account": stranger.address}
