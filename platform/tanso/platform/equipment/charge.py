"""What use of equipment is charged: what was measured, or the baseline of a credit programme."""


def charged_pg(intensity_pg: int, batch_end: int, baseline: tuple[int, int] | None) -> int:
    """pg CO2e per base unit of activity that a batch with this end (Unix time) is charged.

    :param intensity_pg: what was measured.
    :param baseline: pg CO2e per base unit, and from when it counts (Unix time), of enrolled equipment: it is
        charged in batches that end later, where it is above what was measured.
    """
    baseline_pg, counts_from = baseline or (0, 0)
    return max(intensity_pg, baseline_pg) if batch_end > counts_from else intensity_pg
