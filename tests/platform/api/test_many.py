"""Many lots in one request: all or nothing, every bad item named; and what was recorded by mistake."""

from typing import Any

import pytest

from tanso.platform.api.many import MOST_ITEMS

from .conftest import DAY, NOON, Api, Firm, amount

UNKNOWN = "0x" + "ab" * 16


def lots_of(api: Api, firm: Firm, count: int, **more: Any) -> list[str]:
    lots = [
        {"name": f"many {next(api.numbers)}", "product": "rod", "started_at": DAY["period_start"]} | more
        for _ in range(count)
    ]
    registered = api.call("POST", "/v1/lot-registrations", firm.token, json={"lots": lots})["lots"]
    assert [lot["name"] for lot in registered] == [lot["name"] for lot in lots]
    return [lot["lot_id"] for lot in registered]


def steel(api: Api, lot_id: str, value: str = "1", unit: str = "kg") -> dict[str, Any]:
    return {"lot_id": lot_id, "factor_id": api.steel, "amount": amount(value, unit), "at": NOON}


def test_many_lots_go_from_registration_to_the_enquiry(api: Api, maker: Firm) -> None:
    lots = lots_of(api, maker, 3)
    uses = [steel(api, lot_id, str(number + 1)) for number, lot_id in enumerate(lots)]
    recorded = api.call("POST", "/v1/lot-uses", maker.token, json={"uses": uses})["uses"]
    assert [use["quantity"] for use in recorded] == [1000, 2000, 3000]
    done = [{"lot_id": one, "good": amount("10", "pc"), "completed_at": DAY["period_end"]} for one in lots]
    completed = api.call("POST", "/v1/lot-completions", maker.token, json={"completions": done})["lots"]
    assert {(lot["status"], lot["good"], lot["defects"]) for lot in completed} == {("completed", 10, 0)}
    body = {**DAY, "name": "many", "lot_ids": lots}
    api.call("POST", "/v1/settlements", maker.token, json=body)
    api.work()
    asked = {"lot_ids": [lots[2], UNKNOWN, lots[0], lots[2]]}
    found = api.call("POST", "/v1/lot-enquiries", json=asked)
    assert [(lot["lot_id"], lot["co2_ug"]) for lot in found["lots"]] == [
        (lots[2], 3 * 393_000_000), (lots[0], 393_000_000),
    ]  # fmt: skip
    assert found["unknown"] == [UNKNOWN]
    assert found["lots"][0] == api.call("GET", f"/v1/lots/{lots[2]}")


def test_one_bad_lot_keeps_all_from_being_registered(api: Api, maker: Firm) -> None:
    (known,) = lots_of(api, maker, 1)
    name = next(
        item["own"]["name"]
        for item in api.call("GET", "/v1/lots", maker.token, params={"limit": 200})["items"]
        if item["lot_id"] == known
    )
    before = api.state()
    lots = [{"name": one, "product": "p"} for one in ("new", name, "newer", "new")]
    lots[2]["started_at"] = "2999-01-01T00:00:00Z"
    problem = api.refused(
        422, "items-refused", "POST", "/v1/lot-registrations", maker.token, json={"lots": lots}
    )
    assert [field.split(" ")[0] for field in problem["fields"]] == [
        "lots.1:",
        "lots.2.started_at:",
        "lots.3:",
    ]
    assert problem["detail"].startswith("3 of 4 lots")
    assert api.state() == before


def test_every_bad_use_is_named_and_none_is_recorded(api: Api, maker: Firm, factory: Firm) -> None:
    (lot_id,), (theirs,) = lots_of(api, maker, 1), lots_of(api, factory, 1)
    part = api.steel_lot(maker, "part", "10")
    material = {"lot_id": lot_id, "material_lot_id": part, "at": NOON}
    machine = {"lot_id": lot_id, "equipment_id": factory.machines["nc"], "at": NOON}
    uses = [
        steel(api, lot_id),
        steel(api, theirs),
        steel(api, lot_id, "1", "kWh"),
        steel(api, lot_id) | {"at": "2020-01-01T00:00:00Z"},
        steel(api, lot_id) | {"factor_id": UNKNOWN},
        material | {"amount": amount("7", "pc")},
        material | {"amount": amount("4", "pc")},
        machine | {"amount": amount("1", "min")},
        material | {"amount": amount("3", "pc")},
    ]
    before = api.state()
    problem = api.refused(422, "items-refused", "POST", "/v1/lot-uses", maker.token, json={"uses": uses})
    assert [(field.split(" ")[0], field.rpartition("(")[2]) for field in problem["fields"]] == [
        ("uses.1:", "unknown-lot)"),
        ("uses.2.amount:", "unit-does-not-fit)"),
        ("uses.3.at:", "use-before-start)"),
        ("uses.4.factor_id:", "unknown-factor)"),
        ("uses.6:", "more-than-held)"),
        ("uses.7.equipment_id:", "not-own-equipment)"),
    ]
    assert api.state() == before
    malformed = [steel(api, lot_id) | {"amount": 1}, steel(api, lot_id), {"lot_id": lot_id}]
    problem = api.refused(422, "bad-input", "POST", "/v1/lot-uses", maker.token, json={"uses": malformed})
    assert {field.split(".")[1] for field in problem["fields"]} == {"0", "2"}
    assert api.state() == before


