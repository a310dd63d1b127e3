"""Searching logs, and the polling filters built on it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import invalid_params, refused
from .params import data, parse_address, parse_hash, parse_list, parse_object, parse_quantity, quantity
from .views import Json

if TYPE_CHECKING:
    from .chain import Devchain

MAX_LOGS = 100_000  # in one answer
MAX_FILTERS = 1000  # kept at a time; the oldest is dropped


@dataclass(frozen=True, slots=True)
class Criteria:
    """A log matches with one of `addresses` (empty: any) and one topic at each place (None: any)."""

    addresses: tuple[str, ...]
    topics: tuple[tuple[str, ...] | None, ...]

    @classmethod
    def parse(cls, wanted: Mapping[str, Any]) -> "Criteria":
        """From the `address` and `topics` of a filter object."""
        addresses = wanted.get("address") or []
        if isinstance(addresses, str):
            addresses = [addresses]
        places: list[tuple[str, ...] | None] = []
        for place in parse_list(wanted.get("topics") or [], "topics"):
            choices = [place] if isinstance(place, str) else parse_list(place or [], "a place in topics")
            allowed = tuple(data(parse_hash(choice, "a topic")) for choice in choices if choice is not None)
            places.append(allowed if choices and len(allowed) == len(choices) else None)
        if len(places) > 4:
            raise invalid_params("a log has at most 4 topics")
        return cls(
            tuple(data(parse_address(item, "address")) for item in parse_list(addresses, "address")),
            tuple(places),
        )

    def may_match(self, raw: bytes) -> bool:
        """Whether a block's JSON could hold a match; a quick look before it is parsed."""
        if b'"logs":[{' not in raw:
            return False
        if self.addresses and not any(address.encode() in raw for address in self.addresses):
            return False
        return all(place is None or any(topic.encode() in raw for topic in place) for place in self.topics)

    def matches(self, log: Json) -> bool:
        """Whether one log matches."""
        topics = log["topics"]
        if self.addresses and log["address"] not in self.addresses:
            return False
        if len(topics) < len(self.topics):
            return False
        return all(place is None or topics[at] in place for at, place in enumerate(self.topics))


def find_logs(chain: "Devchain", wanted: Mapping[str, Any]) -> list[Json]:
    """eth_getLogs: by `blockHash`, or over `fromBlock`…`toBlock` (both included, default latest)."""
    criteria = Criteria.parse(wanted)
    if wanted.get("blockHash") is not None:
        if wanted.get("fromBlock") is not None or wanted.get("toBlock") is not None:
            raise invalid_params("can't use fromBlock or toBlock together with blockHash")
        header = chain.engine.header_by_hash(parse_hash(wanted["blockHash"], "blockHash"))
        if header is None:
            raise refused("unknown block")
        first = last = int(header.block_number)
    else:
        first, last = _number(chain, wanted.get("fromBlock")), _number(chain, wanted.get("toBlock"))
        if first > last:
            raise invalid_params("invalid block range params: fromBlock lies after toBlock")
    return logs_between(chain, criteria, first, last)


def logs_between(chain: "Devchain", criteria: Criteria, first: int, last: int) -> list[Json]:
    """The matching logs of the blocks first…last, in order."""
    found: list[Json] = []
    for number in range(first, min(last, chain.engine.head.block_number) + 1):
        raw = chain.raw_view(number)
        if raw is None or not criteria.may_match(raw):
            continue
        found += (log for log in _logs(json.loads(raw)) if criteria.matches(log))
        if len(found) > MAX_LOGS:
            raise refused(f"query returned more than {MAX_LOGS} results; ask for a smaller block range")
    return found


def _logs(view: Json) -> Iterator[Json]:
    for receipt in view["receipts"]:
        yield from receipt["logs"]


def _number(chain: "Devchain", tag: object) -> int:
    if tag is None or tag in ("latest", "safe", "finalized", "pending"):
        return chain.engine.head.block_number
    return 0 if tag == "earliest" else parse_quantity(tag, "the block", 2**64 - 1)


@dataclass(slots=True)
class _Filter:
    criteria: Criteria | None  # None: new blocks
    wanted: Mapping[str, Any]
    next_block: int


class LogFilters:
    """The filters of eth_newFilter and eth_newBlockFilter; they live as long as the process."""

    def __init__(self, chain: "Devchain") -> None:
        self._chain = chain
        self._filters: dict[int, _Filter] = {}
        self._next = 1

    def new_log_filter(self, wanted: object) -> str:
        """eth_newFilter."""
        fields = parse_object(wanted, "the filter")
        return self._add(_Filter(Criteria.parse(fields), fields, self._head() + 1))

    def new_block_filter(self) -> str:
        """eth_newBlockFilter."""
        return self._add(_Filter(None, {}, self._head() + 1))

    def changes(self, number: object) -> list[Any]:
        """eth_getFilterChanges: logs, or block hashes, since the last question."""
        item = self._get(number)
        first, last = item.next_block, self._head()
        item.next_block = last + 1
        if item.criteria is None:
            views = (self._chain.view(block) for block in range(first, last + 1))
            return [view["block"]["hash"] for view in views if view]
        return logs_between(self._chain, item.criteria, first, last)

    def logs(self, number: object) -> list[Json]:
        """eth_getFilterLogs: all that match."""
        item = self._get(number)
        if item.criteria is None:
            raise refused("filter not found: it is not a log filter")
        return find_logs(self._chain, item.wanted)

    def uninstall(self, number: object) -> bool:
        """eth_uninstallFilter."""
        return self._filters.pop(parse_quantity(number, "the filter"), None) is not None

    def _add(self, item: _Filter) -> str:
        if len(self._filters) >= MAX_FILTERS:
            del self._filters[next(iter(self._filters))]
        number, self._next = self._next, self._next + 1
        self._filters[number] = item
        return quantity(number)

    def _get(self, number: object) -> _Filter:
        item = self._filters.get(parse_quantity(number, "the filter"))
        if item is None:
            raise refused("filter not found")
        return item

    def _head(self) -> int:
        return self._chain.engine.head.block_number
