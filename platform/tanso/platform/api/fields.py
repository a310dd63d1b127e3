"""Fields of requests and answers: IDs, masses, amounts with units, times. Every integer is bounded.

Masses are whole µg CO2e as JSON integers up to 2^96 - 1: read them with a parser that keeps integers exact.
Amounts that come in are text with a unit, read exactly; amounts that go out are whole base units with their
symbol. Times are ISO 8601 in UTC with a final `Z`, whole seconds.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from tanso.contracts.units import Unit
from tanso.oracle.units import (
    intensity_pg_up,
    make_factor,
    make_mass,
    make_quantity,
    micrograms_per,
    to_base_units,
    whole_micrograms,
)
from tanso.platform.errors import BadInput
from tanso.platform.lots.drafts import MAX_QUANTITY

MOST_ROWS: Final = 2**31 - 1
"""The highest number that a table gives its rows: PostgreSQL compares with no higher one."""
ID_PATTERN = r"^0x[0-9a-f]{32}$"
HASH_PATTERN = r"^0x[0-9a-f]{64}$"
ADDRESS_PATTERN = r"^0x[0-9a-fA-F]{40}$"
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Id = Annotated[str, Field(pattern=ID_PATTERN, description="Hashed 128-bit ID.")]
Hash = Annotated[str, Field(pattern=HASH_PATTERN, description="keccak256 hash.")]
Address = Annotated[str, Field(pattern=ADDRESS_PATTERN, description="Account on the ledger.")]
PlainText = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]
"""Text that any database can store: no NUL."""
Name = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"),
]
MAX_URL = 500
ServerUrl = Annotated[
    str,
    Field(
        min_length=8,
        max_length=MAX_URL,
        pattern=r"^https?://[!-~]+$",
        description="Address of a server: its host, a port and a path if need be.",
        examples=["https://tanso.example"],
    ),
]
UnitSymbol = Literal["pc", "g", "mL", "Wh", "s"]

Micrograms = Annotated[int, Field(strict=True, ge=0, le=2**96 - 1, description="µg CO2e.")]
SignedMicrograms = Annotated[
    int, Field(strict=True, ge=1 - 2**128, le=2**128 - 1, description="µg CO2e; may be below zero.")
]
SumOfMicrograms = Annotated[
    int, Field(strict=True, ge=0, le=2**128 - 1, description="µg CO2e, a sum over many lots.")
]
Picograms = Annotated[
    int, Field(strict=True, ge=0, le=2**64 - 1, description="pg CO2e per base unit of activity.")
]
BaseUnits = Annotated[
    int, Field(strict=True, ge=0, le=2**64 - 1, description="Whole base units; the unit stands beside it.")
]
Index = Annotated[int, Field(strict=True, ge=0, le=2**32 - 1, description="Index in a history, from 0.")]
Tonnes = Annotated[int, Field(strict=True, ge=0, le=2**64 - 1, description="Whole tonnes CO2e.")]
BlockNumber = Annotated[
    int, Field(strict=True, ge=0, le=2**63 - 1, description="Number of a block of the chain.")
]
Gas = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1, description="Gas used.")]


def symbol_of(unit: int) -> UnitSymbol:
    """Symbol of a base unit: pc, g, mL, Wh or s."""
    return cast(UnitSymbol, Unit(unit).symbol)


def parse_time(value: Any) -> int:
    """Unix seconds of an ISO 8601 time in UTC, 2018-01-31T15:00:00Z; `ValueError` for anything else."""
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        raise ValueError("write a time in UTC as 2018-01-31T15:00:00Z")
    seconds = int(datetime.fromisoformat(value).timestamp())
    if seconds < 0:
        raise ValueError("the time must not be before 1970")
    return seconds


def show_time(seconds: int) -> str:
    """ISO 8601 in UTC; times beyond the year 9999 are shown as the last second of it."""
    return datetime.fromtimestamp(min(seconds, 253402300799), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_TIME_SCHEMA = WithJsonSchema(
    {
        "type": "string",
        "format": "date-time",
        "pattern": _ISO.pattern,
        "description": "Time in UTC, whole seconds.",
        "examples": ["2018-01-31T15:00:00Z"],
    }
)

Time = Annotated[
    int,
    Field(ge=0),
    BeforeValidator(lambda value: parse_time(value) if isinstance(value, str) else value),
    PlainSerializer(show_time, return_type=str),
    _TIME_SCHEMA,
]
"""A time in an answer: Unix seconds in Python, ISO 8601 in JSON, also in another server's."""

