"""The rules by which a gap may be filled, as tanso-gaps@1 has them; exact, rounded up.

``linear``                       the mean of the rates just before and just after the gap × its length
``same time last week``          what was used at the same local time seven days before
``highest of the last days``     the highest rate of any reading of so many days before × the length

Only what raises a footprint or lowers a reduction is ever filled: consumption. Operating time and other
activity, which emissions are divided by, and what a roof generated never are.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.units import decimal_text, magnitude, make_quantity

LINEAR, LAST_WEEK, HIGHEST = "linear", "same time last week", "highest of the last days"
DAY, WEEK = 86_400, 7 * 86_400
PLACES = 6
"""Decimals to which a filled value is rounded up, in the unit of the readings used."""
CLOCKS_TURNED = 2 * 3600
"""Seconds by which the same local time a week before may be off 604,800 s."""


class Used(NamedTuple):
    """A measured reading that a filled value rests on. Times are Unix seconds."""

    start: int
    end: int
    value: str
    unit: str


class GapRule(BaseModel):
    """How the gaps of one quantity of a device are filled."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: Annotated[str, Field(min_length=1, max_length=120)]
    quantity: Annotated[str, Field(min_length=1, max_length=120)]
    rule: Literal["linear", "same time last week", "highest of the last days"]
    days: Annotated[int | None, Field(ge=1, le=92)] = None
    """For `highest of the last days`."""
    longest_s: Annotated[int, Field(ge=1, le=WEEK)] = DAY
    """A longer gap is not filled."""

    @model_validator(mode="after")
    def _sound(self) -> "GapRule":
        if (self.rule == HIGHEST) != (self.days is not None):
            raise ValueError(f"{HIGHEST!r} needs a number of days, the other rules have none")
        return self


def estimated_value(
    rule: str, days: int | None, start: int, end: int, used: Sequence[Used]
) -> tuple[str, str]:
    """Value and unit of a gap [start, end) by a rule from the readings used.

    Raises EvidenceRefused when these are not readings that the rule takes.
    """
    length = end - start
    if not used or length <= 0 or any(one.end <= one.start for one in used):
        raise EvidenceRefused("A filled value rests on readings, and a gap has a length.")
    unit = used[0].unit
    amounts = [
        magnitude(make_quantity(one.value, one.unit, "reading used"), unit, "reading used") for one in used
    ]
    rates = [amount / (one.end - one.start) for amount, one in zip(amounts, used, strict=True)]
    if rule == LINEAR:
        fits = len(used) == 2 and used[0].end == start and used[1].start == end
        value = sum(rates, Fraction(0)) / 2 * length
    elif rule == LAST_WEEK:
        ends = [one.end for one in used]
        fits = (
            [one.start for one in used] == [used[0].start, *ends[:-1]]
            and ends[-1] - used[0].start == length
            and abs(start - used[0].start - WEEK) <= CLOCKS_TURNED
        )
        value = sum(amounts, Fraction(0))
    elif rule == HIGHEST and days is not None:
        fits = len(used) == 1 and start - days * DAY <= used[0].start and used[0].end <= start
        value = rates[0] * length
    else:
        raise EvidenceRefused(f"There is no rule {rule!r:.40} for gaps.")
    if not fits:
        raise EvidenceRefused(f"The readings used are not those of the rule {rule!r}.")
    text = decimal_text(Fraction(ceil(value * 10**PLACES), 10**PLACES))
    assert text is not None
    return text, unit
