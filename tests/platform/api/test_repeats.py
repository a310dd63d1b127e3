"""A request that is sent again counts once."""

from .conftest import NOON, Api, Firm, amount


def test_a_use_sent_again_under_its_key_counts_once(api: Api, maker: Firm) -> None:
    lot_id = api.lot(maker, "L")
    body = {"factor_id": api.steel, "consumption": amount("1", "kg"), "at": NOON}
    path, headers = f"/v1/lots/{lot_id}/material-uses", {"Idempotency-Key": "use-1"}
    first = api.call("POST", path, maker.token, json=body, headers=headers)
    assert api.call("POST", path, maker.token, json=body, headers=headers) == first
    other = body | {"consumption": amount("2", "kg")}
    api.refused(409, "key-reused", "POST", path, maker.token, json=other, headers=headers)
    assert len(api.call("GET", path, maker.token)["uses"]) == 1
    api.call("POST", path, maker.token, json=body)
    assert len(api.call("GET", path, maker.token)["uses"]) == 2


def test_a_shipment_sent_again_under_its_key_ships_once(api: Api, maker: Firm, factory: Firm) -> None:
    lot_id = api.steel_lot(maker, "S", "10")
    body = {"to_business_id": factory.id, "quantity": amount("10", "pc")}
    path, headers = f"/v1/lots/{lot_id}/shipments", {"Idempotency-Key": "ship-1"}
    first = api.call("POST", path, maker.token, json=body, headers=headers)["transaction"]
    api.work()
    again = api.call("POST", path, maker.token, json=body, headers=headers)["transaction"]
    assert (again["key"], again["status"]) == (first["key"], "confirmed")
    api.refused(409, "more-than-held", "POST", path, maker.token, json=body)


def test_equipment_and_readings_handed_in_again_change_nothing(api: Api, factory: Firm) -> None:
    before = api.state()
    nc = {"name": "nc", "unit": "s"}
    given = api.call("POST", "/v1/equipment", factory.token, json=nc)
    assert given["equipment_id"] == factory.machines["nc"]
    api.refused(409, "equipment-exists", "POST", "/v1/equipment", factory.token, json=nc | {"unit": "pc"})
    assert api.node.work() == []
    assert api.state() == before
