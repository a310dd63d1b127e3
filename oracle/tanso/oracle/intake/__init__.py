"""Intake of operation data: tables (CSV) by a layout, each row taken or kept aside with a reason.

    layout = load_layout(Path("factory-day.toml"))
    result = ingest(session, business_id, "factory-day.csv", content, layout, now=now)

Errors: LayoutRefused for the file; ReadingRefused and QuantityRefused per row, in `result.refused`.
"""

from tanso.oracle.intake.bulk import readings_between
from tanso.oracle.intake.ingest import IntakeResult, ingest, refusals_between, resolve
from tanso.oracle.intake.judge import Reported
from tanso.oracle.intake.layout import QUANTITIES, Layout, load_layout, parse_layout
from tanso.oracle.intake.rows import Refusal
from tanso.oracle.intake.tables import IntakeFile, Reading, RefusedRow

__all__ = [
    "QUANTITIES",
    "IntakeFile",
    "IntakeResult",
    "Layout",
    "Reading",
    "Refusal",
    "RefusedRow",
    "Reported",
    "ingest",
    "load_layout",
    "parse_layout",
    "readings_between",
    "refusals_between",
    "resolve",
]
