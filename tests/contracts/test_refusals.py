"""Each custom error of our own contracts, provoked on the chain and decoded to its name and values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from tanso.contracts import compiler
from tanso.contracts.errors import Reverted
from tanso.contracts.hints import HINTS
from tanso.contracts.identity import content_hash
from tanso.contracts.ledger import Call
from tanso.contracts.units import Unit
from tanso.contracts.values import (
    ZERO_HASH,
    ZERO_ID,
    Entry,
    EquipmentUse,
    ExternalUse,
    LeftOver,
    MaterialUse,
)

START, END = 1_704_067_200, 1_706_745_600
ID = "0x" + "ab" * 16
HASH = content_hash(b"something")
ZERO_ADDRESS = "0x" + "00" * 20
BASELINE_PG = 450_000_000_000

Case = tuple[Call, LocalAccount, Mapping[str, Any]]


def registries(w: Any) -> dict[str, Case]:
    businesses, formulas, factors = w.ledger.businesses, w.ledger.formulas, w.ledger.factors
    admin, maker, other = w.admin, w.maker, w.accounts[4]
    late = w.batch("late", period_start=END - 1, period_end=END + 2, equipment=())
    return {
        "BusinessRegistryZero": (businesses.register(ZERO_ID, other.address, HASH), admin, {}),
        "BusinessRegistryIdTaken": (
            businesses.register(w.maker_id, other.address, HASH),
            admin,
            {"business_id": w.maker_id},
        ),
        "BusinessRegistryAccountTaken": (
            businesses.register(ID, maker.address, HASH),
            admin,
            {"account": maker.address},
        ),
        "BusinessRegistryUnknownAccount": (
            w.ledger.equipment.register(ID, Unit.SECOND),
            other,
            {"account": other.address},
        ),
        "BusinessRegistryUnknownId": (
            w.ledger.credits.retire(w.programme, 1, ID, HASH),
            w.aggregator,
            {"business_id": ID},
        ),
        "FormulaRegistryZero": (formulas.register(ZERO_HASH, "x@1"), admin, {}),
        "FormulaRegistryTaken": (formulas.register(w.formula, "x@1"), admin, {"formula_id": w.formula}),
        "FormulaRegistryWrongVersion": (
            formulas.register(HASH, "tanso-cfp@3"),
            admin,
            {"name": "tanso-cfp", "given": 3, "expected": 2},
        ),
        "FormulaRegistryUnknown": (
            w.ledger.credits.create_programme(ID, HASH),
            w.aggregator,
            {"formula_id": HASH},
        ),
        "FactorRegistryInvalid": (
            factors.register(ID, replace(w.factor, source_hash=ZERO_HASH)),
            admin,
            {"factor_id": ID},
        ),
        "FactorRegistryTaken": (factors.register(w.resin, w.factor), admin, {"factor_id": w.resin}),
        "FactorRegistryUnknown": (
            w.ledger.lots.settle(w.batch("x", externals=(ExternalUse(ID, 1),))),
            maker,
            {"factor_id": ID},
        ),
        "FactorRegistryWithdrawn": (
            factors.withdraw(w.resin, 2**40 - 1, HASH),
            admin,
            {"factor_id": w.resin, "withdrawn_from": 2**40 - 1},
        ),
        "FactorRegistryNotValid": (
            w.ledger.lots.settle(late),
            maker,
            {"factor_id": w.resin, "period_start": END - 1, "period_end": END + 2},
        ),
        "EquipmentZeroId": (w.ledger.equipment.register(ZERO_ID, Unit.SECOND), maker, {}),
        "EquipmentIdTaken": (
            w.ledger.equipment.register(w.machine, Unit.SECOND),
            maker,
            {"equipment_id": w.machine},
        ),
        "EquipmentZeroBaseline": (
            w.ledger.credits.enrol(w.programme, w.machine, 0),
            maker,
            {"equipment_id": w.machine},
        ),
        "EquipmentUnknown": (
            w.ledger.credits.enrol(w.programme, ID, BASELINE_PG),
            maker,
            {"equipment_id": ID},
        ),
    }


def devices(w: Any) -> dict[str, Case]:
    tokens, admin, maker, other = w.ledger.devices, w.admin, w.maker, w.accounts[4].address
    return {
        "DeviceRegistryZeroId": (tokens.register(ZERO_ID, w.machine, other), maker, {}),
        "DeviceRegistryZeroHash": (
            tokens.calibrate(w.meter, START, END, ZERO_HASH),
            admin,
            {"device_id": w.meter},
        ),
        "DeviceRegistryIdTaken": (
            tokens.register(w.meter, w.machine, other),
            maker,
            {"device_id": w.meter},
        ),
        "DeviceRegistryUnknown": (tokens.install(ID, w.machine), maker, {"device_id": ID}),
        "DeviceRegistryNotOwnEquipment": (
            tokens.change_key(w.meter, other),
            w.customer,
            {"equipment_id": w.machine, "caller": w.customer.address},
        ),
        "DeviceRegistrySameEquipment": (
            tokens.install(w.meter, w.machine),
            maker,
            {"device_id": w.meter, "equipment_id": w.machine},
        ),
        "DeviceRegistrySameKey": (
            tokens.change_key(w.meter, w.meter_key),
            maker,
            {"device_id": w.meter, "key": w.meter_key},
        ),
        "DeviceRegistryInvalidPeriod": (
            tokens.calibrate(w.meter, END, START, HASH),
            admin,
            {"device_id": w.meter, "valid_from": END, "valid_until": START},
        ),
        "DeviceRegistryUnknownCalibration": (
            tokens.withdraw(w.meter, 1, START, HASH),
            admin,
            {"device_id": w.meter, "calibration": 1},
        ),
        "DeviceRegistryNothingWithdrawn": (
            tokens.withdraw(w.meter, 0, END, HASH),
            admin,
            {"device_id": w.meter, "calibration": 0, "withdrawn_from": END, "held_until": END},
        ),
    }


def agreements(w: Any) -> dict[str, Case]:
    tokens, maker, customer = w.ledger.agreements, w.maker, w.customer
    proposed, accepted, demanded, confirmed = map(
        w.agreement, ("proposed", "accepted", "demanded", "confirmed")
    )
    terms, of = content_hash(b"proposed"), tokens.agreement_of
    return {
        "AgreementsZero": (tokens.propose(ZERO_ID, w.customer_id, HASH, 2**40 - 1), maker, {}),
        "AgreementsIdTaken": (
            tokens.propose(proposed, w.customer_id, HASH, 2**40 - 1),
            maker,
            {"agreement_id": proposed},
        ),
        "AgreementsUnknown": (tokens.withdraw(ID), maker, {"agreement_id": ID}),
        "AgreementsWithOneself": (
            tokens.propose(ID, w.maker_id, HASH, 2**40 - 1),
            maker,
            {"business_id": w.maker_id},
        ),
        "AgreementsExpired": (
            tokens.propose(ID, w.customer_id, HASH, END),
            maker,
            {"agreement_id": ID, "valid_until": END},
        ),
        "AgreementsNotProvider": (
            tokens.demand_deletion(accepted),
            customer,
            {"agreement_id": accepted, "business_id": w.customer_id},
        ),
        "AgreementsNotReceiver": (
            tokens.accept(proposed, terms),
            maker,
            {"agreement_id": proposed, "business_id": w.maker_id},
        ),
        "AgreementsNotParty": (
            tokens.withdraw(accepted),
            w.aggregator,
            {"agreement_id": accepted, "business_id": w.aggregator_id},
        ),
        "AgreementsOtherTerms": (
            tokens.accept(proposed, HASH),
            customer,
            {"agreement_id": proposed, "given": HASH, "proposed": terms},
        ),
        "AgreementsAccepted": (
            tokens.accept(accepted, content_hash(b"accepted")),
            customer,
            {"agreement_id": accepted, "accepted_at": of(accepted).accepted_at},
        ),
        "AgreementsNotAccepted": (tokens.demand_deletion(proposed), maker, {"agreement_id": proposed}),
        "AgreementsEnded": (
            tokens.withdraw(demanded),
            maker,
            {"agreement_id": demanded, "ended_at": of(demanded).ended_at},
        ),
        "AgreementsDeletionDemanded": (
            tokens.demand_deletion(demanded),
            maker,
            {"agreement_id": demanded, "demanded_at": of(demanded).demanded_at},
        ),
        "AgreementsDeletionNotDemanded": (
            tokens.confirm_deletion(accepted, HASH),
            customer,
            {"agreement_id": accepted},
        ),
        "AgreementsDeletionConfirmed": (
            tokens.confirm_deletion(confirmed, HASH),
            customer,
            {"agreement_id": confirmed, "confirmed_at": of(confirmed).confirmed_at},
        ),
    }


def oracle(w: Any) -> dict[str, Case]:
    first, second, _ = w.oracle_keys
    anyone = w.customer
    wrong = sorted([first, w.maker], key=lambda key: int(key.address, 16))
    after = w.report(sequence=1, period_start=END, period_end=END + 10)
    return {
        "OracleQuorumInvalidKeys": (w.ledger.quorum.set_keys([first.address], 2), w.admin, {}),
        "OracleQuorumUnknownKeySet": (
            w.ledger.quorum._contract.call("keySetOf", 1, what="ask for a key set"),
            anyone,
            {"number": 1, "count": 1},
        ),
        "OracleQuorumNoKeysAt": (
            w.ledger.quorum._contract.call("keySetAt", START, what="ask for a key set"),
            anyone,
            {"time": START},
        ),
        "OracleQuorumTooFewSignatures": (w.submit(after, first), anyone, {"given": 1, "needed": 2}),
        "OracleQuorumUnknownKey": (w.submit(after, *wrong), anyone, {"signer": w.maker.address}),
        "OracleQuorumUnsorted": (
            w.submit(after, second, first),
            anyone,
            {"previous": second.address, "signer": first.address},
        ),
        "OracleReportsInvalidPeriod": (
            w.submit(w.report(sequence=1, period_end=START)),
            anyone,
            {"period_start": START, "period_end": START},
        ),
        "OracleReportsExpired": (w.submit(w.report(sequence=1, deadline=END)), anyone, {"deadline": END}),
        "OracleReportsWrongSequence": (
            w.submit(w.report()),
            anyone,
            {"business_id": w.maker_id, "given": 0, "expected": 1},
        ),
        "OracleReportsNotEquipmentOf": (
            w.submit(w.report(business_id=w.customer_id, entries=(Entry(w.machine, 1),))),
            anyone,
            {"business_id": w.customer_id, "equipment_id": w.machine},
        ),
        "OracleReportsPeriodOverlaps": (
            w.submit(w.report(sequence=1, period_start=END - 1)),
            anyone,
            {"equipment_id": w.machine, "period_start": END - 1, "last_period_end": END},
        ),
        "OracleReportsIntensityTooLarge": (
            w.submit(
                w.report(
                    sequence=1, period_start=END, period_end=END + 1, entries=(Entry(w.machine, 2**64 - 1),)
                )
            ),
            anyone,
            {"equipment_id": w.machine},
        ),
        "OracleReportsNotReported": (
            w.ledger.lots.settle(w.batch("x", externals=(), period_start=END - 1, period_end=END + 1)),
            w.maker,
            {"period_end": END + 1, "reported_until": END},
        ),
        "OracleReportsNoIntensity": (
            w.ledger.lots.settle(w.batch("x", equipment=(EquipmentUse(w.machine, 1, 5),))),
            w.maker,
            {"equipment_id": w.machine},
        ),
    }


def changed(call: Call, place: int, by: bytes) -> Call:
    """The call of `settle` with bytes of the packed batch changed, `place` counted from the batch's end."""
    size = int.from_bytes(call.data[36:68], "big")
    at = 68 + size + place
    return replace(call, data=call.data[:at] + by + call.data[at + len(by) :])


