"""Routes of people: a manager invites them into the own business, the operator into any and to the node."""

from typing import Annotated

from fastapi import Path, Query, status

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import Limit, NodeDep
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router, shown_once
from tanso.platform.auth.dependencies import AsAccess, ReadsAccess
from tanso.platform.auth.models import Role
from tanso.platform.auth.place import place_of
from tanso.platform.auth.routes import OfWhich
from tanso.platform.errors import NotAllowed
from tanso.platform.people import service
from tanso.platform.people.schemas import (
    InvitationGiven,
    Invitations,
    InvitationShown,
    LinkMade,
    Number,
    People,
    PersonShown,
)

router = Router(prefix="/v1", tags=["access"])

After = Annotated[Number, Query(description="`next` of the page before.")]
PersonNumber = Annotated[Number, Path()]


@router.post("/invitations", summary="Invite somebody", status_code=status.HTTP_201_CREATED, responses=WRITES)
@shown_once
def post_invitation(node: NodeDep, principal: AsAccess, given: InvitationGiven) -> LinkMade:
    """Gives a link in which the person chooses a password, or accepts with the one they have.

    An earlier invitation of the same address is void. Who is in already gets another role by it.
    """
    place = place_of(principal, given.business_id)
    with writing(node.engine) as session:
        link = service.invite(session, Role(given.role), place, name=given.name, email=given.email)
    return LinkMade.of(link)


@router.get("/invitations", summary="List open invitations", responses=PRIVATE)
def list_invitations(
    node: NodeDep,
    principal: ReadsAccess,
    business_id: OfWhich = None,
    limit: Limit = 50,
    after: After = "0" * 16,
) -> Invitations:
    """Those that were not accepted yet and count still."""
    with reading(node.engine) as session:
        found = service.invitations(session, place_of(principal, business_id), after, limit + 1)
    items = [InvitationShown.of(link) for link in found[:limit]]
    return Invitations(items=items, next=items[-1].link_id if len(found) > limit else None)


@router.delete(
    "/invitations/{link_id}",
    summary="Withdraw an invitation",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def delete_invitation(node: NodeDep, principal: AsAccess, link_id: Annotated[Number, Path()]) -> None:
    """Its link counts no longer."""
    with writing(node.engine) as session:
        service.withdraw_invitation(
            session, link_id, principal.business_id, anywhere=principal.role is Role.OPERATOR
        )


@router.get("/people", summary="List people", responses=PRIVATE)
def list_people(
    node: NodeDep,
    principal: ReadsAccess,
    business_id: OfWhich = None,
    limit: Limit = 50,
    after: After = "0" * 16,
) -> People:
    """Who is what in a business, or on the node."""
    with reading(node.engine) as session:
        found = service.members(session, place_of(principal, business_id), after, limit + 1)
    items = [PersonShown.of(person, member) for person, member in found[:limit]]
    return People(items=items, next=items[-1].person_id if len(found) > limit else None)


@router.delete(
    "/people/{person_id}",
    summary="Put somebody out",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def delete_person(
    node: NodeDep, principal: AsAccess, person_id: PersonNumber, business_id: OfWhich = None
) -> None:
    """Takes effect with the person's next request. Who is in no other place is forgotten altogether."""
    with writing(node.engine) as session:
        service.remove_member(session, person_id, place_of(principal, business_id))


@router.post(
    "/people/{person_id}/password-link",
    summary="Give somebody a link to a new password",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
@shown_once
def post_password_link(
    node: NodeDep, principal: AsAccess, person_id: PersonNumber, business_id: OfWhich = None
) -> LinkMade:
    """For who has forgotten it. A manager does that for people who are in the own business alone."""
    place = place_of(principal, business_id)
    with writing(node.engine) as session:
        service.member_of(session, person_id, place)
        # Whoever has the link can take the account over, with all that it may elsewhere.
        if principal.role is not Role.OPERATOR and len(service.places_of(session, person_id)) > 1:
            raise NotAllowed(
                "this person belongs to others, too",
                "Ask the node's operator.",
                slug="not-own-person",
            )
        return LinkMade.of(service.password_link(session, person_id))
