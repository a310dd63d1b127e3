"""Who may open which page and send which form, over all of them, against one table."""

from collections.abc import Iterator
from typing import Any

import pytest

from tanso.oracle.store import writing
from tanso.platform.app import ROUTERS
from tanso.platform.auth.models import Role, Scope
from tanso.platform.auth.service import issue_token
from tanso.platform.demo.world import World
from tanso.platform.web.pages import PageRoute

from ..api.conftest import all_rows
from ..browser import Browser
from .rules import BINDS, OPEN, PAGES

RULED = sorted(route for route, rule in PAGES.items() if rule != OPEN)
UNKNOWN = dict.fromkeys(("lot_id", "equipment_id", "agreement_id", "business_id"), "0x" + "cd" * 16)
UNKNOWN |= {"step": "withdrawal"}
OWN = ("/equipment/{equipment_id}", "/agreements/{agreement_id}")
"""Pages about things of the business; of another's they say that there is no such thing."""
PASSING = ("person_session", "request_key")
"""Tables of what passes: who is signed in, which forms came."""


@pytest.fixture(scope="module")
def browsers(living: World) -> Iterator[dict[str, Browser]]:
    """A browser for each role at the parts maker and the node, another business's manager's, a stranger's.

    One more has a token that only reads.
    """
    parts, other = living.businesses["parts"].id, living.businesses["bakery"].id
    found = {}
    with writing(living.node.engine) as session:
        for role in Role:
            of = parts if role.of_business else None
            found[role.value] = issue_token(session, role, business_id=of, label="rules").token
        found["other"] = issue_token(session, Role.MANAGER, business_id=other, label="rules").token
        only = frozenset({Scope.READ})
        found["only reads"] = issue_token(
            session, Role.MANAGER, business_id=parts, label="rules", scopes=only
        ).token
    opened = {name: Browser(living.app) for name in (*found, "stranger")}
    for name, token in found.items():
        opened[name].sign_in(token)
    yield opened
    for browser in opened.values():
        browser.close()


def kept(living: World) -> dict[str, Any]:
    return {name: rows for name, rows in all_rows(living.node.engine).items() if name not in PASSING}


def test_each_page_and_form_has_a_rule() -> None:
    routes = {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, PageRoute)
        for method in route.methods
    }
    assert routes == set(PAGES)


def test_pages_and_forms_are_for_whom_their_rule_names(living: World, browsers: dict[str, Browser]) -> None:
    known = {
        f"{kind}_id": living.call("parts", "GET", f"/v1/{path}")["items"][0][f"{kind}_id"]
        for kind, path in (("lot", "lots"), ("equipment", "equipment"), ("agreement", "agreements"))
    }
    before = kept(living)
    # Every page with a form, the sign-in page too, shows what this browser's forms hide.
    hidden = {name: {"form_token": browser.form_token("/sign-in")} for name, browser in browsers.items()}
    for route in RULED:
        method, template = route.split()
        path = template.format(**UNKNOWN | known)
        for name, browser in browsers.items():
            answer = browser.send(method, path, data=hidden[name])
            if name == "stranger":
                assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), route
            elif name == "only reads" and (method == "POST" or PAGES[route] is BINDS):
                assert answer.status_code == 403, route
                assert "scope write" in answer.text
            elif name not in ("other", "only reads") and name not in PAGES[route]:
                assert answer.status_code == 403, (route, name)
                assert "You may not do that" in answer.text
            elif method == "POST":
                # Let in, and the form is refused for what it lacks.
                assert answer.status_code in (404, 422), (route, name)
            elif name == "other" and template in OWN:
                assert answer.status_code == 404, route
            else:
                assert answer.status_code == 200, (route, name)
    assert kept(living) == before


@pytest.mark.parametrize("sent", ["", "0" * 64, "é"])
def test_a_form_that_is_not_of_a_page_of_ours_does_nothing(
    living: World, browsers: dict[str, Browser], sent: str
) -> None:
    before = kept(living)
    typed = {"form_token": sent, "form_key": "0" * 32, "name": "x", "product": "x", "unit": "pc"}
    for route in RULED:
        method, path = route.split()
        if method == "POST":
            answer = browsers["manager"].send("POST", path.format(**UNKNOWN), data=typed)
            assert (answer.status_code, "was not made for this browser" in answer.text) == (403, True), route
    assert kept(living) == before
