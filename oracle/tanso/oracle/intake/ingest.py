"""Taking a file of operation data into the store: good rows as readings, the others kept aside with a reason.

The same file twice, rows late or out of order: the same readings, so the same totals. A figure that was taken
once is never changed; another figure for the same device, quantity and interval is refused.
"""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from sqlmodel import Session, col, select

from tanso.contracts.identity import content_hash, parse_id
from tanso.oracle.devices import check as devices
from tanso.oracle.errors import EvidenceRefused, OracleError
from tanso.oracle.intake.bulk import Row, insert_readings, one_writer
from tanso.oracle.intake.candidates import REGISTER, Candidate
from tanso.oracle.intake.intervals import Interval
from tanso.oracle.intake.judge import CLOCKS_DIFFER, Judged, Reported, judge
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.registers import take_registers
from tanso.oracle.intake.rows import Chunk, Refusal, Table, clean
from tanso.oracle.intake.tables import IntakeFile, RefusedRow, RegisterReading
from tanso.oracle.intake.times import DAY

LINES_AT_ONCE = 500


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
class Taken:
    """What became of a chunk of a file."""

    judged: Judged
    refused: tuple[Refusal, ...]


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
    table = Table(io.BytesIO(content), layout)
    file = file_record(session, parse_id(business_id), name, content_hash(content), layout, now)
    accepted, repeated = 0, 0
    refused: list[Refusal] = []
    for chunk in table.chunks():
        taken = take_chunk(session, file, table, chunk, now=now, reported=reported)
        accepted += taken.judged.accepted
        repeated += len(taken.judged.repeated)
        refused += taken.refused
    return IntakeResult(file.file_hash, accepted, repeated, tuple(refused))


class Read(Protocol):
    """What figures were read by: a table, or messages."""

    @property
    def layout(self) -> Layout: ...

    @property
    def has_registers(self) -> bool: ...

    def refusal_of(
        self, error: OracleError, line: int, series: int, cells: list[str], interval: Interval | None
    ) -> Refusal: ...


def take_chunk(
    session: Session,
    file: IntakeFile,
    table: Read,
    chunk: Chunk,
    *,
    now: int,
    reported: Sequence[Reported] = (),
) -> Taken:
    """Judges and stores a part of a file in the caller's transaction."""
    assert file.id is not None
    one_writer(session, file.business_id)
    found, refused, columns = chunk
    checked = devices.check(session, file.business_id, found, columns)
    registers = [one for one in checked.sound if one.start == REGISTER] if table.has_registers else []
    intervals = [one for one in checked.sound if one.start != REGISTER] if registers else checked.sound
    judged = judge(session, file.business_id, intervals, checked.columns, now=now, reported=reported)
    insert_readings(session, _rows(file.business_id, file.id, judged))
    settled: list[tuple[RegisterReading, OracleError | None]] = []
    if registers:
        settled += take_registers(session, file, table.layout, registers, judged, now=now, reported=reported)
    refused = refused + [
        table.refusal_of(error, one.line, one.series, one.cells, span_of(one))
        for one, error in (*checked.refused, *judged.refused)
    ]
    devices.keep(session, file.business_id, (*judged.taken, *judged.repeated), checked.signers)
    refused.sort(key=lambda one: (one.line, one.series))
    _keep_refused(session, file, chunk, refused)
    settle(session, settled)
    return Taken(judged, tuple(refused))


def _rows(business_id: str, file_id: int, judged: Judged) -> Iterator[Row]:
    yield from chain.from_iterable(column.rows(business_id, file_id) for column in judged.columns)
    for one in judged.taken:
        # A candidate's fields stand in the order of the columns.
        yield (business_id, *one[2:8], file_id)


def span_of(one: Candidate) -> tuple[int, int]:
    """The time that a candidate is about, as refusals have it."""
    return (one.end if one.start == REGISTER else one.start, one.end)


def settle(session: Session, found: Sequence[tuple[RegisterReading, OracleError | None]]) -> None:
    """Brings the refusals of register readings up to date: later ones can explain them, or no longer."""
    by_file: dict[int, dict[tuple[int, int], tuple[RegisterReading, OracleError | None]]] = {}
    for row, error in found:
        by_file.setdefault(row.file_id, {})[row.line, row.series] = (row, error)
    for file_id, rows in by_file.items():
        held = _refused_at(session, file_id, [line for line, _ in rows])
        for place, (row, error) in rows.items():
            refusal = held.get(place)
            if refusal is not None:
                refusal.taken = error is None
                session.add(refusal)
            elif error is not None:
                shown = {"at": row.at, "device": row.device, "value": row.value, "unit": row.unit}
                session.add(
                    RefusedRow(
                        business_id=row.business_id,
                        file_id=file_id,
                        line=row.line,
                        series=row.series,
                        error=type(error).__name__,
                        reason=clean(str(error)),
                        raw=clean(json.dumps(shown, ensure_ascii=False)),
                        start=row.at,
                        end=row.at,
                    )
                )
    session.flush()


