"""The address book as the API shows it."""

from typing import Annotated

from pydantic import BaseModel, Field

from tanso.contracts.identity import content_hash
from tanso.platform.api.fields import Given, Hash, Id, ServerUrl, Time
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.federation.local import ServerAddress


class ServerGiven(Given):
    """Where a business's server is."""

    url: ServerUrl


class ServerShown(BaseModel):
    """A business's server in the address book of this node."""

    business_id: Id
    url: ServerUrl
    endpoint_hash: Annotated[Hash, Field(description="keccak256 of the URL that the ledger holds now.")]
    confirmed: Annotated[
        bool, Field(description="Whether that is this URL. If not, the business is not asked here any more.")
    ]
    by_operator: Annotated[
        bool,
        Field(
            description="Whether the operator entered it. If not, it is asked only while its name leads to "
            "addresses of the internet alone."
        ),
    ]
    added_at: Time


class Servers(BaseModel):
    """A page of the address book; `next` is null on the last."""

    items: list[ServerShown]
    next: Id | None


def shown(entry: ServerAddress, row: BusinessRow | None) -> ServerShown:
    """An entry beside what the ledger holds."""
    held = row.endpoint_hash if row is not None else "0x" + "0" * 64
    return ServerShown(
        business_id=entry.business_id,
        url=entry.url,
        endpoint_hash=held,
        confirmed=content_hash(entry.url.encode()) == held,
        by_operator=entry.by_operator,
        added_at=entry.added_at,
    )
