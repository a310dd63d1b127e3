"""Route parameters that every capability uses: the node, paging, the client's own key of a request."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query, Request

from tanso.platform.api.fields import ID_PATTERN, MOST_ROWS
from tanso.platform.node import Node

MAX_PAGE = 200
"""Most items in one answer."""


def _node(request: Request) -> Node:
    node = request.app.state.node
    assert isinstance(node, Node)
    return node


NodeDep = Annotated[Node, Depends(_node)]


Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most items in the answer (a number).")]
AfterNumber = Annotated[
    int, Query(ge=0, le=MOST_ROWS, description="`next` of the page before: items with higher numbers.")
]
"""Pages of things that are numbered from 1; 0 is before the first."""


@dataclass(frozen=True, slots=True)
class Page:
    """`limit` items whose IDs come after `after`, in the order of the IDs."""

    limit: int
    after: str


def _page(
    limit: Limit = 50,
    after: Annotated[
        str | None,
        Query(
            pattern=ID_PATTERN, description="`next` of the page before: items whose IDs come after this one."
        ),
    ] = None,
) -> Page:
    return Page(limit, after or "")


PageDep = Annotated[Page, Depends(_page)]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="The client's own name for this request. Sent again with the same name, it counts once.",
    ),
]
