"""`tanso person`: who signs in on the node's pages. The first person of a node comes by this way."""

from enum import StrEnum
from typing import Annotated

import typer

from tanso.platform.cli.options import AsJson, Folder, Store

app = typer.Typer(
    help="Let people in, list them, put them out. Each gets a link to choose a password with.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class RoleName(StrEnum):
    """Roles of people and tokens, as `tanso.platform.auth.models.Role` has them."""

    MANAGER = "manager"
    CLERK = "clerk"
    READER = "reader"
    OPERATOR = "operator"
    AUDITOR = "auditor"


OfBusiness = Annotated[
    str | None,
    typer.Option(help="ID of the business, for the roles manager, clerk and reader.", metavar="ID"),
]
Email = Annotated[str, typer.Argument(help="E-mail address of the person.", metavar="EMAIL")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What to call the person.", metavar="NAME")],
    email: Email,
    role: Annotated[RoleName, typer.Option(help="What the person is to be.")],
    business: OfBusiness = None,
    store: Store = None,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Invite somebody: print the link in which they choose a password, this once.

    It works once, within three days. `tanso person add "Ada Ito" ada@example.org --role operator` lets the
    first operator in; who has an account already gets one role more.
    """
    from tanso.platform.cli.people import run_add

    run_add(store, folder, name, email, role.value, business, as_json=json)


@app.command("list")
def list_(
    business: OfBusiness = None, store: Store = None, folder: Folder = None, json: AsJson = False
) -> None:
    """List who is what in a business, or, without one, on the node; and who is invited."""
    from tanso.platform.cli.people import run_list

    run_list(store, folder, business, as_json=json)


@app.command("link")
def link(email: Email, store: Store = None, folder: Folder = None, json: AsJson = False) -> None:
    """Print a link to a new password, for somebody who has forgotten the old one."""
    from tanso.platform.cli.people import run_link

    run_link(store, folder, email, as_json=json)


@app.command("remove")
def remove(email: Email, business: OfBusiness = None, store: Store = None, folder: Folder = None) -> None:
    """Put somebody out of a business, or, without one, off the node; with effect at once."""
    from tanso.platform.cli.people import run_remove

    run_remove(store, folder, email, business)
