"""Filling the gaps of a period from the readings in the store; what no rule can fill stays a gap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from typing import Protocol

from sqlmodel import Session, col, select

from tanso.oracle.evidence import Leaf
from tanso.oracle.evidence.leaves import estimate_leaf
from tanso.oracle.gaps.rules import DAY, HIGHEST, LAST_WEEK, LINEAR, GapRule, Used, estimated_value
from tanso.oracle.intake.tables import Reading
from tanso.oracle.intake.times import zone_of
from tanso.oracle.units import make_quantity

MOST_USED = 1000
"""A filled value that would rest on more readings is not made: a leaf stays a thing to look at."""


class GapLike(Protocol):
    """A stretch of a period for which a device gave no reading of a quantity."""

    @property
    def device(self) -> str: ...
    @property
    def quantity(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """A filled gap."""

    device: str
    quantity: str
    start: int
    end: int
    value: str
    unit: str
    rule: GapRule
    used: tuple[Used, ...]

    def leaf(self, device_id: str) -> Leaf:
        """As evidence."""
        return estimate_leaf(
            device_id,
            self.quantity,
            self.start,
            self.end,
            value=self.value,
            unit=self.unit,
            rule=self.rule.rule,
            days=self.rule.days,
            used=self.used,
        )


def fill_gaps(
    session: Session,
    business_id: str,
    rules: Sequence[GapRule],
    gaps: Iterable[GapLike],
    start: int,
    end: int,
    zone: str,
) -> list[Estimate]:
    """Fills those gaps of the period [start, end) for which there is a rule and what it needs."""
    by_source = {(rule.device, rule.quantity): rule for rule in rules}
    found = []
    for gap in gaps:
        rule = by_source.get((gap.device, gap.quantity))
        if rule is None or gap.end - gap.start > rule.longest_s:
            continue
        used = _used(session, business_id, rule, gap, start, end, zone_of(zone))
        if not 0 < len(used) <= MOST_USED:
            continue
        value, unit = estimated_value(rule.rule, rule.days, gap.start, gap.end, used)
        found.append(Estimate(gap.device, gap.quantity, gap.start, gap.end, value, unit, rule, tuple(used)))
    return found


def _used(
    session: Session, business_id: str, rule: GapRule, gap: GapLike, start: int, end: int, zone: tzinfo
) -> list[Used]:
    """The readings that the rule takes; none when it can't be applied."""

    def between(first: int, last: int, most: int | None = None) -> list[Used]:
        query = (
            select(Reading.start, Reading.end, Reading.value, Reading.unit)
            .where(
                Reading.business_id == business_id,
                Reading.device == gap.device,
                Reading.quantity == gap.quantity,
                Reading.start >= first,
                Reading.end <= last,
            )
            .order_by(col(Reading.start))
        )
        return [Used(*row) for row in session.exec(query.limit(most) if most is not None else query)]

    if rule.rule == LINEAR:
        # Of this period only: what comes later must not change what was stated.
        around = [one for one in between(start, end) if gap.start == one.end or gap.end == one.start]
        return around if len(around) == 2 else []
    if rule.rule == HIGHEST:
        assert rule.days is not None
        before = between(gap.start - rule.days * DAY, gap.start)
        return [max(before, key=_rate)] if before else []
    assert rule.rule == LAST_WEEK
    first, last = _week_before(gap.start, zone), _week_before(gap.end, zone)
    found = between(first, last, MOST_USED + 1)
    reached = first
    for one in found:
        if one.start != reached:
            return []
        reached = one.end
    return found if reached == last and last - first == gap.end - gap.start else []


def _week_before(seconds: int, zone: tzinfo) -> int:
    return int((datetime.fromtimestamp(seconds, zone) - timedelta(days=7)).timestamp())


def _rate(one: Used) -> Fraction:
    root = make_quantity(one.value, one.unit, "reading").to_root_units()
    return Fraction(root.magnitude) / (one.end - one.start)
