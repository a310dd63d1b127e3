"""The pages of lots over the demo's world, as a clerk of the parts maker uses them."""

import html
import re
import socket
from itertools import count

import httpx
import pytest
from web3 import HTTPProvider, Web3

from tanso.contracts.ledger import Ledger
from tanso.oracle.store import reading
from tanso.platform.auth.models import Role
from tanso.platform.demo.world import World
from tanso.platform.lots.drafts import LotDraft
from tanso.platform.web import lots as lot_pages
from tanso.platform.web.render import mass

from ..api.conftest import all_rows
from ..browser import Browser
from .conftest import SignedIn

MORNING, NOON, EVENING = "2023-01-25T08:00", "2023-01-25T12:00", "2023-01-25T20:00"
"""On the parts maker's day, by its clock in Japan."""
NUMBERS = count(1)
LOTS = ("lot_draft", "lot_input", "settlement", "outbox_message")


@pytest.fixture(scope="module")
def clerk(signed_in: SignedIn) -> Browser:
    return signed_in("parts", Role.CLERK)


@pytest.fixture(scope="module")
def resin(living: World) -> str:
    items = living.call("operator", "GET", "/v1/factors")["items"]
    return next(one["factor_id"] for one in items if one["source"]["name"] == "resin-abs-ctn-2023")


@pytest.fixture(scope="module")
def line(living: World) -> str:
    items = living.call("parts", "GET", "/v1/equipment")["items"]
    return next(str(one["equipment_id"]) for one in items if one["name"] == "assembly line")


def register(browser: Browser, product: str = "Bracket", started_at: str = MORNING) -> str:
    """The path of a new draft's page."""
    name = f"B {next(NUMBERS)}"
    answer = browser.fill("/lots", "/lots", product=product, name=name, unit="pc", started_at=started_at)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def record(browser: Browser, path: str, resin: str, kg: str = "1") -> httpx.Response:
    typed = {"source": f"factor:{resin}", "consumption": kg, "consumption_unit": "kg", "at": NOON}
    return browser.fill(path, f"{path}/material-uses", **typed)


def complete(browser: Browser, path: str, **more: str) -> httpx.Response:
    typed = {"good": "20", "good_unit": "pc", "defects": "1", "defects_unit": "pc", "completed_at": EVENING}
    return browser.fill(path, f"{path}/completion", **typed | more)


def made(living: World, browser: Browser, resin: str) -> str:
    """The path of the page of a settled lot of 20 from a kilogram of resin."""
    path = register(browser)
    record(browser, path, resin)
    assert complete(browser, path).headers["location"] == path
    living.settle_down()
    return path


def of_lots(living: World) -> dict[str, list[tuple[object, ...]]]:
    rows = all_rows(living.node.engine)
    return {name: rows[name] for name in LOTS}


