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
