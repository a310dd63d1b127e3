"""Issues, checks, renews and revokes what machines prove themselves with.

A client is a public number and a secret of 256 random bits. Written in one text, `tanso_<number>_<secret>`,
both are a bearer token, for trying and for scripts; sent to `POST /oauth/token` they give an access token
of an hour, `tansoat_<256 random bits>`, so that the secret itself travels seldom.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from tanso.oracle.store import utc_now
from tanso.platform.auth.models import AccessToken, Client, Role, Scope
from tanso.platform.auth.principal import EVERYTHING, Principal, scope_text, scopes_of
from tanso.platform.businesses.local import local_business
from tanso.platform.errors import BadInput, NotAuthenticated, NotFound

DAY = 86400
DAYS = 365
"""How long a client counts if nothing else is said."""

ACCESS_SECONDS = 3600
MAX_ACCESS_TOKENS = 100
"""Access tokens that one client may have at a time; another one ends the oldest."""

_NUMBER = re.compile(r"[0-9a-f]{16}")
_TOKEN = re.compile(r"tanso_([0-9a-f]{16})_([0-9a-f]{64})")
_ACCESS_TOKEN = re.compile(r"tansoat_[0-9a-f]{64}")
_HINT = "Send `Authorization: Bearer TOKEN` with a token of the node, or of POST /oauth/token."
_NOBODY = bytes(32)
"""What a secret is compared with where there is no client, so that both cases take the same time."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new client, or its new secret, shown this once; only the secret's SHA-256 is stored."""

    client_id: str
    client_secret: str

    @property
    def token(self) -> str:
        """Number and secret as a bearer token."""
        return f"tanso_{self.client_id}_{self.client_secret}"


def check_place(role: Role, business_id: str | None) -> None:
    """`BadInput` unless a role in a business comes with one, and a role on the node without."""
    if role.of_business != (business_id is not None):
        needs = "needs a business" if role.of_business else "takes no business"
        raise BadInput(
            f"business_id: the role {role} {needs}",
            "Name a business for the roles manager, clerk and reader, and for no other.",
        )


def issue_token(
    session: Session,
    role: Role,
    business_id: str | None = None,
    *,
    label: str = "",
    scopes: frozenset[Scope] = EVERYTHING,
    days: int = DAYS,
) -> IssuedToken:
    """A new client for a role, good for `days`. Raises `BadInput` or `NotFound`."""
    check_place(role, business_id)
    if business_id is not None:
        local_business(session, business_id)
    issued = IssuedToken(secrets.token_hex(8), secrets.token_hex(32))
    now = utc_now()
    session.add(
        Client(
            client_id=issued.client_id,
            digest=_digest(issued.client_secret),
            role=role,
            scope=scope_text(scopes),
            business_id=business_id,
            label=label,
            created_at=now,
            expires_at=now + days * DAY,
        )
    )
    return issued


def find_client(session: Session, client_id: str) -> Client:
    """The client with this number. Raises `NotFound`."""
    client = session.get(Client, client_id)
    if client is None:
        raise no_client(client_id)
    return client


def no_client(client_id: str) -> NotFound:
    """The error for a client that is not there, or not the asker's."""
    return NotFound(f"there is no client {client_id}", "GET /v1/clients lists them.", slug="unknown-client")


def clients_of(session: Session, business_id: str | None, after: str, limit: int) -> list[Client]:
    """Clients of a business, or of the node's own roles, in the order of their numbers."""
    query = select(Client).where(col(Client.business_id) == business_id, col(Client.client_id) > after)
    return list(session.exec(query.order_by(col(Client.client_id)).limit(limit)))


def renew_secret(session: Session, client_id: str) -> IssuedToken:
    """A new secret; the old one and what was got with it are worthless. Raises `NotFound`."""
    client = find_client(session, client_id)
    if not _living(client):
        raise no_client(client_id)
    issued = IssuedToken(client_id, secrets.token_hex(32))
    client.digest = _digest(issued.client_secret)
    _end_access(session, client_id)
    return issued


def revoke_token(session: Session, client_id: str) -> None:
    """Makes a client worthless from now on; revoking twice changes nothing. Raises `NotFound`."""
    client = find_client(session, client_id)
    if client.revoked_at is None:
        client.revoked_at = utc_now()
    _end_access(session, client_id)


def grant_access(
    session: Session, client_id: str, client_secret: str, wanted: frozenset[Scope] | None
) -> tuple[str, frozenset[Scope], int] | None:
    """An access token for a client's secret: the token, its scopes, and the seconds for which it counts.

    None if the client is not known by that number and secret; `ValueError` if it may not have the scopes.
    """
    client = _proven(session, client_id, client_secret)
    if client is None:
        return None
    allowed = scopes_of(client.scope)
    granted = allowed if wanted is None else wanted
    if not granted or not granted <= allowed:
        raise ValueError(scope_text(allowed))
    now = utc_now()
    expires_at = min(now + ACCESS_SECONDS, client.expires_at)
    session.exec(delete(AccessToken).where(col(AccessToken.expires_at) <= now))
    own = select(AccessToken).where(AccessToken.client_id == client_id)
    newest = own.order_by(col(AccessToken.created_at).desc(), AccessToken.digest)
    for old in session.exec(newest.offset(MAX_ACCESS_TOKENS - 1)):
        session.delete(old)
    token = f"tansoat_{secrets.token_hex(32)}"
    session.add(
        AccessToken(
            digest=_digest(token).hex(),
            client_id=client_id,
            scope=scope_text(granted),
            created_at=now,
            expires_at=expires_at,
        )
    )
    return token, granted, expires_at - now


def authenticate(session: Session, token: str) -> Principal:
    """Who bears this token; `NotAuthenticated` says no more than that it is not valid."""
    if match := _TOKEN.fullmatch(token):
        client = _proven(session, match[1], match[2])
        if client is not None:
            return principal_of(client)
    elif _ACCESS_TOKEN.fullmatch(token):
        access = session.get(AccessToken, _digest(token).hex())
        if access is not None and access.expires_at > utc_now():
            return principal_of(find_client(session, access.client_id), scopes_of(access.scope))
    raise NotAuthenticated("the token is not valid", _HINT)


def principal_of(client: Client, scopes: frozenset[Scope] | None = None) -> Principal:
    """A client as the one who asks; `NotAuthenticated` when it is revoked or has expired."""
    if not _living(client):
        raise NotAuthenticated("the token is not valid", _HINT)
    own = scopes_of(client.scope)
    return Principal(
        f"client:{client.client_id}",
        Role(client.role),
        client.business_id,
        own if scopes is None else scopes & own,
    )


def missing_token() -> NotAuthenticated:
    """The error for a request that proves nobody."""
    return NotAuthenticated("the request has no bearer token", _HINT)


def _proven(session: Session, client_id: str, client_secret: str) -> Client | None:
    # What is no number is not shown to the database, which might not take it as text.
    client = session.get(Client, client_id) if _NUMBER.fullmatch(client_id) else None
    same = hmac.compare_digest(client.digest if client else _NOBODY, _digest(client_secret))
    return client if client is not None and same and _living(client) else None


def _living(client: Client) -> bool:
    return client.revoked_at is None and client.expires_at > utc_now()


def _end_access(session: Session, client_id: str) -> None:
    session.exec(delete(AccessToken).where(col(AccessToken.client_id) == client_id))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
