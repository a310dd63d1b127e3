"""What the oracle states to the ledger, as leaves: figures come from the very leaves that prove them."""

from collections.abc import Sequence

from tanso.oracle.calculation import PeriodResult
from tanso.oracle.devices.marks import Marker
from tanso.oracle.evidence import Leaf
from tanso.oracle.evidence.leaves import (
    declared_leaf,
    equipment_leaf,
    estimated_leaf,
    factor_leaf,
    formula_leaf,
    installation_leaf,
    reduction_leaf,
    result_leaf,
)
from tanso.oracle.evidence.recompute import calculate_from, reduction_down
from tanso.oracle.formulas import INTENSITY, SOLAR, formula
from tanso.oracle.gaps.fill import Estimate
from tanso.oracle.gaps.shares import shares
from tanso.oracle.period_data import DeviceId, PeriodData
from tanso.oracle.sites import Site, SolarRoof, Source


def report_leaves(
    site: Site,
    data: PeriodData,
    filled: Sequence[Estimate],
    refused_rows: int,
    device_id: DeviceId,
    mark: Marker,
) -> tuple[list[Leaf], PeriodResult]:
    """Leaves of a report without salts, and the figures; errors of the calculation."""
    inputs = [
        factor_leaf(
            energy.energy,
            version.factor.value,
            version.factor.unit,
            version.factor.source,
            None if energy.devices is None else [device_id(device) for device in energy.devices],
            line=_line(energy.line, device_id),
            valid_from=version.valid_from,
        )
        for energy in site.energies
        for version in energy.versions(site.zone, data.start, data.end)
    ]
    inputs += [
        equipment_leaf(
            machine.equipment_id,
            machine.unit,
            machine.activity_quantity,
            [device_id(device) for device in machine.activity_devices],
            machine.performance,
            {
                energy: [device_id(device) for device in devices]
                for energy, devices in machine.metered.items()
            },
            line=_line(machine.line, device_id),
            standard_times={device_id(name): text for name, text in machine.standard_times.items()},
        )
        for machine in site.equipment
    ]
    inputs += data.leaves(device_id)
    inputs = mark(inputs + [one.leaf(device_id(one.device)) for one in filled])
    result = calculate_from(inputs)
    outputs = [
        result_leaf(found.equipment_id, found.intensity_pg, found.unit)
        for found in result.equipment.values()
        if found.intensity_pg is not None
    ]
    outputs.append(declared_leaf(result.declared_ug))
    outputs += _shares(inputs)
    return _headed(INTENSITY, site.business_id, data, refused_rows, inputs + outputs), result


def _line(name: str | None, device_id: DeviceId) -> str | None:
    """A line under a hashed ID, like the devices: its name stays in the house."""
    return None if name is None else device_id(f"line {name}")


def reduction_leaves(
    roof: SolarRoof,
    data: PeriodData,
    filled: Sequence[Estimate],
    refused_rows: int,
    device_id: DeviceId,
    mark: Marker,
) -> tuple[list[Leaf], int]:
    """Leaves of a reduction without salts, and the reduction in µg CO2e, rounded down (even below zero)."""

    def hashed(source: Source) -> Source:
        return device_id(source[0]), source[1]

    inputs = [
        factor_leaf("electricity", roof.factor.value, roof.factor.unit, roof.factor.source, None),
        installation_leaf(
            roof.equipment_id,
            roof.programme_id,
            hashed(roof.generated),
            hashed(roof.exported) if roof.exported is not None else None,
            hashed(roof.own_consumption) if roof.own_consumption is not None else None,
        ),
        *data.leaves(device_id),
    ]
    inputs = mark(inputs + [one.leaf(device_id(one.device)) for one in filled])
    reduction_ug = reduction_down(inputs)
    leaves = [*inputs, reduction_leaf(reduction_ug), *_shares(inputs)]
    return _headed(SOLAR, roof.business_id, data, refused_rows, leaves), reduction_ug


def _shares(inputs: Sequence[Leaf]) -> list[Leaf]:
    found = shares(inputs)
    return [] if found is None else [estimated_leaf(found)]


def _headed(
    name: str, business_id: str, data: PeriodData, refused_rows: int, leaves: list[Leaf]
) -> list[Leaf]:
    document = formula(name)
    head = formula_leaf(
        name,
        document.content_hash,
        business_id,
        data.start,
        data.end,
        count=len(leaves) + 1,
        refused_rows=refused_rows,
    )
    return [head, *leaves]
