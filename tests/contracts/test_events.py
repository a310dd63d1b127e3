from typing import Any

from tanso.contracts.identity import content_hash
from tanso.contracts.ledger import LedgerEvent
from tanso.contracts.units import Unit
from tanso.contracts.values import LeftOver

START, END = 1_704_067_200, 1_706_745_600


def own(events: list[LedgerEvent]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(event.contract, event.name, event.args) for event in events]


def test_a_settlement_is_read_back_as_events_with_ids_as_text_and_amounts_as_integers(world: Any) -> None:
    batch = world.batch("first", left_overs=(LeftOver("idle time", 0, 0),))
    lot = batch.lots[0]
    receipt = world.send(world.maker, world.ledger.lots.settle(batch))
    number = receipt["blockNumber"]
    events = world.ledger.events(number, number)
    ids = {"batch_id": batch.batch_id, "business_id": world.maker_id}
    assert own(events) == [
        (
            "Lots",
            "BatchSettled",
            {
                **ids,
                "period_start": START,
                "period_end": END,
                "formula_id": world.formula,
                "co2_ug": 770,
                "primary_ug": 8,
            },
        ),
        (
            "Lots",
            "ExternalUsed",
            {"batch_id": batch.batch_id, "factor_id": world.resin, "quantity": 3, "co2_ug": 762},
        ),
        (
            "Lots",
            "EquipmentUsed",
            {
                "batch_id": batch.batch_id,
                "equipment_id": world.machine,
                "record": 0,
                "activity": 5,
                "co2_ug": 8,
                "primary_ug": 8,
            },
        ),
        ("Lots", "LeftOverCharged", {**ids, "name": "idle time", "co2_ug": 0, "primary_ug": 0}),
        (
            "Lots",
            "LotCreated",
            {
                "lot_id": lot.lot_id,
                **ids,
                "unit": Unit.PIECE,
                "co2_ug": 770,
                "primary_ug": 8,
                "good": 10,
                "defects": 1,
                "breakdown_root": content_hash(b"breakdown"),
            },
        ),
        (
            "Lots",
            "TransferSingle",
            {
                "operator": world.maker.address,
                "from": "0x" + "00" * 20,
                "to": world.maker.address,
                "id": int(lot.lot_id, 16),
                "value": 10,
            },
        ),
    ]
    for event in events:
        assert event.block_number == number
        assert event.block_hash == "0x" + bytes(receipt["blockHash"]).hex()
        assert event.transaction_hash == "0x" + bytes(receipt["transactionHash"]).hex()
    # Two logs: the packed settlement, which stands for five events, and the standard's transfer.
    places = [divmod(event.log_index, 65_536) for event in events]
    first, second = (log["logIndex"] for log in receipt["logs"])
    assert places == [*((first, rank) for rank in range(5)), (second, 0)]


def test_consumption_and_restatement_are_read_back_as_events(world: Any) -> None:
    lots, batch = world.ledger.lots, world.batch("first")
    lot_id = batch.lots[0].lot_id
    world.send(world.maker, lots.settle(batch))
    reason, purpose = content_hash(b"the meter stood still"), content_hash(b"own use")
    first = world.send(world.maker, lots.consume(lot_id, 3, purpose))["blockNumber"]
    last = world.send(world.maker, lots.restate(lot_id, 900, 7, reason))["blockNumber"]
    own_lot = {"lot_id": lot_id, "business_id": world.maker_id}
    consumed, restated = own(world.ledger.events(first, first)), own(world.ledger.events(last, last))
    # The primary part, 8 µg, and the rest, 762 µg, are rounded up, each: 3 + 229.
    taken = {"quantity": 3, "co2_ug": 232, "primary_ug": 3}
    assert consumed[1:] == [("Lots", "LotConsumed", {**own_lot, **taken, "purpose_hash": purpose})]
    assert consumed[0][1] == "TransferSingle"
    figures = {"number": 1, "co2_ug": 900, "primary_ug": 7, "charged_ug": 130}
    assert restated == [("Lots", "LotRestated", {**own_lot, **figures, "reason_hash": reason})]


def test_events_of_all_contracts_come_in_the_order_they_happened(settled: Any) -> None:
    head = settled.w3.eth.block_number
    events = settled.ledger.events(settled.ledger.deployment.block, head)
    places = [(event.block_number, event.log_index) for event in events]
    assert places == sorted(set(places))
    names = [event.name for event in events]
    happened = [
        "RoleGranted",
        "OracleKeysChanged",
        "BusinessRegistered",
        "FormulaRegistered",
        "FactorRegistered",
        "EquipmentRegistered",
        "DeviceRegistered",
        "DeviceInstalled",
        "DeviceCalibrated",
        "ProgrammeCreated",
        "EquipmentBaselineSet",
        "EquipmentEnrolled",
        "ReportAccepted",
        "IntensityRegistered",
        "BatchSettled",
        "LotShipped",
        "ReductionRecorded",
        "ReductionBundled",
        "CreditsIssued",
    ]
    assert [names.index(name) for name in happened] == sorted(names.index(name) for name in happened)
    formulas = [event.args for event in events if event.name == "FormulaRegistered"]
    assert formulas == [
        {"formula_id": settled.formula, "name": "tanso-cfp", "version": 1, "number": 1},
        {"formula_id": settled.methodology, "name": "boiler", "version": 1, "number": 2},
    ]


def test_no_event_is_older_than_the_deployments_first_block(settled: Any) -> None:
    assert settled.ledger.events(0, settled.ledger.deployment.block - 1) == []
    assert settled.ledger.events(settled.ledger.deployment.block, settled.ledger.deployment.block) != []


def test_ranges_read_one_by_one_give_the_same_events_as_the_whole(settled: Any) -> None:
    head = settled.w3.eth.block_number
    single = [event for number in range(head + 1) for event in settled.ledger.events(number, number)]
    assert single == settled.ledger.events(0, head)
