"""`tanso oracle run`: intake by MQTT, closing of periods and sending, until a signal."""

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Literal, cast

import typer
from sqlalchemy import Engine, func
from sqlmodel import col, select
from web3 import Web3

from tanso.contracts.errors import LedgerError, TansoError
from tanso.oracle.errors import NotConfigured, OracleError
from tanso.oracle.intake.layout import Layout, load_layout
from tanso.oracle.intake.tables import RefusedRow
from tanso.oracle.intake.watch import EVERY_S, Seen, Watch
from tanso.oracle.keys import read_password
from tanso.oracle.monitoring import RESULTS, JsonLines, Metrics, Monitor
from tanso.oracle.mqtt import BrokerAddress, Receiver, intake_round, topic_of
from tanso.oracle.mqtt.mosquitto import Mosquitto
from tanso.oracle.outbox import OutboxMessage, Status
from tanso.oracle.schedule import due_period
from tanso.oracle.store import OUTAGES, open_store, reading, utc_now
from tanso.platform.app import RECURSION_LIMIT
from tanso.platform.businesses.local import local_businesses
from tanso.platform.cli.intake import FIRST_BUSINESS, business_of
from tanso.platform.cli.publishing import broker_of
from tanso.platform.database import prepare
from tanso.platform.node import Node
from tanso.platform.settings import Settings

log = logging.getLogger("tanso.oracle.run")

AGAIN_S = 600
"""Seconds after which a period that could not be closed is tried again."""


