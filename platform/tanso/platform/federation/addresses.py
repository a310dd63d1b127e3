"""The address book: URLs of other businesses' servers, each bound to the ledger by its hash.

No request leaves the node but to a URL of this book. Plain http, names without a dot and addresses of private
networks are for the operator to enter: a business could else have the node knock at doors behind its wall.
Where a name leads can change at any time, so it is looked at again with every connection (`connecting`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from tanso.contracts.identity import content_hash
from tanso.oracle.store import utc_now
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.businesses.service import business_on_ledger
from tanso.platform.errors import BadInput, NotFound
from tanso.platform.federation.connecting import is_public
from tanso.platform.federation.local import ServerAddress


@dataclass(frozen=True, slots=True)
class Server:
    """A business's server, as far as it is known: where it is, and the account that signs its answers."""

    business_id: str
    account: str
    endpoint_hash: str
    url: str | None
    """None when no address is in the book whose hash the ledger holds."""
    private: bool = False
    """Whether it may be in a private network: the operator entered it."""


def enter(session: Session, business_id: str, url: str, *, by_operator: bool) -> ServerAddress:
    """Enters where a business's server is, in place of what was there.

    Raises `NotFound` for a business that the ledger does not know, `BadInput` for a URL that is not the one
    whose hash it holds, or that only the operator may enter.
    """
    row = business_on_ledger(session, business_id)
    check_url(url, by_operator=by_operator)
    if content_hash(url.encode()) != row.endpoint_hash:
        raise BadInput(
            f"url: the ledger holds another server's address for business {business_id}",
            "Write the URL exactly as the business named it, or have it name this one: PUT /v1/endpoint.",
            slug="not-its-endpoint",
        )
    entry = session.get(ServerAddress, business_id)
    if entry is None:
        entry = ServerAddress(business_id=business_id, url=url, by_operator=by_operator, added_at=utc_now())
        session.add(entry)
    elif entry.url != url:
        entry.url, entry.by_operator, entry.added_at = url, by_operator, utc_now()
    entry.by_operator |= by_operator
    return entry


def check_url(url: str, *, by_operator: bool) -> None:
    """Raises `BadInput` unless a server can be asked at this URL, and who enters it may."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or "?" in url or "#" in url:
        raise BadInput(
            "url: is no address of a server",
            "Write http:// or https://, a host, a port if need be, and a path if need be; nothing else.",
            slug="bad-url",
        )
    if not by_operator and not (parts.scheme == "https" and _is_public(host)):
        raise BadInput(
            "url: only the operator enters addresses without TLS or of a private network",
            "Name an https address of the internet, or ask the node's operator to enter this one.",
            slug="private-address",
        )


def _is_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        # "0x7f.1" and the like are addresses to some resolvers: the last part of a name is not a number.
        last = host.rstrip(".").rpartition(".")[2]
        return "." in host.rstrip(".") and not last[:1].isdigit() and last not in ("local", "internal")


def entry_of(session: Session, business_id: str) -> ServerAddress:
    """The book's entry of a business; `NotFound`."""
    entry = session.get(ServerAddress, business_id)
    if entry is None:
        raise NotFound(
            f"the address book has no server of business {business_id}",
            "Enter it: PUT /v1/servers/{business_id}.",
            slug="unknown-server",
        )
    return entry


def entries(session: Session, after: str, limit: int) -> Sequence[ServerAddress]:
    """The book in the order of the businesses' IDs, those after `after`, at most `limit`."""
    query = select(ServerAddress).where(col(ServerAddress.business_id) > after)
    return session.exec(query.order_by(col(ServerAddress.business_id)).limit(limit)).all()


def servers_of(session: Session, business_ids: Collection[str]) -> dict[str, Server]:
    """The servers of businesses that the ledger knows; an entry whose hash it does not hold is no address."""
    found = {}
    for business_id in business_ids:
        row, entry = session.get(BusinessRow, business_id), session.get(ServerAddress, business_id)
        if row is not None:
            fits = entry is not None and content_hash(entry.url.encode()) == row.endpoint_hash
            url = entry.url.rstrip("/") if entry is not None and fits else None
            private = entry is not None and entry.by_operator
            found[business_id] = Server(business_id, row.account, row.endpoint_hash, url, private)
    return found
