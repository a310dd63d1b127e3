"""Which figures of a chunk may be taken, in the light of what the store holds already.

A figure that was taken once is never changed; the same figure again, from this or another file, is a
duplicate; another figure for the same device, quantity and interval, or one that overlaps, is refused.
"""

import bisect
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from operator import attrgetter

from sqlmodel import Session

from tanso.oracle.errors import (
    ConflictingReading,
    FutureReading,
    IntervalTooLong,
    LateReading,
    OracleError,
    OverlappingReading,
)
from tanso.oracle.intake.bulk import Held, Key, held_between
from tanso.oracle.intake.candidates import Candidate, Column
from tanso.oracle.units import make_quantity

CLOCKS_DIFFER = 900
"""Seconds by which a meter's clock may be ahead of the oracle's: nothing is measured before its time."""
LONGEST = 366 * 86_400
"""Seconds of an interval. One from a logger's zero clock until now would leave no room for any other.

What a cumulative register used between two showings may take longer: one between them divides it.
"""


@dataclass(frozen=True, slots=True)
class Reported:
    """A period that has been reported, and the devices whose readings went into it."""

    start: int
    end: int
    devices: Collection[str]


@dataclass(slots=True)
class Judged:
    """What becomes of the figures of a chunk."""

    taken: list[Candidate] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    """Those taken in columns."""
    repeated: list[Candidate] = field(default_factory=list)
    refused: list[tuple[Candidate, OracleError]] = field(default_factory=list)
    spans: dict[Key, tuple[int, int]] = field(default_factory=dict)
    """The time that the figures cover, of each device and quantity of which the store holds some now."""

    @property
    def accepted(self) -> int:
        """How many are taken."""
        return len(self.taken) + sum(len(column.figures) for column in self.columns)


def judge(
    session: Session,
    business_id: str,
    found: Sequence[Candidate],
    columns: Sequence[Column] = (),
    *,
    now: int,
    reported: Sequence[Reported] = (),
) -> Judged:
    """Sorts a chunk's figures, each device and quantity in the order of its rows; stores nothing."""
    judged, limit = Judged(), now + CLOCKS_DIFFER
    whole, single = _apart(found, columns)
    by_key: dict[Key, list[Candidate]] = {}
    for one in single:
        key = (one.device, one.quantity)
        if one.end - one.start > LONGEST:
            judged.refused.append((one, _too_long(key, one)))
        else:
            by_key.setdefault(key, []).append(one)
    spans = {some.key: some.span for some in whole}
    spans |= {
        key: (min(one.start for one in group), max(one.end for one in group)) for key, group in by_key.items()
    }
    held = held_between(session, business_id, spans)
    touched = {
        key: [
            period
            for period in reported
            if first < period.end and period.start < last and key[0] in period.devices
        ]
        for key, (first, last) in spans.items()
    }
    for some in whole:
        if some.key not in held and not touched[some.key] and spans[some.key][1] <= limit:
            judged.columns.append(some)
            judged.spans[some.key] = spans[some.key]
        else:
            by_key[some.key] = list(some.candidates())
    for key, group in by_key.items():
        if _one_by_one(key, group, held.get(key, []), touched[key], limit, judged):
            judged.spans[key] = spans[key]
    return judged


def _apart(found: Sequence[Candidate], columns: Sequence[Column]) -> tuple[list[Column], list[Candidate]]:
    """Column that are in order and all there is of their device and quantity; everything else, by rows."""
    mixed = {(one.device, one.quantity) for one in found}
    count = Counter(some.key for some in columns)
    whole, others = list[Column](), list[Column]()
    for some in columns:
        alone = count[some.key] == 1 and some.key not in mixed and some.one_after_another(LONGEST)
        (whole if alone else others).append(some)
    if not others:
        return whole, list(found)
    single = [*found, *chain.from_iterable(some.candidates() for some in others)]
    return whole, sorted(single, key=attrgetter("line", "series"))


def _one_by_one(
    key: Key,
    group: Sequence[Candidate],
    held: Sequence[Held],
    reported: Sequence[Reported],
    limit: int,
    judged: Judged,
) -> bool:
    """Whether any figure of the group is in the store then."""
    before_count = len(judged.refused)
    by_slot = {(start, end): (value, unit) for start, end, value, unit in held}
    order = sorted(by_slot)
    for one in group:
        slot = (one.start, one.end)
        before = by_slot.get(slot)
        try:
            if before is not None:
                _refuse_conflict(key, one, before)
                judged.repeated.append(one)
                continue
            _refuse_time(key, one, reported, limit)
            place = bisect.bisect_left(order, slot)
            if (place and order[place - 1][1] > one.start) or (
                place < len(order) and order[place][0] < one.end
            ):
                raise OverlappingReading(
                    f"{_name(key)} overlaps another interval of the same device.",
                    hint="Give each device one series: totals and their parts would count twice.",
                )
        except OracleError as error:
            judged.refused.append((one, error))
            continue
        order.insert(place, slot)
        by_slot[slot] = (one.value, one.unit)
        judged.taken.append(one)
    return len(judged.refused) - before_count < len(group)


def _refuse_conflict(key: Key, one: Candidate, before: tuple[str, str]) -> None:
    if before != (one.value, one.unit) and _worth(*before) != _worth(one.value, one.unit):
        raise ConflictingReading(
            f"{_name(key)} was {before[0]} {before[1]} before, now it is {one.value} {one.unit}.",
            hint="A reading is never changed: find out which is right, and correct the later file.",
        )


def _refuse_time(key: Key, one: Candidate, reported: Sequence[Reported], limit: int) -> None:
    if one.end > limit:
        raise FutureReading(f"{_name(key)} ends in the future.", hint="Check the meter's clock and the zone.")
    for period in reported:
        if one.start < period.end and period.start < one.end:
            raise LateReading(f"{_name(key)} belongs to a period that has been reported.")


def _too_long(key: Key, one: Candidate) -> IntervalTooLong:
    return IntervalTooLong(
        f"{_name(key)} is about {(one.end - one.start) // 86_400:,} days, more than {LONGEST // 86_400}.",
        hint="Check the meter's clock; what was used over a longer time, give in parts.",
    )


def _name(key: Key) -> str:
    return f"{key[1]} of {key[0]}"


def _worth(value: str, unit: str) -> tuple[Fraction, str]:
    root = make_quantity(value, unit, "reading").to_root_units()
    return Fraction(root.magnitude), f"{root.units}"
