"""Registered factors are found by what they are of and where they come from; versions and withdrawals."""

from typing import Any

import pytest

from .conftest import STEEL, Api, Firm

UNKNOWN = "0x" + "cd" * 16
RESIN = STEEL | {"activity": "resin ABS", "publisher": "Plastics Übersicht 100%", "geography": "Japan"}


@pytest.fixture(scope="module")
def versions(api: Api) -> list[str]:
    """Two versions of the resin's factor, and the grid's; the first version of the resin's is withdrawn."""
    more: list[dict[str, Any]] = [
        RESIN | {"name": "resin-2023", "series": "resin", "kind": "material", "gwp_set": "AR5"},
        RESIN
        | {"name": "resin-2024", "series": "resin", "kind": "material", "year": "2024", "value": "0.25"}
        | {"valid_from": "2024-01-01T00:00:00Z"},
        STEEL | {"name": "grid", "kind": "energy", "value": "0.45", "unit": "kg/kWh"},
    ]
    found = [api.call("POST", "/v1/factors", api.operator, json=body)["factor_id"] for body in more]
    api.work()
    gone = {"withdrawn_from": "2023-07-01T00:00:00Z", "reason": "left out the compounding"}
    api.call("POST", f"/v1/factors/{found[0]}/withdrawal", api.operator, json=gone)
    api.work()
    return found


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"text": "RESIN übersicht"}, ["resin-2023", "resin-2024"]),
        ({"text": "100%"}, ["resin-2023", "resin-2024"]),
        ({"text": "100_"}, []),
        ({"text": "' OR 1=1 --"}, []),
        ({"kind": "energy"}, ["grid"]),
        ({"kind": "not stated"}, ["steel-s45c"]),
        ({"unit": "Wh"}, ["grid"]),
        ({"gwp_set": "AR5"}, ["resin-2023"]),
        ({"gwp_set": "not stated"}, ["resin-2024", "grid", "steel-s45c"]),
        ({"year": "2024", "geography": "Japan"}, ["resin-2024"]),
        ({"publisher": STEEL["publisher"]}, ["grid", "steel-s45c"]),
        ({"series": "resin", "valid_at": "2023-06-30T00:00:00Z"}, ["resin-2023"]),
        ({"series": "resin", "valid_at": "2023-07-01T00:00:00Z"}, []),
        ({"series": "resin", "valid_at": "2024-01-01T00:00:00Z"}, ["resin-2024"]),
        ({"withdrawn": "true"}, ["resin-2023"]),
        ({"withdrawn": "false"}, ["resin-2024", "grid", "steel-s45c"]),
    ],
    ids=str,
)
def test_factors_are_found_by_each_of_their_attributes(
    api: Api, maker: Firm, versions: list[str], wanted: dict[str, str], names: list[str]
) -> None:
    found = api.call("GET", "/v1/factors", maker.token, params=wanted)["items"]
    assert sorted(item["name"] for item in found) == sorted(names)
    paged, after = [], None
    while True:
        params = wanted | {"limit": "1"} | ({"after": after} if after else {})
        page = api.call("GET", "/v1/factors", maker.token, params=params)
        paged += page["items"]
        if (after := page["next"]) is None:
            break
    assert paged == found


def test_a_factor_shows_its_versions_and_why_it_was_withdrawn(
    api: Api, maker: Firm, versions: list[str]
) -> None:
    first, second, _ = versions
    shown = api.call("GET", f"/v1/factors/{first}", maker.token)
    assert shown["withdrawn_from"] == "2023-07-01T00:00:00Z"
    assert [one["reason"] for one in shown["withdrawals"]] == ["left out the compounding"]
    assert (shown["source"]["value"], shown["source"]["publisher"]) == ("0.393", RESIN["publisher"])
    assert api.call("GET", f"/v1/factors/{second}", maker.token)["withdrawals"] == []
    path = f"/v1/factors/{second}/versions"
    page = api.call("GET", path, maker.token, params={"limit": 1})
    assert [item["factor_id"] for item in page["items"]] == [first]
    rest = api.call("GET", path, maker.token, params={"limit": 1, "after": page["next"]})
    assert ([item["factor_id"] for item in rest["items"]], rest["next"]) == ([second], None)


def test_a_withdrawal_reaches_further_back_or_is_refused(api: Api, versions: list[str]) -> None:
    path = f"/v1/factors/{versions[0]}/withdrawal"
    later = {"withdrawn_from": "2023-08-01T00:00:00Z", "reason": "none"}
    before = api.state()
    api.refused(409, "FactorRegistryWithdrawn", "POST", path, api.operator, json=later)
    api.refused(404, "unknown-factor", "POST", f"/v1/factors/{UNKNOWN}/withdrawal", api.operator, json=later)
    assert api.state() == before


@pytest.mark.parametrize(
    "query", ["kind=spell", "unit=kg", "valid_at=today", "gwp_set=", "withdrawn=maybe", "text=%00", "after=x"]
)
def test_a_search_out_of_bounds_is_refused(api: Api, maker: Firm, query: str) -> None:
    api.refused(422, "bad-input", "GET", f"/v1/factors?{query}", maker.token)


def test_an_unknown_factor_is_not_found(api: Api, maker: Firm) -> None:
    for end in ("", "/versions"):
        api.refused(404, "unknown-factor", "GET", f"/v1/factors/{UNKNOWN}{end}", maker.token)