def run_oracle(
    *, intake_only: bool, broker_port: int, watched: Sequence[str] = (), business: str | None = None
) -> None:
    """Runs until SIGINT or SIGTERM. `watched`: FOLDER=LAYOUT of each folder to watch."""
    pairs = [_pair(text) for text in watched]
    # Deeply nested JSON would overrun the parser's stack with the limit that a library sets.
    sys.setrecursionlimit(min(sys.getrecursionlimit(), RECURSION_LIMIT))
    settings = Settings.from_environment()
    stop = threading.Event()
    with _logging(), ExitStack() as stack:
        if intake_only:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            node, engine = None, open_store(settings.database)
            prepare(engine)
            stack.callback(engine.dispose)
        else:
            if settings.has_keystores and not settings.key_password:
                settings = settings.with_changes(key_password=read_password())
            node = stack.enter_context(Node.from_settings(settings))
            engine = node.engine
        running = Running(settings, engine, node, stop)
        if pairs:
            owner = business_of(engine, business)
            running.watches = [Watch(engine, owner, folder, layout) for folder, layout in pairs]
        if settings.mqtt_url != "none":
            address = _address(settings, broker_port)
            if address is None:
                broker = stack.enter_context(Mosquitto(settings.data_dir / "broker", broker_port))
                address = broker.address
            running.receiver = stack.enter_context(Receiver(address, settings.mqtt_client_id))
            log.info("readings are taken from the broker", extra={"broker": str(address)})
        monitor = stack.enter_context(
            Monitor("127.0.0.1", settings.monitor_port, running.metrics, running.checks())
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            stack.callback(signal.signal, number, signal.signal(number, lambda *_: stop.set()))
        typer.echo(f"The oracle runs; {monitor.url}/ready tells how it is")
        sys.stdout.flush()
        running.until_stopped()
        log.info("stopped")


def _silent(w3: Web3) -> str:
    try:
        w3.eth.get_block_number()
    except Exception as error:
        return f"The chain's node does not answer: {type(error).__name__}."
    return ""


def _pair(text: str) -> tuple[Path, Layout]:
    folder, sign, layout = text.rpartition("=")
    if not sign or not folder:
        raise TansoError(
            f"--watch {text} names no layout.", hint="Write FOLDER=LAYOUT, as in inbox=press.toml."
        )
    return Path(folder), load_layout(Path(layout))


def _address(settings: Settings, broker_port: int) -> BrokerAddress | None:
    """The broker that the settings name, or else one that runs on this machine; None if there is none."""
    if settings.mqtt_url:
        return broker_of(settings, settings.mqtt_url)
    # It may be our own, of a run that was killed.
    with suppress(OSError), socket.create_connection(("127.0.0.1", broker_port), timeout=1):
        return BrokerAddress("127.0.0.1", broker_port)
    return None


@contextmanager
def _logging() -> Iterator[None]:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # Of HTTP clients and the like only what goes wrong is of interest.
    for name in ("httpx", "web3", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


class Running:
    """The oracle's work: intake in a thread of its own, the rest round by round."""

    def __init__(self, settings: Settings, engine: Engine, node: Node | None, stop: threading.Event) -> None:
        self.settings, self.engine, self.node, self.stop = settings, engine, node, stop
        self.metrics = Metrics()
        self.receiver: Receiver | None = None
        self.watches: Sequence[Watch] = ()
        self._trouble = ""
        self._not_before: dict[str, float] = {}

    def checks(self) -> dict[str, Callable[[], str]]:
        """What readiness depends on; each gives what is wrong, or an empty text."""
        found: dict[str, Callable[[], str]] = {"database": self._database, "work": lambda: self._trouble}
        if self.node is not None:
            w3 = self.node.w3
            found["chain"] = lambda: _silent(w3)
        if self.receiver is not None:
            receiver = self.receiver
            found["broker"] = lambda: "" if receiver.listening else receiver.trouble or "Not subscribed yet."
        return found

    def until_stopped(self) -> None:
        """Works until `stop` is set; then the round under way is finished."""
        threads = [threading.Thread(target=self._take, name="tanso-mqtt")]
        threads += [threading.Thread(target=self._look_into, args=(watch,)) for watch in self.watches]
        for thread in threads:
            thread.start()
        try:
            while not self.stop.is_set():
                self.round()
                self.stop.wait(self.settings.poll_seconds)
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _database(self) -> str:
        try:
            with reading(self.engine) as session:
                session.connection().exec_driver_sql("SELECT 1")
        except OUTAGES as error:
            return f"The database does not answer: {type(error).__name__}."
        return ""

    def _businesses(self) -> list[str]:
        with reading(self.engine) as session:
            return [one.business_id for one in local_businesses(session)] or [FIRST_BUSINESS]

    def _take(self) -> None:
        receiver = self.receiver
        while receiver is not None and not self.stop.is_set():
            try:
                receiver.subscribe(map(topic_of, self._businesses()))
                counts = intake_round(self.engine, receiver, self.stop, timeout=self.settings.poll_seconds)
            except OUTAGES:
                self.stop.wait(self.settings.poll_seconds)
            except Exception:
                self.metrics.failures.inc()
                log.exception("intake failed")
                self.stop.wait(self.settings.poll_seconds)
            else:
                for result in RESULTS:
                    self.metrics.readings.labels(result).inc(getattr(counts, result))

    def _look_into(self, watch: Watch) -> None:
        while not self.stop.is_set():
            try:
                for seen in watch.look():
                    self._tell(seen)
            except OUTAGES as error:
                log.warning("files wait: the database does not answer: %s", type(error).__name__)
            except Exception:
                self.metrics.failures.inc()
                log.exception("a watched folder could not be read")
            self.stop.wait(EVERY_S)

    def _tell(self, seen: Seen) -> None:
        self.metrics.files.labels(seen.error or "taken").inc()
        if seen.result is None:
            log.warning("file refused: %s", seen.reason, extra={"file": seen.name, "error": seen.error})
            return
        log.info("file taken", extra=seen.document())
        for result in RESULTS:
            self.metrics.readings.labels(result).inc(getattr(seen.result, result))

    def try_again(self) -> None:
        """Has periods that could not be closed tried in the next round, not only after AGAIN_S."""
        self._not_before.clear()

    def round(self) -> None:
        """Brings the gauges up to date, closes what is due, sends what waits; logs trouble as it changes."""
        before = self._trouble
        try:
            self._look()
            if self.node is not None:
                self._close_periods(self.node)
                self.node.outbox.drain()
            self._trouble = ""
        except LedgerError as error:
            self._trouble = f"The chain cannot be asked: {error}"
        except OUTAGES as error:
            self._trouble = f"The database does not answer: {type(error).__name__}."
        except TansoError as error:
            self._trouble = f"{type(error).__name__}: {error}"
        except Exception as error:
            log.exception("work failed")
            self._trouble = f"Work failed: {type(error).__name__}."
        if self._trouble:
            self.metrics.failures.inc()
        if self._trouble and self._trouble != before:
            log.warning(self._trouble)
        elif before and not self._trouble:
            log.info("work goes on")

    def _look(self) -> None:
        """Brings the gauges up to date."""
        self.metrics.connected.set(self.receiver is not None and self.receiver.listening)
        with reading(self.engine) as session:
            open_rows = select(func.count(col(RefusedRow.id))).where(
                col(RefusedRow.taken).is_(False), col(RefusedRow.resolution).is_(None)
            )
            self.metrics.refused_open.set(session.exec(open_rows).one())
            by_status = dict(
                session.exec(
                    select(OutboxMessage.status, func.count(col(OutboxMessage.id))).group_by(
                        OutboxMessage.status
                    )
                ).all()
            )
        for status in Status:
            self.metrics.outbox.labels(status.value).set(by_status.get(status.value, 0))

    def _close_periods(self, node: Node) -> None:
        if self.settings.close_periods == "off":
            return
        every = cast(Literal["day", "month"], self.settings.close_periods)
        grace_s = self.settings.close_after_hours * 3600
        for business_id in self._businesses():
            while not self.stop.is_set() and time.monotonic() >= self._not_before.get(business_id, 0):
                try:
                    with reading(self.engine) as session:
                        due = due_period(session, business_id, every, now=utc_now(), grace_s=grace_s)
                    if due is None:
                        break
                    node.oracle.close_period(business_id, *due)
                except NotConfigured:
                    break
                except OracleError as error:
                    self.metrics.periods.labels(type(error).__name__).inc()
                    log.warning("a period can't be closed: %s", error, extra={"business": business_id})
                    self._not_before[business_id] = time.monotonic() + AGAIN_S
                else:
                    self.metrics.periods.labels("closed").inc()
                    log.info("period closed", extra={"business": business_id, "start": due[0], "end": due[1]})