def text_of(answer: httpx.Response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def test_a_lot_goes_from_its_registration_to_the_consignee(
    living: World, clerk: Browser, resin: str, line: str
) -> None:
    path = register(clerk, "Hinge")
    lot_id = path.rpartition("/")[2]
    assert "Nothing went into it yet" in clerk.get(path).text
    assert record(clerk, path, resin, "0.2").headers["location"] == path
    typed = {"equipment_id": line, "activity": "6", "activity_unit": "min", "at": NOON}
    assert clerk.fill(path, f"{path}/equipment-uses", **typed).headers["location"] == path
    draft = clerk.get(path)
    assert "resin ABS by factor 200 g 2023-01-25 12:00 50.800 g" in text_of(draft)
    assert "assembly line equipment 360 s" in text_of(draft)
    assert re.search(r'role="img" aria-label="CO2e so far: resin ABS 50.800 g, assembly line \d', draft.text)
    (so_far,) = re.findall('<b id="so-far">([^<]+)</b>', draft.text)

    assert complete(clerk, path).headers["location"] == path
    assert "On its way to the ledger" in clerk.get(path).text
    assert f'<b id="so-far">{so_far}</b>' in clerk.get(path).text
    living.settle_down()
    lot = living.call(None, "GET", f"/v1/lots/{lot_id}")
    assert (lot["good"], lot["defects"], mass(lot["co2_ug"])) == (20, 1, so_far)

    customer = living.businesses["customer"].id
    typed = {"to_business_id": customer, "quantity": "12", "quantity_unit": "pc"}
    assert clerk.fill(path, f"{path}/shipments", **typed).headers["location"] == path
    assert "on its way ship 12" in text_of(clerk.get(path))
    living.settle_down()
    typed = {"quantity": "2", "quantity_unit": "pc", "purpose": "tested"}
    assert clerk.fill(path, f"{path}/consumptions", **typed).headers["location"] == path
    living.settle_down()
    shown = text_of(clerk.get(path))
    assert "held by you 6 pc shipped 12 pc used up 2 pc" in shown
    assert f"shipped to {customer} 12 pc" in shown
    assert "used up: tested 2 pc" in shown
    held = living.call("customer", "GET", "/v1/lots")["items"]
    assert {one["lot_id"]: one["held_quantity"] for one in held}[lot_id] == 12


def test_a_bought_lot_is_used_in_a_draft_and_its_page_says_so(living: World, clerk: Browser) -> None:
    steel = re.findall(r'href="/lots/(0x\w+)"', clerk.get("/lots?of=bought").text)[0]
    path = register(clerk)
    assert f'<option value="lot:{steel}">' in clerk.get(path).text
    typed = {"source": f"lot:{steel}", "consumption": "0.5", "consumption_unit": "kg", "at": NOON}
    assert clerk.fill(path, f"{path}/material-uses", **typed).status_code == 303
    shown = text_of(clerk.get(f"/lots/{steel}"))
    assert re.search(r"went into Bracket, B \d+ 500 g not settled yet", shown)
    assert "in lots of yours" in shown


def test_a_form_sent_twice_counts_once(living: World, clerk: Browser, resin: str) -> None:
    hidden = clerk.hidden("/lots", "/lots")
    typed = hidden | {"product": "Twice", "name": f"T {next(NUMBERS)}", "unit": "pc", "started_at": MORNING}
    first, again = (clerk.send("POST", "/lots", data=typed) for _ in range(2))
    assert first.status_code == again.status_code == 303
    path = first.headers["location"]
    assert again.headers["location"] == path
    use = clerk.hidden(path, f"{path}/material-uses") | {
        "source": f"factor:{resin}", "consumption": "1", "consumption_unit": "kg", "at": NOON,
    }  # fmt: skip
    for _ in range(3):
        assert clerk.send("POST", f"{path}/material-uses", data=use).headers["location"] == path
    assert "1 use of material" in text_of(clerk.get(path))
    complete(clerk, path)
    living.settle_down()
    typed = {"to_business_id": living.businesses["customer"].id, "quantity": "5", "quantity_unit": "pc"}
    ship = clerk.hidden(path, f"{path}/shipments") | typed
    for _ in range(2):
        assert clerk.send("POST", f"{path}/shipments", data=ship).status_code == 303
    living.settle_down()
    assert clerk.send("POST", f"{path}/shipments", data=ship).status_code == 303
    living.settle_down()
    assert "held by you 15 pc shipped 5 pc" in text_of(clerk.get(path))


def test_a_form_that_was_changed_after_it_was_sent_is_not_taken_for_the_first(
    living: World, clerk: Browser, resin: str
) -> None:
    path = register(clerk)
    use = clerk.hidden(path, f"{path}/material-uses") | {
        "source": f"factor:{resin}", "consumption": "1", "consumption_unit": "kg", "at": NOON,
    }  # fmt: skip
    clerk.send("POST", f"{path}/material-uses", data=use)
    before = of_lots(living)
    answer = clerk.send("POST", f"{path}/material-uses", data=use | {"consumption": "2"})
    assert answer.status_code == 422
    assert "stands for another request" in answer.text
    assert 'value="2"' in answer.text
    assert of_lots(living) == before


WRONG = [
    ("material-uses", {"source": "", "consumption": "1", "consumption_unit": "kg"}, "source: no material"),
    ("material-uses", {"source": "factor:{resin}", "consumption": "", "consumption_unit": "kg"},
     "consumption: is missing"),
    ("material-uses", {"source": "factor:{resin}", "consumption": "1,5", "consumption_unit": "kg"},
     "consumption: '1,5' is not a decimal number"),
    ("material-uses", {"source": "factor:{resin}", "consumption": "1", "consumption_unit": "kWh"},
     "consumption:"),
    ("material-uses", {"source": "factor:0x12", "consumption": "1", "consumption_unit": "kg"},
     "factor_id: is not written as it must be"),
    ("material-uses", {"source": "lot:0x" + "ab" * 16, "consumption": "1", "consumption_unit": "kg"},
     "material_lot_id: no settled lot"),
    ("material-uses", {"source": "factor:{resin}", "consumption": "1", "consumption_unit": "kg",
     "at": "2023-01-24T08:00"}, "at: the use at 2023-01-23T23:00:00Z is before the lot's start"),
    ("material-uses", {"source": "factor:{resin}", "consumption": "1", "consumption_unit": "kg",
     "at": "yesterday"}, "at: 'yesterday' is not a time"),
    ("material-uses", {"source": "factor:{resin}", "consumption": "1", "consumption_unit": "kg",
     "at": "2199-01-01T00:00"}, "at: lies in the future"),
    ("equipment-uses", {"equipment_id": "", "activity": "1", "activity_unit": "min"}, "equipment_id:"),
    ("equipment-uses", {"equipment_id": "0x" + "ab" * 16, "activity": "1", "activity_unit": "min"},
     "equipment_id: no equipment"),
    ("completion", {"good": "0", "good_unit": "pc"}, "good:"),
    ("completion", {"good": "1.5", "good_unit": "pc"}, "good:"),
    ("completion", {"good": "5", "good_unit": "pc", "defects": "-1", "defects_unit": "pc"}, "defects:"),
    ("completion", {"good": "5", "good_unit": "pc", "completed_at": "2023-01-25T09:00"}, "completed_at:"),
    ("completion", {"good": "5", "good_unit": "pc", "settlement": "never"}, "settlement:"),
    ("uses", {"use_id": "x"}, "use_id:"),
    ("uses", {"use_id": "9" * 30}, "use_id:"),
    ("uses", {"use_id": str(2**31)}, "use_id:"),
    ("uses", {"use_id": "999999"}, "has no use 999999"),
]  # fmt: skip


def test_what_does_not_fit_comes_back_by_name_with_what_was_typed(
    living: World, clerk: Browser, resin: str
) -> None:
    path = register(clerk)
    record(clerk, path, resin)
    hidden = {form: clerk.hidden(path, f"{path}/{form}") for form in {form for form, _, _ in WRONG}}
    before = of_lots(living)
    for form, typed, problem in WRONG:
        filled = {name: value.format(resin=resin) for name, value in typed.items()}
        # A refused form leaves no trace, so its key serves for the next one.
        answer = clerk.send("POST", f"{path}/{form}", data=hidden[form] | filled)
        assert answer.status_code in (404, 422), (form, typed, answer.status_code)
        alert = re.search(rf'role="alert" id="{form}-problem">(.*?)</div>', answer.text, re.S)
        assert alert, (form, typed)
        assert problem in html.unescape(alert[1]), (form, typed, alert[1])
        for name, value in filled.items():
            if name in ("consumption", "activity", "good", "at", "completed_at"):
                assert re.search(rf'id="{form}-{name}"[^>]* value="{re.escape(value)}"', answer.text)
        if "consumption:" in problem:
            described = 'aria-invalid="true" aria-describedby="material-uses-problem"'
            assert f'name="consumption" {described}' in answer.text
    assert of_lots(living) == before


def test_a_name_that_is_there_already_comes_back_on_the_list(living: World, clerk: Browser) -> None:
    typed = {"product": "Bolt <b>", "name": f"Bolt {next(NUMBERS)}", "unit": "pc"}
    assert clerk.fill("/lots", "/lots", **typed).status_code == 303
    before = of_lots(living)
    answer = clerk.fill("/lots", "/lots", **typed)
    assert answer.status_code == 409
    assert "this business has a lot named" in answer.text
    assert '<details class="card" open>' in answer.text
    assert 'value="Bolt &lt;b&gt;"' in answer.text
    for wrong in ({"unit": "kg"}, {"product": ""}, {"name": "\x00"}, {"name": "x" * 201}):
        again = clerk.fill("/lots", "/lots", **typed | {"name": "other"} | wrong)
        assert again.status_code == 422
        assert f"{next(iter(wrong))}:" in again.text
    assert clerk.fill("/lots", "/lots", **typed | {"product": "x" * 2001}).status_code == 422
    many = clerk.fill("/lots", "/lots", **typed, **{f"x{n}": "" for n in range(60)})
    assert many.status_code == 400
    assert of_lots(living) == before


def test_a_mistaken_use_and_a_mistaken_draft_are_taken_back(clerk: Browser, resin: str) -> None:
    path = register(clerk)
    record(clerk, path, resin)
    (use_id,) = re.findall(r'name="use_id" value="(\d+)"', clerk.get(path).text)
    assert clerk.fill(path, f"{path}/uses", use_id=use_id).headers["location"] == path
    assert "Nothing went into it yet" in clerk.get(path).text
    assert clerk.fill(path, f"{path}/take-back").headers["location"] == "/lots"
    assert clerk.get(path).status_code == 404


def test_a_held_lot_waits_until_somebody_settles_it(living: World, clerk: Browser, resin: str) -> None:
    path = register(clerk)
    record(clerk, path, resin)
    complete(clerk, path, settlement="held")
    living.settle_down()
    waiting = clerk.get(path).text
    assert "It waits until somebody settles it" in waiting
    assert "/completion" not in waiting
    assert clerk.fill(path, f"{path}/settlement").headers["location"] == path
    living.settle_down()
    assert "On the ledger" in clerk.get(path).text


def test_a_machine_without_an_intensity_has_no_figure_yet_and_the_page_says_why(
    clerk: Browser, resin: str, line: str
) -> None:
    path = register(clerk)
    record(clerk, path, resin)
    typed = {"equipment_id": line, "activity": "6", "activity_unit": "min", "at": "2023-01-27T12:00"}
    clerk.fill(path, f"{path}/equipment-uses", **typed)
    shown = text_of(clerk.get(path))
    assert "254.000 g CO2e so far" in shown
    assert "Not all of it has a figure yet" in shown
    assert re.search(r"no intensity of equipment 0x\w+ is registered at 2023-01-27T03:00:00Z", shown)
    refused = complete(clerk, path, completed_at="2023-01-27T20:00")
    assert refused.status_code == 409
    assert "no intensity of equipment" in refused.text
    assert 'value="2023-01-27T20:00"' in refused.text


def test_a_draft_is_shown_while_the_chain_is_away(
    living: World, clerk: Browser, resin: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = register(clerk)
    record(clerk, path, resin)
    typed = {"equipment_id": line, "activity": "6", "activity_unit": "min", "at": NOON}
    clerk.fill(path, f"{path}/equipment-uses", **typed)
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = f"http://127.0.0.1:{server.getsockname()[1]}"
    away = Ledger(Web3(HTTPProvider(nobody)), living.node.ledger.deployment)
    monkeypatch.setattr(living.node, "ledger", away)
    page = clerk.get(path)
    assert page.status_code == 200
    assert page.text.count('<tr class="why">') == 2
    assert "Not all of it has a figure yet" in page.text
    refused = complete(clerk, path)
    assert refused.status_code == 503
    assert "Not completed" in refused.text


def test_the_list_has_the_newest_first_and_goes_on(
    living: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lot_pages, "LISTED", 2)
    dairy = signed_in("dairy", Role.CLERK)
    paths = [register(dairy, started_at=f"2023-02-0{day}T08:00") for day in (2, 1, 4, 3, 5)]
    newest = [paths[n] for n in (4, 2, 3, 0, 1)]
    seen: list[str] = []
    page = "/lots"
    for _ in range(3):
        text = dairy.get(page).text
        seen += re.findall(r'<li><a href="(/lots/0x\w+)"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        page = html.unescape(following[1]) if following else ""
    assert seen == newest
    assert page == ""
    assert text_of(dairy.get("/lots")).count("draft not fixed yet started 2023-02-0") == 2
    for after in ("0x" + "ab" * 16, "x", "%00", newest[0][6:] + "0"):
        assert dairy.get(f"/lots?after={after}").status_code == 404
    # What another business registered is no place in one's own list.
    other = signed_in("bakery", Role.CLERK)
    assert other.get(f"/lots?after={newest[0][6:]}").status_code == 404
    assert not set(newest) & set(re.findall(r"/lots/0x\w+", other.get("/lots").text))


def test_a_reader_sees_all_of_it_and_no_form(
    living: World, signed_in: SignedIn, clerk: Browser, resin: str
) -> None:
    reader = signed_in("parts", Role.READER)
    draft, settled = register(clerk), made(living, clerk, resin)
    for path in ("/lots", draft, settled):
        page = reader.get(path)
        assert page.status_code == 200
        assert 'method="post"' not in page.text
    assert "held by you 20 pc" in text_of(reader.get(settled))


def test_a_draft_is_nobody_else_s(clerk: Browser, signed_in: SignedIn) -> None:
    path = register(clerk, "Secret thing")
    stranger = signed_in("customer", Role.MANAGER)
    page = stranger.get(path)
    assert page.status_code == 404
    assert "Secret thing" not in page.text
    answer = stranger.send("POST", f"{path}/take-back", data=stranger.hidden("/lots", "/lots"))
    assert answer.status_code == 404
    assert clerk.get(path).status_code == 200


def test_a_holder_sees_its_own_part_and_not_the_maker_s(
    living: World, clerk: Browser, signed_in: SignedIn, resin: str
) -> None:
    path = made(living, clerk, resin)
    typed = {"to_business_id": living.businesses["customer"].id, "quantity": "4", "quantity_unit": "pc"}
    clerk.fill(path, f"{path}/shipments", **typed)
    living.settle_down()
    customer = signed_in("customer", Role.CLERK)
    shown = customer.get(path)
    assert "held by you 4 pc" in text_of(shown)
    assert "shipped to" not in shown.text
    assert "Bracket" not in shown.text
    too_much = customer.fill(path, f"{path}/consumptions", quantity="5", quantity_unit="pc")
    assert too_much.status_code == 409
    assert "5 base units" in too_much.text
    assert path in customer.get("/lots?of=bought").text


def test_a_manager_restates_a_lot_and_a_clerk_has_no_such_form(
    living: World, clerk: Browser, signed_in: SignedIn, resin: str
) -> None:
    path = made(living, clerk, resin)
    assert "/restatements" not in clerk.get(path).text
    manager = signed_in("parts", Role.MANAGER)
    typed = {
        "co2": "300",
        "co2_unit": "g",
        "primary": "301",
        "primary_unit": "g",
        "reason": "wrong scales",
    }
    refused = manager.fill(path, f"{path}/restatements", **typed)
    assert (refused.status_code, "primary: 301000000" in refused.text) == (422, True)
    assert 'value="wrong scales"' in refused.text
    answer = manager.fill(path, f"{path}/restatements", **typed | {"primary": "0"})
    assert answer.headers["location"] == path
    living.settle_down()
    assert "should have carried 300.000 g" in clerk.get(path).text
    assert "restated" in text_of(clerk.get("/lots"))


def test_words_find_what_a_draft_may_use(living: World, clerk: Browser) -> None:
    path = register(clerk)
    found = clerk.get(f"{path}?find=Resin ABS").text
    assert len(re.findall(r'value="factor:', found)) == 1
    assert 'value="lot:' not in found
    assert "Nothing has these words" in clerk.get(f"{path}?find=%25_%27").text
    with reading(living.node.engine) as session:
        draft = session.get(LotDraft, path.rpartition("/")[2])
    assert draft is not None
    assert draft.product == "Bracket"
