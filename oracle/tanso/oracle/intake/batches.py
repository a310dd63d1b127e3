"""Batches of readings under a key that the sender chose, so that a batch sent again counts once.

    answer = take_batch(session, business_id, "2026-02-01-press-hall", body, now=now)

The same key with the same body gets the same answer, with another body BatchKeyReused. A key is
remembered for KEPT_DAYS; a batch that is sent again later is all duplicates, as with files.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, delete, select

from tanso.contracts.identity import content_hash, parse_id
from tanso.oracle.errors import BatchKeyReused
from tanso.oracle.intake.bulk import one_writer
from tanso.oracle.intake.ingest import Taken, file_record, take_chunk
from tanso.oracle.intake.judge import Reported
from tanso.oracle.intake.messages import MESSAGE_LAYOUT, MOST_READINGS, Given, Messages, split
from tanso.oracle.intake.tables import IntakeFile, MessageBatch

KEPT_DAYS = 30
SHOWN = 100
"""Most refusals in an answer."""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of a batch: accepted + duplicates + refused = readings."""

    key: str
    readings: int
    accepted: int
    duplicates: int
    refused: int
    refusals: list[dict[str, Any]]
    """The first 100: line (number in the batch, from 1), series, error, reason."""


def take_batch(
    session: Session,
    business_id: str,
    key: str,
    body: bytes,
    *,
    now: int,
    reported: Sequence[Reported] = (),
) -> BatchAnswer:
    """Takes a batch in the caller's transaction; its good readings go in, the others are kept aside.

    Raises BadMessage for a body that is no list of readings and BatchKeyReused; nothing is taken then.
    """
    business_id = parse_id(business_id)
    one_writer(session, business_id)
    body_hash = content_hash(body)
    found = session.exec(
        select(MessageBatch).where(MessageBatch.business_id == business_id, MessageBatch.key == key)
    ).one_or_none()
    if found is not None:
        if found.body_hash != body_hash:
            raise BatchKeyReused(
                f"The key {key!r} stands for another batch, taken before.",
                hint="Give each batch a key of its own, and keep it when you send the same batch again.",
            )
        return BatchAnswer(**json.loads(found.answer))
    given = [Given(line, *item) for line, item in enumerate(split(body, MOST_READINGS), start=1)]
    file = file_record(session, business_id, f"batch {key}", body_hash, MESSAGE_LAYOUT, now)
    taken = take_given(session, file, given, now=now, reported=reported)
    judged = taken.judged
    answer = BatchAnswer(
        key,
        len(given),
        len(judged.taken),
        len(judged.repeated),
        len(taken.refused),
        [
            {"line": one.line, "series": one.series, "error": one.error, "reason": one.reason}
            for one in taken.refused[:SHOWN]
        ],
    )
    session.add(
        MessageBatch(
            business_id=business_id,
            key=key,
            body_hash=body_hash,
            answer=json.dumps(asdict(answer), ensure_ascii=False),
            taken_at=now,
        )
    )
    session.exec(delete(MessageBatch).where(col(MessageBatch.taken_at) < now - KEPT_DAYS * 86_400))
    session.flush()
    return answer


def take_given(
    session: Session, file: IntakeFile, given: Sequence[Given], *, now: int, reported: Sequence[Reported]
) -> Taken:
    """Reads, judges and stores readings that came as messages, in the caller's transaction."""
    messages = Messages(file.business_id)
    return take_chunk(session, file, messages, messages.read(given), now=now, reported=reported)
