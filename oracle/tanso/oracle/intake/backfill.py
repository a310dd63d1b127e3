"""A file of any size into the durable store: streamed, one transaction per chunk.

    result = backfill(engine, business_id, Path("year.csv"), layout)

Stopped at any line and run again, it comes to the same readings: what is stored already is a duplicate.
"""

import gc
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from eth_hash.auto import keccak
from sqlalchemy import Engine

from tanso.contracts.identity import parse_id
from tanso.oracle.errors import FileChanged
from tanso.oracle.intake.bulk import FETCHED, learn
from tanso.oracle.intake.ingest import Taken, file_record, take_chunk
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.reported import reported_periods
from tanso.oracle.intake.rows import CHUNK, Chunk, Table, clean
from tanso.oracle.intake.totals import Spans, Totals
from tanso.oracle.store import reading, utc_now, writing

BLOCK = 1 << 20
COLLECTED = 16
"""Chunks after which Python looks for cycles: transactions leave some, rows are none."""
TURN = 0.0002
"""Seconds after which a thread has to let another one run."""

Progress = Callable[[int, int], None]
"""Bytes done, of how many."""


@dataclass(slots=True)
class Backfilled:
    """What became of a file, in figures: accepted + duplicates + refused = readings."""

    readings: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    totals: Totals = field(default_factory=dict)
    """Per quantity what the store holds of the file's devices over the time that the file covers."""
    notes: list[str] = field(default_factory=list)
    """What the layout made of figures that a reader would stumble over."""

    def add(self, taken: Taken, spans: Spans) -> None:
        """Adds what became of a chunk."""
        counts = taken.judged.accepted, len(taken.judged.repeated), len(taken.refused)
        self.readings += sum(counts)
        self.accepted += counts[0]
        self.duplicates += counts[1]
        self.refused += counts[2]
        spans.add(taken.judged)

    def document(self) -> dict[str, Any]:
        """As JSON; exact decimals are text."""
        found: dict[str, Any] = {
            name: getattr(self, name) for name in ("readings", "accepted", "duplicates", "refused", "totals")
        }
        return found | ({"notes": self.notes} if self.notes else {})


def backfill(
    engine: Engine,
    business_id: str,
    path: Path,
    layout: Layout,
    *,
    clock: Callable[[], int] = utc_now,
    progress: Progress = lambda _done, _size: None,
    chunk_size: int = CHUNK,
) -> Backfilled:
    """Takes a file, chunk by chunk.

    Raises LayoutRefused when it does not fit its layout, before anything is stored, FileChanged when somebody
    wrote to it meanwhile; what was taken until then stays.
    """
    business_id, result, spans = parse_id(business_id), Backfilled(), Spans()
    with path.open("rb", buffering=BLOCK) as file:
        before = _stamp(file)
        file_hash = hash_of(file)
        file.seek(0)
        table = Table(file, layout)
        with writing(engine) as session:
            record = file_record(session, business_id, clean(path.name), file_hash, layout, clock())

        def store(chunk: Chunk) -> Taken:
            with writing(engine) as session:
                reported = reported_periods(session, business_id)
                return take_chunk(session, record, table, chunk, now=clock(), reported=reported)

        def settle() -> None:
            stored, reached = waiting.popleft()
            result.add(stored.result(), spans)
            progress(reached, before[0])

        # One chunk is stored while the next one is read or waits, never more: the database need not wait.
        waiting: deque[tuple[Future[Taken], int]] = deque()
        with _two_threads(), ThreadPoolExecutor(1, "tanso-intake") as writer:
            for number, chunk in enumerate(table.chunks(chunk_size), start=1):
                waiting.append((writer.submit(store, chunk), table.reached(before[0])))
                if number % COLLECTED == 0:
                    gc.collect(0)
                if len(waiting) > 1:
                    settle()
            while waiting:
                settle()
        if _stamp(file) != before:
            raise FileChanged(
                f"{path.name} was changed while it was read.", hint="Run the command again: nothing is lost."
            )
        table.close()
    if result.accepted >= FETCHED:
        with writing(engine) as session:
            learn(session)
    with reading(engine) as session:
        result.totals = spans.totals(session, business_id)
        result.notes = spans.notes(session, business_id, table)
    return result


@contextmanager
def _two_threads() -> Iterator[None]:
    """Python as it suits reading beside storing, for the time.

    Looking for cycles among rows takes as long as reading them. And who stores asks the database many short
    questions, after each of which Python would let it wait for its turn longer than the answer took.
    """
    was_on, turn = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(min(turn, TURN))
    try:
        yield
    finally:
        if was_on:
            gc.enable()
        if turn > TURN:
            sys.setswitchinterval(turn)


def _stamp(file: IO[bytes]) -> tuple[int, int]:
    about = os.fstat(file.fileno())
    return about.st_size, about.st_mtime_ns


def hash_of(file: IO[bytes]) -> str:
    """keccak256 of the content, as `content_hash` gives it."""
    found = keccak.new(b"")
    while block := file.read(BLOCK):
        found.update(block)
    return "0x" + found.digest().hex()
