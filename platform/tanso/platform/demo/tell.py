"""Prints the demo's summary for a reader who has half a minute."""

from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tanso.platform.web.render import grouped, mass

Names = dict[str, str]

_WHY_SO_MUCH = (
    "[dim]The parts weigh so heavily because the white paper's day burns 5 thousand Nm3 of\n"
    "gas: 11.17 t by its units; its table prints 11.17 kg (docs/white-paper.md).[/dim]\n"
)

_FIGURES = ("inflow", "declared", "outflow", "closing", "net")


def tell(summary: dict[str, Any], names: Names, console: Console) -> None:
    """Tables of lots, trace, accounts and credits, and where to go from here."""
    console.print()
    _lots(summary, names, console)
    console.print(_WHY_SO_MUCH)
    _trace(summary, names, console)
    _accounts(summary, names, console)
    _credits(summary, names, console)


def _table(title: str | None, *columns: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim"
    )
    for column in columns:
        table.add_column(
            column, justify="left" if column in ("business", "product") else "right", no_wrap=True
        )
    return table


def _lots(summary: dict[str, Any], names: Names, console: Console) -> None:
    table = _table("Lots", "business", "product", "good + bad", "CO2e", "per unit", "metered")
    for (_, product, *_), alike in groupby(summary["lots"], key=_looks):
        lots = list(alike)
        lot, unit = lots[0], lots[0]["unit"]
        good, per = (lot["good"], unit) if unit != "g" else (lot["good"] // 1000, "kg")
        table.add_row(
            names.get(lot["business"], lot["business"]),
            f"{product} × {len(lots)}" if len(lots) > 1 else product,
            f"{grouped(good)} + {lot['defects']} {per}",
            mass(lot["co2_ug"]),
            f"{mass(lot['cfp_ug'])}/{unit}",
            f"{lot['primary_share'].split('.')[0]} %",
        )
    console.print(table)


def _looks(lot: dict[str, Any]) -> tuple[Any, ...]:
    """Lots that look the same in the table stand in one row."""
    return lot["business"], lot["product"], lot["good"], lot["defects"], mass(lot["co2_ug"])


def _trace(summary: dict[str, Any], names: Names, console: Console) -> None:
    trace = summary["trace"]
    lots = {lot["id"]: lot for lot in summary["lots"]}
    hops = []
    for business, there in groupby(
        (lots[lot_id] for lot_id in trace["lots"]), key=lambda lot: lot["business"]
    ):
        hops.append(f"{', '.join(sorted(lot['product'] for lot in there))} ({names.get(business, business)})")
    console.print(Text("Trace from the customer's lot upstream", style="bold"))
    console.print("\n  ← ".join(hops))
    console.print(f"[dim]{trace['depth']} steps, every breakdown proved against the ledger[/dim]\n")


def _accounts(summary: dict[str, Any], names: Names, console: Console) -> None:
    console.print(
        Text("Carbon accounts: inflow + declared − outflow − closing = net; all else is 0", style="bold")
    )
    table = _table(None, "business", *_FIGURES)
    idle = []
    for account in summary["accounts"]:
        figures = [account[f"{figure}_ug"] for figure in _FIGURES]
        if any(figures):
            table.add_row(names.get(account["business"]), *map(mass, figures))
        else:
            idle.append(names.get(account["business"], account["business"]))
    console.print(table)
    console.print(
        f"[dim]Net is what a firm keeps: left-overs; below zero: what rounding up overcharged.\n"
        f"Nothing moved at {', '.join(idle)}.[/dim]\n"
    )


def _credits(summary: dict[str, Any], names: Names, console: Console) -> None:
    credit = summary["credits"]
    console.print(Text("Credits", style="bold"))
    console.print(
        f"{mass(credit['reduction_ug'])} of solar reductions bundled: {credit['issued_t']} t issued, "
        f"{mass(credit['carried_ug'])} carried over, {credit['retired_t']} t retired"
    )
    ranked = sorted(credit["contributors"], key=lambda part: -int(part["reduction_ug"]))
    parts = (f"{names.get(part['id'], part['id'])} {mass(part['reduction_ug'])}" for part in ranked)
    console.print(f"[dim]by {', '.join(parts)}[/dim]\n")