LAYOUT_1 = {"length": 41 + 24 + 28 + 77, "expected": 41 + 24 + 28 + 77}


def lots(w: Any) -> dict[str, Case]:
    first = w.batch("first").lots[0].lot_id
    new = w.batch("x").lots[0]
    maker = w.maker

    def settle(**changes: Any) -> Call:
        return w.ledger.lots.settle(w.batch("x", **changes))

    outside = {"period_start": END, "period_end": END + 1}
    return {
        "LotsZeroId": (settle(batch_id=ZERO_ID), maker, {}),
        "LotsEmptyBatch": (settle(lots=()), maker, {"batch_id": w.batch("x").batch_id}),
        "LotsBatchSettled": (
            w.ledger.lots.settle(w.batch("first")),
            maker,
            {"batch_id": w.batch("first").batch_id},
        ),
        "LotsInvalidPeriod": (
            settle(period_end=2**40 - 1),
            maker,
            {"period_start": START, "period_end": 2**40 - 1},
        ),
        "LotsLotExists": (settle(lots=(replace(new, lot_id=first),)), maker, {"lot_id": first}),
        "LotsUnknownLot": (settle(materials=(MaterialUse(ID, 1),)), maker, {"lot_id": ID}),
        "LotsNoGoodUnits": (settle(lots=(replace(new, good=0),)), maker, {"lot_id": new.lot_id}),
        "LotsZeroQuantity": (settle(materials=(MaterialUse(first, 0),)), maker, {}),
        "LotsQuantityTooLarge": (
            w.ledger.lots.ship(first, maker.address, w.customer.address, 2**42),
            maker,
            {"quantity": 2**42},
        ),
        "LotsInvalidUnit": (
            changed(settle(), -77 + 48, b"\x05"),
            maker,
            {"lot_id": new.lot_id, "unit": 5},
        ),
        "LotsInvalidLayout": (changed(settle(), -77 - 28 - 24 - 41, b"\x02"), maker, LAYOUT_1),
        "LotsUnknownFormula": (
            changed(settle(), -77 - 28 - 24 - 41 + 27, b"\0\0\0\x03"),
            maker,
            {"formula": 3},
        ),
        "LotsNotProducer": (
            w.ledger.lots.restate(first, 771, 8, HASH),
            w.customer,
            {"lot_id": first, "business_id": w.customer_id},
        ),
        "LotsPrimaryRaised": (
            w.ledger.lots.restate(first, 771, 9, HASH),
            maker,
            {"lot_id": first, "primary_ug": 9, "settled_ug": 8},
        ),
        "LotsNoReason": (w.ledger.lots.restate(first, 771, 8, ZERO_HASH), maker, {"lot_id": first}),
        "LotsSameFigures": (
            w.ledger.lots.restate(first, 770, 8, HASH),
            maker,
            {"lot_id": first, "co2_ug": 770, "primary_ug": 8},
        ),
        "LotsInsufficient": (
            settle(materials=(MaterialUse(first, 8),)),
            maker,
            {"lot_id": first, "held": 7, "needed": 8},
        ),
        "LotsNotOwnEquipment": (settle(), w.customer, {"equipment_id": w.machine}),
        "LotsIntensityOutsidePeriod": (
            settle(externals=(), **outside),
            maker,
            {"equipment_id": w.machine, "record": 0},
        ),
        "LotsPrimaryAboveTotal": (
            settle(lots=(replace(new, primary_ug=771),)),
            maker,
            {"primary_ug": 771, "co2_ug": 770},
        ),
        "LotsCarbonNotClosed": (
            settle(lots=(replace(new, co2_ug=769),)),
            maker,
            {"in_ug": 770, "out_ug": 769},
        ),
        "LotsPrimaryNotClosed": (
            settle(lots=(replace(new, primary_ug=9),)),
            maker,
            {"in_ug": 8, "out_ug": 9},
        ),
        "LotsUnnamedLeftOver": (settle(left_overs=(LeftOver("", 0, 0),)), maker, {}),
    }


