"""Figures of a site per equipment and interval, out of the store, for whoever runs the equipment.

    compute(session, site, start, end, Granularity.DAY) -> SiteFigures

Nothing here is stored or stated to the ledger: `tanso.oracle.service` closes periods.
"""

from tanso.oracle.calculation.calendar import Granularity
from tanso.oracle.figures.site import EquipmentFigures, Row, SiteFigures, compute

__all__ = ["EquipmentFigures", "Granularity", "Row", "SiteFigures", "compute"]
