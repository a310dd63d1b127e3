"""The white paper's worked example, as printed and as calculated.

paper_tables()   Tables 3–10 as printed, in the paper's inputs and roundings
exact_day()      the same inputs through the real calculation
DEVIATIONS       every place where the print departs from exact arithmetic, by name
"""

from tanso.oracle.paper.deviations import DEVIATIONS, Deviation, deviation
from tanso.oracle.paper.exact import ExactDay, exact_day
from tanso.oracle.paper.tables import PaperTables, paper_tables

__all__ = [
    "DEVIATIONS",
    "Deviation",
    "ExactDay",
    "PaperTables",
    "deviation",
    "exact_day",
    "paper_tables",
]
