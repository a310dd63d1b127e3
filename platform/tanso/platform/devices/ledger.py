"""Measuring devices on the ledger, by way of the outbox: what the owner's registry says, by hashed ID."""

from tanso.contracts.identity import parse_id
from tanso.contracts.ledger import Call
from tanso.contracts.values import ZERO_ADDRESS
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import reading
from tanso.platform.businesses.local import local_business
from tanso.platform.errors import BadInput
from tanso.platform.node import Node
from tanso.platform.sending import submit


def put_on_ledger(
    node: Node, business_id: str, device: str, *, equipment_id: str, key: str
) -> list[OutboxMessage]:
    """Queues what makes the ledger say that the device measures this equipment and has this key.

    The device stands there under its hashed ID; an empty `key` says that it can't sign. Gives no message when
    the ledger says so already, else one, or two for a device that is moved and gets a new key. Raises
    `BadInput` without equipment, `NotFound` for a business that is not served here, `Reverted` when the
    ledger refuses.
    """
    if not equipment_id:
        raise BadInput(
            "a device on the ledger measures equipment",
            "Name it with --equipment; a meter of the whole site is kept in your own registry alone.",
        )
    with reading(node.engine) as session:
        business = local_business(session, business_id)
    device_id, account = business.id_for("device", device), key or ZERO_ADDRESS
    equipment_id = parse_id(equipment_id)
    devices = node.ledger.devices
    calls: list[tuple[str, Call]] = []
    found = devices.device_of(device_id)
    if found is None:
        calls.append(("register", devices.register(device_id, equipment_id, account)))
    else:
        latest, _ = found
        if latest.equipment_id != equipment_id:
            calls.append(("install", devices.install(device_id, equipment_id)))
        if latest.key != account:
            calls.append(("key", devices.change_key(device_id, account)))
    entry = len(devices.installations_of(device_id))
    return [
        submit(
            node, key=f"device:{device_id}:{entry}:{step}", sender=business.account, call=call, kind="device"
        )
        for step, call in calls
    ]
