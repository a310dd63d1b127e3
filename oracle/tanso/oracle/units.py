"""Exact quantities: numbers with units, as fractions, by pint with definitions of our own.

The registry knows what this project counts and nothing else: "pc" is a piece (not a parsec), "Nm3" a normal
cubic metre (0 °C, 1 atm; another dimension than a cubic metre at the meter's own state), and "kg CO2" is no
kilogram of material: CO2e mass is a dimension of its own and can't be cancelled against grams of steel.

Text forms, read by :func:`parse_quantity` and :func:`parse_factor`::

    120.0 kWh    5.00 thousand Nm3    10 m3/min    0.452 kg/kWh    2.234 t/thousand Nm3    4.026 g/pc

Magnitudes are fractions.Fraction throughout, never float.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

import pint
from pint.facets.plain import PlainUnit

from tanso.contracts.units import PG_PER_UG, Unit
from tanso.oracle.errors import (
    AbsurdNumber,
    MissingUnit,
    MissingValue,
    NegativeQuantity,
    NotANumber,
    NotWhole,
    UnitDoesNotFit,
    UnknownUnit,
)

Quantity = pint.Quantity[Fraction]
"""The type of every quantity here. Make them with `quantity_of`, `make_quantity` or `parse_quantity` only:
calling pint.Quantity itself would use pint's own registry, which converts by float."""

MAX_DIGITS = 40
MAX_EXPONENT = 30
"""Bounds of a number as written; a meter's figure is far inside them, 1e400 far outside."""

_DEFINITIONS = """
pico- = 1 / 1000000000000 = p-
micro- = 1 / 1000000 = µ- = u-
milli- = 1 / 1000 = m-
kilo- = 1000 = k-
mega- = 1000000 = M-
giga- = 1000000000 = G-
thousand- = 1000
second = [time] = s
minute = 60 * second = min
hour = 3600 * second = h
day = 86400 * second = d
gram = [mass] = g
tonne = 1000000 * gram = t
gram_co2e = [co2e] = gCO2e
tonne_co2e = 1000000 * gram_co2e = tCO2e
joule = [energy] = J
watt_hour = 3600 * joule = Wh
watt = joule / second = W
cubic_metre = [volume] = m3
litre = 1 / 1000 * cubic_metre = L = l
normal_cubic_metre = [normal_volume] = Nm3
piece = [piece] = pc = pcs = pieces
"""

ureg: "pint.UnitRegistry[Fraction]" = pint.UnitRegistry(None, non_int_type=Fraction, cache_folder=None)
for _line in _DEFINITIONS.strip().splitlines():
    ureg.define(_line)

BASE_UNITS: Mapping[Unit, str] = {
    Unit.PIECE: "pc",
    Unit.GRAM: "g",
    Unit.MILLILITRE: "mL",
    Unit.WATT_HOUR: "Wh",
    Unit.SECOND: "s",
}
"""Registry's name of each base unit of the ledger."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_UNIT_TERM = re.compile(r"(?:thousand )?[A-Za-zµ][A-Za-zµ0-9_]*")
# A factor's numerator is CO2e whichever way it is written.
_CO2_SUFFIX = re.compile(r"[- ]?CO2(?:e|-?eq)?$")


def quantity_of(value: Fraction | int, unit: "str | PlainUnit") -> Quantity:
    """A quantity of this module's registry from exact value and unit, unchecked."""
    # "thousand Nm3" is one unit: its blank is for people.
    return ureg.Quantity(Fraction(value), unit.replace(" ", "") if isinstance(unit, str) else unit)


def parse_number(text: str, field: str) -> Fraction:
    """The exact value of a decimal number as written.

    Raises MissingValue, NotANumber (also NaN and infinity) or AbsurdNumber, each naming `field`.
    """
    text = text.strip()
    if not text:
        raise MissingValue(field, "there is no value.")
    shown = _short(text)
    if not text.isascii() or not _NUMBER.fullmatch(text):
        raise NotANumber(
            field, f"{shown} is not a decimal number.", hint="Write for example 120.5, with a point."
        )
    mantissa, _, exponent = text.lower().partition("e")
    digits = sum(character.isdigit() for character in mantissa)
    if digits > MAX_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > MAX_EXPONENT:
        raise AbsurdNumber(
            field,
            f"{shown} has more than {MAX_DIGITS} digits or an exponent beyond ±{MAX_EXPONENT}.",
            hint="Check the meter or the export that wrote it.",
        )
    return Fraction(text)


