"""Route parameters that say who may call.

A rule is stated once, at the route, as the type of a parameter; the OpenAPI document shows it as `x-roles`
and as scopes. What reads needs the scope read, what writes the scope write:

| reads | writes | who | gives |
|---|---|---|---|
| `AnyToken` | | everybody whom the node knows | `Principal` |
| `ReadsBusiness` | `AsBusiness` | reader (reads only), clerk, manager | the `LocalBusiness` |
| | `AsManager` | manager | the `LocalBusiness` |
| `ReadsAccess` | `AsAccess` | manager, operator | `Principal` |
| | `AsManagerOrOperator` | manager, operator | `Principal` |
| | `AsOperator` | operator | `Principal` |
| `AsAuditor` | | auditor | `Principal` |
| `AsAuditorOrBusiness` | | auditor; reader, clerk, manager | `Principal` |

Which business's data a principal may see is the route's to decide where its ID is in the request.
"""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer, OAuth2

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.rates import Limits, address_of, refuse_over
from tanso.platform.auth.models import OF_BUSINESS, Role, Scope
from tanso.platform.auth.principal import Principal
from tanso.platform.auth.service import authenticate, missing_token
from tanso.platform.businesses.local import LocalBusiness, local_business
from tanso.platform.errors import NotAllowed, NotAuthenticated
from tanso.platform.node import Node
from tanso.platform.people.sessions import COOKIE, form_token, visit_of

TOKEN_URL = "/oauth/token"  # noqa: S105  (an address)
FORM_HEADER = "X-Form-Token"

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A client's number and secret in one text, "
    "`tanso_<number>_<secret>`: for trying and scripts.",
)
_oauth = OAuth2(
    auto_error=False,
    scheme_name="oauth2",
    description="An access token, got for a client's number and secret, good for an hour.",
    flows={
        "clientCredentials": {
            "tokenUrl": TOKEN_URL,
            "scopes": {Scope.READ: "What the role may read.", Scope.WRITE: "What the role may write."},
        }
    },
)

_cookie = APIKeyCookie(
    auto_error=False,
    name=COOKIE,
    scheme_name="session",
    description="The cookie of a person who signed in on the node's page. What writes needs the header "
    f"`{FORM_HEADER}` as well, with what stands in the page's forms as `form_token`.",
)


def limits_of(request: Request) -> Limits:
    """The node's rate limits."""
    limits = request.app.state.limits
    assert isinstance(limits, Limits)
    return limits


LimitsDep = Annotated[Limits, Depends(limits_of)]


def _principal(
    node: NodeDep,
    limits: LimitsDep,
    request: Request,
    response: Response,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    _declared: Annotated[str | None, Depends(_oauth)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Principal:
    try:
        if credentials is not None:
            with reading(node.engine) as session:
                principal = authenticate(session, credentials.credentials)
        else:
            principal = _signed_in(node, request, cookie)
    except NotAuthenticated:
        if credentials is None and cookie is None:
            raise
        refuse_over(limits.failures.take(address_of(request.scope)))
        raise
    response.headers.update(refuse_over(limits.principals.take(principal.name)).headers)
    return principal


def _signed_in(node: Node, request: Request, cookie: str | None) -> Principal:
    """Whoever the browser's cookie stands for."""
    visit = visit_of(node.engine, cookie)
    if cookie is None or visit is None or visit.principal is None:
        raise missing_token()
    sent = request.headers.get(FORM_HEADER, "").encode()
    if request.method not in ("GET", "HEAD") and not hmac.compare_digest(sent, form_token(cookie).encode()):
        raise NotAllowed(
            f"the request changes something and has no fitting {FORM_HEADER}",
            "A page of another site cannot know it; programs use a token instead of the cookie.",
            slug="form-token-missing",
        )
    return visit.principal


Caller = Annotated[Principal, Depends(_principal)]
"""Whoever asks and has proven who it is; a route uses one of the rules below instead."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a route: one of these roles, with this scope."""

    roles: tuple[Role, ...]
    scope: Scope

    def fits(self, principal: Principal) -> bool:
        """Whether the principal may."""
        return principal.role in self.roles and self.scope in principal.scopes

    def check(self, principal: Principal) -> None:
        """Raises `NotAllowed`."""
        if principal.role not in self.roles:
            raise NotAllowed(
                f"the role {principal.role} may not do this",
                f"It takes the role {' or '.join(self.roles)}.",
            )
        if self.scope not in principal.scopes:
            raise NotAllowed(
                f"this token does not have the scope {self.scope}",
                f"Get one with the scope {self.scope}, if the client has it.",
                slug="scope-missing",
            )


@dataclass(frozen=True, slots=True)
class Whoever:
    """Dependency: the principal that fits a rule."""

    rule: Rule

    def __call__(self, principal: Caller) -> Principal:
        self.rule.check(principal)
        return principal


@dataclass(frozen=True, slots=True)
class OfBusiness:
    """Dependency: the business of the principal that fits a rule."""

    rule: Rule

    def __call__(self, node: NodeDep, principal: Caller) -> LocalBusiness:
        self.rule.check(principal)
        assert principal.business_id is not None
        with reading(node.engine) as session:
            return local_business(session, principal.business_id)


_READ, _WRITE = [Scope.READ.value], [Scope.WRITE.value]
_ACCESS = (Role.MANAGER, Role.OPERATOR)

READS_BUSINESS = Rule(OF_BUSINESS, Scope.READ)
WRITES_BUSINESS = Rule((Role.MANAGER, Role.CLERK), Scope.WRITE)
BINDS_BUSINESS = Rule((Role.MANAGER,), Scope.WRITE)

AnyToken = Annotated[Principal, Security(Whoever(Rule(tuple(Role), Scope.READ)), scopes=_READ)]
"""Whoever has proven who it is; reads."""

ReadsBusiness = Annotated[LocalBusiness, Security(OfBusiness(READS_BUSINESS), scopes=_READ)]
"""The business whose data somebody of it reads."""

AsBusiness = Annotated[LocalBusiness, Security(OfBusiness(WRITES_BUSINESS), scopes=_WRITE)]
"""The business in whose name a clerk or manager writes daily data."""

AsManager = Annotated[LocalBusiness, Security(OfBusiness(BINDS_BUSINESS), scopes=_WRITE)]
"""The business whose manager binds it, by an agreement for example."""

ReadsAccess = Annotated[Principal, Security(Whoever(Rule(_ACCESS, Scope.READ)), scopes=_READ)]
"""Who may see people and clients: a manager those of the business, the operator all."""

AsAccess = Annotated[Principal, Security(Whoever(Rule(_ACCESS, Scope.WRITE)), scopes=_WRITE)]
"""Who may let people and clients in, and put them out: a manager for the business, the operator for all."""

AsManagerOrOperator = Annotated[Principal, Security(Whoever(Rule(_ACCESS, Scope.WRITE)), scopes=_WRITE)]
"""A manager of a business, or the operator; writes what all of the node share."""

AsOperator = Annotated[Principal, Security(Whoever(Rule((Role.OPERATOR,), Scope.WRITE)), scopes=_WRITE)]
"""The node's operator; writes."""

AsAuditor = Annotated[Principal, Security(Whoever(Rule((Role.AUDITOR,), Scope.READ)), scopes=_READ)]
"""An auditor; reads."""

AsAuditorOrBusiness = Annotated[
    Principal, Security(Whoever(Rule((Role.AUDITOR, *OF_BUSINESS), Scope.READ)), scopes=_READ)
]
"""An auditor, or somebody of a business; reads. The route decides which business's data each may see."""