def test_every_lot_that_cannot_be_completed_is_named_and_none_is(api: Api, maker: Firm) -> None:
    used, unused = lots_of(api, maker, 2)
    api.use_steel(maker, used)
    good = {"good": amount("1", "pc"), "completed_at": DAY["period_end"]}
    done: list[Any] = [
        {"lot_id": used} | good,
        {"lot_id": used} | good,
        {"lot_id": unused} | good,
        {"lot_id": UNKNOWN} | good,
        {"lot_id": unused} | good | {"good": amount("1", "kg")},
    ]
    before = api.state()
    problem = api.refused(
        422, "items-refused", "POST", "/v1/lot-completions", maker.token, json={"completions": done}
    )
    assert [field.rpartition("(")[2] for field in problem["fields"]] == [
        "lot-not-open)", "lot-without-uses)", "unknown-lot)", "unit-does-not-fit)",
    ]  # fmt: skip
    assert api.state() == before


@pytest.mark.parametrize(
    ("path", "name", "token"),
    [
        ("lot-registrations", "lots", True),
        ("lot-uses", "uses", True),
        ("lot-completions", "completions", True),
        ("lot-enquiries", "lot_ids", False),
    ],
)
def test_a_request_of_none_or_too_many_is_refused(
    api: Api, maker: Firm, path: str, name: str, token: bool
) -> None:
    for items in ([], [UNKNOWN] * (MOST_ITEMS + 1), UNKNOWN, None):
        problem = api.refused(
            422, "bad-input", "POST", f"/v1/{path}", maker.token if token else None, json={name: items}
        )
        assert problem["detail"].startswith(name)


def test_as_many_uses_as_one_request_takes_are_recorded(api: Api, maker: Firm) -> None:
    lots = lots_of(api, maker, 100)
    uses = [steel(api, lots[number % 100]) for number in range(MOST_ITEMS)]
    answer = api.call("POST", "/v1/lot-uses", maker.token, json={"uses": uses})["uses"]
    assert len({use["use_id"] for use in answer}) == MOST_ITEMS


def test_a_mistaken_use_is_taken_back_until_the_lot_is_completed(
    api: Api, maker: Firm, factory: Firm
) -> None:
    first, second = lots_of(api, maker, 2)
    part = api.steel_lot(maker, "part", "10")
    path = f"/v1/lots/{first}/material-uses"
    body = {"material_lot_id": part, "consumption": amount("10", "pc"), "at": NOON}
    wrong = api.call("POST", path, maker.token, json=body)["use_id"]
    right = api.use_steel(maker, first)["use_id"]
    before = api.state()
    for firm, lot_id, use_id in ((factory, first, wrong), (maker, second, wrong), (maker, first, 2**31 - 1)):
        kind = "unknown-lot" if firm is factory else "unknown-use"
        api.refused(404, kind, "DELETE", f"/v1/lots/{lot_id}/uses/{use_id}", firm.token)
    api.refused(422, "bad-input", "DELETE", f"/v1/lots/{first}/uses/{2**31}", maker.token)
    assert api.state() == before
    api.call("DELETE", f"/v1/lots/{first}/uses/{wrong}", maker.token)
    api.refused(404, "unknown-use", "DELETE", f"/v1/lots/{first}/uses/{wrong}", maker.token)
    assert [use["use_id"] for use in api.call("GET", path, maker.token)["uses"]] == [right]
    api.call("POST", path.replace(first, second), maker.token, json=body)
    api.complete(maker, first, "1", settlement="held")
    for path in (f"/v1/lots/{first}/uses/{right}", f"/v1/lots/{first}"):
        api.refused(409, "lot-not-open", "DELETE", path, maker.token)


def test_a_mistaken_lot_is_taken_back_with_its_uses_and_its_name_is_free(
    api: Api, maker: Firm, factory: Firm
) -> None:
    body = {"name": "mistaken", "product": "rod", "started_at": DAY["period_start"]}
    lot_id = api.call("POST", "/v1/lots", maker.token, json=body)["lot_id"]
    api.use_steel(maker, lot_id)
    api.refused(404, "unknown-lot", "DELETE", f"/v1/lots/{lot_id}", factory.token)
    api.call("DELETE", f"/v1/lots/{lot_id}", maker.token)
    api.refused(404, "unknown-lot", "DELETE", f"/v1/lots/{lot_id}", maker.token)
    assert api.call("POST", "/v1/lots", maker.token, json=body)["lot_id"] == lot_id
    assert api.call("GET", f"/v1/lots/{lot_id}/material-uses", maker.token)["uses"] == []