def parse_quantity(text: str, field: str, *, like: str | None = None, negative: bool = False) -> Quantity:
    """Reads a number with its unit, for example "120.0 kWh" or "5.00 thousand Nm3".

    `like` is a unit the quantity must be convertible to. Below zero is refused unless `negative` is true.
    Raises the errors under QuantityRefused, each naming `field`.

    >>> parse_quantity("5.00 thousand Nm3", "gas").to("Nm3").magnitude
    Fraction(5000, 1)
    """
    number, unit = _split(text, field)
    return make_quantity(number, unit, field, like=like, negative=negative)


def parse_rate(text: str, field: str) -> Quantity:
    """Reads a quantity, or one per another: "6 min/pc", or "120 min / 20 pc" for 120 minutes per lot of 20.

    Raises the errors under QuantityRefused, each naming `field`.

    >>> parse_rate("220 min / 12 pc", "standard time").to("s/pc").magnitude
    Fraction(1100, 1)
    """
    first, slash, second = text.partition(" / ")
    found = parse_quantity(first, field)
    if slash:
        lot = parse_quantity(second, field)
        if not lot.magnitude:
            raise AbsurdNumber(field, "it is per nothing.", hint="Write for example 120 min / 20 pc.")
        found = found / lot
    return found


def make_quantity(
    number: str | int | Decimal | Fraction,
    unit: str,
    field: str,
    *,
    like: str | None = None,
    negative: bool = False,
) -> Quantity:
    """A quantity from a number and the name of its unit; the checks of :func:`parse_quantity`."""
    value = parse_number(number, field) if isinstance(number, str) else _exact(number, field)
    if value < 0 and not negative:
        raise NegativeQuantity(
            field, f"{_short(str(number))} is below zero.", hint="Check the meter's direction."
        )
    quantity = quantity_of(value, _unit(unit, field))
    return quantity if like is None else fitting(quantity, like, field)


def parse_factor(text: str, field: str) -> Quantity:
    """Reads an emission factor: a CO2e mass per unit of activity, for example "0.452 kg/kWh".

    The numerator may be written kg, kg-CO2, kgCO2e; it is CO2e mass in every case.

    >>> parse_factor("0.393 g/g", "S45C").units
    <Unit('gram_co2e / gram')>
    """
    number, unit = _split(text, field)
    return make_factor(number, unit, field)


def make_factor(number: str, unit: str, field: str) -> Quantity:
    """An emission factor from a number and a unit such as "kg/kWh"; the checks of :func:`parse_factor`."""
    mass, slash, activity = unit.partition("/")
    plain = _CO2_SUFFIX.sub("", mass.strip())
    if not slash or not activity.strip():
        raise MissingUnit(
            field, f"{_short(unit)} is not a CO2e mass per unit of activity.", hint="Write e.g. kg/kWh."
        )
    if not _unit(plain, field).is_compatible_with("g"):
        raise UnitDoesNotFit(field, f"{_short(mass)} is not a mass of CO2e.", hint="Write e.g. kg/kWh.")
    return make_quantity(number, f"{plain}CO2e/{activity.strip()}", field)


def make_mass(number: str, unit: str, field: str) -> Quantity:
    """A CO2e mass from a number and a unit such as "kg" or "kg-CO2e"; the checks of :func:`parse_quantity`.

    >>> micrograms(make_mass("1.5", "g-CO2e", "lot"), "lot")
    Fraction(1500000, 1)
    """
    plain = _CO2_SUFFIX.sub("", unit.strip())
    if not _unit(plain, field).is_compatible_with("g"):
        raise UnitDoesNotFit(field, f"{_short(unit)} is not a mass of CO2e.", hint="Write e.g. kg.")
    return make_quantity(number, f"{plain}CO2e", field)


def whole_micrograms(mass: Quantity, field: str) -> int:
    """A CO2e mass in whole µg CO2e; raises NotWhole: nothing is rounded here."""
    exact = micrograms(mass, field)
    if exact.denominator != 1:
        raise NotWhole(
            field,
            f"{_text_of(mass)} is not a whole number of µg.",
            hint="Round it up yourself, to at most a millionth of a gram, and say so in the reason.",
        )
    return exact.numerator


def fitting(quantity: Quantity, like: str, field: str) -> Quantity:
    """The quantity itself if it can be converted to the unit `like`; raises UnitDoesNotFit otherwise."""
    if not quantity.is_compatible_with(_unit(like, field)):
        raise UnitDoesNotFit(
            field,
            f"{_text_of(quantity.units)} does not fit where {like} is needed.",
            hint="Convert it, or correct it.",
        )
    return quantity


def magnitude(quantity: Quantity, unit: str, field: str) -> Fraction:
    """The exact number of `unit`s in the quantity; raises UnitDoesNotFit."""
    # pint hands back an int when nothing is left of the denominator in some conversions.
    return Fraction(fitting(quantity, unit, field).to(_unit(unit, field)).magnitude)


