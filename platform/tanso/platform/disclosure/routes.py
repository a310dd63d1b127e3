"""Routes of disclosures."""

from typing import Annotated

from fastapi import Path, status
from pydantic import BaseModel

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import Given, Id, Time, TimeGiven
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AsManager, ReadsBusiness
from tanso.platform.disclosure import service
from tanso.platform.disclosure.models import Disclosure

router = Router(prefix="/v1/disclosures", tags=["disclosures"])

ReceiverId = Annotated[Id, Path(description="The business that may read.")]


class DisclosureGiven(Given):
    """How long a business may read."""

    until: TimeGiven


class DisclosureShown(BaseModel):
    """One business may read the breakdown of your settled lots until a time."""

    business_id: Id
    until: Time
    granted_at: Time

    @classmethod
    def of(cls, disclosure: Disclosure) -> "DisclosureShown":
        return cls(
            business_id=disclosure.to_business_id, until=disclosure.until, granted_at=disclosure.granted_at
        )


class Disclosures(BaseModel):
    """A page of disclosures; `next` is null on the last."""

    items: list[DisclosureShown]
    next: Id | None


@router.get("", summary="List to whom the own lots' breakdown is disclosed", responses=PRIVATE)
def list_disclosures(node: NodeDep, business: ReadsBusiness, page: PageDep) -> Disclosures:
    with reading(node.engine) as session:
        found = service.disclosures_of(session, business.business_id, page.after, page.limit + 1)
    items = [DisclosureShown.of(item) for item in found[: page.limit]]
    return Disclosures(items=items, next=items[-1].business_id if len(found) > page.limit else None)


@router.get("/{business_id}", summary="Show what is disclosed to a business", responses=PRIVATE)
def get_disclosure(node: NodeDep, business: ReadsBusiness, business_id: ReceiverId) -> DisclosureShown:
    with reading(node.engine) as session:
        return DisclosureShown.of(service.disclosure_to(session, business.business_id, business_id))


@router.put("/{business_id}", summary="Disclose the own lots' breakdown to a business", responses=WRITES)
def put_disclosure(
    node: NodeDep, business: AsManager, business_id: ReceiverId, given: DisclosureGiven
) -> DisclosureShown:
    """The business may read material and equipment uses of your settled lots, with proofs, until then.

    What it has read stays with it. Replaces an earlier grant to the same business.
    """
    with writing(node.engine) as session:
        return DisclosureShown.of(service.grant(session, business.business_id, business_id, given.until))


@router.delete(
    "/{business_id}",
    summary="End a disclosure at once",
    responses=PRIVATE,
    status_code=status.HTTP_204_NO_CONTENT,
)
def delete_disclosure(node: NodeDep, business: AsManager, business_id: ReceiverId) -> None:
    with writing(node.engine) as session:
        service.withdraw(session, business.business_id, business_id)
