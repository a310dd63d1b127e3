"""How many readings a second come through MQTT into durable storage: `make bench`. Not a test.

A meter's process publishes single readings with quality of service 1 to a real Mosquitto, as fast as the
broker takes them; the oracle's intake stores them and acknowledges. Beside it the same with nothing stored:
what broker and client take alone. All of it shares the machine's cores, the publisher too.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tanso.oracle.mqtt import Receiver, intake_round, publish, topic_of
from tanso.oracle.mqtt.mosquitto import Mosquitto
from tanso.oracle.store import create_tables, open_store

READINGS, METERS, WANTED = 30_000, 200, 3_000
BUSINESS = "0x" + "ab" * 16
RUN = threading.Event()


def payloads() -> list[str]:
    """Half-hourly readings of many meters, in the order in which they come."""
    found = []
    for number in range(READINGS):
        start = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=30) * (number // METERS)
        found.append(
            json.dumps(
                {
                    "device": f"meter {number % METERS}",
                    "quantity": "electricity",
                    "value": f"{number * 7919 % 100_000 / 1000}",
                    "unit": "kWh",
                    "start": start.isoformat(),
                    "end": (start + timedelta(minutes=30)).isoformat(),
                }
            )
        )
    return found


def measured(folder: Path, *, stored: bool) -> float:
    """Messages per second, from the first to the last one acknowledged."""
    engine = open_store(f"sqlite:///{folder / 'store.db'}")
    create_tables(engine)
    with Mosquitto(folder / "broker") as broker, Receiver(broker.address, "oracle") as receiver:
        receiver.subscribe([topic_of(BUSINESS)])
        while not receiver.listening:
            RUN.wait(0.01)
        command = [sys.executable, __file__, str(broker.address.port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as meter:
            assert meter.stdout is not None
            meter.stdout.readline()  # it has its readings ready
            began, done = time.perf_counter(), 0
            while done < READINGS:
                if stored:
                    counts = intake_round(engine, receiver, RUN)
                    assert counts.duplicates == counts.refused == 0
                    done += counts.accepted
                else:
                    batch = receiver.batch(1)
                    receiver.acknowledge(batch)
                    done += len(batch)
            took = time.perf_counter() - began
    engine.dispose()
    return READINGS / took


def meter(port: int) -> None:
    """The other process: publishes all readings."""
    from tanso.oracle.mqtt import BrokerAddress

    ready = payloads()
    print("ready", flush=True)
    publish(BrokerAddress("127.0.0.1", port), topic_of(BUSINESS), ready, timeout=120)


def main() -> None:
    """The best of two rounds each, as other programs on the machine only ever slow things down."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(2):
        for stored, found in rates.items():
            with tempfile.TemporaryDirectory(prefix="tanso-bench-") as folder:
                found.append(measured(Path(folder), stored=stored))
    taken, alone = max(rates[True]), max(rates[False])
    print(f"readings through MQTT    {taken:>9,.0f} readings/s (at least {WANTED:,} are wanted)")
    print(f"broker and client alone  {alone:>9,.0f} messages/s, nothing stored")
    print(f"share                    {taken / alone:>9.0%}")
    sys.exit(taken < WANTED)


if __name__ == "__main__":
    meter(int(sys.argv[1])) if len(sys.argv) > 1 else main()
