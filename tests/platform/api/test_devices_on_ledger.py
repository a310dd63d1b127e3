"""Devices of a business go onto the ledger by way of the outbox, under their hashed IDs."""

from typing import Any

import pytest

from tanso.contracts.errors import Reverted
from tanso.contracts.values import ZERO_ADDRESS
from tanso.oracle.store import reading
from tanso.platform.businesses.local import local_business
from tanso.platform.devices.ledger import put_on_ledger
from tanso.platform.devices.models import DeviceRow
from tanso.platform.errors import BadInput, NotFound

KEY = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"


def test_a_device_is_registered_moved_and_given_a_key_on_the_ledger(api: Any, maker: Any) -> None:
    api.equip(maker, press="s", oven="s")
    api.work()
    press, oven = maker.machines["press"], maker.machines["oven"]
    steps = [((press, ""), 1), ((press, ""), 0), ((oven, KEY), 2), ((oven, KEY), 0), ((oven, ""), 1)]
    with reading(api.node.engine) as session:
        device_id = local_business(session, maker.id).id_for("device", "meter 1")
    for (equipment, key), expected in steps:
        queued = put_on_ledger(api.node, maker.id, "meter 1", equipment_id=equipment, key=key)
        assert len(queued) == expected
        api.work()
        found = api.node.ledger.devices.device_of(device_id)
        assert found is not None
        assert (found[0].equipment_id, found[0].key) == (equipment, key or ZERO_ADDRESS)
    assert len(api.node.ledger.devices.installations_of(device_id)) == 4
    with reading(api.node.engine) as session:
        row = session.get(DeviceRow, device_id)
        assert row is not None
        assert (row.business_id, row.equipment_id, row.key) == (maker.id, oven, ZERO_ADDRESS)


def test_what_the_ledger_would_not_take_is_not_queued(api: Any, maker: Any) -> None:
    before = api.state()
    with pytest.raises(BadInput, match="measures equipment"):
        put_on_ledger(api.node, maker.id, "site meter", equipment_id="", key="")
    with pytest.raises(Reverted):
        put_on_ledger(api.node, maker.id, "meter 2", equipment_id="0x" + "77" * 16, key="")
    with pytest.raises(NotFound):
        put_on_ledger(api.node, "0x" + "77" * 16, "meter 2", equipment_id="0x" + "77" * 16, key="")
    assert api.state() == before
