"""Issues, checks and revokes API tokens.

A token reads `tanso_<16 hex digits>_<64 hex digits>`: its public number, then 256 random bits.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from sqlmodel import Session

from tanso.oracle.store import utc_now
from tanso.platform.auth.models import ApiToken, Role
from tanso.platform.businesses.local import local_business
from tanso.platform.errors import BadInput, NotAuthenticated, NotFound

_TOKEN = re.compile(r"tanso_([0-9a-f]{16})_[0-9a-f]{64}")
_HINT = "Send `Authorization: Bearer TOKEN` with a token that the node's operator issued."


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `business_id` is set for the role business only."""

    token_id: str
    role: Role
    business_id: str | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token. `token` is shown this once; only its SHA-256 is stored."""

    token_id: str
    token: str


def issue_token(
    session: Session, role: Role, business_id: str | None = None, *, label: str = ""
) -> IssuedToken:
    """A new token for a role; the role business needs the business it acts for, the others must not have one.

    Raises `BadInput` or `NotFound`.
    """
    if (role is Role.BUSINESS) != (business_id is not None):
        raise BadInput(
            f"business_id: the role {role} {'needs' if role is Role.BUSINESS else 'takes'} "
            f"{'a' if role is Role.BUSINESS else 'no'} business",
            "Name a business for the role business, and for no other role.",
        )
    if business_id is not None:
        local_business(session, business_id)
    token_id = secrets.token_hex(8)
    token = f"tanso_{token_id}_{secrets.token_hex(32)}"
    session.add(
        ApiToken(
            token_id=token_id,
            digest=_digest(token),
            role=role,
            business_id=business_id,
            label=label,
            created_at=utc_now(),
        )
    )
    return IssuedToken(token_id, token)


def revoke_token(session: Session, token_id: str) -> None:
    """Makes a token worthless from now on; revoking twice changes nothing. Raises `NotFound`."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(
            f"there is no token {token_id}", "Give the token's public number, its first 16 hex digits."
        )
    if token.revoked_at is None:
        token.revoked_at = utc_now()


def authenticate(session: Session, token: str) -> Principal:
    """Who bears this token; `NotAuthenticated` says no more than that it is not valid."""
    match = _TOKEN.fullmatch(token)
    stored = session.get(ApiToken, match[1]) if match else None
    if (
        stored is None
        or not hmac.compare_digest(stored.digest, _digest(token))
        or stored.revoked_at is not None
    ):
        raise NotAuthenticated("the token is not valid", _HINT)
    return Principal(stored.token_id, Role(stored.role), stored.business_id)


def missing_token() -> NotAuthenticated:
    """The error for a request without a token."""
    return NotAuthenticated("the request has no bearer token", _HINT)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
