"""The pages' routes: who sees what, cookies, headers, and what happens to nonsense."""

import re
from collections.abc import Iterator

import pytest

from tanso.oracle.store import writing
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token, revoke_token
from tanso.platform.demo.world import BUSINESSES, World
from tanso.platform.web.render import mass

from ..browser import Browser

PRODUCTS = ("Steel S45C", "Product A", "Product B", "Drive unit")


@pytest.fixture
def browser(living: World) -> Iterator[Browser]:
    browser = Browser(living.app)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def final_lot(living: World) -> str:
    return str(living.call("customer", "GET", "/v1/lots")["items"][0]["lot_id"])


def names_on(page: str) -> set[str]:
    return {name for name in (*BUSINESSES.values(), *PRODUCTS, "assembly line") if name in page}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api", "/lots/0x" + "5" * 32, "/lots/{lot}"])
def test_every_page_forbids_scripts_framing_and_keeping(browser: Browser, final_lot: str, path: str) -> None:
    page = browser.get(path.format(lot=final_lot))
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "script-src" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "<script" not in page.text


def test_a_report_page_has_the_same_headers(living: World, browser: Browser, final_lot: str) -> None:
    browser.sign_in(living.businesses["customer"].token)
    page = browser.get(f"/lots/{final_lot}/report")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_anyone_sees_a_lot_s_public_figures_and_no_name(browser: Browser, final_lot: str) -> None:
    page = browser.get(f"/lots/{final_lot}")
    assert page.status_code == 200
    assert mass(5_993_990_891_035) in page.text
    assert names_on(page.text) == set()
    assert 'href="/sign-in"' in page.text


def test_the_start_page_of_a_stranger_names_nobody_and_lists_nothing(browser: Browser) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert names_on(page.text) == set()
    assert "Lots you make or hold" not in page.text
    assert "In sync with the ledger at block" in page.text


