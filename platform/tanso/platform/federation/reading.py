"""Asking another business's server for what a route of this node shows as that server's."""

import threading
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import MAX_PAGE, Page
from tanso.platform.api.fields import Given, Id
from tanso.platform.api.problems import declared
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.federation.addresses import entry_of
from tanso.platform.federation.asking import ask_once
from tanso.platform.federation.connecting import Unreachable
from tanso.platform.federation.walk import Busy
from tanso.platform.node import Node

AT_ONCE = 16
_FREE = threading.BoundedSemaphore(AT_ONCE)

Answered = TypeVar("Answered", bound=BaseModel)

ELSEWHERE = declared(401, 403, 404, 409, 502)
"""Problems of a route that reads from another server."""


class PageAsked(Given):
    """Which part of a list is asked for."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Most items in the answer (a number).")] = 50
    after: Annotated[Id | None, Field(description="`next` of the page before.")] = None

    @property
    def page(self) -> Page:
        """As lists of this node are read."""
        return Page(self.limit, self.after or "")


def read(
    node: Node, asker: LocalBusiness, server_id: str, route: str, question: BaseModel, kind: type[Answered]
) -> Answered:
    """What the server of a business answers, signed by it, and of the form that is asked for.

    Raises `NotFound` for a business that is not in the address book, `Unreachable`, `Refused`, and `Busy`
    when as many answers are waited for as may be at a time: a silent server must not hold all of this one.
    """
    with reading(node.engine) as session:
        entry_of(session, server_id)
    if not _FREE.acquire(blocking=False):
        raise Busy(f"{AT_ONCE} answers of other servers are waited for", "Ask again in some seconds.")
    try:
        answer = ask_once(node, asker, server_id, route, question)
    finally:
        _FREE.release()
    try:
        return kind.model_validate_json(answer)
    except ValidationError:
        raise Unreachable("its server's answer is not one to the question") from None
