"""The pages of agreements over the demo's world: offered, read, accepted, used, ended, deleted, by forms."""

import re
from typing import Any

import pytest

from tanso.platform.auth.models import Role
from tanso.platform.demo.world import World

from ..browser import Browser
from .conftest import SignedIn

OFFER = {
    "materials": "yes",
    "names": "yes",
    "depth": "1",
    "purpose": "our own footprint",
    "valid_until": "2100-01-01",
}


def hidden(page: str) -> dict[str, str]:
    """What the first form of a page hides."""
    return dict(re.findall(r'name="(form_\w+)" value="([0-9a-f]+)"', page)[:2])


def send(browser: Browser, page: str, path: str, **fields: str) -> Any:
    """Sends a form of a page to a path."""
    return browser.send("POST", path, data={**hidden(browser.get(page).text), **fields})


def offered(living: World, provider: Browser, receiver: str, **fields: str) -> str:
    """The page of an agreement that was offered by the form, and stands on the ledger."""
    terms = {"receiver_id": living.businesses[receiver].id} | OFFER | fields
    answer = send(provider, "/agreements/offer", "/agreements/offer", **terms)
    assert answer.status_code == 303, answer.text
    living.settle_down()
    return str(answer.headers["location"])


def step(living: World, browser: Browser, path: str, name: str) -> str:
    """The agreement's page after a step that was taken by its form."""
    assert f'action="{path}/{name}"' in browser.get(path).text
    answer = send(browser, path, f"{path}/{name}")
    assert (answer.status_code, answer.headers["location"]) == (303, path), answer.text
    living.settle_down()
    return browser.get(path).text


def buttons(page: str) -> set[str]:
    return set(re.findall(r'action="/agreements/0x[0-9a-f]+/([a-z-]+)"', page))


def test_from_the_offer_to_the_confirmed_deletion_by_forms_alone(living: World, signed_in: SignedIn) -> None:
    steel, bakery = signed_in("steel"), signed_in("bakery")
    path = offered(living, steel, "bakery")
    assert buttons(steel.get(path).text) == {"withdrawal"}
    assert f'href="{path}">our own footprint' in bakery.get("/agreements").text
    read = bakery.get(path).text
    assert "You are the receiver" in read
    assert "<b>materials</b>: what the lots are made of" in read
    assert buttons(read) == {"acceptance", "withdrawal"}
    taken = step(living, bakery, path, "acceptance")
    assert (">in force<" in taken, buttons(taken)) == (True, {"withdrawal"})
    lot = living.call("steel", "GET", "/v1/lots")["items"][0]["lot_id"]
    living.call("bakery", "GET", f"/v1/lots/{lot}/material-uses")
    used = steel.get(path).text
    assert re.search(rf"the receiver <?.*{lot}.*materials.*yes", used.replace("\n", "")), used
    assert lot not in bakery.get(path).text.partition("Every use")[2]
    demanded = step(living, steel, path, "deletion-demand")
    assert (">deletion demanded<" in demanded, buttons(demanded)) == (True, set())
    deleted = step(living, bakery, path, "deletion")
    assert (">deleted and confirmed<" in deleted, buttons(deleted)) == (True, set())
    assert "signed by the receiver's account" in steel.get(path).text.replace("&#39;", "'")


def test_a_form_that_is_sent_twice_offers_one_agreement(living: World, signed_in: SignedIn) -> None:
    dairy = signed_in("dairy")
    form = {
        **hidden(dairy.get("/agreements/offer").text), **OFFER,
        "receiver_id": living.businesses["press"].id,
    }  # fmt: skip
    answers = [dairy.send("POST", "/agreements/offer", data=form) for _ in range(2)]
    (path,) = {answer.headers["location"] for answer in answers}
    assert "Your offer is on its way to the ledger" in dairy.get(path).text
    assert len(living.call("dairy", "GET", "/v1/agreements")["items"]) == 1
    living.settle_down()
    page = dairy.get(path).text
    twice = [dairy.send("POST", f"{path}/withdrawal", data=hidden(page)) for _ in range(2)]
    assert [answer.headers["location"] for answer in twice] == [path, path]
    assert "The end that you asked for is on its way" in dairy.get(path).text
    assert buttons(dairy.get(path).text) == set()
    living.settle_down()
    assert "declined or taken back" in dairy.get(path).text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("receiver_id", "0x12", "receiver_id: is not written as it must be"),
        ("receiver_id", "0x" + "5" * 32, "is registered"),
        ("purpose", " ", "purpose: "),
        ("depth", "17", "depth: "),
        ("depth", "9" * 300, "depth: "),
        ("valid_until", "2020-01-01", "valid_until: lies in the past"),
        ("valid_until", "soon", "valid_until: write a time"),
        ("lots", "0x12", "lots: "),
        ("materials", "", "fields: "),
    ],
)
def test_what_does_not_fit_comes_back_by_name_with_what_was_typed(
    living: World, signed_in: SignedIn, field: str, value: str, said: str
) -> None:
    browser = signed_in("buyer")
    fields = OFFER | {"receiver_id": living.businesses["press"].id, "names": "", "purpose": "“kept” <b>"}
    page = send(browser, "/agreements/offer", "/agreements/offer", **(fields | {field: value}))
    assert page.status_code == 422
    assert said in page.text
    if field != "purpose":
        assert "“kept” &lt;b&gt;" in page.text
    assert living.call("buyer", "GET", "/v1/agreements")["items"] == []


def test_who_may_not_sees_no_button_and_is_refused(living: World, signed_in: SignedIn) -> None:
    provider = signed_in("aggregator")
    path = offered(living, provider, "press")
    reader, clerk = signed_in("aggregator", Role.READER), signed_in("aggregator", Role.CLERK)
    for browser in (reader, clerk):
        assert "our own footprint" in browser.get(path).text
        assert buttons(browser.get(path).text) == set()
        assert "/agreements/offer" not in browser.get("/agreements").text
        assert browser.get("/agreements/offer").status_code == 403
        token = {"form_token": browser.form_token("/"), "form_key": "0" * 32}
        for name in ("withdrawal", "deletion-demand", "acceptance"):
            assert browser.send("POST", f"{path}/{name}", data=token).status_code == 403
        assert browser.send("POST", "/agreements/offer", data=token).status_code == 403
    not_mine = provider.send("POST", f"{path}/acceptance", data=hidden(provider.get(path).text))
    assert (not_mine.status_code, "only the receiver" in not_mine.text) == (403, True)
    assert provider.send("POST", f"{path}/nonsense", data=hidden(provider.get(path).text)).status_code == 404


def test_nobody_else_sees_an_agreement_and_a_stranger_is_led_to_sign_in(
    living: World, signed_in: SignedIn
) -> None:
    path = offered(living, signed_in("assembler"), "press")
    third, stranger = signed_in("dairy"), Browser(living.app)
    for page in (third.get(path), third.get("/agreements/x"), third.get("/agreements/%00")):
        assert (page.status_code, "our own footprint" in page.text) == (404, False)
    assert path not in third.get("/agreements").text
    assert send(third, "/agreements/offer", f"{path}/withdrawal").status_code == 404
    for place in ("/agreements", "/agreements/offer", path):
        answer = stranger.get(place)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    stranger.close()