def test_asking_for_a_lot_leads_to_its_page_and_nowhere_else(browser: Browser, final_lot: str) -> None:
    answer = browser.send("GET", "/", params={"lot": f" {final_lot} "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/lots/{final_lot}")
    for elsewhere in ("//evil.example", "http://evil.example/", "\\evil", "x\r\nSet-Cookie: a=b"):
        answer = browser.send("GET", "/", params={"lot": elsewhere})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/lots/")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "lot", ["0x" + "5" * 32, "0x12", "lot", "%00", "'%20OR%201=1", "0x" + "g" * 32, "x" * 5000]
)
def test_an_unknown_lot_is_a_page_that_says_so(browser: Browser, lot: str) -> None:
    for path in (f"/lots/{lot}", f"/lots/{lot}/report"):
        page = browser.get(path)
        expected = 401 if path.endswith("report") else 404
        assert page.status_code == expected, page.text
        assert "<h1>" in page.text


def test_an_unknown_lot_is_not_found_by_someone_who_is_signed_in(living: World, browser: Browser) -> None:
    browser.sign_in(living.businesses["customer"].token)
    page = browser.get("/lots/0x" + "5" * 32 + "/report")
    assert (page.status_code, "No such thing" in page.text) == (404, True)


def test_a_script_in_an_address_is_escaped(browser: Browser) -> None:
    page = browser.get("/lots/%3Cscript%3Ealert(1)")
    assert page.status_code == 404
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script" not in page.text


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(
    living: World, browser: Browser
) -> None:
    answer = browser.sign_in(f" {living.businesses['customer'].token} ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = [part.strip().lower() for part in answer.headers["set-cookie"].split(";")]
    assert re.fullmatch("tanso_session=[0-9a-f]{64}", cookie[0])
    assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= set(cookie)
    assert "secure" not in cookie  # over plain http on one's own machine it would never come back


def test_over_https_the_cookie_is_never_sent_in_the_clear(living: World) -> None:
    browser = Browser(living.app, "https://localhost")
    answer = browser.sign_in(living.businesses["customer"].token)
    browser.close()
    assert "secure" in [part.strip().lower() for part in answer.headers["set-cookie"].split(";")]


def test_signed_in_one_sees_one_s_own_lots(living: World, browser: Browser, final_lot: str) -> None:
    browser.sign_in(living.businesses["customer"].token)
    page = browser.get("/")
    assert "Hikari Machines" in page.text
    assert f'href="/lots/{final_lot}/report"' in page.text
    assert names_on(page.text) == {"Hikari Machines"}
    assert len(re.findall(r'href="/lots/0x[0-9a-f]{32}"', page.text)) == 1


def test_the_maker_sees_its_product_s_name_on_the_lot_s_page_and_the_customer_does_not(
    living: World, browser: Browser, final_lot: str
) -> None:
    browser.sign_in(living.businesses["assembler"].token)
    assert names_on(browser.get(f"/lots/{final_lot}").text) == {"Drive unit"}
    browser.sign_in(living.businesses["customer"].token)
    assert names_on(browser.get(f"/lots/{final_lot}").text) == set()


def test_the_customer_reads_the_report_with_the_names_disclosed_to_it(
    living: World, browser: Browser, final_lot: str
) -> None:
    browser.sign_in(living.businesses["customer"].token)
    page = browser.get(f"/lots/{final_lot}/report")
    assert page.status_code == 200
    makers = {"Gwangyang Steel", "Asahi Parts", "Minato Assembly"}
    assert names_on(page.text) == {*makers, *PRODUCTS, "assembly line"}


def test_a_stranger_gets_no_report(browser: Browser, final_lot: str) -> None:
    page = browser.get(f"/lots/{final_lot}/report")
    assert page.status_code == 401
    assert "Sign in for a business" in page.text
    assert names_on(page.text) == set()


@pytest.mark.parametrize("who", ["bakery", "buyer", "aggregator"])
def test_a_business_to_which_nothing_is_disclosed_gets_no_report(
    living: World, browser: Browser, final_lot: str, who: str
) -> None:
    browser.sign_in(living.businesses[who].token)
    page = browser.get(f"/lots/{final_lot}/report")
    assert page.status_code == 403
    assert "not disclosed to this token" in page.text
    assert names_on(page.text) == set()


def test_the_operator_may_sign_in_and_reads_no_business_s_report(
    living: World, browser: Browser, final_lot: str
) -> None:
    browser.sign_in(living.operator)
    assert "the operator" in browser.get("/").text
    assert browser.get(f"/lots/{final_lot}/report").status_code == 403


@pytest.mark.parametrize("token", ["", " ", "wrong", "tanso_" + "A" * 40, "é", "a" * 200])
def test_a_wrong_token_is_refused_and_sets_no_cookie(browser: Browser, token: str) -> None:
    page = browser.sign_in(token)
    assert page.status_code == 401
    assert "set-cookie" not in page.headers
    assert "Not signed in" in page.text
    assert 'id="who"' not in browser.get("/").text
    assert not token.strip() or token not in page.text or token == "wrong"


def test_a_form_that_is_too_long_is_refused(browser: Browser) -> None:
    assert browser.sign_in("a" * 301).status_code == 422


def test_a_token_that_was_withdrawn_signs_nobody_in(living: World, browser: Browser, final_lot: str) -> None:
    with writing(living.node.engine) as session:
        issued = issue_token(
            session, Role.MANAGER, business_id=living.businesses["customer"].id, label="lost"
        )
    browser.sign_in(issued.token)
    assert browser.get(f"/lots/{final_lot}/report").status_code == 200
    with writing(living.node.engine) as session:
        revoke_token(session, issued.client_id)
    assert browser.get(f"/lots/{final_lot}/report").status_code == 401
    assert "Sign in" in browser.get("/").text


def test_signing_out_forgets_the_token(living: World, browser: Browser, final_lot: str) -> None:
    browser.sign_in(living.businesses["customer"].token)
    assert browser.get(f"/lots/{final_lot}/report").status_code == 200
    answer = browser.post("/sign-out", "/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get(f"/lots/{final_lot}/report").status_code == 401


def test_signing_out_takes_more_than_a_link(living: World, browser: Browser) -> None:
    browser.sign_in(living.businesses["customer"].token)
    assert browser.get("/sign-out").status_code == 405
    assert "Hikari Machines" in browser.get("/").text


def test_the_cookie_alone_changes_nothing_by_the_api(living: World, browser: Browser, final_lot: str) -> None:
    # No page of another site can know what stands in our forms.
    browser.sign_in(living.businesses["customer"].token)
    assert browser.get(f"/v1/lots/{final_lot}/report").status_code == 200
    body = {"name": "by cookie", "product": "x"}
    for headers in ({}, {"X-Form-Token": ""}, {"X-Form-Token": "0" * 64}, {"X-Form-Token": "é".encode()}):
        answer = browser.send("POST", "/v1/lots", json=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:tanso:problem:form-token-missing")
    answer = browser.send("POST", "/v1/lots", json=body, headers={"X-Form-Token": browser.form_token("/")})
    assert answer.status_code == 201


def test_the_api_page_lists_every_route_of_the_openapi_document(browser: Browser) -> None:
    page = browser.get("/api").text
    document = browser.get("/openapi.json").json()
    assert len(document["paths"]) > 20
    for path, operations in document["paths"].items():
        assert f"<code>{path}</code>" in page
        for operation in operations.values():
            assert operation["summary"].replace("'", "&#39;") in page


def test_pages_are_not_in_the_openapi_document(browser: Browser) -> None:
    paths = browser.get("/openapi.json").json()["paths"]
    assert {"/", "/sign-in", "/sign-out", "/api", "/lots/{lot_id}"} & set(paths) == set()