def credits(w: Any) -> dict[str, Case]:
    tokens, operator, anyone = w.ledger.credits, w.aggregator, w.customer
    done = tokens.reduction_id(w.boiler, START, END)
    after = w.reduction(period_start=END, period_end=END + 10)
    return {
        "CreditsZeroId": (tokens.create_programme(ZERO_ID, w.methodology), operator, {}),
        "CreditsProgrammeExists": (
            tokens.create_programme(w.programme, w.methodology),
            operator,
            {"programme_id": w.programme},
        ),
        "CreditsUnknownProgramme": (tokens.enrol(ID, w.boiler, BASELINE_PG), w.maker, {"programme_id": ID}),
        "CreditsNotOperator": (
            tokens.bundle(w.programme, [done]),
            w.maker,
            {"programme_id": w.programme, "business_id": w.maker_id},
        ),
        "CreditsNotOwnEquipment": (
            tokens.enrol(w.programme, w.machine, BASELINE_PG),
            w.customer,
            {"equipment_id": w.machine},
        ),
        "CreditsEnrolled": (
            tokens.enrol(w.programme, w.boiler, BASELINE_PG),
            w.maker,
            {"equipment_id": w.boiler, "programme_id": w.programme},
        ),
        "CreditsNotEnrolled": (
            w.record(replace(after, equipment_id=w.machine)),
            anyone,
            {"equipment_id": w.machine, "programme_id": w.programme},
        ),
        "CreditsWrongMethodology": (
            w.record(replace(after, methodology_id=w.formula)),
            anyone,
            {"given": w.formula, "expected": w.methodology},
        ),
        "CreditsInvalidPeriod": (
            w.record(w.reduction()),
            anyone,
            {"equipment_id": w.boiler, "period_start": START, "period_end": END},
        ),
        "CreditsExpired": (w.record(replace(after, deadline=END)), anyone, {"deadline": END}),
        "CreditsWrongBaseline": (
            w.record(replace(after, baseline_pg=1)),
            anyone,
            {"equipment_id": w.boiler, "given": 1, "enrolled": BASELINE_PG},
        ),
        "CreditsZeroReduction": (w.record(replace(after, reduction_ug=0)), anyone, {}),
        "CreditsUnknownReduction": (
            tokens.bundle(w.programme, [HASH]),
            operator,
            {"reduction_id": HASH},
        ),
        "CreditsReductionBundled": (
            tokens.bundle(w.programme, [done]),
            operator,
            {"reduction_id": done},
        ),
        "CreditsZeroAmount": (tokens.bundle(w.programme, []), operator, {}),
    }


