"""Audits by the API: an auditor sees every business's public side, a business its own with its own store."""

from typing import Any

import pytest

from tanso.platform.auth.models import Role

from .conftest import Api, Firm

ALL_TIME = {"period_start": "2020-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def auditor(api: Api) -> str:
    return api.token(Role.AUDITOR)


@pytest.fixture(scope="module")
def buyer(api: Api) -> Firm:
    firm = api.firm("buyer")
    api.work()
    return firm


def slugs(shown: Any) -> set[str]:
    return {item["slug"] for item in shown["items"]}


def test_a_business_sees_its_account_and_what_its_own_store_says(api: Api, factory: Firm) -> None:
    shown = api.call("GET", f"/v1/audit/{factory.id}", factory.token, params=ALL_TIME)
    assert shown["own_store"] is True
    account = api.call("GET", f"/v1/accounts/{factory.id}", factory.token, params=ALL_TIME)
    assert shown["account"] == account
    # Nothing was made yet: all of 11.224 t is missing. No device of the sample day is in the registry.
    missing = shown["items"][0]
    assert (missing["slug"], missing["severity"]) == ("declared-not-in-lots", "error")
    assert missing["figures"]["missing_ug"] == missing["figures"]["declared_ug"] == account["declared_ug"]
    assert missing["advice"].startswith("If production of that period is yet to be settled")
    unknown = [item for item in shown["items"] if item["slug"] == "unknown-device"]
    assert len(unknown) == 5
    assert {item["figures"]["totals"] for item in unknown} == {1}
    assert shown["next"] is None


def test_an_auditor_sees_the_public_side_of_it_and_no_store(api: Api, factory: Firm, auditor: str) -> None:
    shown = api.call("GET", f"/v1/audit/{factory.id}", auditor, params=ALL_TIME)
    assert shown["own_store"] is False
    assert slugs(shown) == {"declared-not-in-lots", "late-report", "equipment-without-device"}


def test_who_agreed_on_all_equipment_use_sees_the_store_as_long_as_that_holds_and_is_noted(
    api: Api, factory: Firm, buyer: Firm
) -> None:
    path = f"/v1/audit/{factory.id}"
    api.refused(403, "audit-not-open", "GET", path, buyer.token, params=ALL_TIME)
    api.agree(factory, buyer, "materials", "names")
    api.refused(403, "audit-not-open", "GET", path, buyer.token, params=ALL_TIME)
    agreement_id = api.agree(factory, buyer, "equipment")
    assert "unknown-device" in slugs(api.call("GET", path, buyer.token, params=ALL_TIME))
    api.step(factory, agreement_id, "withdrawal")
    api.refused(403, "audit-not-open", "GET", path, buyer.token, params=ALL_TIME)
    uses = api.call("GET", f"/v1/agreements/{agreement_id}/uses", factory.token)["items"]
    assert [(use["lot_id"], use["answered"]) for use in uses] == [("all", True), ("all", False)]


def test_pages_one_by_one_are_the_whole_gravest_first(api: Api, factory: Firm) -> None:
    path = f"/v1/audit/{factory.id}"
    whole = api.call("GET", path, factory.token, params=ALL_TIME)["items"]
    found: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = api.call("GET", path, factory.token, params={**ALL_TIME, "limit": "2", **after})
        found += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == whole
    ranks = [("error", "warning", "note").index(item["severity"]) for item in whole]
    assert ranks == sorted(ranks)
    warnings = api.call("GET", path, factory.token, params={**ALL_TIME, "severity": "warning"})["items"]
    assert warnings == [item for item in whole if item["severity"] == "warning"]


def test_an_auditor_sees_all_businesses_with_their_numbers_of_findings(
    api: Api, factory: Firm, buyer: Firm, auditor: str
) -> None:
    listed = api.call("GET", "/v1/audit", auditor, params=ALL_TIME)
    rows = {item["business_id"]: item for item in listed["items"]}
    assert list(rows) == sorted((factory.id, buyer.id))
    assert (rows[factory.id]["errors"], rows[factory.id]["warnings"], rows[factory.id]["notes"]) == (1, 1, 3)
    assert rows[factory.id]["net_ug"] == rows[factory.id]["declared_ug"] > 0
    assert (rows[buyer.id]["errors"], rows[buyer.id]["net_ug"]) == (0, 0)
    first = api.call("GET", "/v1/audit", auditor, params={**ALL_TIME, "limit": "1"})
    second = api.call("GET", "/v1/audit", auditor, params={**ALL_TIME, "limit": "1", "after": first["next"]})
    assert [*first["items"], *second["items"]] == listed["items"]
    assert second["next"] is None
    api.refused(403, "not-allowed", "GET", "/v1/audit", factory.token, params=ALL_TIME)


def test_a_tolerance_of_all_accuses_nobody(api: Api, factory: Firm, auditor: str) -> None:
    params = {**ALL_TIME, "tolerance_percent": "100"}
    assert "declared-not-in-lots" not in slugs(
        api.call("GET", f"/v1/audit/{factory.id}", auditor, params=params)
    )


def test_what_concerns_the_network_is_shown_to_all(api: Api, buyer: Firm) -> None:
    assert api.call("GET", "/v1/audit/network", buyer.token, params=ALL_TIME) == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"tolerance_percent": "101"}, "bad-input"),
        ({"tolerance_percent": "-1"}, "bad-input"),
        ({"after": "0"}, "bad-input"),
        ({"after": "9" * 46}, "bad-input"),
        ({"limit": "201"}, "bad-input"),
        ({"severity": "fatal"}, "bad-input"),
        ({"period_end": "2020-01-01T00:00:00Z"}, "empty-period"),
    ],
)
def test_bad_input_is_refused_by_name(api: Api, factory: Firm, changed: dict[str, str], kind: str) -> None:
    params = ALL_TIME | changed
    api.refused(422, kind, "GET", f"/v1/audit/{factory.id}", factory.token, params=params)


def test_an_unknown_business_is_not_found(api: Api, auditor: str) -> None:
    api.refused(404, "not-found", "GET", "/v1/audit/0x" + "ab" * 16, auditor, params=ALL_TIME)
