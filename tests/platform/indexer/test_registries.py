"""Endpoints, formulas and measuring devices in the tables: what holds now, and all that held before."""

from typing import Any

import pytest
from sqlmodel import SQLModel, select

from tanso.contracts.identity import content_hash
from tanso.contracts.values import ZERO_ADDRESS
from tanso.oracle.store import reading
from tanso.platform.businesses.models import BusinessRow, EndpointRow
from tanso.platform.devices.models import CalibrationRow, DeviceRow, InstallationRow, WithdrawalRow
from tanso.platform.factors.models import FormulaRow

URL, OTHER_URL = content_hash(b"https://new.example"), content_hash(b"https://newer.example")
CERTIFICATE, REASON = content_hash(b"certificate"), content_hash(b"reason")


def rows(engine: Any, table: type[SQLModel]) -> list[Any]:
    """In the order of their events."""
    with reading(engine) as session:
        found: list[Any] = list(session.exec(select(table)).all())
    return sorted(found, key=lambda row: (row.block_number, row.log_index))


@pytest.fixture
def metered(world: Any) -> Any:
    """The first business's meter stands at its machine; it cannot sign, and has a calibration."""
    devices, admin = world.chain.ledger.devices, world.chain.admin
    meter = world.id("device", "meter")
    world.send(devices.register(meter, world.businesses[0].machine_id, ZERO_ADDRESS), 0)
    world.chain.send(devices.calibrate(meter, 100, 200, CERTIFICATE), admin)
    return world


def test_the_endpoint_of_a_business_is_the_one_it_named_last_and_all_are_kept(world: Any, store: Any) -> None:
    businesses, who = world.chain.ledger.businesses, world.businesses[1].business_id
    world.send(businesses.set_endpoint(URL), 1)
    world.send(businesses.set_endpoint(OTHER_URL), 1)
    world.indexer(store).run()
    on_chain = businesses.endpoints_of(who)
    changes = rows(store, EndpointRow)
    assert {row.business_id for row in changes} == {who}
    assert [(row.endpoint_hash, row.since) for row in changes] == [(e.hash, e.since) for e in on_chain[1:]]
    now = {row.business_id: row.endpoint_hash for row in rows(store, BusinessRow)}
    assert now == {b.business_id: content_hash(b"url") for b in world.businesses} | {who: OTHER_URL}
    assert {row.first_endpoint_hash for row in rows(store, BusinessRow)} == {content_hash(b"url")}


def test_a_formula_is_kept_with_its_number(world: Any, store: Any) -> None:
    formulas = world.chain.ledger.formulas
    new = content_hash(b"a changed formula")
    world.chain.send(formulas.register(new, "test@2"), world.chain.admin)
    world.indexer(store).run()
    assert [(row.number, row.name) for row in rows(store, FormulaRow)] == [(1, "test@1"), (2, "test@2")]
    assert [row.formula_id for row in rows(store, FormulaRow)] == [
        formulas.id_of_number(1),
        formulas.id_of_number(2),
    ]


def test_a_device_is_where_it_was_installed_last_with_its_latest_key(metered: Any, store: Any) -> None:
    devices, who = metered.chain.ledger.devices, metered.businesses[0]
    meter, key = metered.id("device", "meter"), who.account.address
    metered.send(devices.change_key(meter, key), 0)
    metered.indexer(store).run()
    (device,) = rows(store, DeviceRow)
    assert (device.device_id, device.business_id) == (meter, who.business_id)
    assert (device.equipment_id, device.key) == (who.machine_id, key)
    installations = [
        (row.equipment_id, row.business_id, row.key, row.since) for row in rows(store, InstallationRow)
    ]
    assert installations == [
        (found.equipment_id, found.business_id, found.key, found.since)
        for found in devices.installations_of(meter)
    ]
    assert [key for _, _, key, _ in installations] == [ZERO_ADDRESS, key]


def test_a_calibration_holds_until_the_earliest_second_it_was_withdrawn_from(
    metered: Any, store: Any
) -> None:
    devices, admin = metered.chain.ledger.devices, metered.chain.admin
    meter = metered.id("device", "meter")
    metered.chain.send(devices.calibrate(meter, 150, 300, CERTIFICATE), admin)
    metered.chain.send(devices.withdraw(meter, 0, 190, REASON), admin)
    metered.chain.send(devices.withdraw(meter, 0, 120, REASON), admin)
    metered.indexer(store).run()
    recorded = rows(store, CalibrationRow)
    assert [(row.calibration, row.valid_from, row.valid_until, row.held_until) for row in recorded] == [
        (0, 100, 200, 120),
        (1, 150, 300, 300),
    ]
    assert [
        (row.valid_from, row.valid_until, row.held_until, row.since, row.certificate_hash) for row in recorded
    ] == [
        (c.valid_from, c.valid_until, c.held_until, c.since, c.certificate_hash)
        for c in devices.calibrations_of(meter)
    ]
    withdrawn = [
        (row.calibration, row.withdrawn_from, row.since, row.reason_hash)
        for row in rows(store, WithdrawalRow)
    ]
    assert withdrawn == [
        (w.calibration, w.withdrawn_from, w.since, w.reason_hash) for w in devices.withdrawals_of(meter)
    ]


def test_when_the_chain_takes_entries_back_what_held_before_holds_again(
    metered: Any, store: Any, dump: Any, clean: Any
) -> None:
    ledger, admin = metered.chain.ledger, metered.chain.admin
    meter, who = metered.id("device", "meter"), metered.businesses[0]
    metered.send(ledger.businesses.set_endpoint(URL), 0)
    indexer = metered.indexer(store)
    indexer.run()
    before = dump(store)
    snapshot = metered.chain.rpc("evm_snapshot")
    metered.send(ledger.businesses.set_endpoint(OTHER_URL), 0)
    metered.send(ledger.devices.change_key(meter, who.account.address), 0)
    metered.chain.send(ledger.devices.withdraw(meter, 0, 120, REASON), admin)
    indexer.run()
    assert dump(store) != before
    assert metered.chain.rpc("evm_revert", snapshot)
    for _ in range(4):
        metered.pass_time(1)
    indexer.run()
    assert dump(store) == clean()
    tables = ("BusinessRow", "EndpointRow", "DeviceRow", "CalibrationRow", "WithdrawalRow")
    assert {name: dump(store)[name] for name in tables} == {name: before[name] for name in tables}
