"""The pages of equipment over the demo's world: what is shown, registering, and what does not fit."""

import re

import pytest

from tanso.platform.auth.models import Role
from tanso.platform.demo.world import World
from tanso.platform.web.render import per_unit

from ..browser import Browser
from .conftest import SignedIn


@pytest.fixture
def maker(signed_in: SignedIn) -> Browser:
    return signed_in("parts")


def test_own_machines_are_there_by_name_with_their_latest_intensity(living: World, maker: Browser) -> None:
    page = maker.get("/equipment")
    assert page.status_code == 200
    machines = living.call("parts", "GET", "/v1/equipment")["items"]
    assert len(machines) == 3
    for machine in machines:
        assert machine["name"] in page.text
        newest = machine["intensities"][0]
        assert per_unit(newest["intensity_pg"], 4) in page.text
        history = maker.get(f"/equipment/{machine['equipment_id']}").text
        assert f"<h1>{machine['name']}</h1>" in history
        assert newest["period_end"][:10] in history
    assert "rolling line" not in page.text  # the steel works'


def test_a_machine_is_registered_once_however_often_its_form_is_sent(living: World, maker: Browser) -> None:
    page = maker.get("/equipment").text
    hidden = dict(re.findall(r'name="(form_\w+)" value="([0-9a-f]+)"', page))
    form = {**hidden, "name": " press 7 ", "unit": "Wh"}
    before = len(living.call("parts", "GET", "/v1/equipment")["items"])
    answers = [maker.send("POST", "/equipment", data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    (place,) = {answer.headers["location"] for answer in answers}
    assert "on its way to the ledger" in maker.get(place).text
    living.settle_down()
    shown = maker.get(place).text
    assert "<h1>press 7</h1>" in shown
    assert "on the ledger" in shown
    assert "not measured yet" in shown
    assert len(living.call("parts", "GET", "/v1/equipment")["items"]) == before + 1
    other = maker.send("POST", "/equipment", data={**form, "name": "press 8"})
    assert other.status_code == 422
    assert "press 8" not in maker.get("/equipment").text


@pytest.mark.parametrize(
    ("name", "unit", "status", "said"),
    [
        ("", "s", 422, "name: is missing"),
        ("   ", "s", 422, "name: is missing"),
        ("a" * 201, "s", 422, "name: is too long"),
        ("<b>press</b>", "furlong", 422, "unit: "),
        ("heating furnace", "Wh", 409, "is registered already, counted in s"),
    ],
)
def test_what_does_not_fit_comes_back_with_what_was_typed(
    living: World, maker: Browser, name: str, unit: str, status: int, said: str
) -> None:
    hidden = dict(re.findall(r'name="(form_\w+)" value="([0-9a-f]+)"', maker.get("/equipment").text))
    rows = living.call("parts", "GET", "/v1/equipment")
    page = maker.send("POST", "/equipment", data={**hidden, "name": name, "unit": unit})
    assert page.status_code == status
    assert said in page.text.replace("&#39;", "'")
    assert 'role="alert"' in page.text
    assert "<b>press" not in page.text
    if name.strip() and status == 409:
        assert f'value="{name}"' in page.text
    assert living.call("parts", "GET", "/v1/equipment") == rows


def test_a_stranger_is_led_to_sign_in_and_a_reader_gets_no_form(
    browser: Browser, signed_in: SignedIn
) -> None:
    for path in ("/equipment", "/equipment/0x" + "5" * 32):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    page = signed_in("parts", Role.READER).get("/equipment").text
    assert "heating furnace" in page
    assert 'action="/equipment' not in page


@pytest.mark.parametrize("equipment_id", ["0x" + "5" * 32, "x", "%00", "0x" + "5" * 300, "<b>", "{other}"])
def test_what_is_not_the_business_s_own_is_not_found(
    living: World, maker: Browser, equipment_id: str
) -> None:
    other = living.call("steel", "GET", "/v1/equipment")["items"][0]["equipment_id"]
    page = maker.get(f"/equipment/{equipment_id.format(other=other)}")
    assert page.status_code == 404
    assert "rolling line" not in page.text
    assert maker.get("/equipment?after=x").status_code == 404
