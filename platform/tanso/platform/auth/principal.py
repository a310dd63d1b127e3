"""Whoever asks: a machine or a person, in one role."""

from dataclasses import dataclass

from tanso.platform.auth.models import Role, Scope

EVERYTHING = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `business_id` is set for the roles in a business only."""

    name: str
    """Stable name, the same for all that one asks: `client:NUMBER` or `person:NUMBER`."""
    role: Role
    business_id: str | None
    scopes: frozenset[Scope] = EVERYTHING


def scopes_of(text: str) -> frozenset[Scope]:
    """Scopes from a text with spaces between; `ValueError` for an unknown one."""
    return frozenset(Scope(part) for part in text.split())


def scope_text(scopes: frozenset[Scope]) -> str:
    """The text for scopes, in one order."""
    return " ".join(sorted(scopes))
