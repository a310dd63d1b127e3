"""summary.json: its shape, and what lies beside it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ID = re.compile(r"0x[0-9a-f]{32}")


@pytest.fixture(scope="module")
def summary(told: Path) -> Any:
    def refuse(text: str) -> Any:
        raise AssertionError(f"{text} is a float")

    return json.loads((told / "summary.json").read_text("utf-8"), parse_float=refuse, parse_constant=refuse)


def keys_of(items: list[dict[str, Any]]) -> set[str]:
    assert items
    keys = set(items[0])
    assert all(set(item) == keys for item in items)
    return keys


def numbers(value: Any, path: str = "") -> dict[str, Any]:
    """Every value in JSON with its path."""
    if isinstance(value, dict):
        return {k: v for name, part in value.items() for k, v in numbers(part, f"{path}.{name}").items()}
    if isinstance(value, list):
        return {
            k: v for place, part in enumerate(value) for k, v in numbers(part, f"{path}[{place}]").items()
        }
    return {path: value}


def test_the_summary_has_the_documented_parts(summary: Any) -> None:
    assert {"lots", "equipment", "accounts", "trace", "credits", "gas", "report", "proof"} <= set(summary)
    lot = {"id", "business", "product", "co2_ug", "good", "defects", "cfp_ug", "primary_share"}
    assert lot <= keys_of(summary["lots"])
    equipment = {"id", "business", "period_start", "period_end", "intensity", "unit", "formula"}
    assert equipment <= keys_of(summary["equipment"])
    account = {"opening_ug", "inflow_ug", "declared_ug", "baseline_ug", "restated_ug"}
    account |= {"outflow_ug", "closing_ug", "net_ug", "business"}
    assert account <= keys_of(summary["accounts"])
    assert set(summary["trace"]) == {"lot", "depth", "lots"}
    credits = {"programme", "reduction_ug", "issued_t", "carried_ug", "retired_t", "contributors"}
    assert set(summary["credits"]) == credits
    assert keys_of(summary["credits"]["contributors"]) == {"id", "reduction_ug"}


def test_every_amount_is_a_whole_number(summary: Any) -> None:
    whole = re.compile(r"(_ug|_t|\.good|\.defects|\.intensity|\.depth|\.gas\.\w+)$")
    amounts = {path: value for path, value in numbers(summary).items() if whole.search(path)}
    assert len(amounts) > 100
    assert {path: value for path, value in amounts.items() if type(value) is not int} == {}


def test_every_id_is_128_bits_and_used_once(summary: Any) -> None:
    ids = [item["id"] for name in ("businesses", "lots", "equipment") for item in summary[name]]
    ids.append(summary["credits"]["programme"])
    assert all(ID.fullmatch(identity) for identity in ids)
    assert len(set(ids)) == len(ids)


def test_every_business_of_the_story_has_an_account(summary: Any) -> None:
    assert [firm["id"] for firm in summary["businesses"]] == [
        item["business"] for item in summary["accounts"]
    ]
    assert len(summary["businesses"]) == 9


def test_the_gas_of_every_behaviour_is_that_of_a_real_transaction(summary: Any) -> None:
    behaviours = {"equipment", "report", "settle", "ship", "reduction", "bundle", "transfer", "retire"}
    assert behaviours <= set(summary["gas"])
    assert all(21_000 < gas < 5_000_000 for gas in summary["gas"].values())


def test_report_and_proof_lie_beside_the_summary_and_are_about_the_final_lot(
    told: Path, summary: Any
) -> None:
    final = summary["trace"]["lot"]
    assert final in (told / summary["report"]).read_text("utf-8")
    assert json.loads((told / summary["proof"]).read_text("utf-8"))["lot"] == final
    assert any((told / "chain").iterdir())


def test_the_tokens_are_for_their_owner_alone(told: Path) -> None:
    assert (told / "tokens.json").stat().st_mode & 0o077 == 0
