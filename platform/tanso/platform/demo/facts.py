"""What the story assumes, in one place. Energy comes from the samples; what is here is not in any data set.

Amounts are whole base units (pieces, g, s). Times are Unix seconds of days in Japan and Korea (UTC+9).
"""

from dataclasses import dataclass

JANUARY_2018 = (1514732400, 1517410800)
"""2018-01-01 to 2018-02-01, +09:00: the steel works' month."""

FACTORY_DAY = (1674572400, 1674658800)
"""2023-01-25 +09:00, the white paper's date of issue: its factory day is undated."""

ASSEMBLY_DAY = (1674658800, 1674745200)
"""2023-01-26 +09:00."""

SOLAR_MONTHS = (1467356400, 1475305200)
"""2016-07-01 to 2016-10-01, -07:00: three whole months of the measured roof."""

STEEL_LOTS = 4
STEEL_LOT_GRAMS = 33_750_000
"""The data set has no production figures. 4 × 33.75 t in January give 0.394 kg/kg, near the white paper's
0.393."""

STEEL_SHIPPED_GRAMS = 500_000


@dataclass(frozen=True, slots=True)
class Part:
    """A product of the white paper's factory day: its lot, Table 7's times for the lot (s), Table 9's
    materials per piece."""

    product: str
    pieces: int
    furnace_s: int
    nc_s: int
    line_s: int
    steel_g: int
    resin_g: int
    third_factor: str


PART_A = Part("Product A", 10, 6 * 60 * 10, 20 * 60 * 10, 11_000, 28, 12, "unnamed-material-a-ctn-2023")
"""10 pieces: 6, 20 and 220/12 minutes each."""

PART_B = Part("Product B", 8, 6 * 60 * 8, 750 * 8, 20 * 60 * 8, 13, 7, "unnamed-material-b-ctn-2023")
"""8 pieces: 6, 12.5 and 20 minutes each."""

WORK_IN_PROGRESS_S = {"furnace": 4_320, "line": 4_600}
"""What is left of the day's 180, 300 and 420 minutes: pieces begun and not finished."""

SHIPPED_A, SHIPPED_B = 9, 8
PER_UNIT_A, PER_UNIT_B = 2, 2
UNITS_STARTED, UNITS_DEFECTIVE = 4, 1
UNIT_S = 3_600
"""An hour of the assembler's line per unit."""

IDLE_S = 10_800
UNITS_SHIPPED = 2

ROOFS = {"bakery": 2, "dairy": 3, "press": 5}
"""How many roofs of the measured size each firm has; the only real roof at hand is one of 5.4 kW."""

TONNES_SOLD = 8
TONNES_RETIRED = 5
