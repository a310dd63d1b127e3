"""The registry of devices: what held when, and that nothing is overwritten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.contracts.errors import InvalidId
from tanso.oracle.devices import (
    UNCALIBRATED,
    UNKNOWN,
    Device,
    calibrate_device,
    register_device,
    registry_of,
    withdraw_calibration,
)
from tanso.oracle.devices.tables import DeviceCalibration, DeviceInstallation
from tanso.oracle.errors import DeviceRefused, DeviceUnknown, OracleError
from tanso.oracle.store import reading, writing

BUSINESS, OTHER = "0x" + "ab" * 16, "0x" + "cd" * 16
PRESS, OVEN = "0x" + "01" * 16, "0x" + "02" * 16
KEY = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
CERTIFICATE = "0x" + "ee" * 32
NOW = 1_000_000


def enter(session: Session, since: int, **what: str) -> DeviceInstallation:
    return register_device(session, BUSINESS, "meter 1", since=since, now=NOW, **what)


def calibrate(session: Session, start: int, end: int, device: str = "meter 1") -> DeviceCalibration:
    return calibrate_device(
        session, BUSINESS, device, valid_from=start, valid_until=end, certificate_hash=CERTIFICATE, now=NOW
    )


def test_each_entry_holds_from_its_time_on_and_earlier_ones_stay(store: Engine) -> None:
    with writing(store) as session:
        enter(session, 500, equipment_id=OVEN, key=KEY)
        enter(session, 100, equipment_id=PRESS)  # entered later, about an earlier time
        enter(session, 100, equipment_id=OVEN)  # a correction
        assert enter(session, 700, equipment_id=OVEN, key=KEY).since == 500, "holds already"
    with reading(store) as session:
        found = registry_of(session, BUSINESS)["meter 1"]
        assert registry_of(session, OTHER) == {}
        assert len(session.exec(select(DeviceInstallation)).all()) == 3
    assert found.at(99) is None
    assert (found.at(100), found.at(499)) == (found.installations[1],) * 2
    assert found.installations[1].equipment_id == OVEN
    assert [found.key_at(time) for time in (99, 499, 500, NOW)] == ["", "", KEY, KEY]


def test_a_device_is_marked_unless_known_and_calibrated_all_the_time(store: Engine) -> None:
    with writing(store) as session:
        enter(session, 100)
        calibrate(session, 100, 200)
        calibrate(session, 200, 300)
        withdrawn = calibrate(session, 400, 500)
        assert calibrate(session, 400, 500) == withdrawn, "recorded once"
        assert withdrawn.id is not None
        for withdrawn_from in (450, 470):
            withdraw_calibration(
                session, BUSINESS, withdrawn.id, withdrawn_from=withdrawn_from, reason="drift", now=NOW
            )
    with reading(store) as session:
        registry = registry_of(session, BUSINESS, {"meter 1", "meter 2"})
    meter = registry["meter 1"]
    assert meter.marks(100, 300) == []
    assert meter.marks(150, 301) == [UNCALIBRATED]
    assert meter.marks(50, 150) == [UNCALIBRATED, UNKNOWN]
    assert meter.marks(400, 450) == []
    assert meter.marks(400, 451) == [UNCALIBRATED]
    assert registry["meter 2"].marks(100, 200) == [UNCALIBRATED, UNKNOWN]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=8),
    st.integers(0, 30),
    st.integers(1, 9),
)
def test_calibrated_is_when_each_second_is_covered(
    spans: list[tuple[int, int]], start: int, length: int
) -> None:
    made = [DeviceCalibration(valid_from=first, valid_until=first + long) for first, long in spans]
    device = Device("meter", calibrations=[(one, one.valid_until) for one in made])
    seconds = {second for first, long in spans for second in range(first, first + long)}
    assert device.is_calibrated(start, start + length) == (set(range(start, start + length)) <= seconds)


@pytest.mark.parametrize("name", ["", " ", " meter", "m" * 121, "two\nlines", "half \ud83d"])
def test_a_name_that_no_reading_has_is_refused(one_store: Engine, name: str) -> None:
    with writing(one_store) as session, pytest.raises(DeviceRefused) as refused:
        register_device(session, BUSINESS, name, since=0, now=NOW)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ({"since": NOW + 1}, DeviceRefused),
        ({"since": -1}, DeviceRefused),
        ({"key": KEY.lower()}, DeviceRefused),
        ({"key": "press"}, DeviceRefused),
        ({"equipment_id": "press"}, InvalidId),
    ],
)
def test_what_can_not_be_registered_leaves_nothing(
    one_store: Engine, what: dict[str, object], error: type[Exception]
) -> None:
    with writing(one_store) as session, pytest.raises(error):
        register_device(session, BUSINESS, "meter 1", **({"since": 0, "now": NOW} | what))  # type: ignore[arg-type]
    with reading(one_store) as session:
        assert registry_of(session, BUSINESS) == {}


def test_calibrations_are_of_registered_devices_and_withdrawn_by_their_own_business(
    one_store: Engine,
) -> None:
    with writing(one_store) as session:
        enter(session, 0)
        number = calibrate(session, 0, 10).id
        assert number is not None
        attempts = [
            (DeviceUnknown, lambda: calibrate(session, 0, 10, "meter 2")),
            (DeviceRefused, lambda: calibrate(session, 10, 10)),
            (DeviceRefused, lambda: calibrate(session, 0, 2**40)),
            *(
                (
                    DeviceRefused,
                    lambda business=business, number=number, start=start, reason=reason: withdraw_calibration(
                        session, business, number, withdrawn_from=start, reason=reason, now=NOW
                    ),
                )
                for business, number, start, reason in (
                    (OTHER, number, 5, "drift"),
                    (BUSINESS, number + 1, 5, "drift"),
                    (BUSINESS, 2**70, 5, "drift"),
                    (BUSINESS, number, -1, "drift"),
                    (BUSINESS, number, 5, " "),
                )
            ),
        ]
        for error, attempt in attempts:
            with pytest.raises(error) as refused:
                attempt()
            assert isinstance(refused.value, OracleError)
            assert refused.value.hint
        assert registry_of(session, BUSINESS)["meter 1"].is_calibrated(0, 10)
