"""Where the white paper's worked example departs from exact arithmetic over its own inputs, one by one."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where print and arithmetic differ."""

    name: str
    printed: str
    """The figure in the paper, or what stands there."""
    exact: str
    """What the paper's own inputs give, exact where it is short, else to some decimals."""
    explanation: str


DEVIATIONS = (
    Deviation(
        "gas tonnes as kilograms",
        "11.17",
        "11170",
        "Table 3, kg: 5.00 thousand Nm3 × 2.234 t/thousand Nm3 is 11.17 t, printed as 11.17 kg. With the "
        "right unit the furnace's intensity is 62.245 kg/min, not 0.251.",
    ),
    Deviation(
        "assembly factor rounded so that the factors sum to one",
        "0.025",
        "210/8610",
        "Table 5: 210/8610 is 0.0244; 0.025 is printed so that three rounded figures sum to 1. Exact "
        "emissions are 34.018, 18.899 and 1.323 kg where 34.008, 18.876 and 1.356 are printed.",
    ),
    Deviation(
        "assembly intensity",
        "0.002",
        "0.00315",
        "Table 6, kg/min: the printed 1.356/420 is 0.00323, the exact one 0.00315; 0.002 is printed and "
        "used in Table 8.",
    ),
    Deviation(
        "kilograms headed grams",
        "g-CO2",
        "kg-CO2",
        "Tables 8 and 10: kg/min × min gives kg; the headings say g. Table 9 is in g indeed, so Table 10 "
        "adds kilograms to grams.",
    ),
    Deviation(
        "assembly standard time of product A",
        "18.3",
        "55/3",
        "Table 7, min: 220/12 rounded to one decimal, and used so in Table 8.",
    ),
    Deviation(
        "steel of product A",
        "11.015",
        "11.004",
        "Table 9, g: 28 × 0.393. Product B's 5.109 is 13 × 0.393 exactly: no one intensity gives both.",
    ),
    Deviation("resin of product A", "3.047", "3.048", "Table 9, g: 12 × 0.254."),
    Deviation("resin of product B", "1.777", "1.778", "Table 9, g: 7 × 0.254."),
    Deviation(
        "third material without name",
        "4.026 and 8.205",
        "not known",
        "Table 9: the row lacks name, intensity and quantity; only its products per piece are printed.",
    ),
    Deviation(
        "gas performance in another unit than its meter",
        "10 m3/min",
        "not known",
        "Table 4 rates the furnace in m3/min, Table 3 meters Nm3. Harmless: the rating only divides gas "
        "among its users, and there is one.",
    ),
)
"""Every deviation, in the order of the tables."""

_BY_NAME = {deviation.name: deviation for deviation in DEVIATIONS}


def deviation(name: str) -> Deviation:
    """The deviation of this name."""
    return _BY_NAME[name]


def printed(name: str) -> Decimal:
    """The printed figure of a deviation."""
    return Decimal(_BY_NAME[name].printed)
