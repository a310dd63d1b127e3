"""From messages to stored readings: many messages in one transaction, a poisoned one never in the way."""

import hashlib
import logging
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from tanso.contracts.identity import content_hash
from tanso.oracle.errors import BadMessage, OracleError
from tanso.oracle.intake.ingest import file_record, take_chunk
from tanso.oracle.intake.messages import MESSAGE_LAYOUT, Given, Messages, split
from tanso.oracle.intake.reported import reported_periods
from tanso.oracle.intake.rows import Refusal
from tanso.oracle.mqtt.receiver import Received, Receiver
from tanso.oracle.store import utc_now, writing

log = logging.getLogger(__name__)

MOST_IN_A_MESSAGE = 1_000
"""Readings of one message."""
PAUSE_S = 2
"""Between two tries to store where the database does not answer."""
_TOPIC = re.compile(r"tanso/(0x[0-9a-f]{32})/readings")


@dataclass(slots=True)
class Counts:
    """What became of readings: accepted + duplicates + refused = all of them."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0

    def __iadd__(self, other: "Counts") -> "Counts":
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.refused += other.refused
        return self


def topic_of(business_id: str) -> str:
    """Where the readings of a business are published."""
    return f"tanso/{business_id}/readings"


def intake_round(
    engine: Engine,
    receiver: Receiver,
    stop: threading.Event,
    *,
    timeout: float = 1,
    clock: Callable[[], int] = utc_now,
) -> Counts:
    """Takes what has come, waiting up to `timeout` seconds for the first message, and acknowledges it.

    Where the database does not answer it waits for it; stopped meanwhile it leaves all to the broker.
    """
    batch = receiver.batch(timeout)
    counts = Counts()
    if not batch:
        return counts
    said = False
    while not stop.is_set():
        try:
            counts += take_messages(engine, batch, clock=clock)
        except DBAPIError as error:
            if not said:
                log.warning("readings wait: the database does not answer: %s", type(error.orig).__name__)
            said = True
            stop.wait(PAUSE_S)
            continue
        receiver.acknowledge(batch)
        break
    return counts


def take_messages(engine: Engine, batch: Sequence[Received], *, clock: Callable[[], int] = utc_now) -> Counts:
    """Stores the readings of some messages in one transaction; what can't be taken is kept aside.

    A message that makes the oracle itself fail is found by taking them one by one, and kept aside as well.
    """
    try:
        return _take(engine, batch, clock())
    except DBAPIError:
        raise
    except Exception:
        log.exception("a batch of messages failed")
    counts = Counts()
    for one in batch:
        try:
            counts += _take(engine, [one], clock())
        except DBAPIError:
            raise
        except Exception as error:
            fault = BadMessage(
                f"The oracle failed over this message: {type(error).__name__}.", hint="Tell the developers."
            )
            counts += _take(engine, [one], clock(), fault)
    return counts


def _take(engine: Engine, batch: Sequence[Received], now: int, fault: OracleError | None = None) -> Counts:
    by_business: dict[str, list[Received]] = defaultdict(list)
    counts = Counts()
    for one in batch:
        if topic := _TOPIC.fullmatch(one.topic):
            by_business[topic[1]].append(one)
        else:
            log.warning("a message under %r is nobody's: it is dropped", one.topic[:80])
    day = datetime.fromtimestamp(now, UTC).date()
    with writing(engine) as session:
        for business_id, messages in sorted(by_business.items()):
            reader = Messages(business_id)
            given, refused = _opened(reader, messages, fault)
            name = f"MQTT {day}"
            file = file_record(session, business_id, name, content_hash(name.encode()), MESSAGE_LAYOUT, now)
            found, more = reader.read(given.values())
            reported = reported_periods(session, business_id)
            taken = take_chunk(session, file, reader, (found, refused + more), now=now, reported=reported)
            counts += Counts(len(taken.judged.taken), len(taken.judged.repeated), len(taken.refused))
    return counts


def _opened(
    reader: Messages, messages: Sequence[Received], fault: OracleError | None
) -> tuple[dict[int, Given], list[Refusal]]:
    """The messages' readings by their numbers, each once, and messages that hold none."""
    given: dict[int, Given] = {}
    refused: dict[int, Refusal] = {}
    for one in messages:
        try:
            if fault is not None:
                raise fault
            for raw, content in split(one.payload, MOST_IN_A_MESSAGE):
                number = _number(raw.encode("utf-8"))
                given[number] = Given(number, raw, content)
        except OracleError as error:
            number = _number(one.payload)
            text = one.payload.decode("utf-8", "backslashreplace")
            refused[number] = reader.refusal_of(error, number, 0, [text], None)
    return given, list(refused.values())


def _number(raw: bytes) -> int:
    """Stands where a line's number stands for files: the same for the same text, so that a message that is
    delivered again, or sent again and again, is kept aside once a day and not without end."""
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big") >> 1
