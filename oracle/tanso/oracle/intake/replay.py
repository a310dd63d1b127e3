"""Taking refused messages again: what was refused may be sound by now.

A device was registered, a clock's hour has come: readings that came by MQTT or HTTP are taken again from
their kept text. Those of files are taken by reading the file again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tanso.oracle.errors import BadMessage
from tanso.oracle.intake.batches import take_given
from tanso.oracle.intake.judge import Reported
from tanso.oracle.intake.messages import MESSAGE_LAYOUT, Given, split
from tanso.oracle.intake.tables import IntakeFile, RefusedRow

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of refused messages that were open."""

    looked_at: int
    taken: int
    last: int
    """Number of the last row looked at; 0 when there was none."""


def replay(
    session: Session, business_id: str, *, after: int = 0, now: int, reported: Sequence[Reported] = ()
) -> Replayed:
    """Takes the next open ones, by the number of their rows, in the caller's transaction.

    Those that are still refused stay as they are; those that somebody resolved are left alone.
    """
    rows = session.exec(
        select(RefusedRow, IntakeFile)
        .join(IntakeFile, col(IntakeFile.id) == RefusedRow.file_id)
        .where(
            RefusedRow.business_id == business_id,
            IntakeFile.layout_hash == MESSAGE_LAYOUT.content_hash,
            col(RefusedRow.taken).is_(False),
            col(RefusedRow.resolution).is_(None),
            col(RefusedRow.id) > after,
        )
        .order_by(col(RefusedRow.id))
        .limit(AT_ONCE)
    ).all()
    count = 0
    for file in {file.id: file for _, file in rows}.values():
        mine = {row.line: row for row, _ in rows if row.file_id == file.id}
        given = [again for row in mine.values() if (again := _again(row)) is not None]
        judged = take_given(session, file, given, now=now, reported=reported).judged
        for one in (*judged.taken, *judged.repeated):
            mine[one.line].taken = True
            session.add(mine[one.line])
            count += 1
    session.flush()
    return Replayed(len(rows), count, max((row.id or 0 for row, _ in rows), default=0))


def _again(row: RefusedRow) -> Given | None:
    try:
        ((raw, content),) = split(row.raw.encode("utf-8"))
    except (BadMessage, ValueError):
        return None  # it was no reading, and no text becomes one
    return Given(row.line, raw, content)
