"""Routes of clients: who lets machines in, and puts them out."""

from typing import Annotated

from fastapi import Path, Query, status
from sqlmodel import Session

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import Limit, NodeDep
from tanso.platform.api.fields import Id
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router, shown_once
from tanso.platform.auth import service
from tanso.platform.auth.dependencies import AsAccess, ReadsAccess
from tanso.platform.auth.models import Role
from tanso.platform.auth.place import place_of
from tanso.platform.auth.principal import Principal
from tanso.platform.auth.schemas import ClientGiven, ClientIssued, ClientNumber, Clients, ClientShown

router = Router(prefix="/v1/clients", tags=["access"])

GivenNumber = Annotated[ClientNumber, Path()]
OfWhich = Annotated[
    Id | None, Query(description="The business; a manager's own, where it is left out. None: the node's own.")
]


@router.post("", summary="Let a machine in", status_code=status.HTTP_201_CREATED, responses=WRITES)
@shown_once
def create_client(node: NodeDep, principal: AsAccess, given: ClientGiven) -> ClientIssued:
    """Number and secret of an OAuth 2.0 client, in a role and with scopes, for a time.

    A manager lets machines in for the own business, the operator for any and for the node's own roles.
    """
    role = Role(given.role)
    place = place_of(principal, given.business_id)
    with writing(node.engine) as session:
        issued = service.issue_token(
            session, role, place, label=given.label, scopes=frozenset(given.scopes), days=given.days
        )
    return ClientIssued.of(issued)


@router.get("", summary="List the machines that were let in", responses=PRIVATE)
def list_clients(
    node: NodeDep,
    principal: ReadsAccess,
    business_id: OfWhich = None,
    limit: Limit = 50,
    after: Annotated[ClientNumber, Query(description="`next` of the page before.")] = "0" * 16,
) -> Clients:
    """In the order of their numbers, those that were revoked, too."""
    with reading(node.engine) as session:
        found = service.clients_of(session, place_of(principal, business_id), after, limit + 1)
    items = [ClientShown.of(client) for client in found[:limit]]
    return Clients(items=items, next=items[-1].client_id if len(found) > limit else None)


@router.post(
    "/{client_id}/secret",
    summary="Give a machine a new secret",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
@shown_once
def renew_secret(node: NodeDep, principal: AsAccess, client_id: GivenNumber) -> ClientIssued:
    """The old secret, and access tokens that were got with it, are worthless from now on."""
    with writing(node.engine) as session:
        _own(session, principal, client_id)
        return ClientIssued.of(service.renew_secret(session, client_id))


@router.delete(
    "/{client_id}", summary="Put a machine out", status_code=status.HTTP_204_NO_CONTENT, responses=WRITES
)
def delete_client(node: NodeDep, principal: AsAccess, client_id: GivenNumber) -> None:
    """Its secret and its access tokens are worthless from now on."""
    with writing(node.engine) as session:
        _own(session, principal, client_id)
        service.revoke_token(session, client_id)


def _own(session: Session, principal: Principal, client_id: str) -> None:
    """`NotFound` unless the principal manages this client."""
    client = service.find_client(session, client_id)
    if principal.role is not Role.OPERATOR and client.business_id != principal.business_id:
        raise service.no_client(client_id)
