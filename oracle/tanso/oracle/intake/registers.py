"""Cumulative meters: what was used is the difference of two readings of the register.

Readings of registers are kept as they come; the intervals follow from them, and from nothing else. So rows
that come late, twice or out of order give the same intervals: a reading between two others divides their
interval and leaves the sum. In order of time, with a the reading before b and c the one after it:

* b at or above a: b − a was used.
* b below a: the register went over its declared `capacity` (only if what was used then fits the declared
  `fastest`), or a `reset` between a and b is declared, with the register before and after it. The layout
  declares both, or the owner for the device (`counters.py`).
* Otherwise the fall is unexplained, b is refused (MeterWentBack) and nothing is counted from a to b: a gap.
  So is a rise that is faster than `fastest` (MeterJumped).
* If a to c is explained where a to b is not, b alone is wrong: it is set aside and refused; a to c counts.

So a reading decides about its neighbours only, and intervals are worked out anew from the last reading before
it that counts to the first one after it that counts as before.
"""

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from sqlmodel import Session, col, select

from tanso.oracle.errors import (
    ConflictingReading,
    FutureReading,
    LateReading,
    MeterJumped,
    MeterWentBack,
    OracleError,
    OverlappingReading,
)
from tanso.oracle.intake.bulk import Key, insert_readings
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.counters import declared
from tanso.oracle.intake.judge import CLOCKS_DIFFER, Judged, Reported
from tanso.oracle.intake.layout import Layout, Series
from tanso.oracle.intake.tables import IntakeFile, Reading, RegisterReading
from tanso.oracle.intake.times import parse_time, unix_seconds, zone_of
from tanso.oracle.units import decimal_text, magnitude, make_quantity, parse_number, quantity_of

BEFORE, AFTER = 3, 6
"""Neighbours that are looked at. Of two neighbours at most one is set aside."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a layout declares of a register, in the unit `like` of its quantity."""

    like: str
    capacity: Fraction | None = None
    fastest: Fraction | None = None
    """Most that is used in a second."""
    resets: tuple[tuple[int, Fraction, Fraction], ...] = ()
    """Time, register before and after."""

    def joined(self, other: "Rules") -> "Rules":
        """These rules, and what another declaration adds: its limits where there are none, its resets."""
        return Rules(
            self.like,
            self.capacity if self.capacity is not None else other.capacity,
            self.fastest if self.fastest is not None else other.fastest,
            tuple(sorted({*self.resets, *other.resets})),
        )

    def used(self, a: "Point", b: "Point") -> Fraction | None:
        """What was used from a to b; None if that can't be explained."""
        total, stand = Fraction(0), a.stand
        ends = [(before, after) for at, before, after in self.resets if a.at < at <= b.at]
        for before, after in [*ends, (b.stand, b.stand)]:
            step = before - stand
            if step < 0:
                if self.capacity is None or max(before, stand) > self.capacity:
                    return None
                step += self.capacity
            total, stand = total + step, after
        return None if self.fastest is not None and total > self.fastest * (b.at - a.at) else total


@dataclass(frozen=True, slots=True)
class Point:
    """A register's reading."""

    at: int
    stand: Fraction
    row: RegisterReading


@dataclass(slots=True)
class Derived:
    """What follows from a register's readings."""

    intervals: dict[tuple[int, int], Fraction] = field(default_factory=dict)
    refused: dict[int, OracleError] = field(default_factory=dict)
    """By the time of the reading."""
    aside: set[int] = field(default_factory=set)
    """Those that don't count though their neighbours do."""


def derive(points: Sequence[Point], rules: Rules, key: Key) -> Derived:
    """Intervals and refused readings; `points` in order of time."""
    found, kept = Derived(), list[Point]()
    for number, point in enumerate(points):
        following = points[number + 1] if number + 1 < len(points) else None
        if (
            kept
            and following is not None
            and rules.used(kept[-1], point) is None
            and rules.used(kept[-1], following) is not None
        ):
            found.refused[point.at] = _unexplained(kept[-1], point, rules, key)
            found.aside.add(point.at)
        else:
            kept.append(point)
    for before, point in pairwise(kept):
        used = rules.used(before, point)
        if used is None:
            found.refused[point.at] = _unexplained(before, point, rules, key)
        else:
            found.intervals[before.at, point.at] = used
    return found