TimeGiven = Annotated[
    int, BeforeValidator(parse_time), PlainSerializer(show_time, return_type=str), _TIME_SCHEMA
]
"""A time in a request: ISO 8601 in JSON, Unix seconds in Python."""


class Given(BaseModel):
    """Base of what requests give: a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class Amount(Given):
    """A quantity as it was measured: a decimal number as text, and its unit."""

    value: Annotated[
        str, Field(min_length=1, max_length=60, description="Decimal number as text, read exactly.")
    ]
    unit: Annotated[str, Field(min_length=1, max_length=40, description="For example kWh, min, kg, pc.")]

    def base_units(self, unit: Unit, field: str, *, least: int = 1) -> int:
        """Whole base units from `least` to `MAX_QUANTITY`; `QuantityRefused` or `BadInput` name `field`."""
        whole = to_base_units(make_quantity(self.value, self.unit, field), unit, field)
        if not least <= whole <= MAX_QUANTITY:
            raise BadInput(
                f"{field}: {whole} {unit.symbol} is not between {least} and {MAX_QUANTITY} {unit.symbol}",
                "Give the amount that was really used.",
                slug="amount-out-of-range",
            )
        return whole


class CarbonMass(Given):
    """A mass of CO2e: a decimal number as text, and its unit. It must come out in whole µg."""

    value: Annotated[
        str, Field(min_length=1, max_length=60, description="Decimal number as text, read exactly.")
    ]
    unit: Annotated[str, Field(min_length=1, max_length=40, description="For example kg, g, µg.")]

    def micrograms(self, field: str) -> int:
        """Whole µg CO2e up to 2^64 - 1; `QuantityRefused` or `BadInput` name `field`."""
        whole = whole_micrograms(make_mass(self.value, self.unit, field), field)
        if whole >= 2**64:
            raise BadInput(
                f"{field}: {whole} µg is more than a lot can have, {2**64 - 1} µg",
                "Check value and unit.",
                slug="amount-out-of-range",
            )
        return whole


class Intensity(Given):
    """An emission intensity: a decimal number as text, and CO2e mass per unit of activity."""

    value: Annotated[
        str, Field(min_length=1, max_length=60, description="Decimal number as text, read exactly.")
    ]
    unit: Annotated[str, Field(min_length=1, max_length=40, description="For example kg/kWh, g/s.")]

    def picograms(self, unit: Unit, field: str) -> int:
        """Whole pg CO2e per `unit`, above zero, rounded up; `QuantityRefused` or `BadInput` name `field`."""
        exact = micrograms_per(make_factor(self.value, self.unit, field), unit, field)
        whole = intensity_pg_up(exact)
        if not 1 <= whole < 2**64:
            raise BadInput(
                f"{field}: {whole} pg/{unit.symbol} is not between 1 and {2**64 - 1} pg/{unit.symbol}",
                "Check value and unit.",
                slug="amount-out-of-range",
            )
        return whole


def period_of(start: int, end: int) -> tuple[int, int]:
    """A period [start, end) in Unix seconds; `BadInput` if it is empty."""
    if start >= end:
        raise BadInput(
            f"period_end: {show_time(end)} is not after period_start {show_time(start)}",
            "A period holds its first second and ends before its last.",
            slug="empty-period",
        )
    return start, end
