"""From a solar roof's readings to retired whole tonnes."""

from typing import Any

from tanso.contracts.identity import content_hash
from tanso.contracts.units import UG_PER_TONNE

from .conftest import Api, amount

PERIOD = {"period_start": "2016-07-01T07:00:00Z", "period_end": "2016-10-14T07:00:00Z"}
ROOFS = 2


def test_small_reductions_become_whole_tonnes_and_are_retired(api: Api) -> None:
    aggregator, buyer = api.firm("aggregator", aggregator=True), api.firm("buyer")
    owners = [api.firm(f"owner {number}") for number in range(ROOFS)]
    api.work()
    solar = {
        item["name"]: item["formula_id"]
        for item in api.call("GET", "/v1/formulas", aggregator.token)["items"]
    }["tanso-solar@1"]
    body = {"name": "roofs", "methodology_id": solar}
    api.refused(409, "AccessManagedUnauthorized", "POST", "/v1/programmes", buyer.token, json=body)
    programme_id = api.call("POST", "/v1/programmes", aggregator.token, json=body)["programme_id"]
    for owner in owners:
        api.equip(owner, roof="Wh")
    api.work()
    path = f"/v1/programmes/{programme_id}"
    api.refused(409, "nothing-to-bundle", "POST", f"{path}/bundles", aggregator.token, json={})

    reductions = []
    for number, owner in enumerate(owners, start=1):
        roof_id = owner.machines["roof"]
        period = {**PERIOD, "equipment_id": roof_id}
        enrolment = {"equipment_id": roof_id, "baseline": amount("0.452", "kg/kWh")}
        api.refused(404, "not-enrolled", "POST", f"{path}/reductions", owner.token, json=period)
        api.call("POST", f"{path}/enrolments", owner.token, json=enrolment)
        api.work()
        roof = {
            "programme_id": programme_id,
            "zone": "-07:00",
            "factor": "electricity-tepco-2021",
            "generated": {"device": "roof", "quantity": "generated electricity"},
            "own_consumption": {"device": "roof", "quantity": "own consumption"},
        }
        api.call("PUT", f"/v1/roofs/{roof_id}", owner.token, json=roof)
        _hand_in(api, owner.token, kwh=1000 * number + 500)
        # Who does not own the equipment has nothing attested.
        api.refused(404, "not-enrolled", "POST", f"{path}/reductions", buyer.token, json=period)
        attested = api.call("POST", f"{path}/reductions", owner.token, json=period)
        assert attested["reduction_ug"] == (1_000_000 * number + 500_000 - 1_000) * 452_000
        key = attested["transaction"]["key"]
        assert api.call("GET", f"/v1/transactions/{key}", owner.token)["key"] == key
        api.refused(404, "unknown-transaction", "GET", f"/v1/transactions/{key}", buyer.token)
        reductions.append(attested)
    api.work()
    open_ids = [item["reduction_id"] for item in api.call("GET", f"{path}/reductions", buyer.token)["items"]]
    assert open_ids == [attested["reduction_id"] for attested in reductions]

    # Only the operator of the programme bundles, and each reduction once.
    api.refused(404, "unknown-programme", "POST", f"{path}/bundles", buyer.token, json={})
    api.call("POST", f"{path}/bundles", aggregator.token, json={})
    api.work()
    again = {"reduction_ids": open_ids[:1]}
    api.refused(409, "CreditsReductionBundled", "POST", f"{path}/bundles", aggregator.token, json=again)

    total = sum(attested["reduction_ug"] for attested in reductions)
    shown = api.call("GET", path, aggregator.token)
    assert shown["reduced_ug"] == total
    assert (shown["issued_tonnes"], shown["carried_ug"]) == divmod(total, UG_PER_TONNE)
    assert shown["issued_tonnes"] == shown["held_tonnes"] == 1
    parts = {part["business_id"]: part["reduction_ug"] for part in shown["contributors"]}
    assert parts == {
        owner.id: attested["reduction_ug"] for owner, attested in zip(owners, reductions, strict=True)
    }

    body: Any = {"to_business_id": buyer.id, "tonnes": 1}
    api.call("POST", f"{path}/transfers", aggregator.token, json=body)
    api.work()
    retirement = {"tonnes": 1, "purpose": "offset of deliveries in 2016", "beneficiary_id": buyer.id}
    api.refused(
        409, "ERC1155InsufficientBalance", "POST", f"{path}/retirements", aggregator.token, json=retirement
    )
    headers = {"Idempotency-Key": "2016"}
    for _ in range(2):
        api.call("POST", f"{path}/retirements", buyer.token, json=retirement, headers=headers)
        api.work()
    certificate = api.node.ledger.credits.certificate_of(1)
    assert certificate is not None
    assert (certificate.tonnes, certificate.beneficiary_id) == (1, buyer.id)
    assert certificate.purpose_hash == content_hash(b"offset of deliveries in 2016")
    shown = api.call("GET", path, buyer.token)
    assert (shown["retired_tonnes"], shown["held_tonnes"]) == (1, 0)
    assert [item["programme_id"] for item in api.call("GET", "/v1/programmes", buyer.token)["items"]] == [
        programme_id
    ]


def _hand_in(api: Api, token: str, kwh: int) -> None:
    """One reading of generation, and one kilowatt hour of own consumption."""
    interval = "2016-07-01T07:00:00Z,2016-10-14T07:00:00Z"
    table = f"device,quantity,value,unit,start,end\nroof,generated electricity,{kwh},kWh,{interval}\n"
    table += f"roof,own consumption,1,kWh,{interval}\n"
    layout = """
zone = "Z"
[time]
start = "start"
end = "end"
[[series]]
device = { column = "device" }
quantity = { column = "quantity" }
value = "value"
unit = { column = "unit" }
"""
    files = {"file": ("roof.csv", table.encode())}
    api.call("POST", "/v1/readings", token, files=files, data={"layout": layout})
