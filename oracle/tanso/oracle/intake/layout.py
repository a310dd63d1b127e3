"""Layouts: how a table of operation data is to be read, as a small TOML file.

    delimiter = ","                      # default; one character
    encoding = "utf-8"                   # default; a byte-order mark is skipped
    zone = "+09:00"                      # offset or IANA name of times written without one

    [time]                               # one of:
    start = "from"                       #   columns `start` and `end`
    end = "to"
    # start = "date", length = "1 d"     #   start (or end) and the interval's length
    # first = "2018-01-01T00:00", length = "15 min"   # from row order, for tables whose dates can't be used
    format = "%d/%m/%Y %H:%M"            # default: ISO 8601
    check = "date"                       # row order only: a column that must show the date of the interval's
                                         #   start and the clock time of its end

    [quantities]                         # kinds of quantity beyond the known ones, with a unit they must fit
    "compressed air" = "Nm3"

    [[series]]                           # one per measured column
    device = "main meter"                # or { column = "meter" }
    quantity = "electricity"             # or { column = "kind" }
    value = "Usage_kWh"                  # the column with the figure
    unit = "kWh"                         # or { column = "unit" }
    mode = "interval"                    # default: consumption of the interval; "cumulative": register at
                                         #   its end; "mean rate": average rate (W) times the length
    negative = "refuse"                  # default; or the quantity under which a negative figure counts, e.g.
                                         #   "own consumption": kept beside, never netted, never dropped
    negative_reason = "drawn at night"   # why there are negative figures, for the result's notes
    capacity = "1000000 kWh"             # cumulative only: where the register begins again at zero, and
    fastest = "400 kW"                   #   the most that can be used: tells a rollover from a reset
    resets = [{ at = "2023-05-04T10:00", before = "48211.5 kWh", after = "0 kWh", reason = "exchanged" }]
                                         # cumulative only: the register before and after it was set anew
    multiplier = "60"                    # for example of a current transformer; needs a reason
    multiplier_reason = "current transformer 300/5"

Further keys `title`, `source` and `licence` are for people. Unknown keys are refused.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tanso.contracts.identity import content_hash
from tanso.oracle.errors import LayoutRefused
from tanso.oracle.intake.times import parse_time, zone_of
from tanso.oracle.units import fitting, make_quantity, parse_number, parse_quantity, quantity_of

QUANTITIES = {
    "electricity": "Wh",
    "generated electricity": "Wh",
    "exported electricity": "Wh",
    "own consumption": "Wh",
    "distributed gas": "Nm3",
    "petrol": "L",
    "diesel": "L",
    "operating time": "s",
    "pieces": "pc",
    "mass": "g",
}
"""Kinds of quantity known to every layout, with a unit that their readings must fit."""

Text = Annotated[str, Field(min_length=1, max_length=120)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnName(_Strict):
    """The value stands in this column, row by row."""

    column: Text


class TimeLayout(_Strict):
    """Where the interval of a row comes from."""

    start: Text | None = None
    end: Text | None = None
    first: Text | None = None
    length: Text | None = None
    format: Text | None = None
    check: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "TimeLayout":
        ways = {("start", "end"), ("start", "length"), ("end", "length"), ("first", "length"), ("end",)}
        given = tuple(name for name in ("start", "end", "first", "length") if getattr(self, name) is not None)
        if tuple(given) not in ways:
            raise ValueError("give start and end, or one of them and length, or first and length")
        if self.check is not None and self.first is None:
            raise ValueError("check is for times built from row order (first and length)")
        if self.length is not None:
            seconds = parse_quantity(self.length, "length", like="s").to("s").magnitude
            if seconds <= 0 or seconds.denominator != 1:
                raise ValueError("length must be a whole number of seconds above zero")
        return self


class Reset(_Strict):
    """A register was set anew, or the meter exchanged."""

    at: Text
    before: Text
    after: Text
    reason: Text

    @model_validator(mode="after")
    def _sound(self) -> "Reset":
        for name in ("before", "after"):
            parse_quantity(getattr(self, name), name)
        return self


class Series(_Strict):
    """One measured column."""

    device: Text | ColumnName
    quantity: Text | ColumnName
    value: Text
    unit: Text | ColumnName
    mode: Literal["interval", "cumulative", "mean rate"] = "interval"
    negative: Text = "refuse"
    negative_reason: Text | None = None
    capacity: Text | None = None
    fastest: Text | None = None
    resets: tuple[Reset, ...] = ()
    multiplier: Text | None = None
    multiplier_reason: Text | None = None

    @model_validator(mode="after")
    def _sound(self) -> "Series":
        if (self.multiplier is None) != (self.multiplier_reason is None):
            raise ValueError("a multiplier needs its reason, and only then")
        if self.multiplier is not None and parse_number(self.multiplier, "multiplier") <= 0:
            raise ValueError("a multiplier is above zero")
        if self.negative_reason is not None and self.negative == "refuse":
            raise ValueError(
                "negative_reason says why negative figures are taken: name their quantity in negative"
            )
        if isinstance(self.unit, str):
            make_quantity(1, self.unit, "unit")
        if self.mode != "cumulative" and (self.capacity or self.fastest or self.resets):
            raise ValueError("capacity, fastest and resets are for cumulative registers")
        if self.capacity is not None and self.fastest is None:
            raise ValueError("capacity needs fastest: without it a reset can't be told from a rollover")
        for name in ("capacity", "fastest"):
            if (text := getattr(self, name)) is not None and parse_quantity(text, name).magnitude <= 0:
                raise ValueError(f"{name} is above zero")
        if self.mode == "cumulative" and self.negative != "refuse":
            raise ValueError("a cumulative register can't be negative")
        return self


class Layout(_Strict):
    """How a table of operation data is to be read."""

    title: str = ""
    source: str = ""
    licence: str = ""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Text = "utf-8"
    zone: Text
    time: TimeLayout
    quantities: dict[Text, Text] = Field(default_factory=dict)
    series: Annotated[list[Series], Field(min_length=1)]

    @model_validator(mode="after")
    def _sound(self) -> "Layout":
        zone_of(self.zone)
        for name, unit in self.quantities.items():
            make_quantity(1, unit, f"quantity {name}")
        open_start = self.time.start is None and self.time.length is None
        if open_start and any(series.mode != "cumulative" for series in self.series):
            raise ValueError("without a start or a length only cumulative registers can be read")
        for series in self.series:
            for reset in series.resets:
                parse_time(reset.at, None, zone_of(self.zone))
            if isinstance(series.quantity, str) and (like := self.unit_of(series.quantity)) is not None:
                for text in (series.capacity, *(end for r in series.resets for end in (r.before, r.after))):
                    if text is not None:
                        parse_quantity(text, "register", like=like)
                if series.fastest is not None:
                    fitting(parse_quantity(series.fastest, "fastest") * quantity_of(1, "s"), like, "fastest")
            named: tuple[str | ColumnName, ...] = (series.quantity, series.negative)
            for part in named:
                if isinstance(part, str) and part != "refuse" and self.unit_of(part) is None:
                    raise ValueError(f"the quantity {part!r} is not known: declare it under [quantities]")
        return self

    def unit_of(self, quantity: str) -> str | None:
        """A unit that readings of this quantity must fit; None for an unknown quantity."""
        return self.quantities.get(quantity) or QUANTITIES.get(quantity)

    def with_multiplier(self, multiplier: str, reason: str) -> "Layout":
        """The same layout with every figure multiplied, for example for a plant of another size.

        Raises LayoutRefused unless the multiplier is a number above zero and a reason is given.
        """
        content = self.model_dump()
        for series in content["series"]:
            series |= {"multiplier": multiplier, "multiplier_reason": reason}
        return checked_layout(content)

    @property
    def columns(self) -> set[str]:
        """Every column the layout reads."""
        named = {self.time.start, self.time.end, self.time.check}
        for series in self.series:
            named.add(series.value)
            for part in (series.device, series.quantity, series.unit):
                if isinstance(part, ColumnName):
                    named.add(part.column)
        return {name for name in named if name is not None}

    @property
    def content_hash(self) -> str:
        """keccak256 of the layout's canonical content."""
        return content_hash(self.model_dump_json().encode())


def parse_layout(text: str) -> Layout:
    """A layout from TOML text; raises LayoutRefused with every fault and where it stands."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutRefused(f"The layout is not TOML: {error}.") from error
    return checked_layout(content)


def checked_layout(content: dict[str, Any]) -> Layout:
    """A layout from its content; raises LayoutRefused with every fault and where it stands."""
    try:
        return Layout.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'layout'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise LayoutRefused(f"The layout is refused: {faults}.") from error


def load_layout(path: Path) -> Layout:
    """A layout from a TOML file; raises LayoutRefused."""
    try:
        return parse_layout(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutRefused(f"The layout {path.name} can't be read: {error}.") from error
