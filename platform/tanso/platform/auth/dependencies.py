"""Route parameters that say who may call: `AnyToken`, `AsBusiness`, `AsOperator`, `AsAuditorOrBusiness`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import Principal, authenticate, missing_token
from tanso.platform.businesses.local import LocalBusiness, local_business
from tanso.platform.errors import NotAllowed

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token that the node's operator issued: `tanso_<number>_<secret>`.",
)


def _principal(
    node: NodeDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    if credentials is None:
        raise missing_token()
    with reading(node.engine) as session:
        return authenticate(session, credentials.credentials)


AnyToken = Annotated[Principal, Depends(_principal)]
"""Whoever bears a valid token."""


@dataclass(frozen=True, slots=True)
class _Needs:
    roles: tuple[Role, ...]

    def __call__(self, principal: AnyToken) -> Principal:
        if principal.role not in self.roles:
            raise NotAllowed(
                f"a token with the role {principal.role} may not do this",
                f"Use a token with the role {' or '.join(self.roles)}.",
            )
        return principal


def _business(
    node: NodeDep, principal: Annotated[Principal, Depends(_Needs((Role.BUSINESS,)))]
) -> LocalBusiness:
    assert principal.business_id is not None
    with reading(node.engine) as session:
        return local_business(session, principal.business_id)


AsBusiness = Annotated[LocalBusiness, Depends(_business)]
"""The business that a token of the role business acts for."""

AsOperator = Annotated[Principal, Depends(_Needs((Role.OPERATOR,)))]
"""The node's operator."""

AsAuditorOrBusiness = Annotated[Principal, Depends(_Needs((Role.AUDITOR, Role.BUSINESS)))]
"""An auditor, or a business; the route decides which business's data each may see."""
