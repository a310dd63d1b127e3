"""What the ledger says stands in the tables, field by field."""

from typing import Any

from sqlmodel import SQLModel, select

from tanso.contracts.identity import content_hash
from tanso.contracts.units import UG_PER_TONNE, Unit
from tanso.contracts.values import ZERO_ADDRESS, ZERO_HASH, ZERO_ID, Reduction
from tanso.oracle.quorum import sign_with_quorum
from tanso.oracle.store import reading
from tanso.platform.accounts.models import OracleKeysRow, ReportRow
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.credits.models import (
    BundledReductionRow,
    CreditBalanceRow,
    CreditIssueRow,
    CreditTransferRow,
    EnrolmentRow,
    ProgrammeRow,
    ReductionRow,
    RetirementRow,
)
from tanso.platform.equipment.models import BaselineRow, EquipmentRow, IntensityRow
from tanso.platform.factors.models import FactorRow, FormulaRow
from tanso.platform.indexer.models import PauseRow
from tanso.platform.indexer.pauses import paused_contracts
from tanso.platform.lots.models import (
    BatchRow,
    ConsumptionRow,
    EquipmentUseRow,
    ExternalUseRow,
    LeftOverRow,
    LotPositionRow,
    LotRow,
    MaterialUseRow,
    RestatementRow,
    ShipmentRow,
)


def rows(engine: Any, table: type[SQLModel], **where: Any) -> list[Any]:
    with reading(engine) as session:
        found = session.exec(select(table)).all()
    return [row for row in found if all(getattr(row, name) == value for name, value in where.items())]


def one(engine: Any, table: type[SQLModel], **where: Any) -> Any:
    (row,) = rows(engine, table, **where)
    return row


def test_registrations_are_in_the_tables_as_on_the_ledger(world: Any, store: Any) -> None:
    world.indexer(store).run()
    ledger = world.chain.ledger
    for business in world.businesses:
        row = one(store, BusinessRow, business_id=business.business_id)
        assert row.account == business.account.address == ledger.businesses.account_of(business.business_id)
        machine = one(store, EquipmentRow, equipment_id=business.machine_id)
        assert (machine.business_id, machine.holder_id) == (business.business_id, business.business_id)
        assert machine.unit == Unit.SECOND
        report = one(store, ReportRow, business_id=business.business_id)
        assert (report.sequence, report.declared_ug) == (0, 10**9)
        assert (report.period_start, report.period_end) == world.period
        intensity = one(store, IntensityRow, equipment_id=business.machine_id)
        recorded = ledger.reports.record_of(business.machine_id, 0)
        assert (intensity.record, intensity.intensity_pg) == (0, recorded.intensity_pg)
        assert intensity.business_id == business.business_id
    factor = ledger.factors.factor_of(world.factor_id)
    row = one(store, FactorRow, factor_id=world.factor_id)
    assert (row.intensity_pg, row.unit, row.gwp_set) == (factor.intensity_pg, Unit.GRAM, "AR6")
    assert (row.valid_from, row.valid_until, row.source_hash) == (0, 2**40 - 1, factor.source_hash)
    assert one(store, FormulaRow, formula_id=content_hash(b"formula")).name == "test@1"
    keys = one(store, OracleKeysRow)
    assert set(keys.keys.split(",")) == set(world.chain.oracle_keys.addresses)
    assert keys.threshold == 2


def test_a_batch_stands_in_the_tables_with_its_uses_lots_and_left_overs(world: Any, store: Any) -> None:
    world.settle(0, {"steel": 100}, resin=1000, seconds=500, left_over=17)
    world.ship("steel", 0, 1, 33)
    batch = world.settle(1, {"A": 7, "B": 3}, materials={"steel": 11}, seconds=77)
    world.indexer(store).run()
    steel, (maker, buyer, _) = world.lot("steel"), world.businesses

    # 1000 g × 987,654,321 pg/g and 500 s × 1,234,567 pg/s, each rounded up to the microgram.
    assert one(store, ExternalUseRow).co2_ug == 987_655
    assert one(store, EquipmentUseRow, business_id=maker.business_id).co2_ug == 618
    left = one(store, LeftOverRow)
    assert (left.business_id, left.name, left.co2_ug, left.primary_ug) == (maker.business_id, "waste", 17, 0)
    lot = one(store, LotRow, lot_id=steel)
    assert (lot.co2_ug, lot.primary_ug, lot.good, lot.defects) == (987_655 + 618 - 17, 618, 100, 0)

    shipment = one(store, ShipmentRow)
    assert (shipment.from_business_id, shipment.to_business_id) == (maker.business_id, buyer.business_id)
    # A third of the lot and a bit: 988,256 × 33 / 100 = 326,124.48, rounded up; 618 × 33 / 100 = 203.94.
    assert (shipment.lot_id, shipment.quantity) == (steel, 33)
    assert (shipment.co2_ug, shipment.primary_ug) == (326_125, 204)

    use = one(store, MaterialUseRow)
    assert (use.batch_id, use.business_id, use.lot_id) == (batch.batch_id, buyer.business_id, steel)
    # 326,125 × 11 / 33 and 204 × 11 / 33, rounded up.
    assert (use.quantity, use.co2_ug, use.primary_ug) == (11, 108_709, 68)
    row = one(store, BatchRow, batch_id=batch.batch_id)
    assert row.co2_ug == 108_709 + one(store, EquipmentUseRow, business_id=buyer.business_id).co2_ug
    assert {lot.lot_id for lot in rows(store, LotRow, batch_id=batch.batch_id)} == {
        world.lot("A"),
        world.lot("B"),
    }


