"""Prints the demo's summary for a reader who has half a minute."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tanso.platform.web.render import grouped, mass

Names = dict[str, str]


def tell(summary: dict[str, Any], names: Names, console: Console) -> None:
    """Tables of lots, trace, accounts and credits, and where to go from here."""
    console.print()
    _lots(summary, names, console)
    _trace(summary, names, console)
    _accounts(summary, names, console)
    _credits(summary, names, console)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < 2 else "right", no_wrap=number > 1)
    return table


def _lots(summary: dict[str, Any], names: Names, console: Console) -> None:
    table = _table("Lots", "business", "product", "good", "defects", "CO2e of the lot", "CO2e per unit", "metered")
    for lot in summary["lots"]:
        unit = lot["unit"]
        table.add_row(
            names.get(lot["business"], lot["business"]),
            lot["product"],
            f"{grouped(lot['good'])} {unit}",
            f"{grouped(lot['defects'])} {unit}",
            mass(lot["co2_ug"]),
            f"{mass(lot['cfp_ug'])}/{unit}",
            f"{lot['primary_share']} %",
        )
    console.print(table, "")


def _trace(summary: dict[str, Any], names: Names, console: Console) -> None:
    trace = summary["trace"]
    lots = {lot["id"]: lot for lot in summary["lots"]}
    steps = " ← ".join(f"{names.get(lots[lot_id]['business'])}: {lots[lot_id]['product']}" for lot_id in trace["lots"])
    console.print(Text("Trace from the customer's lot upstream", style="bold"))
    console.print(f"{steps}  ({trace['depth']} steps, every breakdown proved against the ledger)\n")


def _accounts(summary: dict[str, Any], names: Names, console: Console) -> None:
    table = _table(
        "Carbon accounts: opening + inflow + declared − outflow − closing = net",
        "business", "", "opening", "inflow", "declared", "outflow", "closing", "net",
    )  # fmt: skip
    for account in summary["accounts"]:
        figures = ("opening_ug", "inflow_ug", "declared_ug", "outflow_ug", "closing_ug", "net_ug")
        table.add_row(names.get(account["business"]), "", *(mass(account[figure]) for figure in figures))
    console.print(table, "")


def _credits(summary: dict[str, Any], names: Names, console: Console) -> None:
    credit = summary["credits"]
    parts = ", ".join(
        f"{names.get(part['id'], part['id'])} {mass(part['reduction_ug'])}" for part in credit["contributors"]
    )
    console.print(Text("Credits", style="bold"))
    console.print(
        f"{mass(credit['reduction_ug'])} of solar reductions bundled ({parts}); {credit['issued_t']} t issued, "
        f"{credit['retired_t']} t retired, {mass(credit['carried_ug'])} carried over.\n"
    )
