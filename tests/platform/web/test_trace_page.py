"""The page of a search upstream over the demo's world: who may ask, and each place marked in words."""

import re

import pytest

from tanso.platform.auth.models import Role
from tanso.platform.demo.world import World

from ..browser import Browser
from .conftest import SignedIn


@pytest.fixture(scope="module")
def final_lot(living: World) -> str:
    return str(living.call("customer", "GET", "/v1/lots")["items"][0]["lot_id"])


def test_the_customer_sees_the_tree_with_proofs_as_far_as_it_is_disclosed(
    living: World, signed_in: SignedIn, final_lot: str
) -> None:
    page = signed_in("customer").get(f"/lots/{final_lot}/trace")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    trace = living.call("customer", "GET", f"/v1/lots/{final_lot}/trace")
    inputs = sum(len(lot["inputs"]) for lot in trace["lots"])
    assert f'<b id="lots">{len(trace["lots"])}</b>' in page.text
    assert f'<b id="proved">{inputs} of {inputs}</b>' in page.text
    assert f'id="states">{len(trace["lots"])} shown with proof<' in page.text
    for lot in trace["lots"]:
        assert page.text.count(f'id="lot-{lot["lot_id"]}"') == 1
        assert lot["names"]["product"] in page.text
    assert page.text.count("drawn elsewhere") == 1  # the steel that both parts are made of


def test_the_assembler_sees_what_its_suppliers_refuse_at_its_place(
    living: World, signed_in: SignedIn, final_lot: str
) -> None:
    page = signed_in("assembler").get(f"/lots/{final_lot}/trace").text
    assert re.search(r'id="states">1 shown with proof, 2 refused<', page)
    assert page.count("no agreement in force discloses it") == 2
    assert "Product A" not in page


def test_an_operator_asks_no_other_server_and_a_stranger_is_led_to_sign_in(
    living: World, signed_in: SignedIn, final_lot: str
) -> None:
    page = signed_in("customer", Role.OPERATOR).get(f"/lots/{final_lot}/trace")
    assert (page.status_code, "1 refused" in page.text, "Drive unit" in page.text) == (200, True, False)
    stranger = Browser(living.app)
    answer = stranger.get(f"/lots/{final_lot}/trace")
    stranger.close()
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("lot", ["0x" + "5" * 32, "x", "%00", "0x" + "5" * 300, "<b>"])
def test_a_lot_that_is_none_is_not_found(living: World, signed_in: SignedIn, lot: str) -> None:
    page = signed_in("customer").get(f"/lots/{lot}/trace")
    assert page.status_code == 404
    assert "<h1>" in page.text
