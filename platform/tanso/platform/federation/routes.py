"""Routes of the address book."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import Id
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.auth.dependencies import AnyToken, AsManagerOrOperator, AsOperator
from tanso.platform.auth.models import Role
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.federation import addresses
from tanso.platform.federation.schemas import ServerGiven, Servers, ServerShown, shown

router = APIRouter(prefix="/v1/servers", tags=["servers"])

BusinessId = Annotated[Id, Path(description="The business whose server it is.")]


@router.get("", summary="List the servers of other businesses", responses=PRIVATE)
def list_servers(node: NodeDep, _principal: AnyToken, page: PageDep) -> Servers:
    """The address book of this node: the only addresses to which it sends questions."""
    with reading(node.engine) as session:
        found = addresses.entries(session, page.after, page.limit + 1)
        items = [shown(entry, session.get(BusinessRow, entry.business_id)) for entry in found[: page.limit]]
    return Servers(items=items, next=items[-1].business_id if len(found) > page.limit else None)


@router.get("/{business_id}", summary="Show where a business's server is", responses=PRIVATE)
def get_server(node: NodeDep, _principal: AnyToken, business_id: BusinessId) -> ServerShown:
    with reading(node.engine) as session:
        return shown(addresses.entry_of(session, business_id), session.get(BusinessRow, business_id))


@router.put("/{business_id}", summary="Enter where a business's server is", responses=WRITES)
def put_server(
    node: NodeDep, principal: AsManagerOrOperator, business_id: BusinessId, given: ServerGiven
) -> ServerShown:
    """Taken only if the ledger holds the hash of this URL for the business, so nobody can enter a false one.

    Addresses without TLS or of a private network are the operator's to enter.
    """
    with writing(node.engine) as session:
        by_operator = principal.role is Role.OPERATOR
        entry = addresses.enter(session, business_id, given.url, by_operator=by_operator)
        return shown(entry, session.get(BusinessRow, business_id))


@router.delete(
    "/{business_id}",
    summary="Strike a business's server out",
    responses=WRITES,
    status_code=status.HTTP_204_NO_CONTENT,
)
def delete_server(node: NodeDep, _operator: AsOperator, business_id: BusinessId) -> None:
    """The business is not asked any more. All businesses of the node share the book: the operator strikes."""
    with writing(node.engine) as session:
        session.delete(addresses.entry_of(session, business_id))
