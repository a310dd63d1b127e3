"""What the routes of clients take and give."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tanso.platform.api.fields import Given, Id, Name, Time
from tanso.platform.auth.models import Client, Role, Scope
from tanso.platform.auth.principal import scopes_of
from tanso.platform.auth.service import DAYS, IssuedToken

ClientNumber = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="The client's public number.")]
RoleName = Literal["manager", "clerk", "reader", "operator", "auditor"]
OwnBusiness = Annotated[
    Id | None,
    Field(description="The business; a manager's own, where it is left out. None for operator and auditor."),
]


class ClientGiven(Given):
    """What a machine is to do, and how long."""

    role: RoleName
    business_id: OwnBusiness = None
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=2, default_factory=lambda: list(Scope))]
    label: Annotated[Name, Field(description="What it is for.")]
    days: Annotated[int, Field(strict=True, ge=1, le=3660, description="A number of days it counts.")] = DAYS


class ClientIssued(BaseModel):
    """A client's new secret. Only its SHA-256 is stored: it is shown this once."""

    client_id: ClientNumber
    client_secret: Annotated[str, Field(description="For POST /oauth/token.")]
    token: Annotated[str, Field(description="Number and secret as a bearer token, for trying and scripts.")]

    @classmethod
    def of(cls, issued: IssuedToken) -> "ClientIssued":
        return cls(client_id=issued.client_id, client_secret=issued.client_secret, token=issued.token)


class ClientShown(BaseModel):
    """A client without its secret."""

    client_id: ClientNumber
    role: RoleName
    business_id: Id | None
    scopes: list[Scope]
    label: str
    created_at: Time
    expires_at: Time
    revoked: Annotated[bool, Field(description="Whether it was revoked.")]

    @classmethod
    def of(cls, client: Client) -> "ClientShown":
        return cls(
            client_id=client.client_id,
            role=Role(client.role).value,
            business_id=client.business_id,
            scopes=sorted(scopes_of(client.scope)),
            label=client.label,
            created_at=client.created_at,
            expires_at=client.expires_at,
            revoked=client.revoked_at is not None,
        )


class Clients(BaseModel):
    """A page of clients; `next` is null on the last."""

    items: list[ClientShown]
    next: ClientNumber | None
