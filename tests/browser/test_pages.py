"""The pages as people use them: by mouse, by keyboard, on a phone, in the dark, as a file without a net."""

import itertools
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tanso.platform.web.render import grouped, mass

CO2_UG = 5_993_990_891_035
GOOD = 3

CONTRAST = """() => {
  const number = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = number(getComputedStyle(element).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const a = light(number(getComputedStyle(element).color).slice(0, 3)), b = light(behind(element));
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""
"""Contrast of each piece of visible text with what is behind it, as WCAG 2 defines it."""

ENOUGH = 4.5
"""WCAG 2, level AA, text of any size."""


@pytest.fixture(scope="module")
def site(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the demo's world, served as `tanso up` serves it."""
    folder = shutil.copytree(told, tmp_path_factory.mktemp("site") / "world")
    command = [Path(sys.executable).with_name("tanso"), "up", "--data", folder, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = next((re.search(r"http://\S+:\d+", line) for line in process.stdout if "http" in line), None)
        assert found, f"tanso up ended with exit code {process.wait()}"
        yield found[0]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def token(told: Path) -> Callable[[str], str]:
    """The token of a business, by its name."""
    tokens = json.loads((told / "tokens.json").read_text("utf-8"))
    return lambda name: str(tokens[name])


@pytest.fixture(scope="module")
def final_lot(told: Path) -> str:
    return str(json.loads((told / "summary.json").read_text("utf-8"))["trace"]["lot"])


Token = Callable[[str], str]
CUSTOMER = "Hikari Machines"


def sign_in(page: Page, site: str, secret: str) -> None:
    page.goto(f"{site}/sign-in")
    page.get_by_label("Token").fill(secret)
    page.get_by_role("button", name="Use the token").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.fixture
def report(page: Page, site: str, token: Token, final_lot: str) -> Page:
    """The customer's report on the final lot."""
    sign_in(page, site, token(CUSTOMER))
    page.goto(f"{site}/lots/{final_lot}/report")
    return page


def too_wide(page: Page) -> list[str]:
    """What sticks out of the window, but for tables that scroll by themselves."""
    found: list[str] = page.evaluate(
        """() => [...document.body.querySelectorAll("*")]
            .filter((e) => !e.closest(".scroll, pre") && e.getBoundingClientRect().right > innerWidth + 1)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page scrolls sideways")
    return found


def test_from_the_start_page_to_the_report_and_out_again(
    page: Page, site: str, token: Token, final_lot: str
) -> None:
    page.goto(site)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Token").fill(token(CUSTOMER))
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_have_text(CUSTOMER)
    expect(page.get_by_role("link", name=final_lot)).to_be_visible()
    page.get_by_role("link", name="Report").click()
    assert page.url == f"{site}/lots/{final_lot}/report"
    expect(page.get_by_role("heading", level=1)).to_have_text("Drive unit")
    page.goto(site)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Lots you make or hold")).to_have_count(0)


def test_a_stranger_asks_for_a_lot_by_its_id(page: Page, site: str, final_lot: str) -> None:
    page.goto(site)
    page.get_by_label("Lot ID").fill(final_lot)
    page.get_by_role("button", name="Ask").click()
    assert page.url == f"{site}/lots/{final_lot}"
    expect(page.locator("#cfp")).to_have_text(mass(-(-CO2_UG // GOOD)))
    expect(page.locator("#total")).to_have_text(mass(CO2_UG))
    expect(page.get_by_text(f"exactly {grouped(CO2_UG)} µg")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_id_of_the_wrong_length_is_not_even_sent(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_label("Lot ID").fill("0x12")
    page.get_by_role("button", name="Ask").click()
    assert page.url.rstrip("/") == site
    assert page.evaluate("!document.querySelector('#lot').checkValidity()")


def test_a_wrong_token_is_told_so(watched: Any, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/sign-in")
    page.get_by_label("Token").fill("tanso_wrong")
    page.get_by_role("button", name="Use the token").click()
    expect(page.get_by_role("alert")).to_contain_text("Not signed in")
    # The browser itself notes the 401; nothing else may go wrong.
    assert [problem for problem in watched.problems if "401" not in problem] == []
    page.goto(site)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_manager_invites_somebody_who_chooses_a_password_and_signs_in(
    page: Page, site: str, token: Token
) -> None:
    sign_in(page, site, token(CUSTOMER))
    page.get_by_role("link", name="People").click()
    page.get_by_label("Name").fill("Ada Ito")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Role").select_option("reader")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#link").inner_text()
    assert too_wide(page) == []
    page.goto(site)
    page.get_by_role("button", name="Sign out").click()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome, Ada Ito")
    page.get_by_label("Password", exact=True).fill("four quiet green doors")
    page.get_by_label("The same again").fill("four quiet green doors")
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_have_text(CUSTOMER)
    page.get_by_role("link", name="Ada Ito").click()
    expect(page.get_by_text("Signed in as ada@example.org")).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 700})
    assert too_wide(page) == []
    assert min(contrast for contrast, _ in page.evaluate(CONTRAST)) >= ENOUGH
    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password").fill("four quiet green doors")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#who")).to_have_text(CUSTOMER)


def test_the_report_shows_its_key_figures(report: Page) -> None:
    expect(report.locator("#cfp")).to_have_text(mass(-(-CO2_UG // GOOD)))
    expect(report.locator("#total")).to_have_text(mass(CO2_UG))
    expect(report.get_by_text(f"exactly {grouped(CO2_UG)} µg")).to_be_visible()
    for maker in ("Gwangyang Steel", "Asahi Parts", "Minato Assembly"):
        expect(report.locator(".legend").get_by_text(maker)).to_be_visible()
    shares = report.locator(".bar i")
    assert shares.count() == 3
    widths = [box["width"] for n in range(3) if (box := shares.nth(n).bounding_box())]
    assert widths == sorted(widths, reverse=True)
    assert min(widths) >= 2


def test_the_tree_opens_and_closes_by_click(report: Page) -> None:
    steel = report.locator("details").filter(has=report.locator("summary", has_text="Steel S45C")).last
    assert steel.get_attribute("open") is None
    expect(steel.get_by_text("rolling line")).to_be_hidden()
    steel.locator("summary").click()
    expect(steel.get_by_text("rolling line")).to_be_visible()
    steel.locator("summary").click()
    expect(steel.get_by_text("rolling line")).to_be_hidden()


def test_the_tree_opens_and_closes_by_keyboard(report: Page) -> None:
    root = report.locator("details").first
    inner = root.get_by_text("Product A").first
    expect(inner).to_be_visible()
    for _ in range(30):
        report.keyboard.press("Tab")
        if report.evaluate("document.activeElement === document.querySelector('details > summary')"):
            break
    outline = "getComputedStyle(document.activeElement).outlineWidth"
    assert report.evaluate(outline) == "3px", "the focus must be seen"
    report.keyboard.press("Enter")
    expect(inner).to_be_hidden()
    report.keyboard.press("Space")
    expect(inner).to_be_visible()


def test_a_lot_that_is_shown_above_is_a_link_to_it(report: Page) -> None:
    link = report.get_by_role("link", name="shown above")
    expect(link).to_have_count(1)
    target = str(link.get_attribute("href"))
    link.click()
    assert report.url.endswith(target)
    expect(report.locator(f"[id='{target[1:]}']")).to_be_in_viewport()


def test_a_report_that_is_not_disclosed_is_a_page_that_says_so(
    watched: Any, site: str, token: Token, final_lot: str
) -> None:
    page = watched.page
    sign_in(page, site, token("Yamada Bakery"))
    page.goto(f"{site}/lots/{final_lot}/report")
    expect(page.get_by_text("not disclosed to this token")).to_be_visible()
    assert [problem for problem in watched.problems if "403" not in problem] == []


def test_the_api_page_lists_routes_and_leads_to_the_document(page: Page, site: str) -> None:
    page.goto(f"{site}/api")
    expect(page.get_by_role("cell", name="/v1/lots/{lot_id}/proof", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="OpenAPI document")).to_have_attribute("href", "/openapi.json")


PATHS = ["/", "/sign-in", "/api", "/lots/{lot}", "/lots/{lot}/report"]


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_sticks_out_on_a_phone(
    page: Page, site: str, token: Token, final_lot: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, site, token(CUSTOMER))
    for path in PATHS:
        page.goto(site + path.format(lot=final_lot))
        assert too_wide(page) == [], path
        tallest = page.evaluate(
            "Math.max(0, ...[...document.querySelectorAll('tr')].map((r) => r.offsetHeight))"
        )
        assert tallest < 300, f"{path}: columns are too narrow to read"
    # All opened, the tree is at its widest.
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert too_wide(page) == []
    expect(page.locator("#cfp")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(
    page: Page, site: str, token: Token, final_lot: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    sign_in(page, site, token(CUSTOMER))
    for path in PATHS:
        page.goto(site + path.format(lot=final_lot))
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        found = page.evaluate(CONTRAST)
        assert len(found) > 5
        assert [(round(ratio, 2), text) for ratio, text in found if ratio < ENOUGH] == [], path


def test_dark_and_light_differ(page: Page, site: str) -> None:
    seen = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(site)
        seen.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    light, dark = ([int(part) for part in re.findall(r"\d+", color)[:3]] for color in seen)
    assert min(light) > 200
    assert max(dark) < 60


def test_the_demo_s_report_opens_as_a_file_without_a_net(page: Page, told: Path) -> None:
    page.context.set_offline(True)
    page.goto((told / "report.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("Drive unit")
    expect(page.locator("#total")).to_have_text(mass(CO2_UG))
    expect(page.locator("details").first).to_have_attribute("open", "")
    assert page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)") in ([], ["data:,"])


def test_the_report_prints_in_dark_ink_on_white(page: Page, told: Path) -> None:
    page.emulate_media(media="print", color_scheme="light")
    page.goto((told / "report.html").as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert [text for ratio, text in page.evaluate(CONTRAST) if ratio < ENOUGH] == []


def test_the_report_can_be_read_by_its_headings(report: Page) -> None:
    levels = report.evaluate("[...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert report.evaluate("document.documentElement.lang") == "en"
    assert report.title().startswith("CO2 of Drive unit")
