"""Routes of businesses."""

from typing import Annotated, Literal

from fastapi import Path, status
from pydantic import BaseModel, Field

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import Address, Given, Hash, Id, Name, ServerUrl
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router, shown_once
from tanso.platform.api.transactions import Accepted, Transaction
from tanso.platform.auth.dependencies import AnyToken, AsManager, AsOperator
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token
from tanso.platform.businesses import service
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.errors import NotAllowed

router = Router(prefix="/v1/businesses", tags=["businesses"])

BusinessId = Annotated[Id, Path(description="The business's ID.")]


class BusinessGiven(Given):
    """A business that this node is to serve. Its name stays on this node."""

    name: Name
    account: Annotated[
        Address, Field(description="Account that acts for it, with checksum; its key is in the node.")
    ]
    endpoint: Annotated[
        Literal[""] | ServerUrl,
        Field(description="URL of the server that answers for it; the ledger holds its hash."),
    ] = ""
    aggregator: Annotated[bool, Field(description="Whether it may run credit programmes.")] = False


class EndpointGiven(Given):
    """The server that answers for the business."""

    url: ServerUrl


class BusinessRegistered(BaseModel):
    """The business's ID, a token for it, and the transactions that register it."""

    business_id: Id
    name: str
    account: Address
    token: Annotated[str, Field(description="Token of a first manager. Shown this once: keep it.")]
    client_id: Annotated[str, Field(description="The token's public number.")]
    transactions: list[Transaction]


class BusinessShown(BaseModel):
    """A business on the ledger: no name."""

    business_id: Id
    account: Address
    endpoint_hash: Hash

    @classmethod
    def of(cls, row: BusinessRow) -> "BusinessShown":
        return cls(business_id=row.business_id, account=row.account, endpoint_hash=row.endpoint_hash)


class Businesses(BaseModel):
    """A page of businesses; `next` is null on the last."""

    items: list[BusinessShown]
    next: Id | None


@router.post("", summary="Register a business", status_code=status.HTTP_202_ACCEPTED, responses=WRITES)
@shown_once
def register_business(node: NodeDep, _operator: AsOperator, given: BusinessGiven) -> BusinessRegistered:
    """Gives the business an ID, registers it on the ledger, and issues its first token."""
    business, messages = service.register_business(
        node, name=given.name, account=given.account, endpoint=given.endpoint, aggregator=given.aggregator
    )
    with writing(node.engine) as session:
        issued = issue_token(session, Role.MANAGER, business.business_id, label="first token")
    return BusinessRegistered(
        business_id=business.business_id,
        name=business.name,
        account=business.account,
        token=issued.token,
        client_id=issued.client_id,
        transactions=[Transaction.of(message) for message in messages],
    )


@router.get("", summary="List the businesses on the ledger", responses=PRIVATE)
def list_businesses(node: NodeDep, _principal: AnyToken, page: PageDep) -> Businesses:
    """IDs and accounts, as every node of the network sees them."""
    with reading(node.engine) as session:
        found = service.businesses(session, page.after, page.limit + 1)
    items = [BusinessShown.of(row) for row in found[: page.limit]]
    return Businesses(items=items, next=items[-1].business_id if len(found) > page.limit else None)


@router.get("/{business_id}", summary="Show a business on the ledger", responses=PRIVATE)
def get_business(node: NodeDep, _principal: AnyToken, business_id: BusinessId) -> BusinessShown:
    """Its account, and the hash of the URL of the server that answers for it."""
    with reading(node.engine) as session:
        return BusinessShown.of(service.business_on_ledger(session, business_id))


@router.put(
    "/{business_id}/endpoint",
    summary="Name the server that answers for the own business",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def put_endpoint(
    node: NodeDep,
    business: AsManager,
    business_id: BusinessId,
    given: EndpointGiven,
) -> Accepted:
    """The ledger holds the hash of the URL; the servers of other businesses are told the URL by their people.

    The one named before stays readable on the ledger.
    """
    if business_id != business.business_id:
        raise NotAllowed(
            "a business names its own server only", "Use the business's own ID.", slug="not-own-business"
        )
    return Accepted(transaction=Transaction.of(service.name_endpoint(node, business, given.url)))