def test_the_use_of_enrolled_equipment_stands_with_what_was_measured_of_it(world: Any, store: Any) -> None:
    world.enrol(0, 3_000_000)
    world.report(0, 5000)
    world.settle(0, {"steel": 100}, seconds=500, record=1)
    world.indexer(store).run()
    use, lot = one(store, EquipmentUseRow), one(store, LotRow)
    # 500 s at the baseline of 3,000,000 pg/s, and at the measured 1,234,567 pg/s.
    assert (use.co2_ug, use.primary_ug) == (lot.co2_ug, lot.primary_ug) == (1500, 618)


def test_consumption_and_every_restatement_stand_in_the_tables(world: Any, store: Any) -> None:
    world.settle(0, {"steel": 100}, resin=1000)
    world.ship("steel", 0, 1, 40)
    world.consume("steel", 1, 10)
    for co2_ug, primary_ug in ((987_700, 0), (900_000, 0)):
        world.restate("steel", 0, co2_ug, primary_ug)
    world.indexer(store).run()
    steel, (maker, buyer, _) = world.lot("steel"), world.businesses
    used = one(store, ConsumptionRow)
    assert (used.lot_id, used.business_id, used.purpose_hash) == (
        steel,
        buyer.business_id,
        content_hash(b"eaten"),
    )
    # 395,062 × 10 / 40, rounded up.
    assert (used.quantity, used.co2_ug, used.primary_ug) == (10, 98_766, 0)
    held = one(store, LotPositionRow, business_id=buyer.business_id)
    assert (held.quantity, held.co2_ug) == (30, 395_062 - 98_766)
    history = sorted(rows(store, RestatementRow, lot_id=steel), key=lambda row: row.number)
    assert [(row.number, row.co2_ug, row.primary_ug, row.charged_ug) for row in history] == [
        (1, 987_700, 0, 45),
        (2, 900_000, 0, 45),
    ]
    assert {(row.business_id, row.reason_hash) for row in history} == {
        (maker.business_id, content_hash(b"a meter"))
    }
    state = world.chain.ledger.lots.state_of(steel)
    assert (state.restatements, state.restated_ug) == (2, 900_000)
    # The lot stays what it was.
    assert one(store, LotRow).co2_ug == state.co2_ug == 987_655


def test_what_is_paused_follows_from_the_latest_event_of_each_contract(world: Any, store: Any) -> None:
    indexer = world.indexer(store)
    seen = []
    for contract, name in (("Lots", "pause"), ("Credits", "pause"), ("Lots", "unpause"), ("Lots", "pause")):
        world.pause(contract, name)
        indexer.run()
        with reading(store) as session:
            seen.append(paused_contracts(session))
    assert seen == [["Lots"], ["Credits", "Lots"], ["Credits"], ["Credits", "Lots"]]
    assert {row.account for row in rows(store, PauseRow)} == {world.chain.admin.address}


def test_each_row_keeps_where_on_the_chain_it_comes_from(world: Any, store: Any) -> None:
    world.settle(0, {"steel": 100}, resin=1000)
    receipt = world.chain.w3.eth.get_block("latest", full_transactions=True)
    world.indexer(store).run()
    row = one(store, LotRow)
    assert row.block_number == receipt["number"]
    assert row.block_time == receipt["timestamp"]
    assert row.transaction_hash == "0x" + bytes(receipt["transactions"][0]["hash"]).hex()
    batch = one(store, BatchRow)
    assert batch.transaction_hash == row.transaction_hash
    assert batch.log_index < row.log_index


def test_the_holder_of_equipment_follows_its_token(world: Any, store: Any) -> None:
    seller, buyer, _ = world.businesses
    token = world.chain.w3.eth.contract(
        address=world.chain.deployment.addresses["Equipment"],
        abi=[
            {
                "type": "function",
                "name": "transferFrom",
                "stateMutability": "nonpayable",
                "inputs": [{"name": name, "type": kind} for name, kind in zip("abc", TRANSFER, strict=True)],
                "outputs": [],
            }
        ],
    )
    indexer = world.indexer(store)
    indexer.run()
    move = token.functions.transferFrom(
        seller.account.address, buyer.account.address, int(seller.machine_id, 16)
    )
    move.transact({"from": seller.account.address})
    assert world.chain.ledger.equipment.equipment_of(seller.machine_id)[0] == buyer.account.address
    indexer.run()
    row = one(store, EquipmentRow, equipment_id=seller.machine_id)
    assert (row.business_id, row.holder_id) == (seller.business_id, buyer.business_id)


