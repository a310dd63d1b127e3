"""Asking all other servers what they let this one's statistics use, before a release.

What counts afterwards is what they answered now: a server that says nothing has allowed nothing. Whose a lot
is, and what it carries, is the ledger's; so a server that names lots which its business did not make gains
nothing by it.
"""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import Select

from tanso.contracts.identity import content_hash
from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.api.fields import Given, Id, TimeGiven
from tanso.platform.businesses.local import LocalBusiness, local_businesses
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.dictionaries.local import Term, TermStatus
from tanso.platform.dictionaries.mappings import lineage
from tanso.platform.dictionaries.terms import successor
from tanso.platform.errors import Conflict
from tanso.platform.federation import asking
from tanso.platform.federation.addresses import Server, entries, servers_of
from tanso.platform.federation.connecting import Connections, Unreachable
from tanso.platform.federation.questions import PREFIX
from tanso.platform.lots.models import BatchRow, LotRow
from tanso.platform.node import Node
from tanso.platform.statistics.consent import KEYS_AT_ONCE, at_a_time, put
from tanso.platform.statistics.local import CategoryLot
from tanso.platform.statistics.releases import in_period

CONTRIBUTIONS = f"{PREFIX}/contributions"
LOTS_AT_ONCE = 5_000
"""In one answer."""
MAX_LOTS = 100_000
"""Of one business and period."""
MAX_TERMS = 1_000
"""That one business names in a period."""
SERVERS_AT_ONCE = 8
SECONDS = 120
"""For all servers together."""
_FREE = threading.Lock()


class ContributionsAsked(Given):
    """Lots whose batches ended in a period, that the asking server's statistics may use."""

    period_start: TimeGiven
    period_end: TimeGiven
    after: Annotated[Id | None, Field(description="The last lot of the answer before.")] = None


class LotOffered(BaseModel):
    """A lot, and the term of the asking server that it may count under."""

    lot_id: Id
    term_id: Id


class ContributionsAnswer(BaseModel):
    """Lots in the order of their IDs; `next` is null on the last page."""

    items: Annotated[list[LotOffered], Field(max_length=LOTS_AT_ONCE)]
    next: Id | None


@dataclass(slots=True)
class Pulled:
    """What a pull came to."""

    asked: int = 0
    lots: int = 0
    """That may be used now."""
    refused: int = 0
    """Named by servers, but not of their business, in another unit, or under a term that is not in use."""
    silent: dict[str, str] = field(default_factory=dict)
    """Businesses whose servers gave no answer that can be used, and why."""


def pull(node: Node, start: int, end: int) -> Pulled:
    """Asks every server of the address book for lots of batches that ended in (start, end], Unix seconds.

    Raises `Conflict` while another pull is under way, or when nobody can have named this server.
    """
    if not _FREE.acquire(blocking=False):
        raise Conflict("a pull is under way", "Wait until it is done.", slug="pull-under-way")
    try:
        with reading(node.engine) as session:
            own = {one.business_id: one for one in local_businesses(session)}
            askers = [own[each] for each in sorted(own) if _has_server(session, each)]
            servers = [one for one in _servers(session) if one.business_id not in own]
        if not askers:
            raise Conflict(
                "no business of this node has a server on the ledger",
                "Name this one: PUT /v1/businesses/{business_id}/endpoint. Others name that business.",
                slug="no-server",
            )
        found = Pulled(asked=len(servers))
        asyncio.run(_ask_all(node, askers, servers, start, end, found))
        with writing(node.engine) as session:
            answered = {one.business_id for one in servers} - found.silent.keys()
            for business_id in _contributors(session, start, end) - answered - own.keys():
                withdraw_unsaid(session, business_id, {}, start, end)
        return found
    finally:
        _FREE.release()


def withdraw_unsaid(
    session: Session, business_id: str, offered: Mapping[str, str], start: int, end: int
) -> None:
    """Withdraws a business's lots of a period that its server does not offer now, or for another category.

    :param offered: lots, each with its term. Lots that are in a release stay as they are.
    """
    categories = _categories(session, set(offered.values()))
    nothing: tuple[str, set[str]] = ("", set())
    query = _open_lots(start, end).where(CategoryLot.business_id == business_id)
    unsaid = [
        lot_id
        for lot_id, term_id in session.exec(query)
        if term_id not in categories.get(offered.get(lot_id, ""), nothing)[1]
    ]
    for ids in at_a_time(unsaid):
        withdrawn = update(CategoryLot).where(col(CategoryLot.lot_id).in_(ids)).values(withdrawn_at=utc_now())
        session.exec(withdrawn)