def of_openzeppelin(w: Any) -> dict[str, Case]:
    token = w.ledger.lots.token_of(w.batch("first").lots[0].lot_id)
    ship = w.ledger.lots.ship
    lot_id = w.batch("first").lots[0].lot_id
    return {
        "AccessManagedUnauthorized": (
            w.ledger.businesses.register(ID, w.accounts[4].address, HASH),
            w.maker,
            {"caller": w.maker.address},
        ),
        "ERC1155InsufficientBalance": (
            ship(lot_id, w.maker.address, w.customer.address, 8),
            w.maker,
            {"sender": w.maker.address, "balance": 7, "needed": 8, "token_id": token},
        ),
        "ERC1155MissingApprovalForAll": (
            w.ledger.lots.transfer(lot_id, w.maker.address, w.customer.address, 1),
            w.customer,
            {"operator": w.customer.address, "owner": w.maker.address},
        ),
    }


OUT_OF_REACH = {
    "BusinessRegistryFull",  # after 2^20 - 1 registrations
    "BusinessRegistryMirrorSet",  # the deployment names the mirror: in the tests in Solidity
    "BusinessRegistryNoEndpoint",  # reading: the handle answers None
    "DeviceRegistryHistoryFull",  # after 1,000 entries: in the tests in Solidity
    "DeviceRegistryNotInstalled",  # reading: the handle answers None
    "FormulaRegistryUnknownNumber",  # reading: the handle answers None
    "FormulaRegistryUnknownVersion",  # reading: the handle answers None
    "EquipmentEnrolled",  # Credits refuses before: in the tests in Solidity
    "EquipmentMovedTooOften",  # after 255 transfers: in the tests in Solidity
    "EquipmentNumbersUsedUp",  # after 2^24 - 1 pieces of one business
    "LotsMassTooLarge",  # thrown by the library that packs in Solidity: in its tests
    "OracleReportsInvalidEntries",  # Python packs whole entries: in the tests in Solidity
    "OracleReportsSequencesUsedUp",  # after 2^24 reports of one business
}
"""Errors that Python can't provoke, or not in a sensible time."""

