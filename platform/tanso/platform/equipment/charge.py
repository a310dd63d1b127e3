"""What use of equipment is charged: what was measured, or the baseline of a credit programme."""


def charged_pg(intensity_pg: int, period_end: int, baseline: tuple[int, int] | None) -> int:
    """pg CO2e per base unit of activity at an intensity that was measured in a period with this end.

    :param baseline: pg CO2e per base unit, and from when it counts (Unix time), of enrolled equipment: it is
        charged for periods that end later, where it is above what was measured.
    """
    baseline_pg, counts_from = baseline or (0, 0)
    return max(intensity_pg, baseline_pg) if period_end > counts_from else intensity_pg
