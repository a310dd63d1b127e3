"""What `tanso person` does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from tanso.oracle.store import writing
from tanso.platform.api.fields import Id, Name
from tanso.platform.auth.models import Role
from tanso.platform.cli.stores import store_of
from tanso.platform.database import prepare
from tanso.platform.errors import BadInput, NotFound
from tanso.platform.people import service
from tanso.platform.people.models import Person
from tanso.platform.people.schemas import InvitationShown, PersonShown

ALL = 100_000
"""More people than a business has."""


def run_add(
    store: str | None,
    folder: Path | None,
    name: str,
    email: str,
    role: str,
    business: str | None,
    *,
    as_json: bool,
) -> None:
    """Prints the link of a new invitation."""
    _check(Name, "NAME", name)
    with _session(store, folder, business) as session:
        link = service.invite(session, Role(role), business, name=name, email=email)
    _show(link, as_json=as_json)


def run_list(store: str | None, folder: Path | None, business: str | None, *, as_json: bool) -> None:
    """Prints who is what, and who is invited."""
    with _session(store, folder, business) as session:
        found = [PersonShown.of(*item) for item in service.members(session, business, "", ALL)]
        invited = [InvitationShown.of(link) for link in service.invitations(session, business, "", ALL)]
    if as_json:
        shown = {
            "people": [item.model_dump(mode="json") for item in found],
            "invited": [item.model_dump(mode="json") for item in invited],
        }
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    for item in found:
        typer.echo(f"{item.role:9} {item.name} <{item.email}>")
    for open_ in invited:
        typer.echo(f"{open_.role:9} {open_.name} <{open_.email}>, invited")
    if not found and not invited:
        typer.echo("Nobody yet: `tanso person add` invites somebody.")


def run_link(store: str | None, folder: Path | None, email: str, *, as_json: bool) -> None:
    """Prints a link to a new password."""
    with _session(store, folder, None) as session:
        link = service.password_link(session, _person(session, email).person_id)
    _show(link, as_json=as_json)


def run_remove(store: str | None, folder: Path | None, email: str, business: str | None) -> None:
    """Ends a membership."""
    with _session(store, folder, business) as session:
        service.remove_member(session, _person(session, email).person_id, business)
    typer.echo(f"{email} is out.")


@contextmanager
def _session(store: str | None, folder: Path | None, business: str | None) -> Iterator[Session]:
    if business is not None:
        _check(Id, "--business", business)
    with store_of(store, folder) as engine:
        prepare(engine)
        with writing(engine) as session:
            yield session


def _check(kind: Any, what: str, value: str) -> None:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise BadInput(f"{what}: {error.errors()[0]['msg']}", "Write it as the API shows it.") from error


def _person(session: Session, email: str) -> Person:
    person = service.person_by_email(session, service.normal_email(email))
    if person is None:
        raise NotFound(f"nobody has the address {email}", "`tanso person list` shows who is in.")
    return person


def _show(link: service.NewLink, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"link_id": link.link_id, "path": link.path}))
        return
    typer.echo(link.path)
    typer.echo("Open it on the node's address, for example http://127.0.0.1:8080 before it.", err=True)
