"""Taking refused messages again: what was refused may be sound by now.

A device was registered, a clock's hour has come: readings that came by MQTT or HTTP are taken again from
their kept text. Those of files are taken by reading the file again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tanso.oracle.errors import BadMessage
from tanso.oracle.intake.batches import take_given
from tanso.oracle.intake.judge import Reported
from tanso.oracle.intake.messages import MESSAGE_LAYOUT, Given, number_of, split
from tanso.oracle.intake.tables import IntakeFile, RefusedRow
from tanso.oracle.store import OUTAGES

log = logging.getLogger(__name__)

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
        mine = [row for row, _ in rows if row.file_id == file.id]
        count += _taken_together(session, file, mine, now, reported)
    return Replayed(len(rows), count, max((row.id or 0 for row, _ in rows), default=0))


def _taken_together(
    session: Session, file: IntakeFile, mine: Sequence[RefusedRow], now: int, reported: Sequence[Reported]
) -> int:
    """How many rows of a file are taken; one by one where the oracle fails over all of them."""
    try:
        with session.begin_nested():
            return _taken(session, file, mine, now, reported)
    except OUTAGES:
        raise
    except Exception:
        log.exception("refused rows failed again")
    if len(mine) == 1:
        return 0
    return sum(_taken_together(session, file, [row], now, reported) for row in mine)


def _taken(
    session: Session, file: IntakeFile, mine: Sequence[RefusedRow], now: int, reported: Sequence[Reported]
) -> int:
    given: dict[int, Given] = {}
    parts: dict[int, RefusedRow] = {}
    """Rows by the numbers of what was in them."""
    for row in mine:
        for again in _again(row):
            given[again.line], parts[again.line] = again, row
    taken = take_given(session, file, list(given.values()), now=now, reported=reported)
    done = {one.line for one in (*taken.judged.taken, *taken.judged.repeated)}
    # What is refused of a list that was kept whole stands in rows of its own now.
    done |= {one.line for one in taken.refused if one.line != parts[one.line].line}
    rows = {parts[line].id: parts[line] for line in done}
    for row in rows.values():
        row.taken = True
        session.add(row)
    session.flush()
    return len(rows)


def _again(row: RefusedRow) -> list[Given]:
    """The readings in a row's text: the row's own number for one, their own for those of a list."""
    try:
        found = split(row.raw.encode("utf-8"))
    except (BadMessage, ValueError):
        return []  # it was no reading, and no text becomes one
    if len(found) == 1:
        return [Given(row.line, *found[0])]
    return [Given(number_of(raw.encode("utf-8")), raw, content) for raw, content in found]
