"""Batches of readings as JSON: good ones go in, the others are kept aside.

    answer = take_batch(session, business_id, body, now=now)

A batch that is sent again is all duplicates, as with files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from tanso.contracts.identity import content_hash, parse_id
from tanso.oracle.intake.bulk import one_writer
from tanso.oracle.intake.ingest import Taken, file_record, take_chunk
from tanso.oracle.intake.judge import Reported
from tanso.oracle.intake.messages import MESSAGE_LAYOUT, MOST_READINGS, Given, Messages, split
from tanso.oracle.intake.tables import IntakeFile

SHOWN = 100
"""Most refusals in an answer."""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of a batch: accepted + duplicates + refused = readings."""

    readings: int
    accepted: int
    duplicates: int
    refused: int
    refusals: list[dict[str, Any]]
    """The first 100: line (number in the batch, from 1), series, error, reason."""


def take_batch(
    session: Session, business_id: str, body: bytes, *, now: int, reported: Sequence[Reported] = ()
) -> BatchAnswer:
    """Takes a batch in the caller's transaction; its good readings go in, the others are kept aside.

    Raises BadMessage for a body that is no list of readings; nothing is taken then.
    """
    business_id = parse_id(business_id)
    one_writer(session, business_id)
    body_hash = content_hash(body)
    given = [Given(line, *item) for line, item in enumerate(split(body, MOST_READINGS), start=1)]
    file = file_record(session, business_id, f"batch {body_hash[2:10]}", body_hash, MESSAGE_LAYOUT, now)
    taken = take_given(session, file, given, now=now, reported=reported)
    judged = taken.judged
    return BatchAnswer(
        len(given),
        len(judged.taken),
        len(judged.repeated),
        len(taken.refused),
        [
            {"line": one.line, "series": one.series, "error": one.error, "reason": one.reason}
            for one in taken.refused[:SHOWN]
        ],
    )


def take_given(
    session: Session, file: IntakeFile, given: Sequence[Given], *, now: int, reported: Sequence[Reported]
) -> Taken:
    """Reads, judges and stores readings that came as messages, in the caller's transaction."""
    messages = Messages(file.business_id)
    return take_chunk(session, file, messages, messages.read(given), now=now, reported=reported)
