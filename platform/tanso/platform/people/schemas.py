"""What the routes of people take and give."""

from typing import Annotated

from pydantic import BaseModel, Field

from tanso.platform.api.fields import Given, Id, Name, Time
from tanso.platform.auth.models import Role
from tanso.platform.auth.schemas import OwnBusiness, RoleName
from tanso.platform.people.models import Link, Membership, Person
from tanso.platform.people.service import NewLink

Number = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="Its public number.")]
Email = Annotated[str, Field(min_length=3, max_length=254, description="E-mail address, to sign in with.")]


class InvitationGiven(Given):
    """Who is to become what."""

    name: Name
    email: Email
    role: RoleName
    business_id: OwnBusiness = None


class LinkMade(BaseModel):
    """A link that works once, within three days. It is shown this once: send it to the person alone."""

    link_id: Number
    path: Annotated[str, Field(description="Path on this node, to be opened in a browser.")]

    @classmethod
    def of(cls, link: NewLink) -> "LinkMade":
        return cls(link_id=link.link_id, path=link.path)


class InvitationShown(BaseModel):
    """An invitation that was not accepted yet."""

    link_id: Number
    name: str
    email: str
    role: RoleName
    expires_at: Time

    @classmethod
    def of(cls, link: Link) -> "InvitationShown":
        assert link.role is not None
        return cls(
            link_id=link.link_id,
            name=link.name,
            email=link.email,
            role=Role(link.role).value,
            expires_at=link.expires_at,
        )


class Invitations(BaseModel):
    """A page of invitations; `next` is null on the last."""

    items: list[InvitationShown]
    next: Number | None


class PersonShown(BaseModel):
    """Somebody, and what they are here."""

    person_id: Number
    name: str
    email: str
    role: RoleName
    business_id: Id | None
    since: Time

    @classmethod
    def of(cls, person: Person, member: Membership) -> "PersonShown":
        return cls(
            person_id=person.person_id,
            name=person.name,
            email=person.email,
            role=Role(member.role).value,
            business_id=member.place or None,
            since=member.since,
        )


class People(BaseModel):
    """A page of people; `next` is null on the last."""

    items: list[PersonShown]
    next: Number | None