def refusals_between(session: Session, business_id: str, start: int, end: int) -> list[RefusedRow]:
    """Refused rows, resolved or not, that lie, or may lie, in [start, end) and were not taken after all."""
    rows = session.exec(
        select(RefusedRow, IntakeFile.taken_at)
        .join(IntakeFile, col(IntakeFile.id) == RefusedRow.file_id)
        .where(RefusedRow.business_id == business_id, col(RefusedRow.taken).is_(False))
        .order_by(col(RefusedRow.id))
    )
    return [row for row, came_at in rows if _may_lie(row, came_at, start, end)]


def _may_lie(row: RefusedRow, came_at: int, start: int, end: int) -> bool:
    if row.start is not None and row.end is not None:
        return row.start < end and start < row.end
    # Without a time it may belong to any period, but nothing is measured after it came. Messages of a day
    # (UTC) stand under one record, made when the first of them came.
    return start < (came_at // DAY + 1) * DAY + CLOCKS_DIFFER


def resolve(session: Session, business_id: str, row_id: int, reason: str, *, same: bool = False) -> int:
    """Settles that a refused row may be left out, and why; with `same` all open ones of the same text, too.

    Gives their number. Raises EvidenceRefused for a row that is not there, or taken, or without a reason.
    """
    row = session.get(RefusedRow, row_id) if 0 < row_id < 2**63 else None
    if row is None or row.business_id != business_id or row.taken or not reason.strip():
        raise EvidenceRefused(
            f"There is no open refused row {row_id}, or no reason was given.",
            hint="`tanso oracle refused --json` lists them by row_id.",
        )
    rows = [row]
    if same:
        rows += session.exec(
            select(RefusedRow).where(
                RefusedRow.business_id == business_id,
                RefusedRow.raw == row.raw,
                RefusedRow.id != row.id,
                col(RefusedRow.taken).is_(False),
                col(RefusedRow.resolution).is_(None),
            )
        )
    for one in rows:
        one.resolution = clean(reason)
        session.add(one)
    session.flush()
    return len(rows)


def file_record(
    session: Session, business_id: str, name: str, file_hash: str, layout: Layout, now: int
) -> IntakeFile:
    """The record of a file and the layout that it is read by, made if they come for the first time."""
    one_writer(session, business_id)
    layout_hash = layout.content_hash
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


def _refused_at(
    session: Session, file_id: int, lines: Sequence[int], *, together: bool = False
) -> dict[tuple[int, int], RefusedRow]:
    """What was refused of these lines before, by line and series; perhaps of others between them, too."""
    if not lines:
        return {}
    found: Sequence[RefusedRow]
    query = select(RefusedRow).where(RefusedRow.file_id == file_id)
    line, first, last = col(RefusedRow.line), min(lines), max(lines)
    if together or last - first <= 4 * len(lines):
        found = session.exec(query.where(line >= first, line <= last)).all()
    else:  # messages have numbers far apart
        found = []
        for place in range(0, len(lines), LINES_AT_ONCE):
            some = lines[place : place + LINES_AT_ONCE]
            found = [*found, *session.exec(query.where(line.in_(some)))]
    return {(row.line, row.series): row for row in found}


def _keep_refused(session: Session, file: IntakeFile, chunk: Chunk, refused: Sequence[Refusal]) -> None:
    assert file.id is not None
    lines = [one.line for one in chunk.found] + [one.line for one in refused]
    for column in chunk.columns:
        lines += column.figures[0][0], column.figures[-1][0]
    held = _refused_at(session, file.id, lines, together=bool(chunk.columns))
    if not held and not refused:
        return
    still = {(one.line, one.series) for one in refused}
    here = set[tuple[int, int]]()
    if held:
        here |= {(one.line, one.series) for one in chunk.found}
        here |= {(line, column.series) for column in chunk.columns for line, *_ in column.figures}
    for place, row in held.items():
        if not row.taken and place in here and place not in still:
            row.taken = True
            session.add(row)
    for one in refused:
        if (one.line, one.series) not in held:
            session.add(
                RefusedRow(
                    business_id=file.business_id,
                    file_id=file.id,
                    line=one.line,
                    series=one.series,
                    error=one.error,
                    reason=one.reason,
                    raw=one.raw,
                    start=one.start,
                    end=one.end,
                )
            )
    session.flush()
