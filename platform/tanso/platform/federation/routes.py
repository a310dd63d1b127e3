"""Routes of the address book, of the questions that servers ask each other, and of asking them."""

from typing import Annotated

from fastapi import Path, Response, status

from tanso.oracle.store import reading, writing
from tanso.platform.agreements.confirmation import Confirmation
from tanso.platform.agreements.terms import Terms
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import Id
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router, apart
from tanso.platform.auth.dependencies import AnyToken, AsBusiness, AsManagerOrOperator, AsOperator
from tanso.platform.auth.models import Role
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.federation import addresses, answering, fetching
from tanso.platform.federation.inbound import AskedDep, signed_answer
from tanso.platform.federation.questions import (
    BREAKDOWNS,
    CONFIRMATIONS,
    PREFIX,
    TERMS,
    AgreementAsked,
    BreakdownsAnswer,
    BreakdownsAsked,
)
from tanso.platform.federation.schemas import ServerGiven, Servers, ServerShown, shown

router = Router(prefix="/v1/servers", tags=["servers"])
questions = Router(prefix=PREFIX, tags=["servers"])
agreements = Router(prefix="/v1/agreements", tags=["agreements"])

BusinessId = Annotated[Id, Path(description="The business whose server it is.")]
AgreementId = Annotated[Id, Path(description="The agreement's ID.")]


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


@questions.post(
    "/breakdowns", summary="Ask for breakdowns of lots", responses=WRITES, response_model=BreakdownsAnswer
)
def ask_breakdowns(node: NodeDep, asked: AskedDep, given: BreakdownsAsked) -> Response:
    """For servers of other businesses: what the asked business's agreements disclose to the asking one.

    Each use is noted for the asked business. The answer is signed by its account, as are refusals (EIP-712,
    `Answer`, in the headers `Tanso-Time` and `Tanso-Signature`).
    """
    return signed_answer(node, asked, BREAKDOWNS, lambda: answering.breakdowns(node, asked, given))


@questions.post("/terms", summary="Ask for the terms of an agreement", responses=WRITES, response_model=Terms)
def ask_terms(node: NodeDep, asked: AskedDep, given: AgreementAsked) -> Response:
    """For the server of an agreement's receiver: the terms that the asked business proposed to it."""
    return signed_answer(node, asked, TERMS, lambda: answering.terms(node, asked, given.agreement_id))


@questions.post(
    "/confirmations",
    summary="Ask for the confirmation of a deletion",
    responses=WRITES,
    response_model=Confirmation,
)
def ask_confirmation(node: NodeDep, asked: AskedDep, given: AgreementAsked) -> Response:
    """For the server of an agreement's provider: that what the asked business received is deleted."""
    return signed_answer(
        node, asked, CONFIRMATIONS, lambda: answering.confirmation(node, asked, given.agreement_id)
    )


@agreements.put("/{agreement_id}/terms", summary="Fetch the terms from the provider", responses=WRITES)
@apart
def fetch_terms(node: NodeDep, business: AsBusiness, agreement_id: AgreementId) -> Terms:
    """You are the receiver: the provider's server is asked for what it proposed.

    Taken only if the ledger holds its hash. Read it before you accept.
    """
    return fetching.terms(node, business, agreement_id)


@agreements.put(
    "/{agreement_id}/confirmation", summary="Fetch the receiver's confirmation of deletion", responses=WRITES
)
@apart
def fetch_confirmation(node: NodeDep, business: AsBusiness, agreement_id: AgreementId) -> Confirmation:
    """You are the provider: the receiver's server is asked for what it signed.

    Taken only if the ledger holds its hash, and the receiver's account signed it.
    """
    return fetching.confirmation(node, business, agreement_id)
