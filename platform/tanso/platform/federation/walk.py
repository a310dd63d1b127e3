"""The search upstream over many servers: each lot is asked of its producer's server, hop by hop.

It goes on where this node's own search ends. Questions go out side by side, many lots in one where a server
has many, and each answer is held against the ledger before it counts. A server that is away, refuses or lies
is shown at its place; the others go on. Every lot is looked at once, however many ways lead to it; again only
where another way brings another right to ask.
"""

import asyncio
import logging
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tanso.oracle.store import reading
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import PlatformError
from tanso.platform.federation import asking, false_answers
from tanso.platform.federation.checking import Misfit, fitting
from tanso.platform.federation.connecting import Connections, Unreachable
from tanso.platform.federation.looking import FIELDS, Ask, Looking, Place, Way, nodes_of
from tanso.platform.federation.questions import (
    BREAKDOWNS,
    LOTS_AT_ONCE,
    BreakdownsAsked,
    LotAsked,
)
from tanso.platform.node import Node
from tanso.platform.trace.model import Breakdown, Disclosure, LotBreakdown

log = logging.getLogger(__name__)

AT_ONCE, AT_ONE_SERVER = 8, 2
"""Questions under way at a time."""
WAYS = 8
"""Rights with which one lot is asked for, at most."""
TOO_LATE, TOO_MUCH = "the search's time was over", "the answers came to too many bytes"
TOO_DEEP, TOO_MANY = "it lies further upstream than was asked for", "the search came to too many lots"


SEARCHES_AT_ONCE, SEARCHES_OF_ONE = 8, 4
"""Over other servers, by all businesses of the node and by one of them."""
_UNDER_WAY: Counter[str] = Counter()
_COUNTING = threading.Lock()


