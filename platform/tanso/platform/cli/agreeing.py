"""What `tanso agreement` does."""

import json
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import typer
from rich.console import Console

from tanso.contracts.errors import TansoError
from tanso.platform.cli.client import Json, NodeRefused, call
from tanso.platform.web.render import moment

WAIT_S = 120
"""That a command waits for the ledger."""
LOOK_S = 0.5
PATH = "/v1/agreements"


class NotYet(TansoError):
    """The ledger did not have a transaction in time. It is on its way all the same."""


def run_offer(url: str, token: str, terms: Json, *, as_json: bool) -> None:
    """Offers, waits, and prints the ID, or the terms as JSON."""
    made = call("POST", url, PATH, token, json=terms)
    agreement_id = made["terms"]["agreement_id"]
    until(url, token, agreement_id, lambda shown: shown["state"] != "proposing")
    typer.echo(json.dumps(made["terms"], indent=2, ensure_ascii=False) if as_json else agreement_id)


def run_list(url: str, token: str, *, as_json: bool) -> None:
    """Prints a line for each agreement."""
    items = list(_all(url, token, PATH))
    if as_json:
        typer.echo(json.dumps(items, indent=2, ensure_ascii=False))
        return
    for item in items:
        said = item["terms"]["purpose"] if item["terms"] else "the terms are not on this node yet"
        typer.echo(f"{item['agreement_id']}  {item['part']:8}  {item['state']:17}  {said}")
    if not items:
        typer.echo("No agreement.")


def run_show(url: str, token: str, agreement_id: str, *, as_json: bool) -> None:
    """Prints one."""
    shown = call("GET", url, _path(agreement_id), token)
    if as_json:
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{shown['state']}; you are the {shown['part']}")
    if shown["terms"]:
        _tell(shown["terms"])
    for name in ("proposed", "accepted", "ended", "deletion_demanded", "deletion_confirmed"):
        if shown[f"{name}_at"]:
            typer.echo(f"{name.replace('_', ' '):18} {shown[f'{name}_at']}")


def run_accept(url: str, token: str, agreement_id: str, *, yes: bool) -> None:
    """Fetches the terms, shows them, accepts them and waits."""
    terms = _waited("waiting for the offer", lambda: _terms(url, token, agreement_id))
    _tell(terms)
    if not (yes or typer.confirm("Accept these terms?")):
        raise typer.Exit(1)
    run_step(url, token, agreement_id, "acceptance", "in-force")


def run_step(url: str, token: str, agreement_id: str, step: str, state: str) -> None:
    """Takes a step and waits until the ledger has it."""
    call("POST", url, f"{_path(agreement_id)}/{step}", token)
    until(url, token, agreement_id, lambda shown: shown["state"] == state)
    typer.echo(state)


def run_uses(url: str, token: str, agreement_id: str, *, as_json: bool) -> None:
    """Prints a line for each use."""
    items = list(_all(url, token, f"{_path(agreement_id)}/uses"))
    if as_json:
        typer.echo(json.dumps(items, indent=2, ensure_ascii=False))
        return
    for use in items:
        said = "answered" if use["answered"] else "refused"
        fields = ", ".join(use["fields"])
        typer.echo(f"{use['at']}  {use['reader_id']}  lot {use['lot_id']}  {fields}: {said}")
    if not items:
        typer.echo("No use.")


def until(url: str, token: str, agreement_id: str, done: Callable[[Json], bool]) -> None:
    """Waits until an agreement is as `done` wants it. Raises `NotYet`."""

    def shown() -> Json | None:
        found = call("GET", url, _path(agreement_id), token)
        return found if done(found) else None

    _waited("waiting for the ledger", shown)


def _path(agreement_id: str) -> str:
    return f"{PATH}/{quote(agreement_id, safe='')}"


def _all(url: str, token: str, path: str) -> Iterator[Json]:
    """All items of a list, page by page."""
    after: Json = {}
    while True:
        found = call("GET", url, path, token, params={"limit": 200} | after)
        yield from found["items"]
        if found["next"] is None:
            return
        after = {"after": found["next"]}


def _terms(url: str, token: str, agreement_id: str) -> Json | None:
    """The terms of an offer, from the provider's server if they are not here; None until it is known."""
    try:
        return call("PUT", url, f"{_path(agreement_id)}/terms", token)
    except NodeRefused as refused:
        if refused.kind != "unknown-agreement":
            raise
        return None


def _waited(what: str, look: Callable[[], Json | None]) -> Json:
    """What `look` gives once it gives something. Raises `NotYet`."""
    end = time.monotonic() + WAIT_S
    with Console(stderr=True).status(f"{what} …"):
        while time.monotonic() < end:
            if (found := look()) is not None:
                return found
            time.sleep(LOOK_S)
    raise NotYet(
        f"The node did not see it on the ledger within {WAIT_S} s.",
        hint="It may come later: `tanso agreement show` tells; `tanso outbox status` says what waits.",
    )


def _tell(terms: Json) -> None:
    lots = "all lots" if terms["lots"] == "all" else f"lots {', '.join(terms['lots'])}"
    typer.echo(f"  provider   {terms['provider']}\n  receiver   {terms['receiver']}")
    typer.echo(f"  discloses  {', '.join(terms['fields'])} of {lots}, {terms['depth']} steps at most")
    typer.echo(f"  for        {terms['purpose']}\n  until      {moment(terms['valid_until'])} UTC")