def rules_of(layout: Layout, series: Series, quantity: str, like: str | None = None) -> Rules:
    """The rules of a series for a quantity, in the unit `like`; default: the layout's own of the quantity."""
    like = like or layout.unit_of(quantity)
    assert like is not None  # the figure was read with it
    factor = parse_number(series.multiplier, "multiplier") if series.multiplier is not None else Fraction(1)

    def stand(text: str) -> Fraction:
        number, _, unit = text.partition(" ")
        return factor * magnitude(make_quantity(number, unit, "register"), like, "register")

    zone = zone_of(layout.zone)
    fastest = None
    if series.fastest is not None:
        number, _, unit = series.fastest.partition(" ")
        in_a_second = make_quantity(number, unit, "fastest") * quantity_of(1, "s")
        fastest = factor * magnitude(in_a_second, like, "fastest")
    return Rules(
        like,
        stand(series.capacity) if series.capacity is not None else None,
        fastest,
        tuple(
            sorted(
                (unix_seconds(parse_time(reset.at, None, zone)), stand(reset.before), stand(reset.after))
                for reset in series.resets
            )
        ),
    )


def take_registers(
    session: Session,
    file: IntakeFile,
    layout: Layout,
    found: Sequence[Candidate],
    judged: Judged,
    *,
    now: int,
    reported: Sequence[Reported],
) -> Iterator[tuple[RegisterReading, OracleError | None]]:
    """Stores a chunk's register readings and what follows from them; `judged` is told what became of each.

    Gives each reading looked at and why it is refused, or None: of this file or an earlier one.
    """
    by_key: dict[tuple[int, Key], list[Candidate]] = {}
    for one in found:
        by_key.setdefault((one.series, (one.device, one.quantity)), []).append(one)
    for (number, key), group in by_key.items():
        rules = rules_of(layout, layout.series[number], key[1])
        told = declared(session, file.business_id, *key)
        if told is not None:
            rules = rules.joined(rules_of(told, told.series[0], key[1], rules.like))
        first, last = min(one.end for one in group), max(one.end for one in group)
        held = {row.at: row for row in _around(session, file.business_id, key, first, last)}
        touched = [
            period
            for period in reported
            if key[0] in period.devices
            and period.start <= max([last, *held])
            and min([first, *held]) <= period.end
        ]
        sound: list[tuple[Candidate, bool]] = []
        for one in group:
            try:
                _refuse(key, one, held.get(one.end), rules, touched, now + CLOCKS_DIFFER)
            except OracleError as error:
                judged.refused.append((one, error))
                continue
            sound.append((one, one.end in held))
            if one.end not in held:
                held[one.end] = _stored(session, file, one)
        if not sound:
            continue
        points = [Point(at, _worth(row.value, row.unit, rules), row) for at, row in sorted(held.items())]
        derived = derive(points, rules, key)
        points = points[: _settled(points, derived, last) + 1]
        _write(session, file, key, points, derived, rules, touched)
        for one, known in sound:
            error_or_none, row = derived.refused.get(one.end), held[one.end]
            # Refused where it came first, for as long as its neighbours don't explain it; a copy is a copy.
            first_here = (row.file_id, row.line, row.series) == (file.id, one.line, one.series)
            if error_or_none is not None and first_here:
                judged.refused.append((one, error_or_none))
            else:
                (judged.repeated if known else judged.taken).append(one)
        judged.spans[key] = (first, last)
        # What is known of the first one is what was known when it came: it has no neighbour here.
        for point in points[1:]:
            point.row.aside = point.at in derived.aside
            yield point.row, derived.refused.get(point.at)
    session.flush()


def _settled(points: Sequence[Point], derived: Derived, last: int) -> int:
    """Number of the first reading after `last` that counts as before: from there on nothing changes."""
    for number, point in enumerate(points):
        if point.at > last and not point.row.aside and point.at not in derived.aside:
            return number
    return len(points) - 1


def _refuse(
    key: Key,
    one: Candidate,
    held: RegisterReading | None,
    rules: Rules,
    reported: Sequence[Reported],
    limit: int,
) -> None:
    name = f"The register of {key[1]} of {key[0]}"
    if held is not None:
        if (held.value, held.unit) != (one.value, one.unit) and _worth(
            held.value, held.unit, rules
        ) != _worth(one.value, one.unit, rules):
            raise ConflictingReading(
                f"{name} was {held.value} {held.unit} before, now it is {one.value} {one.unit}.",
                hint="A reading is never changed: find out which is right, and correct the later file.",
            )
        return
    if one.end > limit:
        raise FutureReading(f"{name} was read in the future.", hint="Check the meter's clock and the zone.")
    if any(period.start <= one.end <= period.end for period in reported):
        raise LateReading(f"{name} belongs to a period that has been reported.")