class Busy(PlatformError):
    """The node makes as many searches over other servers as it can."""

    status = 503
    slug = "busy"
    title = "The node is busy"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a search may cost."""

    depth: int = 32
    lots: int = 1000
    seconds: float = 15
    bytes: int = 32 * 2**20


def go_on(node: Node, reader: LocalBusiness, found: Breakdown, bounds: Bounds) -> Breakdown:
    """A search with what other servers know of the lots that this node's own search left open.

    :raises Busy: when as many searches are under way as the node makes at a time.
    """
    if all(shown.disclosure in (Disclosure.SHOWN, Disclosure.IN_PART) for shown in found.lots):
        return found
    with place_of(reader.business_id):
        walk = Walk(node, reader, found.lot_id, bounds)
        walk.begin(found)
        asyncio.run(walk.run())
        return walk.result()


@contextmanager
def place_of(business_id: str) -> Iterator[None]:
    """One of the searches that the node makes at a time, `Busy` without; nobody takes the places of all."""
    with _COUNTING:
        if _UNDER_WAY.total() >= SEARCHES_AT_ONCE or _UNDER_WAY[business_id] >= SEARCHES_OF_ONE:
            raise Busy(
                f"{_UNDER_WAY.total()} searches over other servers are under way, "
                f"{_UNDER_WAY[business_id]} of them yours",
                "Ask again in some seconds.",
            )
        _UNDER_WAY[business_id] += 1
    try:
        yield
    finally:
        with _COUNTING:
            _UNDER_WAY[business_id] -= 1


class Walk:
    """One search. `places` holds each lot that something is known of, by ID."""

    def __init__(self, node: Node, reader: LocalBusiness, root: str, bounds: Bounds) -> None:
        self.node, self.reader, self.root, self.bounds = node, reader, root, bounds
        self.looking = Looking(node, reader)
        self.places: dict[str, Place] = {}
        self.depths: dict[str, int] = {}
        self.ways: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        self.todo: list[Way] = []
        self.waiting: defaultdict[str, deque[Ask]] = defaultdict(deque)
        self.busy: Counter[str] = Counter()
        self.silent: dict[str, str] = {}
        """Why a business's server is not asked again in this search."""
        self.budget = asking.Budget(bounds.bytes)
        self.complete = True
        self.stopped = ""
        """Which bound ended the search, if one did."""

    def begin(self, found: Breakdown) -> None:
        """Takes over what this node's own search found; what it left open is looked at next."""
        self._reach(self.root, 0, ())
        with reading(self.node.engine) as session:
            for shown in found.lots:
                if shown.disclosure in (Disclosure.SHOWN, Disclosure.IN_PART):
                    way = next(iter(self.ways[shown.lot.lot_id]), ())
                    self._settle(self.looking.seen(session, shown, way))

    async def run(self) -> None:
        """Looks and asks until nothing is open or a bound is reached."""
        until = time.monotonic() + self.bounds.seconds
        tasks: set[asyncio.Task[None]] = set()
        async with Connections.open(self.node.settings) as connections:
            while True:
                if self.todo:
                    ways, self.todo = self.todo, []
                    tasks.add(asyncio.create_task(self._look(ways)))
                tasks |= {asyncio.create_task(one) for one in self._questions(connections, until)}
                if not tasks:
                    break
                # Also while answers keep coming: many quick ones take their time as well.
                if time.monotonic() >= until:
                    self.stopped = TOO_LATE
                    break
                done, tasks = await asyncio.wait(
                    tasks, timeout=max(0, until - time.monotonic()), return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def result(self) -> Breakdown:
        """All that was found, nearest first; lots that were named and not looked at are there as cut off."""
        depths = {self.root: 0}
        order = deque([self.root])
        found: list[LotBreakdown] = []
        with reading(self.node.engine) as session:
            unseen = sorted(self.depths.keys() - self.places.keys(), key=self.depths.__getitem__)
            cut = nodes_of(session, unseen[: self.bounds.lots])
        while order:
            lot_id = order.popleft()
            place = self.places.get(lot_id)
            if place is None:
                if lot_id not in cut or len(found) >= self.bounds.lots:
                    self.complete = False
                    continue
                reason = self.stopped or (TOO_DEEP if depths[lot_id] > self.bounds.depth else TOO_MANY)
                place = Place(LotBreakdown(cut[lot_id], Disclosure.CUT, (), reason=reason))
            self.complete &= place.found.disclosure is not Disclosure.CUT
            lot = replace(place.found.lot, depth=depths[lot_id])
            found.append(replace(place.found, lot=lot))
            for each in place.materials:
                if each not in depths:
                    depths[each] = depths[lot_id] + 1
                    order.append(each)
        deepest = max(shown.lot.depth for shown in found)
        return Breakdown(lot_id=self.root, depth=deepest, lots=tuple(found), complete=self.complete)

    def _reach(self, lot_id: str, depth: int, shown: tuple[str, ...]) -> None:
        """A lot is named: looked at unless it was, and this way brings no other right than those before."""
        if depth < self.depths.get(lot_id, self.bounds.depth + 2):
            self.depths[lot_id] = depth
            if lot_id in self.places:
                self._reach_materials(self.places[lot_id], depth)
        if depth > self.bounds.depth:
            return
        ways, place = self.ways, self.places.get(lot_id)
        if place is not None and place.found.disclosure is not Disclosure.NOT_DISCLOSED:
            return
        is_new = lot_id not in ways and len(ways) < self.bounds.lots
        if is_new or (lot_id in ways and shown not in ways[lot_id] and len(ways[lot_id]) < WAYS):
            ways[lot_id].add(shown)
            self.todo.append(Way(lot_id, shown))

    def _reach_materials(self, place: Place, depth: int) -> None:
        for each in place.materials:
            self._reach(each, depth + 1, place.pass_on)

    def _settle(self, place: Place) -> None:
        lot_id = place.found.lot.lot_id
        before = self.places.get(lot_id)
        if before is None or before.found.disclosure is Disclosure.NOT_DISCLOSED:
            self.places[lot_id] = place
            self._reach_materials(place, self.depths[lot_id])

    def _is_open(self, way: Way) -> bool:
        place = self.places.get(way.lot_id)
        return place is None or place.found.disclosure is Disclosure.NOT_DISCLOSED

    async def _look(self, ways: Sequence[Way]) -> None:
        for looked in await asyncio.to_thread(self.looking.look, [way for way in ways if self._is_open(way)]):
            if isinstance(looked, Ask):
                self.waiting[looked.server.business_id].append(looked)
            else:
                self._settle(looked)

    def _questions(self, connections: Connections, until: float) -> Iterator[Coroutine[object, object, None]]:
        """Questions that can go out now."""
        for business_id, queue in self.waiting.items():
            while queue and business_id in self.silent:
                self._unreachable(queue.popleft(), self.silent[business_id])
            if self.budget.left <= 0:
                self.stopped = TOO_MUCH
                return
            while queue and self.busy[business_id] < AT_ONE_SERVER and self.busy.total() < AT_ONCE:
                asks = [queue.popleft() for _ in range(min(len(queue), LOTS_AT_ONCE))]
                if asks := [ask for ask in asks if self._is_open(ask.way)]:
                    self.busy[business_id] += 1
                    yield self._ask(connections, asks, until)

    async def _ask(self, connections: Connections, asks: Sequence[Ask], until: float) -> None:
        server = asks[0].server
        terms = self.looking.terms
        question = BreakdownsAsked(
            fields=list(FIELDS),
            lots=[LotAsked(lot_id=ask.way.lot_id, shown=list(ask.way.shown)) for ask in asks],
            terms=[terms[each] for each in sorted({each for ask in asks for each in ask.way.shown})],
        )
        try:
            reply = await asking.ask(
                self.node, connections, self.reader, server, BREAKDOWNS, question.model_dump_json().encode(),
                seconds=min(asking.SERVER_SECONDS, max(0, until - time.monotonic())),
                budget=self.budget,
            )  # fmt: skip
            await self._take(asks, reply, until)
        except asking.OverBudget:
            self.stopped = TOO_MUCH  # what was asked stays open, and is shown as cut off
        except Unreachable as error:
            if time.monotonic() >= until:
                self.stopped = TOO_LATE  # the server was not given its whole time
                return
            self.silent[server.business_id] = error.message
            for ask in asks:
                self._unreachable(ask, error.message)
        except asking.Refused as error:
            for ask in asks:
                self._end(ask, Disclosure.NOT_DISCLOSED, error.message)
        finally:
            self.busy[server.business_id] -= 1

    async def _take(self, asks: Sequence[Ask], reply: asking.Reply, until: float) -> None:
        try:
            answer = await asyncio.to_thread(fitting, reply.body, [ask.way.lot_id for ask in asks])
        except Misfit as error:
            for ask in asks:
                self._end(ask, Disclosure.LYING, error.message)
            await self._complain(asks[0], reply, [(None, error.message)])
            return
        answered = len(answer.lots)
        judged = await asyncio.to_thread(
            self.looking.judge, asks[:answered], answer.lots, answer.terms, until
        )
        for place in judged:
            self._settle(place)
        if len(judged) < answered:
            self.stopped = TOO_LATE
        self.waiting[asks[0].server.business_id].extendleft(reversed(asks[answered:]))
        shown = (place.found for place in judged if place.found.disclosure is Disclosure.LYING)
        if found := [(each.lot.lot_id, each.reason) for each in shown]:
            await self._complain(asks[0], reply, found)

    def _unreachable(self, ask: Ask, reason: str) -> None:
        self._end(ask, Disclosure.UNREACHABLE, reason)

    def _end(self, ask: Ask, disclosure: Disclosure, reason: str) -> None:
        self._settle(Place(LotBreakdown(ask.lot, disclosure, (), reason=reason)))

    async def _complain(self, ask: Ask, reply: asking.Reply, found: false_answers.Found) -> None:
        """Keeps what shows that the business said it."""
        log.warning("business %s answered with what does not fit: %s", ask.server.business_id, found[0][1])
        await asyncio.to_thread(false_answers.keep, self.node, ask.server, reply, found)
