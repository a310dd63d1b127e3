"""`tanso agreement`: what a business discloses to whom, as its node's API has it."""

from enum import StrEnum
from typing import Annotated

import typer

from tanso.platform.cli.options import AsJson

app = typer.Typer(
    help="Offer, read, accept and end agreements, and see each use of them.\n\n"
    "Nothing of a lot is shown to another business without one. Each command asks the node at --url "
    "for the business whose token is in TANSO_TOKEN.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NODE = "http://127.0.0.1:8080"


class Part(StrEnum):
    """What of a lot can be disclosed, as `tanso.platform.agreements.terms.Disclosed` has it."""

    MATERIALS = "materials"
    EQUIPMENT = "equipment"
    NAMES = "names"


Token = Annotated[
    str, typer.Option(help="Token of the business that asks.", envvar="TANSO_TOKEN", show_envvar=True)
]
Url = Annotated[str, typer.Option(help="Address of the business's node.")]
Agreement = Annotated[str, typer.Argument(help="The agreement's ID.", metavar="ID")]


@app.command("offer")
def offer(
    receiver: Annotated[str, typer.Argument(help="Business ID of the receiver.", metavar="RECEIVER")],
    purpose: Annotated[str, typer.Option(help="What the receiver may use it for.")],
    until: Annotated[str, typer.Option(help="The day on which it ends (UTC), YYYY-MM-DD.")],
    token: Token,
    discloses: Annotated[
        list[Part] | None,
        typer.Option(help="What of your lots; once for each.", show_default="all of it"),
    ] = None,
    lot: Annotated[
        list[str] | None,
        typer.Option(help="ID of a lot; once for each.", metavar="ID", show_default="all lots"),
    ] = None,
    depth: Annotated[int, typer.Option(help="Steps that an answer may go.", min=1, max=16)] = 1,
    url: Url = NODE,
    json: AsJson = False,
) -> None:
    """Offer to disclose, print the agreement's ID, and wait until it stands on the ledger.

    Nothing is disclosed before the receiver has accepted. With --depth 2 the receiver may let others in by an
    agreement of its own, and so on.
    """
    from tanso.platform.cli.agreeing import run_offer

    terms = {
        "receiver_id": receiver,
        "fields": [part.value for part in discloses or Part],
        "lots": lot or "all",
        "depth": depth,
        "purpose": purpose,
        "valid_until": f"{until}T00:00:00Z",
    }
    run_offer(url, token, terms, as_json=json)


@app.command("list")
def list_(token: Token, url: Url = NODE, json: AsJson = False) -> None:
    """List the agreements of which the business is a party."""
    from tanso.platform.cli.agreeing import run_list

    run_list(url, token, as_json=json)


@app.command("show")
def show(agreement: Agreement, token: Token, url: Url = NODE, json: AsJson = False) -> None:
    """Show an agreement: its terms, where it stands, what became of it."""
    from tanso.platform.cli.agreeing import run_show

    run_show(url, token, agreement, as_json=json)


@app.command("accept")
def accept(
    agreement: Agreement,
    token: Token,
    url: Url = NODE,
    yes: Annotated[bool, typer.Option("--yes", help="Accept without being asked.")] = False,
) -> None:
    """Fetch the terms of an offer from the provider's server, show them, and accept them.

    Waits for the ledger to have the offer, and then the acceptance.
    """
    from tanso.platform.cli.agreeing import run_accept

    run_accept(url, token, agreement, yes=yes)


@app.command("end")
def end(agreement: Agreement, token: Token, url: Url = NODE) -> None:
    """End an agreement at once, take an offer back or decline it. For good."""
    from tanso.platform.cli.agreeing import run_step

    run_step(url, token, agreement, "withdrawal", "withdrawn")


@app.command("demand-deletion")
def demand_deletion(agreement: Agreement, token: Token, url: Url = NODE) -> None:
    """End an agreement and demand that the receiver delete what it got. For the provider."""
    from tanso.platform.cli.agreeing import run_step

    run_step(url, token, agreement, "deletion-demand", "deletion-demanded")


@app.command("delete")
def delete(agreement: Agreement, token: Token, url: Url = NODE) -> None:
    """Delete what was received, as the provider demanded, and confirm it with the business's signature."""
    from tanso.platform.cli.agreeing import run_step

    run_step(url, token, agreement, "deletion", "deleted")


@app.command("uses")
def uses(agreement: Agreement, token: Token, url: Url = NODE, json: AsJson = False) -> None:
    """List who asked for what under an agreement, and when. For the provider."""
    from tanso.platform.cli.agreeing import run_uses

    run_uses(url, token, agreement, as_json=json)
