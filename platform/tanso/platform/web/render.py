"""Renders templates; the filters write amounts for people."""

from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

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
    env.filters.update(mass=mass, short=short, grouped=grouped)
    return env


def render(template: str, **values: Any) -> str:
    """The page of a template."""
    return environment().get_template(template).render(**values)