TRANSFER = ("address", "address", "uint256")


def test_credits_stand_in_the_tables_from_enrolment_to_retirement(world: Any, store: Any) -> None:
    ledger, (operator, first, second) = world.chain.ledger, world.businesses
    programme, formula = world.id("programme", "roofs"), content_hash(b"formula")
    world.chain.send(ledger.access.grant("AGGREGATOR", operator.account.address), world.chain.admin)
    world.send(ledger.credits.create_programme(programme, formula), 0)
    ids, later = [], (world.period[1], world.period[1] + 1000)
    for number, who, amount in ((1, first, UG_PER_TONNE - 1), (2, second, 2 * UG_PER_TONNE + 11)):
        world.send(ledger.credits.enrol(programme, who.machine_id, 2_000_000), number)
        reduction = Reduction(
            who.machine_id, programme, *later, amount, 2_000_000, world.now + 10**6, formula, ZERO_HASH
        )
        signatures = sign_with_quorum(ledger.credits.typed_data(reduction), world.chain.oracle_keys, needed=2)
        world.send(ledger.credits.record(reduction, signatures), number)
        ids.append(ledger.credits.reduction_id(who.machine_id, *later))
    world.send(ledger.credits.bundle(programme, ids), 0)
    world.send(ledger.credits.transfer(programme, operator.account.address, first.account.address, 2), 0)
    world.send(ledger.credits.retire(programme, 1, second.business_id, content_hash(b"purpose")), 1)
    world.send(ledger.credits.retire(programme, 1, None, content_hash(b"other")), 1)
    world.indexer(store).run()

    row, on_chain = one(store, ProgrammeRow), ledger.credits.programme_of(programme)
    assert row.reduced_ug == 3 * UG_PER_TONNE + 10
    assert (row.carried_ug, row.issued_tonnes, row.retired_tonnes) == (10, 3, 2)
    assert (row.carried_ug, row.issued_tonnes, row.retired_tonnes) == (
        on_chain.carried_ug,
        on_chain.issued_tonnes,
        on_chain.retired_tonnes,
    )
    enrolled = rows(store, EnrolmentRow)
    assert {row.equipment_id for row in enrolled} == {first.machine_id, second.machine_id}
    # Reported until then: lots were charged what was measured.
    assert {(row.baseline_pg, row.counts_from) for row in enrolled} == {(2_000_000, world.period[1])}
    for row in rows(store, BaselineRow):
        assert (row.baseline_pg, row.counts_from) == ledger.equipment.baseline_of(row.equipment_id)
    assert len(rows(store, BaselineRow)) == 2
    assert {r.reduction_id for r in rows(store, ReductionRow)} == set(ids)
    assert one(store, BundledReductionRow, business_id=first.business_id).reduction_ug == UG_PER_TONNE - 1
    issue = one(store, CreditIssueRow)
    assert (issue.tonnes, issue.carried_ug) == (3, 10)
    named = one(store, RetirementRow, certificate_id=1)
    assert (named.account, named.tonnes) == (first.account.address, 1)
    assert (named.beneficiary_id, named.purpose_hash) == (second.business_id, content_hash(b"purpose"))
    assert one(store, RetirementRow, certificate_id=2).beneficiary_id == ZERO_ID
    minted = one(store, CreditTransferRow, from_account=ZERO_ADDRESS)
    assert (minted.to_account, minted.tonnes) == (operator.account.address, 3)
    held = {row.account: row.tonnes for row in rows(store, CreditBalanceRow)}
    assert held == {operator.account.address: ledger.credits.balance_of(operator.account.address, programme)}
    assert held == {operator.account.address: 1}


def test_amounts_beyond_64_bits_are_kept_to_the_last_digit(world: Any, store: Any) -> None:
    # 2^63 g of resin at 987,654,321 pg/g: about 9 × 10^21 µg, of which a lot can hold 2^64 - 1.
    total = -(-(2**63) * 987_654_321 // 10**6)
    world.settle(0, {"much": 2**42 - 1}, resin=2**63, left_over=total - (2**64 - 1))
    world.indexer(store).run()
    row, lot = one(store, LotRow), world.chain.ledger.lots.lot_of(world.lot("much"))
    assert row.co2_ug == lot.co2_ug == 2**64 - 1
    assert one(store, LeftOverRow).co2_ug == total - (2**64 - 1)
    assert row.good == one(store, LotPositionRow).quantity == 2**42 - 1
