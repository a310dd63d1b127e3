"""Batches of several lots and left-overs: every microgram finds its place."""

from .conftest import DAY, NOON, Api, Firm, amount


def test_lots_of_a_batch_share_inputs_exactly_and_left_overs_take_the_rest(api: Api, factory: Firm) -> None:
    steel = api.steel_lot(factory, "steel", "7")
    minutes = {"A": "100", "B": "37"}
    lots = {}
    for name, time in minutes.items():
        lots[name] = lot_id = api.lot(factory, name)
        body = {"equipment_id": factory.machines["nc"], "activity": amount(time, "min"), "at": NOON}
        api.call("POST", f"/v1/lots/{lot_id}/equipment-uses", factory.token, json=body)
        body = {"material_lot_id": steel, "consumption": amount("3", "pc"), "at": NOON}
        api.call("POST", f"/v1/lots/{lot_id}/material-uses", factory.token, json=body)
        held = api.complete(factory, lot_id, "10", settlement="held")
        assert (held["lot"]["status"], held["settlement"]) == ("completed", None)
    left_overs = [
        {"name": "idle time", "equipment_id": factory.machines["nc"], "amount": amount("163", "min")},
        {"name": "idle time", "equipment_id": factory.machines["assembly"], "amount": amount("7", "h")},
        {"name": "waste", "material_lot_id": steel, "amount": amount("1", "pc")},
    ]
    body = {**DAY, "name": "25 January", "lot_ids": list(lots.values()), "left_overs": left_overs}
    settled = api.call("POST", "/v1/settlements", factory.token, json=body)
    api.work()

    shown = api.call("GET", "/v1/equipment", factory.token)["items"]
    pg = {item["name"]: item["intensities"][0]["intensity_pg"] for item in shown}
    nc_ug = -(-300 * 60 * pg["nc"] // 10**6)
    assembly_ug = -(-420 * 60 * pg["assembly"] // 10**6)
    steel_ug = 393_000 * 1000
    assert settled["co2_ug"] == nc_ug + assembly_ug + steel_ug
    assert settled["primary_ug"] == nc_ug + assembly_ug

    found = {name: api.call("GET", f"/v1/lots/{lot_id}") for name, lot_id in lots.items()}
    # Cumulative ceiling over the uses in their order: A, B, left over.
    assert found["A"]["primary_ug"] == -(-nc_ug * 100 // 300)
    assert found["A"]["primary_ug"] + found["B"]["primary_ug"] == -(-nc_ug * 137 // 300)
    assert found["A"]["co2_ug"] == found["A"]["primary_ug"] + -(-steel_ug * 3 // 7)
    lots_ug = found["A"]["co2_ug"] + found["B"]["co2_ug"]
    period = {"period_start": "2020-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}
    account = api.call("GET", f"/v1/accounts/{factory.id}", factory.token, params=period)
    left = {item["name"]: item["co2_ug"] for item in account["left_overs"]}
    assert set(left) == {"idle time", "waste"}
    assert lots_ug + sum(left.values()) == settled["co2_ug"]
    assert account["net_ug"] == sum(left.values()) + account["unabsorbed_ug"]

    for name, lot_id in lots.items():
        for kind in ("material-uses", "equipment-uses"):
            uses = api.call("GET", f"/v1/lots/{lot_id}/{kind}", factory.token)["uses"]
            assert len(uses) == 1
        own = api.call("GET", f"/v1/lots/{lot_id}/equipment-uses", factory.token)["uses"][0]
        assert own["co2_ug"] == own["primary_ug"] == found[name]["primary_ug"]
        assert own["record"] == 0


def test_a_batch_name_is_used_once(api: Api, factory: Firm) -> None:
    for number, name in enumerate(("X", "Y")):
        lot_id = api.lot(factory, name)
        api.use_steel(factory, lot_id)
        api.complete(factory, lot_id, "1", settlement="held")
        body = {**DAY, "name": "one name", "lot_ids": [lot_id]}
        if number:
            api.refused(409, "batch-exists", "POST", "/v1/settlements", factory.token, json=body)
        else:
            api.call("POST", "/v1/settlements", factory.token, json=body)
            api.work()


def test_a_held_lot_of_a_refused_request_can_be_settled_later(api: Api, factory: Firm) -> None:
    lot_id = api.lot(factory, "Z")
    api.use_steel(factory, lot_id)
    api.complete(factory, lot_id, "1", settlement="held")
    body = {**DAY, "name": "too long ago", "lot_ids": [lot_id], "period_start": "2019-01-01T00:00:00Z"}
    problem = api.refused(409, "factor-not-valid", "POST", "/v1/settlements", factory.token, json=body)
    assert api.steel in problem["detail"]
    api.call("POST", "/v1/settlements", factory.token, json={**body, **DAY})
    api.work()
    assert api.call("GET", f"/v1/lots/{lot_id}")["co2_ug"] == 393_000_000


def test_a_lot_that_is_still_moving_is_not_priced(api: Api, maker: Firm, factory: Firm) -> None:
    part = api.steel_lot(maker, "part", "10")
    lot_id = api.lot(maker, "of part")
    body = {"material_lot_id": part, "consumption": amount("1", "pc"), "at": NOON}
    api.call("POST", f"/v1/lots/{lot_id}/material-uses", maker.token, json=body)
    body = {"to_business_id": factory.id, "quantity": amount("3", "pc")}
    api.call("POST", f"/v1/lots/{part}/shipments", maker.token, json=body)
    done = {"good": amount("1", "pc"), "completed_at": DAY["period_end"]}
    path = f"/v1/lots/{lot_id}/completion"
    problem = api.refused(409, "transaction-pending", "POST", path, maker.token, json=done)
    assert part in problem["detail"]
    api.work()
    api.call("POST", path, maker.token, json=done)
    api.work()
    # 7 of 10 pieces are left with what the shipment rounded up took away.
    left = 393_000_000 - -(-393_000_000 * 3 // 10)
    assert api.call("GET", f"/v1/lots/{lot_id}")["co2_ug"] == -(-left // 7)


def test_a_batch_that_the_chain_refuses_after_all_frees_its_lots(
    api: Api, maker: Firm, factory: Firm
) -> None:
    part = api.steel_lot(maker, "part", "10")
    lot_id = api.lot(maker, "unlucky")
    body = {"material_lot_id": part, "consumption": amount("10", "pc"), "at": NOON}
    api.call("POST", f"/v1/lots/{lot_id}/material-uses", maker.token, json=body)
    api.complete(maker, lot_id, "1")
    # Before the batch is sent, the tokens leave by another wallet of the same account.
    account = api.node.signer.account(maker.account)
    call = api.node.ledger.lots.ship(part, maker.account, factory.account, 5)
    w3 = api.node.w3
    sent = w3.eth.send_raw_transaction(
        account.sign_transaction(
            {
                "chainId": api.node.ledger.deployment.chain_id,
                "to": call.to,
                "data": call.data,
                "value": 0,
                "nonce": w3.eth.get_transaction_count(account.address),
                "gas": 500_000,
                "maxFeePerGas": 10**11,
                "maxPriorityFeePerGas": 10**9,
            }
        ).raw_transaction
    )
    assert w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["status"] == 1
    (message,) = api.node.work()
    assert message.error_name == "LotsInsufficient"
    mine = {item["lot_id"]: item["own"] for item in _all_lots(api, maker) if item["own"]}
    assert mine[lot_id]["status"] == "refused"
    assert "LotsInsufficient" in mine[lot_id]["problem"]
    transaction = api.call("GET", f"/v1/transactions/{message.key}", maker.token)
    assert (transaction["status"], transaction["error_name"]) == ("parked", "LotsInsufficient")
    api.refused(404, "unknown-lot", "GET", f"/v1/lots/{lot_id}")
    body = {**DAY, "name": "second try", "lot_ids": [lot_id]}
    api.refused(409, "more-than-held", "POST", "/v1/settlements", maker.token, json=body)


def _all_lots(api: Api, firm: Firm) -> list[dict]:  # type: ignore[type-arg]
    items, after = [], None
    while True:
        params = {"limit": 2} | ({"after": after} if after else {})
        page = api.call("GET", "/v1/lots", firm.token, params=params)
        items += page["items"]
        if (after := page["next"]) is None:
            return items
