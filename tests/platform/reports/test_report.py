"""The report of the demo's final lot, as JSON and as a page."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tanso.platform.demo.world import BUSINESSES, World
from tanso.platform.proofs.model import Bundle, read_bundle
from tanso.platform.reports.build import UNKNOWN, build_report, percent_down
from tanso.platform.reports.page import report_page
from tanso.platform.web.render import grouped, mass

WRITTEN = 1_700_000_000
NASTY = "<script>alert('\"&')</script>"


@pytest.fixture(scope="module")
def bundle(told: Path) -> Bundle:
    return read_bundle((told / "proof.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def final_lot(bundle: Bundle) -> str:
    return bundle.lot


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data

    def named(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.tags if name == tag)


@pytest.fixture(scope="module")
def told_page(told: Path) -> Page:
    return Page((told / "report.html").read_text("utf-8"))


def test_marks_of_meters_are_in_the_report_and_on_the_page(bundle: Bundle, told_page: Page) -> None:
    report = build_report(bundle, {}, written_at=WRITTEN)
    found = sorted(item["marks"]["uncalibrated"] for item in report["energy"])
    assert found == [1, 1, 3], "operating times of the steel works, the assembler and the parts maker"
    (text,) = (item["text"] for item in report["statements"] if item["topic"] == "Measuring devices")
    assert text.startswith("Of the meters' daily totals 5 marked 'uncalibrated'.")
    assert "3 uncalibrated" in told_page.text


def test_a_report_of_meters_without_any_mark_says_so(bundle: Bundle) -> None:
    clean = bundle.model_copy(deep=True)
    for part in clean.reports:
        part.evidence = [{key: leaf[key] for key in leaf if key != "marks"} for leaf in part.evidence]
    report = build_report(clean, {}, written_at=WRITTEN)
    assert [item["marks"] for item in report["energy"]] == [{}, {}, {}]
    (text,) = (item["text"] for item in report["statements"] if item["topic"] == "Measuring devices")
    assert text == "All meters are known and were calibrated when they measured."


def test_filled_gaps_are_in_the_report_and_on_the_page(bundle: Bundle) -> None:
    report = build_report(bundle, {}, written_at=WRITTEN)
    assert [item["estimated_share"] for item in report["energy"]] == ["0", "0", "0"]
    told = {item["topic"]: item["text"] for item in report["statements"]}
    assert told["Estimated data"].startswith("No gap in the readings was filled")
    for share, shown in (
        ("3/37", "3/37 (8.11 %)"),
        (NASTY, "not readable"),
        (None, "not readable"),
        ("0", "0 (0 %)"),
    ):
        filled = bundle.model_copy(deep=True)
        filled.reports[0].evidence += [{"kind": "estimate"}, {"kind": "estimated", "emissions": share}]
        report = build_report(filled, {}, written_at=WRITTEN)
        told = {item["topic"]: item["text"] for item in report["statements"]}
        assert f": {shown}" in told["Estimated data"]
        assert NASTY not in report_page(report)
        assert ("estimated: " in report_page(report)) == (share != "0")


def test_what_a_report_must_say_is_said(bundle: Bundle) -> None:
    report = build_report(bundle, {}, written_at=WRITTEN)
    assert json.loads(json.dumps(report)) == report
    ledger = bundle.lots[bundle.lot].ledger
    assert (report["co2_ug"], report["good"], report["defects"]) == (ledger.co2_ug, 3, 1)
    assert report["cfp_ug"] == -(-ledger.co2_ug // 3)
    assert report["declared_unit"] == "1 pc"
    assert report["written_at"] == "2023-11-14T22:13:20Z"
    assert report["period"] == {"start": "2023-01-25T15:00:00Z", "end": "2023-01-26T15:00:00Z"}
    topics = {item["topic"]: item["text"] for item in report["statements"]}
    for topic in ("Boundary", "Allocation", "Electricity", "Offsets", "Uncertainty", "Limits"):
        assert topics[topic]
    assert topics["Fossil, biogenic, land use change, aircraft"] == UNKNOWN
    assert topics["Upstream"].startswith("Every upstream lot")
    assert "2 of 3 oracle keys" in topics["Verification"]
    assert "no third party" in topics["Verification"]


def test_the_sums_of_a_report_are_the_lot_s_co2(bundle: Bundle) -> None:
    report = build_report(bundle, {}, written_at=WRITTEN)
    for name in ("contributions", "by_business", "by_kind"):
        assert sum(item["co2_ug"] for item in report[name]) == report["co2_ug"]
        amounts = [item["co2_ug"] for item in report[name]]
        assert amounts == sorted(amounts, reverse=True)
    for lot in report["lots"]:
        assert sum(item["co2_ug"] for item in lot["inputs"]) == lot["co2_ug"]


def test_metered_equipment_makes_up_what_the_ledger_calls_primary(bundle: Bundle) -> None:
    report = build_report(bundle, {}, written_at=WRITTEN)
    kinds = {item["key"]: item["co2_ug"] for item in report["by_kind"]}
    assert set(kinds) == {"equipment", "external"}
    # Each of the four shipments and uses on the way rounds the two figures apart.
    assert abs(kinds["equipment"] - bundle.lots[bundle.lot].ledger.primary_ug) < 8


def test_what_is_not_disclosed_is_said_to_be_so(bundle: Bundle) -> None:
    document = bundle.model_dump()
    steel = list(document["lots"])[-1]
    document["lots"][steel]["breakdown"] = None
    report = build_report(Bundle.model_validate(document), {}, written_at=WRITTEN)
    topics = {item["topic"]: item["text"] for item in report["statements"]}
    assert topics["Upstream"].startswith("1 upstream lot")
    assert "undisclosed" in {item["key"] for item in report["by_kind"]}
    page = Page(report_page(report))
    assert "not disclosed" in page.text


def test_names_appear_only_if_they_are_given(bundle: Bundle) -> None:
    maker = bundle.lots[bundle.lot].ledger.business_id
    page = Page(report_page(build_report(bundle, {maker: "Minato Assembly"}, written_at=WRITTEN)))
    assert "Minato Assembly" in page.text
    others = set(BUSINESSES.values()) - {"Minato Assembly"}
    assert [name for name in others if name in page.text] == []
    assert maker in (attributes.get("title") for attributes in page.named("span"))


def test_names_are_escaped_wherever_they_stand(bundle: Bundle) -> None:
    ids = {bundle.lot, *bundle.lots, *(lot.ledger.business_id for lot in bundle.lots.values())}
    ids |= {item.equipment_id for item in bundle.intensities} | {item.factor_id for item in bundle.factors}
    html = report_page(build_report(bundle, dict.fromkeys(ids, NASTY), written_at=WRITTEN))
    assert "<script" not in html
    page = Page(html)
    assert page.text.count(NASTY) > 20
    assert page.open == []


def test_the_page_is_one_file_that_asks_for_nothing(told_page: Page) -> None:
    assert {"script", "img", "iframe", "object", "form"} & {tag for tag, _ in told_page.tags} == set()
    for tag, attributes in told_page.tags:
        for name in ("src", "href", "action", "data"):
            link = attributes.get(name)
            assert link is None or link.startswith(("#", "data:")), (tag, link)
        assert not [name for name in attributes if name.startswith("on")]
    assert next(told_page.named("html"))["lang"] == "en"
    assert len(list(told_page.named("h1"))) == 1


def test_the_page_shows_the_figures_and_names_that_the_customer_may_know(
    told_page: Page, bundle: Bundle
) -> None:
    ledger = bundle.lots[bundle.lot].ledger
    text = re.sub(r"\s+", " ", told_page.text)
    for shown in (
        mass(-(-ledger.co2_ug // ledger.good)),
        mass(ledger.co2_ug),
        f"{ledger.co2_ug:,}".replace(",", " "),
        percent_down(ledger.primary_ug, ledger.co2_ug) + " %",
        "Drive unit",
        "Minato Assembly",
        "Asahi Parts",
        "Gwangyang Steel",
        "heating furnace",
        "rolling line",
        "tanso verify proof.json",
        bundle.chain.contracts["Lots"],
    ):
        assert shown in text, shown
    assert grouped(ledger.co2_ug) in told_page.text


def test_the_page_opens_each_lot_once_and_refers_to_it_after_that(told_page: Page, bundle: Bundle) -> None:
    opened = [attributes["id"] for attributes in told_page.named("details")]
    assert sorted(opened, key=str) == sorted(f"lot-{lot_id}" for lot_id in bundle.lots)
    links = [attributes["href"] for attributes in told_page.named("a") if attributes["href"]]
    steel = list(bundle.lots)[-1]
    assert links == [f"#lot-{steel}"]  # product B's steel is product A's


def test_the_page_of_a_diamond_of_many_steps_is_short(bundle: Bundle) -> None:
    document = bundle.model_dump()
    steel = list(document["lots"])[-1]
    pattern = document["lots"].pop(steel)
    ids = [[steel, steel], *([f"0x{2 * n + side:032x}" for side in (0, 1)] for n in range(1, 31))]
    for here, below in zip(ids, [*ids[1:], None], strict=True):
        for lot_id in here:
            leaf = {**pattern["breakdown"][0], "kind": "material", "unit": "g"}
            half = pattern["ledger"]["co2_ug"] // 2
            halves = [half, pattern["ledger"]["co2_ug"] - half]
            parts = [
                {**leaf, "ref_id": source, "co2_ug": ug}
                for source, ug in zip(below or [], halves, strict=False)
            ]
            document["lots"][lot_id] = {**pattern, "breakdown": parts or pattern["breakdown"]}
    report = build_report(Bundle.model_validate(document), {}, written_at=WRITTEN)
    assert sum(item["co2_ug"] for item in report["contributions"]) == report["co2_ug"]
    page = Page(report_page(report))
    assert len(list(page.named("details"))) == len(document["lots"]) == 64
    assert page.open == []


def test_the_api_gives_the_same_report_to_whom_the_lot_is_disclosed(living: World, final_lot: str) -> None:
    report: Any = living.call("customer", "GET", f"/v1/lots/{final_lot}/report")
    page = Page(living.call("customer", "GET", f"/v1/lots/{final_lot}/report.html"))
    assert report["product"] == "Drive unit"
    assert mass(report["cfp_ug"]) in page.text
    assert {item["name"] for item in report["by_business"]} == {
        "Gwangyang Steel",
        "Asahi Parts",
        "Minato Assembly",
    }


def test_a_reader_sees_only_the_names_of_those_who_disclose_to_it(living: World, final_lot: str) -> None:
    report: Any = living.call("assembler", "GET", f"/v1/lots/{final_lot}/report")
    names = {item["name"] for item in report["by_business"]}
    assert names == {"Minato Assembly", None}
    text = json.dumps(report, ensure_ascii=False)
    for name in ("Asahi Parts", "Gwangyang Steel", "Product A", "heating furnace"):
        assert name not in text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 3, "33.33"),
        (2, 3, "66.66"),
        (3, 3, "100.00"),
        (0, 3, "0.00"),
        (0, 0, "0.00"),
        (2**96 - 2, 2**96, "99.99"),
    ],
)
def test_per_cents_round_down(part: int, whole: int, text: str) -> None:
    assert percent_down(part, whole) == text
