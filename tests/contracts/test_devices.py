"""Measuring devices through the typed ledger, on the embedded chain and on anvil."""

from typing import Any

import pytest

from tanso.contracts.errors import InvalidId, InvalidValue, Reverted
from tanso.contracts.identity import content_hash
from tanso.contracts.values import ZERO_ADDRESS, Calibration, Installation, Withdrawal

START, END = 1_704_067_200, 1_706_745_600
CERTIFICATE, REASON = content_hash(b"certificate"), content_hash(b"reason")
ID = "0x" + "ab" * 16


def later(world: Any, sender: Any, call: Any) -> int:
    """Sends the call a minute after the last block, and gives the time of its own."""
    world.w3.provider.make_request("evm_increaseTime", [60])
    receipt = world.send(sender, call)
    return int(world.w3.eth.get_block(receipt["blockNumber"])["timestamp"])


def test_a_device_that_is_moved_and_gets_a_new_key_keeps_its_whole_history(world: Any) -> None:
    devices, key = world.ledger.devices, world.accounts[5].address
    (first,) = devices.installations_of(world.meter)
    assert (first.equipment_id, first.business_id, first.key) == (
        world.machine,
        world.maker_id,
        world.meter_key,
    )
    moved_at = later(world, world.maker, devices.install(world.meter, world.boiler))
    changed_at = later(world, world.maker, devices.change_key(world.meter, key))
    moved = Installation(world.boiler, world.maker_id, world.meter_key, moved_at)
    changed = Installation(world.boiler, world.maker_id, key, changed_at)
    assert devices.installations_of(world.meter) == (first, moved, changed)
    assert devices.device_of(world.meter) == (changed, world.maker.address)
    assert devices.installation_at(world.meter, first.since - 1) is None
    assert devices.installation_at(world.meter, first.since) == first
    assert devices.installation_at(world.meter, moved_at - 1) == first
    assert devices.installation_at(world.meter, changed_at) == changed


def test_a_device_without_a_key_reads_the_address_of_zeros(world: Any) -> None:
    devices = world.ledger.devices
    world.send(world.maker, devices.register(ID, world.boiler, ZERO_ADDRESS))
    installed, holder = devices.device_of(ID)
    assert (installed.key, holder) == (ZERO_ADDRESS, world.maker.address)


def test_a_calibration_counts_until_it_ends_or_is_withdrawn_and_both_stay_readable(world: Any) -> None:
    devices = world.ledger.devices
    (recorded,) = devices.calibrations_of(world.meter)
    assert recorded == Calibration(START, END, END, recorded.since, CERTIFICATE)
    covered = {at: devices.is_calibrated_at(world.meter, at) for at in (START - 1, START, END - 1, END)}
    assert covered == {START - 1: False, START: True, END - 1: True, END: False}
    at = later(world, world.admin, devices.withdraw(world.meter, 0, START + 10, REASON))
    assert devices.withdrawals_of(world.meter) == (Withdrawal(0, START + 10, at, REASON),)
    assert devices.calibrations_of(world.meter) == (
        Calibration(START, END, START + 10, recorded.since, CERTIFICATE),
    )
    assert devices.is_calibrated_at(world.meter, START + 9)
    assert not devices.is_calibrated_at(world.meter, START + 10)


def test_what_is_not_registered_reads_as_none_or_nothing(settled: Any) -> None:
    devices = settled.ledger.devices
    assert devices.device_of(ID) is None
    assert devices.installations_of(ID) == devices.calibrations_of(ID) == devices.withdrawals_of(ID) == ()
    assert not devices.is_calibrated_at(ID, START)
    with pytest.raises(Reverted, match="DeviceRegistryUnknown"):
        devices.installation_at(ID, START)


def test_only_a_calibrator_records_calibrations(settled: Any) -> None:
    devices = settled.ledger.devices
    call = devices.calibrate(settled.meter, START, END, CERTIFICATE)
    settled.ledger.simulate(call, settled.admin.address)
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        settled.ledger.simulate(call, settled.maker.address)


def test_values_that_do_not_fit_are_refused_with_the_field_named(settled: Any) -> None:
    devices = settled.ledger.devices
    with pytest.raises(InvalidId, match="device_id"):
        devices.register("0x" + "12" * 15, settled.machine, ZERO_ADDRESS)
    with pytest.raises(InvalidId, match="key"):
        devices.change_key(settled.meter, "no account")
    with pytest.raises(InvalidValue, match="valid_until must lie between"):
        devices.calibrate(settled.meter, START, 2**40, CERTIFICATE)
    with pytest.raises(InvalidValue, match="calibration must lie between"):
        devices.withdraw(settled.meter, -1, START, REASON)
