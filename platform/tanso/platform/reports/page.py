"""The report as one self-contained HTML page."""

from typing import Any

from tanso.platform.web.render import render


def report_page(report: dict[str, Any]) -> str:
    """HTML of a report made by `build_report`."""
    return render("report.html", report=report, lot_ids={lot["id"] for lot in report["lots"]})