def to_base_units(quantity: Quantity, unit: Unit, field: str) -> int:
    """The quantity in whole base units of the ledger (pc, g, mL, Wh or s).

    Raises UnitDoesNotFit, NegativeQuantity, or NotWhole: nothing is rounded here.

    >>> to_base_units(parse_quantity("6.5 min", "time"), Unit.SECOND, "time")
    390
    """
    exact = magnitude(quantity, BASE_UNITS[unit], field)
    if exact < 0:
        raise NegativeQuantity(field, f"{exact} {unit.symbol} is below zero.")
    if exact.denominator != 1:
        raise NotWhole(
            field,
            f"{_text_of(quantity)} is not a whole number of {unit.symbol}.",
            hint="Count in a unit that comes out even, or round it yourself and say so.",
        )
    return exact.numerator


def micrograms(mass: Quantity, field: str) -> Fraction:
    """A CO2e mass in µg CO2e, exact."""
    return magnitude(mass, "gCO2e", field) * 10**6


def micrograms_per(intensity: Quantity, unit: Unit, field: str) -> Fraction:
    """An emission intensity in µg CO2e per base unit, exact."""
    return magnitude(intensity, f"gCO2e/{BASE_UNITS[unit]}", field) * 10**6


def intensity_pg_up(micrograms_per_unit: Fraction) -> int:
    """An intensity in whole picograms CO2e per base unit, rounded up."""
    return -(-micrograms_per_unit * PG_PER_UG // 1)


def decimal_text(value: Fraction) -> str | None:
    """The value as a plain decimal number, or None if its decimals never end.

    >>> decimal_text(Fraction(7, 2)), decimal_text(Fraction(1, 3))
    ('3.5', None)
    """
    places, rest = 0, value.denominator
    twos = (rest & -rest).bit_length() - 1
    rest >>= twos
    while rest % 5 == 0:
        rest //= 5
        places += 1
    if rest != 1:
        return None
    places = max(places, twos)
    scaled = abs(value.numerator) * 10**places // value.denominator
    digits = str(scaled).rjust(places + 1, "0")
    whole, decimals = (digits[:-places], "." + digits[-places:]) if places else (digits, "")
    return ("-" if value < 0 else "") + whole + decimals


@lru_cache(maxsize=1024)
def unit_text(unit: str) -> str:
    """The unit as it is stored and hashed: as written, blanks tidied; raises UnknownUnit."""
    _unit(unit, "unit")
    return " ".join(unit.split())


def _split(text: str, field: str) -> tuple[str, str]:
    number, _, unit = text.strip().partition(" ")
    if not number:
        raise MissingValue(field, "there is no value.")
    parse_number(number, field)
    if not unit.strip():
        raise MissingUnit(field, f"{_short(text)} has no unit.", hint="Write for example 120.0 kWh.")
    return number, unit.strip()


def _exact(number: int | Decimal | Fraction, field: str) -> Fraction:
    if isinstance(number, bool | float) or not isinstance(number, int | Decimal | Fraction):
        raise NotANumber(
            field, f"{number!r} is not an exact number.", hint="Give text, int, Decimal or Fraction."
        )
    if isinstance(number, Decimal):
        return parse_number(str(number), field)
    return Fraction(number)


def _unit(text: str, field: str) -> PlainUnit:
    if not text.strip():
        raise MissingUnit(field, "there is no unit.", hint="Name one, for example kWh.")
    try:
        return _known_unit(" ".join(text.split()))
    except (pint.PintError, ValueError) as error:
        raise UnknownUnit(
            field,
            f"the unit {_short(text)} is not known.",
            hint="Known are for example kWh, Nm3, m3, kg, pc, min.",
        ) from error


@lru_cache(maxsize=1024)
def _known_unit(text: str) -> PlainUnit:
    terms = [term.strip() for term in text.split("/")]
    # Only "unit" or "unit/unit" is read, so that no expression of a data file is ever evaluated.
    if len(terms) > 2 or not all(_UNIT_TERM.fullmatch(term) and len(term) <= 40 for term in terms):
        raise ValueError(text)
    known = ureg.Unit(terms[0].replace(" ", ""))
    return known / ureg.Unit(terms[1].replace(" ", "")) if len(terms) == 2 else known


def _text_of(what: "Quantity | PlainUnit") -> str:
    return f"{what:~P}" if isinstance(what, PlainUnit) else f"{what.magnitude} {what.units:~P}"


def _short(text: str) -> str:
    return repr(text) if len(text) <= 60 else repr(text[:57] + "...")
