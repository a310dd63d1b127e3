"""`tanso demo`: the story from an empty folder to a checked proof, with progress and a summary."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from tanso.contracts.errors import TansoError
from tanso.devchain import Devchain, StateError, StateInUse
from tanso.platform.demo.database import claim, keep
from tanso.platform.demo.story import Story, tell_story
from tanso.platform.demo.summary import PROOF_FILE, REPORT_FILE, summarise
from tanso.platform.demo.tell import tell
from tanso.platform.demo.world import CHAIN, World
from tanso.platform.proofs.model import read_bundle
from tanso.platform.proofs.onchain import check_against
from tanso.platform.proofs.verify import Finding, verify

MARKER = "summary.json"
"""The last file that a demo writes."""

MINE = ".tanso-demo"
"""The first one: what lies beside it may be replaced."""


class FolderInUse(TansoError):
    """The folder holds something that the demo did not make."""


class ProofRefused(TansoError):
    """The proof that the demo made does not fit; this is a fault of Tanso."""


class Progress:
    """Says on standard error what is being done, and how long the last thing took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: tuple[str, float] | None = None

    def __call__(self, what: str) -> None:
        self.done()
        self._last = (what, time.monotonic())
        if self._console.is_terminal:
            self._console.print(f"[dim]…[/dim] {what}", end="\r")

    def done(self) -> None:
        """Ticks the last thing off."""
        if self._last is not None:
            what, began = self._last
            self._console.print(f"[green]✓[/green] {what} [dim]{time.monotonic() - began:.1f} s[/dim]")
            self._last = None


def run_demo(out: Path, database: str = "", *, as_json: bool) -> None:
    """Tells the story in `out`, whose earlier demo it replaces.

    :param database: URL of an empty one to be used, instead of a file in `out`.
    :raises FolderInUse: when `out` holds anything else.
    :raises DatabaseInUse: when the database holds a node's tables.
    """
    began = time.monotonic()
    claim(database)
    clear(out)
    keep(out, database)
    summary, names = build(out)
    if as_json:
        typer.echo(json.dumps(summary, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    tell(summary, names, console)
    say_where(out, time.monotonic() - began)


def say_where(out: Path, seconds: float) -> None:
    """What lies in the folder and what can be done with it."""
    # Soft-wrapped: a command that a line break cuts in two can't be copied.
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]In {out}/[/bold] (told in {seconds:.0f} s)")
    console.print(f"  {REPORT_FILE}   the customer's report on the drive units: open it in a browser")
    console.print(f"  {PROOF_FILE}    all that is behind it: [bold]tanso verify {out / PROOF_FILE}[/bold]")
    console.print(
        f"  {CHAIN}/        the ledger: [bold]tanso chain --state {out / CHAIN}[/bold] serves it again"
    )
    console.print(f"  {MARKER}  these figures, for programs")
    console.print(f"\n[bold]tanso up --data {out}[/bold] serves this world with its API and pages.")
    console.print("[dim]The command is .venv/bin/tanso unless the virtual environment is active.[/dim]")


def build(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Makes the world in an empty folder and tells the story; gives the summary and the businesses' names."""
    step = Progress(Console(stderr=True, highlight=False))
    with World.create(folder, step) as world:
        story = tell_story(world, step)
        summary = conclude(world, story, step)
        world.keep_tokens()
        names = {firm.id: firm.name for firm in world.businesses.values()}
    step.done()
    return summary, names


def conclude(world: World, story: Story, step: Progress) -> dict[str, Any]:
    """The customer asks: report, proof and summary are written and the proof is checked."""
    step("the customer asks, traces and gets report and proof")
    lot, customer = story.final_lot, "customer"
    proof = world.call(customer, "GET", f"/v1/lots/{lot}/proof")
    _write(world.folder / PROOF_FILE, json.dumps(proof, indent=1, ensure_ascii=False))
    _write(world.folder / REPORT_FILE, world.call(customer, "GET", f"/v1/lots/{lot}/report.html"))
    step("the proof is recomputed from the meter readings and held against the ledger")
    bundle = read_bundle((world.folder / PROOF_FILE).read_text(encoding="utf-8"))
    findings: list[Finding] = [*verify(bundle), *check_against(bundle, world.node.ledger)]
    if findings:
        raise ProofRefused("; ".join(map(str, findings)))
    step("accounts, credits and gas are summed up")
    summary = summarise(world, story)
    _write(world.folder / MARKER, json.dumps(summary, indent=2, ensure_ascii=False))
    return summary


def clear(out: Path) -> None:
    """An empty folder that is marked as a demo's.

    :raises FolderInUse: when `out` holds something that no demo made, or a world that is being served.
    """
    if out.exists() and not out.is_dir():
        raise FolderInUse(f"{out} is a file.", hint="Name a folder.")
    out.mkdir(parents=True, exist_ok=True)
    held = list(out.iterdir())
    # A deployment file, a chain or a database alone may be anybody's; nothing of theirs is removed.
    if held and not (out / MINE).is_file():
        raise FolderInUse(
            f"{out} holds something that no demo made.", hint="Name another folder, or empty this one."
        )
    _refuse_served(out / CHAIN)
    _write(out / MINE, "Made by `tanso demo` or `tanso up`. The next demo in this folder replaces it all.\n")
    for path in held:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MINE:
            path.unlink()


def _refuse_served(chain: Path) -> None:
    if chain.is_dir() and any(chain.iterdir()):
        try:
            Devchain.open(chain).close()
        except StateInUse as error:
            raise FolderInUse(
                f"{chain.parent} is being served by another process.", hint="Stop it, or name another folder."
            ) from error
        except StateError:
            return  # whatever is wrong with it, it is about to be replaced


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
