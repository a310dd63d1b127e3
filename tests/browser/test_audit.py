"""The audit page as people use it: a picture of the account, findings that open, another time by the form."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .test_pages import CONTRAST, ENOUGH, Token, sign_in, site, token, too_wide  # noqa: F401 - fixtures

MAKER = "Asahi Parts"


@pytest.fixture
def audit(page: Page, site: str, token: Token) -> Page:  # noqa: F811
    sign_in(page, site, token(MAKER))
    page.get_by_role("link", name="Carbon account and audit").click()
    return page


def test_the_account_is_a_picture_of_two_bars_of_the_same_length(audit: Page) -> None:
    expect(audit.get_by_role("heading", level=1)).to_have_text(MAKER)
    came, where, own = (audit.locator(".bar").nth(number) for number in range(3))
    for bar in (came, where, own):
        expect(bar).to_be_visible()
    assert [bar.locator("i").count() for bar in (came, where, own)] == [2, 3, 1]
    declared, shipped = came.locator("i").last.bounding_box(), where.locator("i").first.bounding_box()
    # 11.225 t of 11.422 t came from its meters; 6.368 t of as much were shipped.
    assert declared is not None
    assert shipped is not None
    assert declared["width"] / shipped["width"] == pytest.approx(11.225 / 6.368, rel=0.02)


def test_a_finding_opens_by_click_and_says_what_to_do(audit: Page) -> None:
    finding = audit.locator("article.warning", has_text="left-over-large")
    expect(finding.get_by_text("are in none of its lots")).to_be_visible()
    advice = finding.get_by_text("Ask for scrap, idle time and stock counts")
    expect(advice).to_be_hidden()
    finding.locator("summary").click()
    expect(advice).to_be_visible()


def test_another_time_is_chosen_by_the_form(audit: Page) -> None:
    audit.get_by_label("From").fill("2000-01-01")
    audit.get_by_label("to before").fill("2000-01-02")
    audit.get_by_role("button", name="Show").click()
    expect(audit.locator("#declared")).to_have_text("0 µg")
    expect(audit.get_by_label("From")).to_have_value("2000-01-01")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_on_a_phone_in_any_light(audit: Page, scheme: Any) -> None:
    audit.emulate_media(color_scheme=scheme)
    audit.set_viewport_size({"width": 320, "height": 844})
    audit.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert too_wide(audit) == []
    assert [text for ratio, text in audit.evaluate(CONTRAST) if ratio < ENOUGH] == []
