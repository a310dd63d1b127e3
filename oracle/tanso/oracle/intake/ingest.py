"""Taking a file of operation data into the store: good rows as readings, the others kept aside with a reason.

The same file twice, rows late or out of order: the same readings, so the same totals. A figure that was taken
once is never changed; another figure for the same device, quantity and interval is refused.
"""

import bisect
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlmodel import Session, col, select

from tanso.contracts.identity import content_hash, parse_id
from tanso.oracle.errors import (
    ConflictingReading,
    DuplicateReading,
    FutureReading,
    LateReading,
    OracleError,
    OverlappingReading,
)
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.rows import Candidate, Refusal, read_rows, refusal_of
from tanso.oracle.intake.tables import IntakeFile, Reading, RefusedRow
from tanso.oracle.intake.times import DAY
from tanso.oracle.units import make_quantity

Key = tuple[str, str]
"""Device and quantity."""


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of a file."""

    file_hash: str
    accepted: int
    """Figures taken now."""
    repeated: int
    """Figures that had been taken before, from this or another file."""
    refused: tuple[Refusal, ...]
    """Figures kept aside; a period with such rows can't be closed unless told so."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A period that has been reported, and the devices whose readings went into it."""

    start: int
    end: int
    devices: Collection[str]


class _Judge:
    """Decides, candidate by candidate, in the light of what the store holds already."""

    def __init__(self, session: Session, business_id: str, reported: Sequence[Reported], now: int) -> None:
        self.session, self.business_id, self.reported, self.now = session, business_id, reported, now
        self.held: dict[Key, dict[tuple[int, int], tuple[str, str]]] = {}
        self.order: dict[Key, list[tuple[int, int]]] = {}
        self.in_file: dict[Key, set[tuple[int, int]]] = defaultdict(set)

    def accepts(self, found: Candidate) -> bool:
        """True for a new figure, False for one that is held already; raises ReadingRefused."""
        key, slot = (found.device, found.quantity), (found.start, found.end)
        self._load(key)
        if slot in self.in_file[key]:
            raise DuplicateReading(f"{_name(key)} stands twice in the file for the same interval.")
        self.in_file[key].add(slot)
        before = self.held[key].get(slot)
        if before is not None:
            if _worth(*before) == _worth(found.value, found.unit):
                return False
            raise ConflictingReading(
                f"{_name(key)} was {before[0]} {before[1]} before, now it is {found.value} {found.unit}.",
                hint="A reading is never changed: find out which is right, and correct the later file.",
            )
        if found.end > self.now + DAY:
            raise FutureReading(
                f"{_name(key)} ends more than a day in the future.", hint="Check clock and zone."
            )
        for period in self.reported:
            if found.start < period.end and period.start < found.end and found.device in period.devices:
                raise LateReading(f"{_name(key)} belongs to a period that has been reported.")
        order = self.order[key]
        place = bisect.bisect_left(order, slot)
        if (place and order[place - 1][1] > found.start) or (
            place < len(order) and order[place][0] < found.end
        ):
            raise OverlappingReading(
                f"{_name(key)} overlaps another interval of the same device.",
                hint="Give each device one series: totals and their parts would count twice.",
            )
        order.insert(place, slot)
        self.held[key][slot] = (found.value, found.unit)
        return True

    def _load(self, key: Key) -> None:
        if key in self.held:
            return
        rows = self.session.exec(
            select(Reading).where(
                Reading.business_id == self.business_id, Reading.device == key[0], Reading.quantity == key[1]
            )
        )
        self.held[key] = {(row.start, row.end): (row.value, row.unit) for row in rows}
        self.order[key] = sorted(self.held[key])


