"""Readings that come one by one as JSON, by MQTT or HTTP: the same figures, checks and refusals as in tables.

    {"device": "press 3", "quantity": "electricity", "value": "2.5", "unit": "kWh",
     "start": "2026-02-01T00:15:00+09:00", "end": "2026-02-01T00:30:00+09:00"}

`at` instead of `start` and `end` makes it what a cumulative register shows at that time. A value may be
written as text or as a number; its digits are kept as they stand, no float is made of them. `READING_SCHEMA`
says it all, and is published as docs/reading.schema.json.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC
from typing import Any, NamedTuple

from tanso.oracle.devices.signing import SEQUENCE_LIMIT, signing_text
from tanso.oracle.errors import BadMessage, BadTime, OracleError
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.figures import SeriesReader
from tanso.oracle.intake.intervals import Interval
from tanso.oracle.intake.layout import ColumnName, Layout, Series, TimeLayout
from tanso.oracle.intake.rows import Chunk, Refusal, clean
from tanso.oracle.intake.times import TimeReader

MOST_READINGS = 10_000
"""Readings of one batch."""
INTERVAL, REGISTER_SERIES = 0, 1
_COLUMNS = ("device", "quantity", "value", "unit")
_TIMES = ("start", "end", "at")
_FIELDS = {*_COLUMNS, *_TIMES, "sequence", "signature"}
_WITH_OFFSET = re.compile(r".*(?:Z|[+-]\d\d:?\d\d)", re.DOTALL)
_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")
_BLANK = re.compile(r"[ \t\n\r]*")


def _series(mode: Any) -> Series:
    device, quantity, unit = (ColumnName(column=name) for name in ("device", "quantity", "unit"))
    return Series(device=device, quantity=quantity, value="value", unit=unit, mode=mode)


MESSAGE_LAYOUT = Layout(
    title="readings as JSON",
    zone="UTC",
    time=TimeLayout(start="start", end="end"),
    series=[_series("interval"), _series("cumulative")],
)
"""By which layout messages are read; kept with them as tables' layouts are."""

_TEXT = {"type": "string", "minLength": 1, "maxLength": 120}
_TIME = {
    "type": "string",
    "format": "date-time",
    "description": "ISO 8601 with its offset, whole seconds; a time without an offset is refused.",
}
READING_SCHEMA: dict[str, Any] = {
    "title": "Reading",
    "description": "What a meter measured from start to end, or what its counter shows at a time.",
    "type": "object",
    "properties": {
        "device": _TEXT | {"description": "The meter, by the business's own name of it."},
        "quantity": _TEXT
        | {"description": "For example electricity, distributed gas, operating time, pieces."},
        "value": {
            "type": ["string", "number"],
            "description": "Decimal number, read exactly as it is written; never below zero.",
        },
        "unit": _TEXT | {"description": "For example kWh, Nm3, min, pc."},
        "start": _TIME,
        "end": _TIME,
        "at": _TIME,
        "sequence": {
            "type": "integer",
            "minimum": 0,
            "maximum": SEQUENCE_LIMIT - 1,
            "description": "The device's own running number of its readings.",
        },
        "signature": {
            "type": "string",
            "pattern": f"^{_SIGNATURE.pattern}$",
            "description": "By the device's key, over the reading without it; see docs/meters.md.",
        },
    },
    "required": ["device", "quantity", "value", "unit"],
    "oneOf": [
        {"required": ["start", "end"], "not": {"required": ["at"]}},
        {"required": ["at"], "not": {"anyOf": [{"required": ["start"]}, {"required": ["end"]}]}},
    ],
    "additionalProperties": False,
}

READING_EXAMPLE: dict[str, Any] = {
    "device": "press 3",
    "quantity": "electricity",
    "value": "2.5",
    "unit": "kWh",
    "start": "2026-02-01T00:15:00+09:00",
    "end": "2026-02-01T00:30:00+09:00",
}


class Given(NamedTuple):
    """A reading as it came: where it stands, its text, and what that text says."""

    line: int
    raw: str
    content: object


class _Number(str):
    """A JSON number by its digits."""

    __slots__ = ()


