"""Where a manager or operator lets somebody in: a business, or the node itself."""

from tanso.platform.auth.models import Role
from tanso.platform.auth.principal import Principal
from tanso.platform.errors import NotAllowed


def place_of(principal: Principal, business_id: str | None) -> str | None:
    """The business meant by who lets people and clients in: the own one where none is named.

    None stands for the node itself, which is the operator's. Raises `NotAllowed` for a manager who means
    another business.
    """
    if principal.role is Role.OPERATOR:
        return business_id
    if business_id not in (None, principal.business_id):
        raise NotAllowed(
            "a manager lets people and clients into the own business only",
            "Leave business_id out, or ask the node's operator.",
            slug="not-own-business",
        )
    return principal.business_id
