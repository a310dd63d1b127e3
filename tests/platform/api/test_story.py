"""The eleven transactions of Table 11, told as one story over the API."""

from fractions import Fraction
from typing import Any

from tanso.oracle.evidence import verify_leaf
from tanso.platform.auth.models import Role

from .conftest import DAY, NOON, Api, Firm, amount

TEPCO_UG_PER_WH = 452_000
GAS_UG_PER_NM3 = 2_234_000_000


def test_a_lot_goes_from_registration_to_the_customers_enquiry(api: Api, factory: Firm) -> None:
    customer = api.firm("customer")
    api.work()
    # Equipment enquiry: own equipment with its intensity, equation (8), exact: 120 kWh by 5400, 3000 and
    # 210 kW·min.
    shown = {item["name"]: item for item in api.call("GET", "/v1/equipment", factory.token)["items"]}
    electricity = 120_000 * TEPCO_UG_PER_WH
    gas = 5000 * GAS_UG_PER_NM3
    furnace = (Fraction(electricity * 5400, 8610) + gas) / (180 * 60)
    nc = Fraction(electricity * 3000, 8610) / (300 * 60)
    for name, ug_per_s in (("furnace", furnace), ("nc", nc)):
        (record,) = shown[name]["intensities"]
        assert record["intensity_pg"] == -(-ug_per_s * 10**6 // 1)
        assert (record["period_start"], record["period_end"]) == (DAY["period_start"], DAY["period_end"])

    # Lot registration, material use, equipment use.
    lot_id = api.lot(factory, "A-1")
    api.use_steel(factory, lot_id, "5.6", "kg")
    body = {"equipment_id": factory.machines["nc"], "activity": amount("20", "min"), "at": NOON}
    use = api.call("POST", f"/v1/lots/{lot_id}/equipment-uses", factory.token, json=body)
    assert (use["quantity"], use["unit"], use["co2_ug"]) == (1200, "s", None)

    # Completion settles the lot.
    done = api.complete(factory, lot_id, "199", defects=amount("1", "pc"))
    assert done["lot"]["status"] == "settling"
    assert done["settlement"]["transaction"]["status"] == "queued"
    api.work()
    key = done["settlement"]["transaction"]["key"]
    transaction = api.call("GET", f"/v1/transactions/{key}", factory.token)
    assert transaction["status"] == "confirmed"
    assert transaction["gas_used"] > 0

    # Lot enquiry: anyone who knows the ID, no token.
    steel_ug = 5600 * 393_000
    nc_ug = -(-1200 * shown["nc"]["intensities"][0]["intensity_pg"] // 10**6)
    lot = api.call("GET", f"/v1/lots/{lot_id}")
    assert lot["co2_ug"] == steel_ug + nc_ug
    assert lot["primary_ug"] == nc_ug
    assert lot["cfp_ug"] == -(-lot["co2_ug"] // 199)
    assert Fraction(lot["cfp_exact"]) == Fraction(lot["co2_ug"], 199)
    assert lot["business_id"] == factory.id
    assert (lot["good"], lot["defects"], lot["unit"]) == (199, 1, "pc")

    # Shipment.
    body = {"to_business_id": customer.id, "quantity": amount("100", "pc")}
    api.call("POST", f"/v1/lots/{lot_id}/shipments", factory.token, json=body)
    api.work()
    (held,) = api.call("GET", "/v1/lots", customer.token)["items"]
    assert (held["lot_id"], held["held_quantity"], held["own"]) == (lot_id, 100, None)
    # From the producer: metered and other CO2 each rounded up.
    assert held["held_co2_ug"] == -(-nc_ug * 100 // 199) + -(-steel_ug * 100 // 199)

    # Material-use and facility-usage enquiries: only under an agreement, each line with its proof.
    for kind in ("material-uses", "equipment-uses"):
        api.refused(403, "not-disclosed", "GET", f"/v1/lots/{lot_id}/{kind}", customer.token)
    api.agree(factory, customer)
    materials = api.call("GET", f"/v1/lots/{lot_id}/material-uses", customer.token)
    machines = api.call("GET", f"/v1/lots/{lot_id}/equipment-uses", customer.token)
    assert [(line["ref_id"], line["co2_ug"]) for line in materials["uses"]] == [(api.steel, steel_ug)]
    assert [(line["ref_id"], line["co2_ug"]) for line in machines["uses"]] == [
        (factory.machines["nc"], nc_ug)
    ]
    for line in materials["uses"] + machines["uses"]:
        assert verify_leaf(lot["breakdown_root"], line["leaf"], line["proof"])
        assert not verify_leaf(lot["breakdown_root"], line["leaf"] | {"co2_ug": 1}, line["proof"])


def test_a_material_lot_carries_its_co2_into_the_next_lot_and_the_trace_finds_it(
    api: Api, factory: Firm
) -> None:
    assembler = api.firm("assembler")
    api.work()
    part = api.steel_lot(factory, "part", "3")
    body = {"to_business_id": assembler.id, "quantity": amount("2", "pc")}
    api.call("POST", f"/v1/lots/{part}/shipments", factory.token, json=body)
    api.work()
    final = api.lot(assembler, "final")
    body = {"material_lot_id": part, "consumption": amount("1", "pc"), "at": NOON}
    api.call("POST", f"/v1/lots/{final}/material-uses", assembler.token, json=body)
    api.complete(assembler, final, "1")
    api.work()
    whole = 1000 * 393_000
    shipped = -(-whole * 2 // 3)
    assert api.call("GET", f"/v1/lots/{final}")["co2_ug"] == -(-shipped // 2)

    def found() -> dict[str, Any]:
        trace = api.call("GET", f"/v1/lots/{final}/trace", assembler.token)
        return {lot["lot_id"]: (lot["depth"], lot["disclosure"]) for lot in trace["lots"]}

    assert found() == {final: (0, "shown"), part: (1, "not disclosed")}
    api.agree(factory, assembler)
    assert found() == {final: (0, "shown"), part: (1, "shown")}


def test_the_account_of_each_business_closes_and_only_an_auditor_sees_all(api: Api, factory: Firm) -> None:
    customer = api.firm("another customer")
    api.work()
    lot_id = api.steel_lot(factory, "S")
    body = {"to_business_id": customer.id, "quantity": amount("40", "pc")}
    api.call("POST", f"/v1/lots/{lot_id}/shipments", factory.token, json=body)
    api.work()
    period = {"period_start": "2020-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}
    auditor = api.token(Role.AUDITOR)
    for firm in (factory, customer):
        account = api.call("GET", f"/v1/accounts/{firm.id}", auditor, params=period)
        net = account["opening_ug"] + account["inflow_ug"] + account["declared_ug"]
        net += account["baseline_ug"] + account["restated_ug"]
        assert account["net_ug"] == net - account["outflow_ug"] - account["closing_ug"]
        assert account == api.call("GET", f"/v1/accounts/{firm.id}", firm.token, params=period)
    declared = 120_000 * TEPCO_UG_PER_WH + 5000 * GAS_UG_PER_NM3
    account = api.call("GET", f"/v1/accounts/{factory.id}", factory.token, params=period)
    assert account["declared_ug"] == declared
    account = api.call("GET", f"/v1/accounts/{customer.id}", customer.token, params=period)
    shipped = 393_000 * 1000 * 40 // 100
    assert (account["received_ug"], account["closing_ug"], account["net_ug"]) == (shipped, shipped, 0)
    api.refused(403, "not-own-account", "GET", f"/v1/accounts/{factory.id}", customer.token, params=period)
