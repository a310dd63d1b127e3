"""What meters measured, and how it comes to the oracle in a simulated run: a seed gives the schedule.

The readings are the same for every seed, and each of them is sound or bad whatever came before it: what is
stored in the end depends on them alone. How they are sent (by file, HTTP or MQTT, in which parts and order,
how often and how late) and when the oracle is killed follows from the seed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

BEGIN = 1_672_617_600  # 2 January 2023
DAY, HALF_HOUR, HOUR = 86_400, 1800, 3600
NOW = BEGIN + 10 * DAY

FILE, HTTP, MQTT = "file", "HTTP", "MQTT"
INTERVALS, REGISTERS = "intervals", "registers"
ROLLING, EXCHANGED, FALLEN = "rolling counter", "exchanged counter", "fallen counter"
CAPACITY, FASTEST = "1000 kWh", "50 kW"
EXCHANGED_AT = BEGIN + 6 * HOUR + 600
"""The exchanged counter showed 330.5 kWh then, its successor 4 kWh."""


class Sent(NamedTuple):
    """A reading as a meter sends it; `text` alone is what is no reading at all."""

    ways: tuple[str, ...]
    """By which it may come. The text of a bad one is kept, so it comes always by file or never."""
    kind: str = INTERVALS
    at: int = 0
    """When it was measured: what is not late comes in this order."""
    fields: dict[str, str] = {}  # noqa: RUF012 - never changed
    text: str = ""

    def message(self) -> str:
        """As JSON."""
        return self.text or json.dumps({name: text for name, text in self.fields.items() if text})

    def line(self) -> str:
        """As a line of a file."""
        names = (*NAMES, *TIMES[self.kind])
        return self.text or ",".join(self.fields[name] for name in names)


NAMES = ("device", "quantity", "value", "unit")
TIMES = {INTERVALS: ("start", "end"), REGISTERS: ("at",)}
ANY, MESSAGE = (FILE, HTTP, MQTT), (HTTP, MQTT)


@dataclass(frozen=True)
class Delivery:
    """What is sent at once; until it is acknowledged it is sent again."""

    number: int
    way: str
    kind: str
    sent: tuple[Sent, ...]
    watched: bool = False
    """A file that is put into a watched folder; others are read by a command, again if it was killed."""
    chunk_size: int = 0


@dataclass(frozen=True)
class Life:
    """One life of one or two processes: what is sent to each, and at which statement it is killed or None."""

    deliveries: tuple[tuple[Delivery, ...], ...]
    kills: tuple[int | None, ...] = field(default=(None,))


def schedule(seed: int, sent: list[Sent]) -> list[Life]:
    """The lives of a seed; what a killed one did not finish is for the next one, besides its own."""
    random = Random(f"intake {seed}")
    late, twice = random.choice((0, 0.1, 0.5)), random.choice((0, 0.2, 0.5))
    wholly_mixed = random.random() < 0.25
    streams: dict[tuple[str, str], list[tuple[float, int, Sent]]] = {}
    for number, one in enumerate(sent):
        for _ in range(2 if random.random() < twice else 1):
            delay = random.uniform(0, DAY) if random.random() < late or wholly_mixed else 0
            way = random.choice(one.ways)
            kind = one.kind if way == FILE else ""
            streams.setdefault((way, kind), []).append((one.at + delay, number, one))
    deliveries = list(_cut(random, streams))
    random.shuffle(deliveries)
    if not wholly_mixed:
        deliveries.sort(key=lambda one: min(sent.at for sent in one.sent) // (3 * HOUR))
    lives = list[Life]()
    while deliveries:
        parts = []
        for _ in range(random.choice((1, 1, 2))):
            count = random.randint(1, 4)
            parts.append(tuple(deliveries[:count]))
            deliveries = deliveries[count:]
        parts = [part for part in parts if part]
        kills = tuple(random.randint(1, 120) if random.random() < 0.75 else None for _ in parts)
        lives.append(Life(tuple(parts), kills))
    return lives


def in_one_go(sent: list[Sent]) -> Life:
    """The same with no fault at all: in order, each reading once, by each way some."""
    streams: dict[tuple[str, str], list[tuple[float, int, Sent]]] = {}
    for number, one in enumerate(sent):
        way = one.ways[number % len(one.ways)]
        kind = one.kind if way == FILE else ""
        streams.setdefault((way, kind), []).append((one.at, number, one))
    return Life((tuple(_cut(None, streams)),))


def _cut(
    random: Random | None, streams: dict[tuple[str, str], list[tuple[float, int, Sent]]]
) -> Iterator[Delivery]:
    number = 0
    for (way, kind), stream in sorted(streams.items()):
        left = [one for *_, one in sorted(stream, key=lambda entry: entry[:2])]
        while left:
            size = random.randint(10, 60) if random is not None else len(left)
            some, left = left[:size], left[size:]
            if random is None:
                yield Delivery(number, way, kind, tuple(some), chunk_size=1000)
            else:
                if random.random() < 0.5:
                    random.shuffle(some)
                yield Delivery(number, way, kind, tuple(some), random.random() < 0.5, random.randint(5, 40))
            number += 1


def readings() -> list[Sent]:
    """Sound readings of meters and counters, and bad ones of every kind of the campaign's case 11."""
    return [*_intervals(), *_counters(), *_bad()]


