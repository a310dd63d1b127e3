"""The auditor's pages over the demo's world: who sees which, the picture of an account, nonsense."""

import re
from typing import Any

import pytest

from tanso.oracle.store import writing
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token
from tanso.platform.demo.world import BUSINESSES, World
from tanso.platform.web.render import mass

from ..browser import Browser
from .conftest import SignedIn


@pytest.fixture
def auditor(signed_in: SignedIn) -> Browser:
    return signed_in("parts", Role.AUDITOR)


def account_of(living: World, who: str) -> Any:
    business = living.businesses[who]
    period = {"period_start": "2000-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}
    return living.call(who, "GET", f"/v1/accounts/{business.id}", params=period)


def test_an_auditor_sees_all_businesses_by_id_and_none_by_name(living: World, auditor: Browser) -> None:
    assert '<a href="/audit">' in auditor.get("/").text
    page = auditor.get("/audit")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for business in living.businesses.values():
        assert f'href="/audit/{business.id}?' in page.text
    assert not any(name in page.text for name in BUSINESSES.values())
    assert mass(account_of(living, "steel")["declared_ug"]) in page.text


def test_the_picture_of_an_account_has_two_bars_of_the_same_length(living: World, auditor: Browser) -> None:
    """Steel: 53 t declared, 197 kg shipped, the rest held; its net, 3 µg below zero, is with what came."""
    business_id = living.businesses["steel"].id
    page = auditor.get(f"/audit/{business_id}").text
    bars = re.findall(r'class="bar" role="img" aria-label="([^:]+):[^"]*">(.*?)</div>', page)
    lengths = {title: sum(map(int, re.findall(r"flex: (\d+)", parts))) for title, parts in bars}
    account = account_of(living, "steel")
    assert account["net_ug"] < 0
    assert lengths["What came"] == account["declared_ug"] - account["net_ug"]
    assert lengths["What came"] == lengths["Where it is"] == account["outflow_ug"] + account["closing_ug"]
    assert f'<b id="net">{mass(account["net_ug"])}</b>' in page
    assert "is not open to you" in page
    assert "equipment-without-device" in page
    assert "tanso audit" in page


def test_a_business_is_led_to_its_own_audit_by_name_with_its_own_store(
    living: World, browser: Browser
) -> None:
    business = living.businesses["parts"]
    browser.sign_in(business.token)
    answer = browser.get("/audit")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/audit/{business.id}")
    page = browser.get(answer.headers["location"]).text
    assert f"<h1>{BUSINESSES['parts']}</h1>" in page
    assert "is not open to you" not in page
    assert 'class="card finding warning"' in page
    assert "Left over: work in progress" in page


def test_nobody_else_sees_an_audit(living: World, browser: Browser) -> None:
    path = f"/audit/{living.businesses['steel'].id}"
    assert browser.get(path).status_code == 401
    assert browser.get("/audit").status_code == 401
    browser.sign_in(living.businesses["buyer"].token)
    refused = browser.get(path)
    assert refused.status_code == 403
    assert "is not open to this token" in refused.text
    with writing(living.node.engine) as session:
        operator = issue_token(session, Role.OPERATOR, label="operator").token
    browser.sign_in(operator)
    assert browser.get("/audit").status_code == 403
    assert '<a href="/audit">' not in browser.get("/").text


def test_the_time_is_cut_by_days(living: World, auditor: Browser) -> None:
    page = auditor.get(f"/audit/{living.businesses['steel'].id}?from=2000-01-01&to=2000-01-02").text
    assert '<b id="declared">0 µg</b>' in page
    assert page.count("<p>Nothing.</p>") == 4
    assert 'value="2000-01-01"' in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?from=soon", 422),
        ("?from=1969-12-31", 422),
        ("?to=2026-02-30", 422),
        ("?from=2026-02-02&to=2026-02-02", 422),
        ("?from=0001-01-01", 422),
        ("?from=2000-01-01&to=9999-12-31", 200),
    ],
)
def test_a_day_that_is_none_is_refused(living: World, auditor: Browser, query: str, status: int) -> None:
    path = f"/audit/{living.businesses['steel'].id}"
    assert auditor.get(path + query).status_code == status
    assert auditor.get("/audit" + query).status_code == status


@pytest.mark.parametrize("business_id", ["0x" + "ab" * 16, "x", "%00", "0x" + "5" * 300, "<b>"])
def test_an_unknown_business_is_not_found(auditor: Browser, business_id: str) -> None:
    page = auditor.get(f"/audit/{business_id}")
    assert page.status_code == 404
    assert "<b>.." not in page.text
