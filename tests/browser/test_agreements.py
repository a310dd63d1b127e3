"""Equipment, agreements and traces as people use them: by forms and folds, on a phone, in any light."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .test_pages import CONTRAST, ENOUGH, Token, final_lot, sign_in, site, token, too_wide  # noqa: F401 - fixtures

PROVIDER, RECEIVER = "Sato Dairy", "Ito Press Shop"


def sign_out(page: Page, site: str) -> None:  # noqa: F811
    page.goto(site)
    page.get_by_role("button", name="Sign out").click()


def loaded_until(page: Page, text: str) -> None:
    """Loads the page again until the ledger has what was asked for, as its reader does."""
    for _ in range(100):
        if page.locator("#state").get_by_text(text).count():
            return
        page.wait_for_timeout(100)
        page.reload()
    expect(page.locator("#state")).to_contain_text(text)


def test_a_machine_is_registered_by_the_form(page: Page, site: str, token: Token) -> None:  # noqa: F811
    sign_in(page, site, token(PROVIDER))
    page.get_by_role("link", name="Equipment").click()
    page.get_by_label("Your name for it").fill("churn 2")
    page.get_by_label("Its use is counted in").select_option("electricity (kWh)")
    page.get_by_role("button", name="Register it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("churn 2")
    loaded_until(page, "on the ledger")
    page.get_by_role("navigation").get_by_role("link", name="Equipment").click()
    expect(page.get_by_role("heading", name="churn 2")).to_be_visible()


def test_an_agreement_is_offered_read_accepted_and_ended(watched: Any, site: str, token: Token) -> None:  # noqa: F811
    page = watched.page
    sign_in(page, site, token(RECEIVER))
    page.goto(f"{site}/agreements")
    receiver = page.locator("#own").inner_text()
    sign_out(page, site)
    sign_in(page, site, token(PROVIDER))
    page.get_by_role("link", name="Agreements").click()
    page.get_by_role("link", name="Offer an agreement").click()
    page.get_by_label("Receiver's business ID").fill(receiver)
    page.get_by_label("What for").fill("whose milk it is")
    page.get_by_role("button", name="Offer it").click()
    # No field was chosen: the form comes back with what was typed.
    expect(page.get_by_role("alert")).to_contain_text("Not offered")
    expect(page.get_by_label("What for")).to_have_value("whose milk it is")
    page.get_by_label("materials").check()
    page.get_by_role("button", name="Offer it").click()
    loaded_until(page, "offered")
    address = page.url
    sign_out(page, site)
    sign_in(page, site, token(RECEIVER))
    page.goto(f"{site}/agreements")
    page.get_by_role("link", name="whose milk it is").click()
    assert page.url == address
    page.get_by_role("button", name="Accept it").click()
    loaded_until(page, "in force")
    end = page.locator("details", has_text="End the agreement")
    expect(end.get_by_role("button")).to_be_hidden()
    end.locator("summary").focus()
    page.keyboard.press("Enter")
    end.get_by_role("button").click()
    loaded_until(page, "ended")
    expect(page.get_by_text("What you can do")).to_have_count(0)
    # The browser itself notes the 422; nothing else may go wrong.
    assert [problem for problem in watched.problems if "422" not in problem] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_can_be_read_on_a_phone_in_any_light(
    page: Page,
    site: str,  # noqa: F811
    token: Token,  # noqa: F811
    final_lot: str,  # noqa: F811
    scheme: Any,
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 844})
    sign_in(page, site, token("Minato Assembly"))
    page.goto(f"{site}/agreements")
    agreement = page.locator(".cards a").first.get_attribute("href")
    page.goto(f"{site}/equipment")
    machine = page.locator(".cards a").first.get_attribute("href")
    for path in (
        "/equipment",
        machine,
        "/agreements",
        agreement,
        "/agreements/offer",
        f"/lots/{final_lot}/trace",
    ):
        page.goto(f"{site}{path}")
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert too_wide(page) == [], path
        assert [text for ratio, text in page.evaluate(CONTRAST) if ratio < ENOUGH] == [], path
        headings = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))"
        )
        assert headings.count(1) == 1
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
            ".filter((e) => !e.labels.length).length"
        )
        assert unnamed == 0, path


def test_a_trace_is_a_tree_that_folds(page: Page, site: str, token: Token, final_lot: str) -> None:  # noqa: F811
    sign_in(page, site, token("Hikari Machines"))
    page.goto(f"{site}/lots/{final_lot}/trace")
    expect(page.locator("#states")).to_have_text(re.compile(r"^\d+ shown with proof$"))
    part = page.locator("details", has=page.locator("summary", has_text="Product A")).last
    expect(part.get_by_text("heating furnace")).to_be_visible()
    part.locator("summary").first.click()
    expect(part.get_by_text("heating furnace")).to_be_hidden()