def ingest(
    session: Session,
    business_id: str,
    name: str,
    content: bytes,
    layout: Layout,
    *,
    now: int,
    reported: Sequence[Reported] = (),
) -> IntakeResult:
    """Takes a file in the caller's transaction.

    `now` in Unix seconds; `reported` are the periods of the business that can't take further readings. Raises
    LayoutRefused when the file as a whole does not fit its layout, and takes nothing then.
    """
    file = _file(session, parse_id(business_id), name, content, layout, now)
    assert file.id is not None
    judge = _Judge(session, file.business_id, reported, now)
    refused: list[Refusal] = []
    taken: list[Candidate] = []
    fine: set[tuple[int, int]] = set()
    repeated = 0
    for found in read_rows(content, layout):
        if isinstance(found, Refusal):
            refused.append(found)
            continue
        try:
            if judge.accepts(found):
                taken.append(found)
            else:
                repeated += 1
            fine.add((found.line, found.series))
        except OracleError as error:
            refused.append(refusal_of(error, found.line, found.series, found.raw, (found.start, found.end)))
    for found in taken:
        session.add(
            Reading(
                business_id=file.business_id,
                device=found.device,
                quantity=found.quantity,
                start=found.start,
                end=found.end,
                value=found.value,
                unit=found.unit,
                file_id=file.id,
            )
        )
    _keep_refused(session, file, refused, fine)
    session.flush()
    return IntakeResult(file.file_hash, len(taken), repeated, tuple(refused))


def refusals_between(session: Session, business_id: str, start: int, end: int) -> list[RefusedRow]:
    """Refused rows, resolved or not, that lie, or may lie, in [start, end) and were not taken after all."""
    rows = session.exec(
        select(RefusedRow)
        .where(RefusedRow.business_id == business_id, col(RefusedRow.taken).is_(False))
        .order_by(col(RefusedRow.id))
    )
    # A row whose time is unknown may belong to any period.
    return [
        row for row in rows if row.start is None or row.end is None or (row.start < end and start < row.end)
    ]


def readings_between(session: Session, business_id: str, start: int, end: int) -> list[Reading]:
    """Readings that lie at least partly in [start, end), in order of device, quantity and time."""
    return list(
        session.exec(
            select(Reading)
            .where(Reading.business_id == business_id, Reading.start < end, Reading.end > start)
            .order_by(col(Reading.device), col(Reading.quantity), col(Reading.start))
        )
    )


def _file(
    session: Session, business_id: str, name: str, content: bytes, layout: Layout, now: int
) -> IntakeFile:
    file_hash, layout_hash = content_hash(content), layout.content_hash
    found = session.exec(
        select(IntakeFile).where(
            IntakeFile.business_id == business_id,
            IntakeFile.file_hash == file_hash,
            IntakeFile.layout_hash == layout_hash,
        )
    ).one_or_none()
    if found is None:
        found = IntakeFile(
            business_id=business_id,
            name=name[:255],
            file_hash=file_hash,
            layout_hash=layout_hash,
            layout=layout.model_dump_json(),
            taken_at=now,
        )
        session.add(found)
        session.flush()
    return found


def _keep_refused(
    session: Session, file: IntakeFile, refused: Sequence[Refusal], fine: Collection[tuple[int, int]]
) -> None:
    held = {
        (row.line, row.series): row
        for row in session.exec(select(RefusedRow).where(RefusedRow.file_id == file.id))
    }
    for row in held.values():
        if (row.line, row.series) in fine:
            row.taken = True
            session.add(row)
    for found in refused:
        if (found.line, found.series) not in held:
            assert file.id is not None
            session.add(
                RefusedRow(
                    business_id=file.business_id,
                    file_id=file.id,
                    line=found.line,
                    series=found.series,
                    error=found.error,
                    reason=found.reason,
                    raw=found.raw,
                    start=found.start,
                    end=found.end,
                )
            )


def _name(key: Key) -> str:
    return f"{key[1]} of {key[0]}"


def _worth(value: str, unit: str) -> tuple[Fraction, str]:
    root = make_quantity(value, unit, "reading").to_root_units()
    return Fraction(root.magnitude), f"{root.units}"