def _intervals() -> Iterator[Sent]:
    random = Random("readings")
    for device, quantity, unit in (
        ("press", "electricity", "kWh"),
        ("oven", "electricity", "Wh"),
        ("saw", "operating time", "min"),
        ("oven", "distributed gas", "Nm3"),
    ):
        for place in range(16):
            start = BEGIN + place * HALF_HOUR
            value = random.choice(
                (f"{random.randint(0, 9999)}", f"{random.randint(0, 9999) / 100:.2f}", "1e1")
            )
            if quantity == "operating time":
                value = str(random.randint(0, 30))
            yield _interval(ANY, device, quantity, value, unit, start)


def _interval(ways: tuple[str, ...], device: str, quantity: str, value: str, unit: str, start: int) -> Sent:
    names = dict(zip(NAMES, (device, quantity, value, unit), strict=True))
    return Sent(ways, INTERVALS, start, {**names, "start": _clock(start), "end": _clock(start + HALF_HOUR)})


def _counters() -> Iterator[Sent]:
    """What four counters show each hour: one in order, one over its capacity, one exchanged, one that fell.

    The last fall is explained by nothing: that reading is refused, and there is a gap.
    """
    stands = {
        "counter": [f"{10 * hour}.5" for hour in range(11)],
        ROLLING: [f"{(900 + 15 * hour) % 1000}" for hour in range(11)],
        EXCHANGED: [f"{300 + 5 * hour}" for hour in range(7)] + [f"{4 + 5 * hour}" for hour in range(1, 5)],
        FALLEN: [f"{700 + 20 * hour}" for hour in range(7)] + [f"{20 * hour}" for hour in range(1, 5)],
    }
    for device, shown in stands.items():
        for hour, stand in enumerate(shown):
            at = BEGIN + hour * HOUR
            names = dict(zip(NAMES, (device, "electricity", stand, "kWh"), strict=True))
            yield Sent(ANY, REGISTERS, at, {**names, "at": _clock(at)})


def _bad() -> Iterator[Sent]:
    kinds = {
        "not a number": ("NaN", "kWh"),
        "infinite": ("-Infinity", "kWh"),
        "negative": ("-5", "kWh"),
        "absurdly large": ("1e400", "kWh"),
        "no unit": ("5", ""),
        "unknown unit": ("5", "furlong"),
        "mass for energy": ("5", "kg"),
        "no value": ("", "kWh"),
    }
    for ways in ((FILE,), MESSAGE):
        for place, (device, (value, unit)) in enumerate(kinds.items()):
            yield _interval(ways, f"{device}, {ways[0]}", "electricity", value, unit, BEGIN + place * HOUR)
        yield _interval(ways, f"clock, {ways[0]}", "electricity", "5", "kWh", NOW + DAY)
        yield _interval(ways, f"unheard of, {ways[0]}", "happiness", "5", "kWh", BEGIN)
        at = NOW + DAY
        names = dict(zip(NAMES, (f"counter's clock, {ways[0]}", "electricity", "5", "kWh"), strict=True))
        yield Sent(ways, REGISTERS, at, {**names, "at": _clock(at)})
    yield Sent((FILE,), INTERVALS, BEGIN, text="press,electricity,5")
    yield Sent((FILE,), INTERVALS, BEGIN + DAY, text='press,"electricity,5,kWh')
    yield Sent((FILE,), REGISTERS, BEGIN + DAY, text="no,row,of,a,table,at,all")
    # A batch by HTTP that is no JSON is refused as a whole, and told so at once.
    yield Sent((MQTT,), INTERVALS, BEGIN, text='{"device": "press", "value": ')
    yield Sent((MQTT,), INTERVALS, BEGIN + HOUR, text="\x00\x01")


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
