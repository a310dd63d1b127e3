"""From messages to stored readings: many messages in one transaction, a poisoned one never in the way."""

import logging
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from tanso.contracts.identity import content_hash
from tanso.oracle.errors import BadMessage, OracleError
from tanso.oracle.intake.ingest import file_record, take_chunk
from tanso.oracle.intake.messages import MESSAGE_LAYOUT, Given, Messages, number_of, split
from tanso.oracle.intake.reported import reported_periods
from tanso.oracle.intake.rows import Chunk, Refusal
from tanso.oracle.mqtt.receiver import Received, Receiver
from tanso.oracle.store import OUTAGES, utc_now, writing

log = logging.getLogger(__name__)

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
        except OUTAGES as error:
            if not said:
                log.warning("readings wait: the database does not answer: %s", type(error).__name__)
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
    except OUTAGES:
        raise
    except Exception:
        log.exception("a batch of messages failed")
    counts = Counts()
    for one in batch:
        try:
            counts += _take(engine, [one], clock())
        except OUTAGES:
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
            given, refused, copies = _opened(reader, messages, fault)
            name = f"MQTT {day}"
            file = file_record(session, business_id, name, content_hash(name.encode()), MESSAGE_LAYOUT, now)
            found, more, _ = reader.read(given.values())
            reported = reported_periods(session, business_id)
            taken = take_chunk(
                session, file, reader, Chunk(found, refused + more), now=now, reported=reported
            )
            counts += Counts(len(taken.judged.taken), len(taken.judged.repeated), len(taken.refused))
            # The same text once more is a duplicate of what was taken, or refused as the first one was.
            again = sum(copies[number] for number in {one.line for one in taken.refused})
            counts += Counts(duplicates=copies.total() - again, refused=again)
    return counts


def _opened(
    reader: Messages, messages: Sequence[Received], fault: OracleError | None
) -> tuple[dict[int, Given], list[Refusal], Counter[int]]:
    """The messages' readings by their numbers, messages that hold none, and how often each came once more."""
    copies = Counter[int]()
    given: dict[int, Given] = {}
    refused: dict[int, Refusal] = {}
    for one in messages:
        try:
            if fault is not None:
                raise fault
            for raw, content in split(one.payload):
                number = number_of(raw.encode("utf-8"))
                copies[number] += number in given
                given[number] = Given(number, raw, content)
        except OracleError as error:
            number = number_of(one.payload)
            text = one.payload.decode("utf-8", "backslashreplace")
            copies[number] += number in refused
            refused[number] = reader.refusal_of(error, number, 0, [text], None)
    return given, list(refused.values()), copies
