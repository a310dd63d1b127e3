"""`tanso trace`: asks a node what a lot is made of, over all servers, and draws the answer as a tree."""

import json
from urllib.parse import quote

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from tanso.contracts.errors import TansoError
from tanso.oracle.evidence import verify_leaf
from tanso.platform.cli.client import Json, call
from tanso.platform.web.render import grouped, mass

SECONDS_MORE = 30
"""That the node may need beyond what it spends on asking other servers."""
STYLE = {"shown": "green", "in part": "yellow", "not disclosed": "yellow", "does not fit": "bold red"}


class NotProved(TansoError):
    """What the node shows is not under the root that it names."""


def run_trace(lot_id: str, url: str, token: str, *, depth: int, seconds: int, as_json: bool) -> None:
    """Prints the search upstream from a lot, as the node at `url` finds it for the bearer of `token`.

    :raises NotProved: when an input is not under its lot's root.
    """
    with Console(stderr=True).status("asking the servers upstream …"):
        found = ask(lot_id, url, token, depth=depth, seconds=seconds)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    proved = check(found)
    console = Console(highlight=False)
    console.print(draw(found))
    states = [lot["disclosure"] for lot in found["lots"]]
    told = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    console.print(Text(f"\n{len(states)} lots, {found['depth']} steps: {told}", style="dim"))
    console.print(Text(f"{proved} inputs proved under the roots that the ledger has", style="dim"))
    if not found["complete"]:
        console.print(Text("The search was cut off: a bound was reached.", style="yellow"))


def ask(lot_id: str, url: str, token: str, *, depth: int, seconds: int) -> Json:
    """The node's answer. Raises `NodeRefused`, `NodeSilent`."""
    return call(
        "GET",
        url,
        f"/v1/lots/{quote(lot_id, safe='')}/trace",
        token,
        seconds=seconds + SECONDS_MORE,
        params={"max_depth": depth, "max_seconds": seconds, "proofs": True},
    )


def check(found: Json) -> int:
    """The number of inputs, each of which is under its lot's root; `NotProved` when one is not."""
    inputs = [(lot, part) for lot in found["lots"] for part in lot["inputs"]]
    for lot, part in inputs:
        if not verify_leaf(lot["breakdown_root"], part["leaf"], part["proof"]):
            raise NotProved(
                f"An input of lot {lot['lot_id']} is not under its root.", hint="Do not believe this node."
            )
    return len(inputs)


def draw(found: Json) -> Tree:
    """The lots as a tree from the one searched upstream. A lot on several ways is drawn out once."""
    lots = {lot["lot_id"]: lot for lot in found["lots"]}
    drawn = {found["lot_id"]}
    root = Tree(_label(lots[found["lot_id"]]), guide_style="dim")
    todo = [(root, lots[found["lot_id"]])]
    while todo:
        branch, lot = todo.pop(0)
        for part in lot["inputs"]:
            line = Text(f"{grouped(part['quantity'])} {part['unit']}, {mass(part['co2_ug'])}: ", style="dim")
            if part["kind"] != "material":
                named = (lot["names"] or {"equipment": {}})["equipment"].get(part["ref_id"], part["ref_id"])
                branch.add(line + Text(f"{part['kind']} {named}", style="default"))
            elif part["ref_id"] not in lots:
                branch.add(line + Text(f"lot {part['ref_id']}: cut off", style="default"))
            elif part["ref_id"] in drawn:
                branch.add(line + _name(lots[part["ref_id"]]) + Text("  (drawn elsewhere)", style="dim"))
            else:
                drawn.add(part["ref_id"])
                material = lots[part["ref_id"]]
                todo.append((branch.add(line + _label(material)), material))
    return root


def _label(lot: Json) -> Text:
    text = _name(lot) + Text(f"  {mass(lot['co2_ug'])} for {grouped(lot['good'])} {lot['unit']}  ")
    said = lot["disclosure"] + (f": {lot['reason']}" if lot["reason"] else "")
    return text + Text(said, style=STYLE.get(lot["disclosure"], "red"))


def _name(lot: Json) -> Text:
    names = lot["names"]
    if names is None:
        return Text(f"lot {lot['lot_id']} of business {lot['business_id'][:10]}…", style="default")
    return Text(names["product"], style="bold") + Text(f" ({names['business']}, {names['lot']})")