def _around(session: Session, business_id: str, key: Key, first: int, last: int) -> Iterator[RegisterReading]:
    """Held readings from `first` to `last`, and the neighbours on both sides."""
    at = col(RegisterReading.at)
    query = select(RegisterReading).where(
        RegisterReading.business_id == business_id,
        RegisterReading.device == key[0],
        RegisterReading.quantity == key[1],
    )
    before = session.exec(query.where(at < first).order_by(at.desc()).limit(BEFORE)).all()
    # The next one may be set aside now, or no longer; the one before it that counts goes on counting.
    start = next((row.at for row in before[1:] if not row.aside), before[-1].at if before else first)
    yield from session.exec(query.where(at >= start, at <= last))
    yield from session.exec(query.where(at > last).order_by(at).limit(AFTER))


def _write(
    session: Session,
    file: IntakeFile,
    key: Key,
    points: Sequence[Point],
    derived: Derived,
    rules: Rules,
    reported: Sequence[Reported],
) -> None:
    """Makes the stored intervals between these points what follows from them.

    What was reported stays as it was; what can't be divided any more is a gap.
    """
    first, last = points[0].at, points[-1].at
    stored = session.exec(
        select(Reading).where(
            Reading.business_id == file.business_id,
            Reading.device == key[0],
            Reading.quantity == key[1],
            Reading.start < last,
            Reading.end > first,
        )
    ).all()
    times = {point.at for point in points}
    wanted = {slot: used for slot, used in derived.intervals.items() if slot[1] <= last}
    order = sorted(wanted)
    for row in stored:
        slot = (row.start, row.end)
        if slot in wanted:
            del wanted[slot]
        elif row.start in times and row.end in times and not _touches(slot, reported):
            session.delete(row)
        else:
            place = bisect.bisect_left(order, (row.start, row.start))
            for one in order[max(place - 1, 0) : bisect.bisect_left(order, (row.end, row.end))]:
                if _overlap(one, slot) and wanted.pop(one, None) is not None:
                    derived.refused[one[1]] = OverlappingReading(
                        f"{key[1]} of {key[0]} is stored for this time otherwise.",
                        hint="Give each device one series: totals and their parts would count twice.",
                    )
    session.flush()
    assert file.id is not None
    insert_readings(
        session,
        [
            (file.business_id, *key, start, end, *_text(used, rules.like), file.id)
            for (start, end), used in sorted(wanted.items())
            if not _touches((start, end), reported)
        ],
    )


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _touches(slot: tuple[int, int], reported: Sequence[Reported]) -> bool:
    return any(_overlap(slot, (period.start, period.end)) for period in reported)


def _stored(session: Session, file: IntakeFile, one: Candidate) -> RegisterReading:
    assert file.id is not None
    row = RegisterReading(
        business_id=file.business_id,
        device=one.device,
        quantity=one.quantity,
        at=one.end,
        value=one.value,
        unit=one.unit,
        file_id=file.id,
        line=one.line,
        series=one.series,
    )
    session.add(row)
    return row


def _worth(value: str, unit: str, rules: Rules) -> Fraction:
    return (
        Fraction(value)
        if unit == rules.like
        else magnitude(make_quantity(value, unit, "register"), rules.like, "register")
    )


def _text(used: Fraction, like: str) -> tuple[str, str]:
    text = decimal_text(used)
    if text is not None:
        return text, like
    root = quantity_of(used, like).to_root_units()
    text = decimal_text(Fraction(root.magnitude))
    assert text is not None
    return text, f"{root.units:~}"


def _unexplained(a: Point, b: Point, rules: Rules, key: Key) -> OracleError:
    if b.stand < a.stand:
        return MeterWentBack(
            f"The register of {key[1]} of {key[0]} fell by {decimal_text(a.stand - b.stand)} {rules.like}.",
            hint="Declare capacity and fastest for a rollover, or a reset with the register before and after "
            "it, in the layout or by `tanso oracle device counter | reset`; then read the file again, or "
            "`tanso oracle replay` what came by message.",
        )
    return MeterJumped(
        f"The register of {key[1]} of {key[0]} rose by {decimal_text(b.stand - a.stand)} {rules.like} in "
        f"{b.at - a.at} s, more than fastest allows.",
        hint="Check the meter, or the layout's fastest.",
    )
