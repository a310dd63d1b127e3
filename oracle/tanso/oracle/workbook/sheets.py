"""The sheets of the workbook: the white paper's Tables 3, 4, 7 and 9, and nothing more.

Tables 5, 6, 8 and 10 follow from these. Units stand in the headers, or in a column where they differ by row.
"""

from dataclasses import dataclass

VERSION = "tanso-workbook@1"
EXAMPLE = "EXAMPLE"
"""A row with this mark is not read."""
HEADER_ROW = 3
"""Above it: the sheet's title and one sentence."""
HOW_TO, SITE = "How to", "Site"
ZONE_CELL, VERSION_CELL = "B3", "B4"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet."""

    name: str
    header: str
    width: int
    choices: tuple[str, ...] = ()
    """Offered, not forced."""
    kind: str = "text"
    """text, number or date."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the workbook."""

    title: str
    about: str
    columns: tuple[Column, ...]
    example: tuple[tuple[str, ...], ...]
    """Rows of the white paper's worked example, figures as written there."""

    def letter(self, name: str) -> str:
        """The letter of a column; column A holds the mark."""
        return chr(ord("B") + [column.name for column in self.columns].index(name))


_ENERGY_UNITS = ("kWh", "MWh", "Nm3", "thousand Nm3", "m3", "L", "kL", "kg", "t")
_POWER_UNITS = ("kW", "MW", "m3/min", "Nm3/h", "L/h", "kg/h")
_FACTOR_UNITS = ("kg/kWh", "t/MWh", "kg/Nm3", "t/thousand Nm3", "kg/L", "t/kL", "g/g", "kg/kg", "g/pc")
_PAPER = "IVI, Introduction to CTN, 2023"
_DAY = ("2023-01-25", "2023-01-25")

ENERGIES = Sheet(
    "Energies",
    "Table 3: the energies that the site uses, each with its meter and CO2e per unit.",
    (
        Column("energy", "Energy", 22),
        Column("meter", "Meter", 22),
        Column("factor", "Emission factor", 16, kind="number"),
        Column("unit", "Unit of the factor (CO2e per unit)", 22, _FACTOR_UNITS),
        Column("source", "Source of the factor", 40),
    ),
    (
        ("electricity", "main meter", "0.452", "kg/kWh", f"{_PAPER}: TEPCO 2021"),
        ("distributed gas", "gas meter", "2.234", "t/thousand Nm3", _PAPER),
    ),
)
CONSUMPTION = Sheet(
    "Consumption",
    "Table 3: what each energy's meter shows, per day, week or month. All energies over the same days.",
    (
        Column("first", "First day", 14, kind="date"),
        Column("last", "Last day", 14, kind="date"),
        Column("energy", "Energy", 22),
        Column("value", "Consumption", 16, kind="number"),
        Column("unit", "Unit", 16, _ENERGY_UNITS),
    ),
    (
        (*_DAY, "electricity", "120.0", "kWh"),
        (*_DAY, "distributed gas", "5.00", "thousand Nm3"),
    ),
)
EQUIPMENT = Sheet(
    "Equipment",
    "Table 4: which energy each piece of equipment uses, and how much while it runs: one row per energy.",
    (
        Column("equipment", "Equipment", 24),
        Column("energy", "Energy", 22),
        Column("performance", "Energy performance", 20, kind="number"),
        Column("unit", "Unit", 14, _POWER_UNITS),
    ),
    (
        ("heating furnace", "electricity", "30", "kW"),
        ("heating furnace", "distributed gas", "10", "m3/min"),
        ("NC processing machine", "electricity", "10", "kW"),
        ("assembly line", "electricity", "0.5", "kW"),
    ),
)
OPERATING = Sheet(
    "Operating times",
    "Table 4: how long each piece of equipment ran, per day, week or month.",
    (
        Column("first", "First day", 14, kind="date"),
        Column("last", "Last day", 14, kind="date"),
        Column("equipment", "Equipment", 24),
        Column("value", "Operating time [min]", 22, kind="number"),
    ),
    (
        (*_DAY, "heating furnace", "180"),
        (*_DAY, "NC processing machine", "300"),
        (*_DAY, "assembly line", "420"),
    ),
)
TIMES = Sheet(
    "Standard times",
    "Table 7: how long a product takes on each piece of equipment, and how many pieces that time makes.",
    (
        Column("product", "Product", 18),
        Column("equipment", "Equipment", 24),
        Column("time", "Time [min]", 14, kind="number"),
        Column("pieces", "Pieces made in this time [pc]", 20, kind="number"),
    ),
    (
        ("A", "heating furnace", "120", "20"),
        ("A", "NC processing machine", "200", "10"),
        ("A", "assembly line", "220", "12"),
        ("B", "heating furnace", "60", "10"),
        ("B", "NC processing machine", "100", "8"),
        ("B", "assembly line", "200", "10"),
    ),
)
MATERIALS = Sheet(
    "Bill of materials",
    "Table 9: what one piece of each product is made of, with CO2e per unit of the material.",
    (
        Column("product", "Product", 18),
        Column("material", "Material", 24),
        Column("quantity", "Quantity per piece", 18, kind="number"),
        Column("quantity_unit", "Unit", 12, ("g", "kg", "t", "mL", "L", "m3", "pc")),
        Column("factor", "Emission factor", 16, kind="number"),
        Column("unit", "Unit of the factor (CO2e per unit)", 22, _FACTOR_UNITS),
        Column("source", "Source of the factor", 40),
    ),
    (
        ("A", "S45C", "28", "g", "0.393", "g/g", _PAPER),
        ("A", "ABS", "12", "g", "0.254", "g/g", _PAPER),
        ("A", "unnamed material", "1", "pc", "4.026", "g/pc", f"{_PAPER}: row without a name"),
        ("B", "S45C", "13", "g", "0.393", "g/g", _PAPER),
        ("B", "ABS", "7", "g", "0.254", "g/g", _PAPER),
        ("B", "unnamed material", "1", "pc", "8.205", "g/pc", f"{_PAPER}: row without a name"),
    ),
)
SHEETS = (ENERGIES, CONSUMPTION, EQUIPMENT, OPERATING, TIMES, MATERIALS)
