"""Renders templates; the filters write amounts for people."""

import secrets
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tanso.contracts.units import Unit

LAST_SECOND = 253402300799
"""The last second of the year 9999."""
_STEPS = ((10**12, "t"), (10**9, "kg"), (10**6, "g"), (10**3, "mg"), (1, "µg"))


def mass(ug: int) -> str:
    """An amount of µg in the largest unit that leaves at least 1, to three decimals, rounded up in amount.

    >>> mass(54_240_000_000)
    '54.240 kg'
    >>> mass(-1)
    '-1 µg'
    """
    size, unit = next((step for step in _STEPS if abs(ug) >= step[0]), _STEPS[-1])
    if size == 1:
        return f"{ug} µg"
    thousandths = -(-abs(ug) * 1000 // size)
    sign = "-" if ug < 0 else ""
    return f"{sign}{Decimal(thousandths) / 1000:,.3f} {unit}"


def moment(seconds: int) -> str:
    """A time for people, UTC: the day alone at midnight. Times beyond the year 9999 are its last second.

    >>> moment(0), moment(5400)
    ('1970-01-01', '1970-01-01 01:30:00')
    """
    text = f"{datetime.fromtimestamp(min(seconds, LAST_SECOND), UTC):%Y-%m-%d %H:%M:%S}"
    return text.removesuffix(" 00:00:00")


def local(seconds: int, zone: str) -> str:
    """A time on the clock of a zone, to the second if it is not a whole minute.

    >>> local(0, "+09:00"), local(1, "UTC")
    ('1970-01-01 09:00', '1970-01-01 00:00:01')
    """
    from tanso.oracle.intake.times import zone_of  # here: a command that shows a time does not wait for it

    at = datetime.fromtimestamp(min(seconds, LAST_SECOND - 86_400), UTC).astimezone(zone_of(zone))
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"


def sentence(text: str) -> str:
    """A text with a full stop at its end.

    >>> sentence("is missing"), sentence("There is no value.")
    ('is missing.', 'There is no value.')
    """
    return text if text.endswith((".", "!", "?")) else f"{text}."


def new_key() -> str:
    """A key for one form: what is sent twice under it counts once."""
    return secrets.token_hex(16)


LARGER = {
    Unit.PIECE: (1, "piece"), Unit.GRAM: (1000, "kg"), Unit.MILLILITRE: (1000, "L"),
    Unit.WATT_HOUR: (1000, "kWh"), Unit.SECOND: (3600, "hour"),
}  # fmt: skip
"""Base units in a unit that people count in, and its name."""


def per_unit(pg: int, unit: int) -> str:
    """pg CO2e per base unit, written for people, rounded up: per hour, kWh, kg, L or piece.

    >>> per_unit(1_000_000_000, Unit.SECOND)
    '3.600 g per hour'
    """
    size, name = LARGER[Unit(unit)]
    return f"{mass(-(-pg * size // 10**6))} per {name}"


def short(identity: str) -> str:
    """The beginning of an ID or hash, enough to tell it from others on one page."""
    return identity if len(identity) <= 14 else identity[:10] + "…"


def grouped(number: int) -> str:
    """A whole number with thin spaces between groups of three digits."""
    return f"{number:,}".replace(",", "\u2009")


@cache
def environment() -> Environment:
    """The template environment: everything is escaped, an unknown name is an error."""
    env = Environment(
        loader=PackageLoader("tanso.platform.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(mass=mass, moment=moment, short=short, grouped=grouped, local=local)
    env.filters.update(sentence=sentence, per_unit=per_unit)
    env.globals["new_key"] = new_key
    return env


def render(template: str, **values: Any) -> str:
    """The page of a template."""
    return environment().get_template(template).render(**values)