class _Doubled(dict[str, Any]):
    """An object in which a field stands twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Doubled(found)


_DECODER = json.JSONDecoder(
    parse_float=_Number, parse_int=_Number, parse_constant=_Number, object_pairs_hook=_object
)


def split(payload: bytes, most: int | None = None) -> list[tuple[str, object]]:
    """The readings of a payload, one or a list of them (of at most `most`), each with its own text.

    Raises BadMessage when the payload as a whole is no such thing; nothing of it counts then.
    """
    try:
        text = payload.decode("utf-8")
        place = _after_blank(text, 0)
        if text[place : place + 1] != "[":
            content, end = _DECODER.raw_decode(text, place)
            found = [(text[place:end], content)]
        else:
            found, end = _items(text, place + 1, most)
        if _after_blank(text, end) != len(text):
            raise ValueError("there is more after its end")
    except UnicodeDecodeError as error:
        raise BadMessage("The message is not UTF-8 text.", hint="Send JSON in UTF-8.") from error
    except RecursionError as error:
        raise BadMessage("The message is nested too deeply.", hint="A reading is a flat object.") from error
    except ValueError as error:
        raise BadMessage(
            f"The message is not JSON: {error}.", hint="Send one reading, or a list of readings."
        ) from error
    return found


def _after_blank(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    assert found is not None
    return found.end()


def _items(text: str, place: int, most: int | None) -> tuple[list[tuple[str, object]], int]:
    found: list[tuple[str, object]] = []
    place = _after_blank(text, place)
    if text[place : place + 1] == "]":
        return found, place + 1
    while True:
        if most is not None and len(found) >= most:
            raise BadMessage(
                f"There are more than {most:,} readings in it.", hint="Send them in several parts."
            )
        content, end = _DECODER.raw_decode(text, place)
        found.append((text[place:end], content))
        place = _after_blank(text, end)
        sign, place = text[place : place + 1], _after_blank(text, place + 1)
        if sign == "]":
            return found, place
        if sign != ",":
            raise ValueError("a comma or the list's end is missing")


class Messages:
    """Reads readings of a business that came one by one; stands where a `Table` stands for files."""

    layout = MESSAGE_LAYOUT
    has_registers = True

    def __init__(self, business_id: str) -> None:
        self._business_id = business_id
        place = {name: number for number, name in enumerate(_COLUMNS)}
        self._readers = [
            SeriesReader(number, series, self.layout, place, Counter())
            for number, series in enumerate(self.layout.series)
        ]
        self._seconds = TimeReader(None, UTC).seconds

    def read(self, given: Iterable[Given]) -> Chunk:
        """Candidates and refusals; every reading is the one or the other."""
        found: list[Candidate] = []
        refused: list[Refusal] = []
        for one in given:
            series, interval = INTERVAL, None
            try:
                fields = _checked(one.content)
                series = REGISTER_SERIES if "at" in fields else INTERVAL
                interval = self._interval(fields)
                cells = [fields.get(name, "") for name in _COLUMNS] + [one.raw]
                reader = self._readers[series]
                figure = reader.quick(one.line, cells, interval) or reader.slow(one.line, cells, interval)
                found.append(self._with_proof(figure, fields))
            except OracleError as error:
                refused.append(self.refusal_of(error, one.line, series, [one.raw], interval))
        return Chunk(found, refused)

    def _with_proof(self, figure: Candidate, fields: dict[str, Any]) -> Candidate:
        """The figure with the device's count of it and its signature, where it sent them."""
        sequence, signature = fields.get("sequence"), fields.get("signature")
        if sequence is None and signature is None:
            return figure
        said = fields if sequence is None else fields | {"sequence": int(sequence)}
        return figure._replace(
            sequence=said.get("sequence"),
            signature=signature,
            signed=signing_text(self._business_id, said) if signature is not None else None,
        )

    def refusal_of(
        self, error: OracleError, line: int, series: int, cells: list[str], interval: Interval | None
    ) -> Refusal:
        """The refusal that an error amounts to; the reading's text is the last cell."""
        # Whole: nobody else has it, and `replay` takes it again.
        return Refusal.of(error, line, series, clean(cells[-1]), interval)

    def _interval(self, fields: dict[str, str]) -> Interval:
        if "at" in fields:
            if "start" in fields or "end" in fields:
                raise BadTime(
                    "The reading has both an interval and a time.",
                    hint="Give start and end, or at for what a counter shows.",
                )
            return None, self._time(fields, "at")
        start, end = self._time(fields, "start"), self._time(fields, "end")
        if start >= end:
            raise BadTime("The interval ends before or when it starts.")
        return start, end

    def _time(self, fields: dict[str, str], name: str) -> int:
        text = fields.get(name, "")
        if not text:
            raise BadTime(f"There is no {name}.", hint="Give start and end, or at for what a counter shows.")
        if not _WITH_OFFSET.fullmatch(text):
            raise BadTime(
                f"{name}: {text[:40]!r} has no offset.", hint="Write for example 2026-02-01T00:15:00+09:00."
            )
        return self._seconds(text)


def number_of(raw: bytes) -> int:
    """Stands where a line's number stands for files: the same for the same text, so that a message that is
    delivered again, or sent again and again, is kept aside once a day and not without end."""
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big") >> 1


def _checked(content: object) -> dict[str, Any]:
    """The fields of a reading, each of the right kind; raises BadMessage."""
    if not isinstance(content, dict):
        raise BadMessage("A reading is a JSON object.", hint="See docs/reading.schema.json.")
    if isinstance(content, _Doubled):
        raise BadMessage("A field of the reading stands twice.", hint="Name each field once.")
    for name, value in content.items():
        if name not in _FIELDS:
            raise BadMessage(
                f"{name[:40]!r} is no field of a reading.", hint=f"Fields: {', '.join(sorted(_FIELDS))}."
            )
        number = isinstance(value, _Number)
        if name == "sequence":
            if not number or not value.isdigit() or len(value) > 19 or int(value) >= SEQUENCE_LIMIT:
                raise BadMessage("sequence is a whole number from 0.", hint="Count the device's readings up.")
        elif not isinstance(value, str) or (number and name != "value"):
            raise BadMessage(f"{name} is not text.", hint="See docs/reading.schema.json.")
    if "signature" in content and not _SIGNATURE.fullmatch(content["signature"]):
        raise BadMessage(
            "signature is not 0x and 130 hexadecimal digits.", hint="Sign with the device's key."
        )
    return content