GROUPS: list[Callable[[Any], dict[str, Case]]] = [
    registries, devices, agreements, oracle, lots, credits, of_openzeppelin,
]  # fmt: skip


def own_errors() -> set[str]:
    """Names of the custom errors in contracts/src/interfaces."""
    return {
        entry["name"]
        for artifact in compiler.compile_contracts().values()
        if artifact.bytecode == "0x" and re.match("I[A-Z]", artifact.name)
        for entry in artifact.abi
        if entry["type"] == "error" and not entry["name"].startswith("ERC")
    }


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_each_refusal_of_the_contracts_is_decoded_to_its_name_values_and_sentence(
    group: Callable[[Any], dict[str, Case]], settled: Any
) -> None:
    for name, (call, sender, values) in group(settled).items():
        with pytest.raises(Reverted) as caught:
            settled.ledger.simulate(call, sender.address)
        refused = caught.value
        assert (refused.name, refused.values) == (name, values)
        assert refused.contract
        assert name.startswith(refused.contract) or group is of_openzeppelin
        assert refused.hint == HINTS[name]
        assert str(refused).startswith(f"{name}: ") or group is of_openzeppelin
        assert "Thrown" not in str(refused)


def test_no_custom_error_of_the_contracts_goes_unprovoked(settled: Any) -> None:
    provoked = {name for group in GROUPS[:-1] for name in group(settled)}
    assert provoked | OUT_OF_REACH == own_errors()
    assert not provoked & OUT_OF_REACH


def test_each_custom_error_says_what_to_do_next() -> None:
    assert own_errors() - HINTS.keys() == set()