def take(session: Session, business_id: str, offered: Mapping[str, str]) -> int:
    """Puts lots into the categories that a business's server offers them for; how many of them fit."""
    categories = _categories(session, set(offered.values()))
    by_category: dict[str, list[str]] = defaultdict(list)
    for lot_id, term_id in offered.items():
        if term_id in categories:
            by_category[categories[term_id][0]].append(lot_id)
    return sum(
        len(lot_ids) - len(put(session, business_id, lot_ids, category))
        for category, lot_ids in sorted(by_category.items())
    )


async def _ask_all(
    node: Node,
    askers: Sequence[LocalBusiness],
    servers: Sequence[Server],
    start: int,
    end: int,
    found: Pulled,
) -> None:
    until, places = time.monotonic() + SECONDS, asyncio.Semaphore(SERVERS_AT_ONCE)

    async def one(connections: Connections, server: Server) -> None:
        async with places:
            try:
                offered: dict[str, str] = {}
                for asker in askers:
                    offered |= await _ask(node, connections, asker, server, start, end, until)
            except (Unreachable, asking.Refused) as error:
                found.silent[server.business_id] = error.message
                return
            lots = await asyncio.to_thread(_take, node, server.business_id, offered, start, end)
            found.lots, found.refused = found.lots + lots, found.refused + len(offered) - lots

    async with Connections.open(node.settings) as connections:
        await asyncio.gather(*(one(connections, server) for server in servers))


async def _ask(
    node: Node,
    connections: Connections,
    asker: LocalBusiness,
    server: Server,
    start: int,
    end: int,
    until: float,
) -> dict[str, str]:
    """All that a server offers the asker; raises `Unreachable` or `Refused`."""
    found: dict[str, str] = {}
    after: str | None = None
    while True:
        if time.monotonic() >= until:
            raise Unreachable("the pull's time was over")
        question = ContributionsAsked.model_construct(period_start=start, period_end=end, after=after)
        reply = await asking.ask(
            node, connections, asker, server, CONTRIBUTIONS, question.model_dump_json().encode()
        )
        try:
            page = ContributionsAnswer.model_validate_json(reply.body)
        except ValidationError:
            raise Unreachable("its server's answer is not one to the question") from None
        found |= {item.lot_id: item.term_id for item in page.items}
        if len(found) > MAX_LOTS or len(set(found.values())) > MAX_TERMS:
            raise Unreachable(f"its server names more than {MAX_LOTS} lots or {MAX_TERMS} terms")
        if page.next is None:
            return found
        if page.next <= (after or ""):
            raise Unreachable("its server's answer goes round in a circle")
        after = page.next


def _take(node: Node, business_id: str, offered: Mapping[str, str], start: int, end: int) -> int:
    """In several transactions, each of which is right by itself: others want to write, too."""
    with writing(node.engine) as session:
        withdraw_unsaid(session, business_id, offered, start, end)
    fitting, ordered = 0, sorted(offered.items())
    for first in range(0, len(ordered), LOTS_AT_ONCE):
        with writing(node.engine) as session:
            fitting += take(session, business_id, dict(ordered[first : first + LOTS_AT_ONCE]))
    return fitting


def _categories(session: Session, term_ids: set[str]) -> dict[str, tuple[str, set[str]]]:
    """Of each of these terms that is in use, the one that stands for it now, and all that it stands for."""
    found = {}
    for ids in at_a_time(term_ids):
        for term in session.exec(select(Term).where(col(Term.term_id).in_(ids))).all():
            category = successor(session, term)
            if category.status == TermStatus.ACTIVE:
                found[term.term_id] = (category.term_id, lineage(session, category.term_id))
    return found


def _has_server(session: Session, business_id: str) -> bool:
    row = session.get(BusinessRow, business_id)
    return row is not None and row.endpoint_hash != content_hash(b"")


def _servers(session: Session) -> Iterator[Server]:
    """Those of the address book."""
    after: str | None = ""
    while after is not None:
        ids = [entry.business_id for entry in entries(session, after, KEYS_AT_ONCE)]
        yield from servers_of(session, ids).values()
        after = ids[-1] if ids else None


def _open_lots(start: int, end: int) -> Select[str, str]:
    """Lots of a period that are in a category and in no release, each with its term."""
    return (
        select(CategoryLot.lot_id, CategoryLot.term_id)
        .join(LotRow, col(LotRow.lot_id) == col(CategoryLot.lot_id))
        .join(BatchRow, col(BatchRow.batch_id) == col(LotRow.batch_id))
        .where(
            col(CategoryLot.withdrawn_at).is_(None),
            col(CategoryLot.release_id).is_(None),
            *in_period(start, end),
        )
    )


def _contributors(session: Session, start: int, end: int) -> set[str]:
    query = _open_lots(start, end).with_only_columns(col(CategoryLot.business_id)).distinct()
    return set(session.scalars(query))
