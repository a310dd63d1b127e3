"""The report as one self-contained HTML page."""

from typing import Any

from tanso.platform.web.render import render

ABOVE = "above"


def report_page(report: dict[str, Any]) -> str:
    """HTML of a report made by `build_report`."""
    lots = {lot["id"]: lot for lot in report["lots"]}
    return render("report.html", report=report, tree=_node(report["lot"], lots, set()))


def _node(lot_id: str, lots: dict[str, Any], shown: set[str]) -> dict[str, Any]:
    """A lot with its inputs, and below each input the lot that it came from.

    A lot that several lots used is opened where it stands first, and named after that: opened each time, the
    page would double with every step upstream.
    """
    shown.add(lot_id)
    inputs: list[tuple[Any, Any]] = []
    for part in lots[lot_id]["inputs"]:
        source, below = part["ref"]["id"], None
        if part["kind"] == "material" and source in lots:
            below = ABOVE if source in shown else _node(source, lots, shown)
        inputs.append((part, below))
    return {"lot": lots[lot_id], "inputs": inputs}
