"""The pages of lots as a clerk uses them: register, use, complete, ship, by mouse and by keyboard."""

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .test_pages import CONTRAST, ENOUGH, Token, sign_in, site, token, too_wide  # noqa: F401 - fixtures

MAKER = "Asahi Parts"


@pytest.fixture
def lots(page: Page, site: str, token: Token) -> Page:  # noqa: F811
    sign_in(page, site, token(MAKER))
    page.get_by_role("link", name="Lots", exact=True).click()
    return page


def looks_right(page: Page) -> None:
    """At this moment the page fits a phone, stands out in any light, and every field has a label."""
    unlabelled = """[...document.querySelectorAll("input:not([type=hidden]), select")]
        .filter((e) => !e.labels.length && !e.ariaLabel).map((e) => e.outerHTML)"""
    assert page.evaluate(unlabelled) == []
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.locator("main").count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert too_wide(page) == [], width
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert [text for ratio, text in page.evaluate(CONTRAST) if ratio < ENOUGH] == []


def reloaded(page: Page, shown: Locator) -> None:
    """Looks again until something is shown: the ledger takes its time."""
    for _ in range(60):
        if shown.count():
            return
        page.wait_for_timeout(250)
        page.reload()
    expect(shown).to_be_visible()


def test_a_lot_from_its_registration_to_its_shipment(lots: Page, watched: Any) -> None:
    page = lots
    looks_right(page)
    page.get_by_text("Register a new lot").click()
    page.get_by_label("Product").fill("Hinge")
    page.get_by_label("Your name of the lot").fill("H-1")
    page.get_by_label("Started").fill("2023-01-25T08:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hinge")
    expect(page.get_by_text("Nothing went into it yet")).to_be_visible()

    page.get_by_label("What was used").select_option(label="resin ABS – per g")
    page.get_by_label("Consumption", exact=True).fill("0,2")
    page.locator("#material-uses-at").fill("2023-01-25T09:00")
    page.get_by_role("button", name="Record material").click()
    expect(page.get_by_role("alert")).to_contain_text("consumption: '0,2' is not a decimal number")
    wrong = page.get_by_label("Consumption", exact=True)
    expect(wrong).to_be_focused()
    expect(wrong).to_have_value("0,2")
    looks_right(page)
    # The browser itself notes the 422; nothing else may go wrong.
    assert [problem for problem in watched.problems if "422" not in problem] == []
    watched.problems.clear()
    wrong.fill("0.2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="resin ABS", exact=True)).to_be_visible()

    page.get_by_label("On what it was worked").select_option(label="assembly line – counted in s")
    page.get_by_label("Activity", exact=True).fill("6")
    page.locator("#equipment-uses-at").fill("2023-01-25T09:00")
    page.get_by_role("button", name="Record equipment").dblclick()
    expect(page.get_by_role("cell", name="assembly line", exact=True)).to_have_count(1)
    so_far = page.locator("#so-far").inner_text()
    widths = [box["width"] for n in range(2) if (box := page.locator(".bar i").nth(n).bounding_box())]
    assert widths[0] / widths[1] == pytest.approx(50.8 / 18.899, rel=0.02)
    looks_right(page)

    page.get_by_label("Good", exact=True).fill("20")
    page.get_by_label("Completed").fill("2023-01-25T20:00")
    page.get_by_role("button", name="Complete the lot").click()
    expect(page.locator("#so-far")).to_have_text(so_far)
    reloaded(page, page.get_by_role("button", name="Ship"))
    expect(page.locator("#total")).to_have_text(so_far)
    looks_right(page)

    consignee = page.locator("#consignees option").first.get_attribute("value")
    assert consignee
    page.get_by_label("Consignee").fill(consignee)
    page.locator("#shipments-quantity").fill("12")
    page.get_by_role("button", name="Ship").click()
    reloaded(page, page.get_by_text(f"shipped to {consignee}"))
    expect(page.locator(".legend")).to_contain_text("held by you")
    expect(page.locator(".legend")).to_contain_text("8 pc")
    assert page.locator(".bar i").count() == 2
    looks_right(page)
    page.get_by_role("link", name="All lots").click()
    row = page.get_by_role("listitem").filter(has_text="Hinge")
    expect(row).to_contain_text(re.compile(r"on the ledger.*8 of 20 pc held", re.S))
    page.get_by_role("link", name="You bought").click()
    expect(page.get_by_role("listitem").first).to_contain_text("g held")
    looks_right(page)