TABLE = """name,series,value,unit,publisher
ours-1,ours,0.5,kg/kWh,Our supplier
ours-2,ours,0.6,kg/kWh,Our supplier
"""
LAYOUT = "[columns]\nname = 'a'\nvalue = 'b'\nunit = 'c'\npublisher = 'd'\n"


def preview(api: Api, firm: Firm, content: str, **data: str) -> Any:
    files = {"file": ("ours.csv", content.encode())}
    return api.call("POST", "/v1/factor-imports", firm.token, files=files, data=data)


def test_own_factors_are_previewed_accepted_used_by_name_and_seen_by_nobody_else(
    api: Api, factory: Firm, maker: Firm
) -> None:
    seen = preview(api, factory, TABLE)
    assert (seen["status"], seen["new"], seen["new_versions"], seen["refused"]) == ("preview", 1, 1, 0)
    assert [row["change_percent"] for row in seen["first"]] == [None, "+20.00"]
    path = f"/v1/factor-imports/{seen['import_id']}"
    site: dict[str, Any] = {
        "zone": "+09:00",
        "energies": [{"energy": "electricity", "factor": "ours-2", "devices": ["main meter"]}],
        "equipment": [{"equipment_id": factory.machines["nc"], "activity_devices": ["NC machine"]}],
    }
    api.refused(422, "factor-unknown", "PUT", "/v1/site", factory.token, json=site)
    for _ in range(2):
        assert api.call("POST", f"{path}/acceptance", factory.token, json={})["status"] == "accepted"
    api.refused(404, "unknown-import", "POST", f"{path}/acceptance", maker.token, json={})
    page = api.call("GET", f"{path}/rows", factory.token, params={"limit": 1})
    rest = api.call("GET", f"{path}/rows", factory.token, params={"after": page["next"]})
    assert [row["given"]["name"] for row in page["items"] + rest["items"]] == ["ours-1", "ours-2"]
    newer = api.call("GET", f"{path}/rows", factory.token, params={"verdict": "new version"})["items"]
    assert newer == rest["items"]
    api.call("PUT", "/v1/site", factory.token, json=site)
    (own,) = api.call("GET", "/v1/own-factors", factory.token, params={"text": "ours-2"})["items"]
    assert (own["factor"]["value"], own["registered"]) == ("0.6", False)
    assert api.call("GET", "/v1/own-factors", maker.token)["items"] == []
    api.refused(404, "unknown-factor", "GET", f"/v1/own-factors/{own['factor_id']}", maker.token)
    assert api.call("GET", "/v1/factor-imports", factory.token)["items"][0]["file_name"] == "ours.csv"
    validity = {"valid_from": "2023-01-01T00:00:00Z", "valid_until": "2030-01-01T00:00:00Z"}
    body = own["factor"] | validity | {"series": own["series"]}
    assert api.call("POST", "/v1/factors", api.operator, json=body)["factor_id"] == own["factor_id"]
    api.work()
    mine = f"/v1/own-factors/{own['factor_id']}"
    assert api.call("GET", mine, factory.token)["registered"]
    api.equip(maker, press="s")
    site["equipment"] = [{"equipment_id": maker.machines["press"], "activity_devices": ["press"]}]
    assert api.call("PUT", "/v1/site", maker.token, json=site)["version"] == 1
    api.call("DELETE", mine, factory.token)
    api.refused(404, "unknown-factor", "DELETE", mine, factory.token)


@pytest.mark.parametrize(
    ("content", "data", "kind"),
    [
        (TABLE, {"layout": LAYOUT}, "layout-refused"),
        (TABLE, {"layout": "a = " + "[" * 9_000}, "layout-refused"),
        (TABLE, {"layout": "x" * 20_001}, "bad-input"),
        ("", {}, "layout-refused"),
        (TABLE.partition("\n")[0], {}, "empty-file"),
        ("PK\x03\x04", {}, "file-refused"),
        (TABLE.partition("\n")[0] + "\n" + "a,a,1,kg/kg,b\n" * 5_001, {}, "file-refused"),
    ],
    ids=["columns", "nested", "long", "empty", "no row", "no workbook", "rows"],
)
def test_a_file_that_is_no_table_of_factors_is_refused_and_leaves_nothing(
    api: Api, maker: Firm, content: str, data: dict[str, str], kind: str
) -> None:
    before = api.state()
    files = {"file": ("x", content.encode())}
    api.refused(422, kind, "POST", "/v1/factor-imports", maker.token, files=files, data=data)
    assert api.state() == before


def test_refused_rows_are_left_out_only_on_request(api: Api, maker: Firm) -> None:
    seen = preview(api, maker, TABLE.replace("ours", "theirs") + "bad,,-1,kg/kg,x\n")
    path = f"/v1/factor-imports/{seen['import_id']}"
    (bad,) = api.call("GET", f"{path}/rows", maker.token, params={"verdict": "refused"})["items"]
    assert bad["place"] == "line 4, column 'value'"
    before = api.state()
    api.refused(409, "rows-refused", "POST", f"{path}/acceptance", maker.token, json={})
    assert api.state() == before
    api.call("POST", f"{path}/acceptance", maker.token, json={"take": "good rows"})
    assert len(api.call("GET", "/v1/own-factors", maker.token)["items"]) == 2
