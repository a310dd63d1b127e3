"""Emission factors with their sources: a small set that ships with the package (factors.toml).

factor("electricity-tepco-2021").quantity      # 0.452 kgCO2e/kWh, exact
factor("resin-abs-ctn-2023").on_ledger(valid_from=..., valid_until=...)
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from tanso.contracts import values
from tanso.contracts.identity import content_hash
from tanso.contracts.units import Unit
from tanso.oracle.errors import FactorUnknown, UnitDoesNotFit
from tanso.oracle.evidence import canonical_json
from tanso.oracle.units import BASE_UNITS, Quantity, intensity_pg_up, make_factor, micrograms_per, ureg


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """A factor as published: value and unit as written, and where it comes from."""

    name: str
    activity: str
    """What it is a factor of, for example "electricity"."""
    value: str
    """Decimal number as published."""
    unit: str
    """CO2e mass per unit of activity, for example "kg/kWh"."""
    publisher: str
    year: str
    geography: str
    basis: str
    gwp_set: str
    """Set of global warming potentials, or "not stated"."""

    @property
    def quantity(self) -> Quantity:
        """The factor as an exact quantity."""
        return make_factor(self.value, self.unit, f"factor {self.name}")

    @property
    def source(self) -> dict[str, str]:
        """Everything but value and unit: goes into evidence leaves and the source hash."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("value", "unit")
        }

    @property
    def document(self) -> bytes:
        """The factor with its source as canonical JSON: what the ledger's source hash is of."""
        return canonical_json({**self.source, "value": self.value, "unit": self.unit})

    @property
    def base_unit(self) -> Unit:
        """Base unit of the ledger in which the activity is counted.

        Raises UnitDoesNotFit when there is none (normal cubic metres): such a factor serves the oracle only.
        """
        quantity = self.quantity
        for unit, name in BASE_UNITS.items():
            if quantity.is_compatible_with(ureg.Unit(f"gCO2e/{name}")):
                return unit
        raise UnitDoesNotFit(
            f"factor {self.name}",
            f"{self.unit} is not per pc, g, mL, Wh or s.",
            hint="Use it in the oracle; only materials counted in those units stand on the ledger.",
        )

    @property
    def intensity_pg_up(self) -> int:
        """pg CO2e per base unit, rounded up."""
        exact = micrograms_per(self.quantity, self.base_unit, f"factor {self.name}")
        return intensity_pg_up(exact)

    def on_ledger(self, *, valid_from: int, valid_until: int) -> values.Factor:
        """The factor as the ledger's registry takes it, valid in [valid_from, valid_until), Unix seconds.

        The ledger's GWP set is at most 8 characters: "not stated" becomes "NONE".
        """
        return values.Factor(
            intensity_pg=self.intensity_pg_up,
            valid_from=valid_from,
            valid_until=valid_until,
            unit=self.base_unit,
            gwp_set="NONE" if self.gwp_set == "not stated" else self.gwp_set,
            source_hash=content_hash(self.document),
        )


@cache
def bundled_factors() -> Mapping[str, EmissionFactor]:
    """The factors of this package by name."""
    text = files("tanso.oracle").joinpath("factors.toml").read_text(encoding="utf-8")
    entries = [EmissionFactor(**entry) for entry in tomllib.loads(text)["factor"]]
    return {entry.name: entry for entry in entries}


def factor(name: str) -> EmissionFactor:
    """The factor of this name; raises FactorUnknown."""
    known = bundled_factors()
    if name not in known:
        raise FactorUnknown(f"There is no factor {name!r}.", hint=f"Known are {', '.join(sorted(known))}.")
    return known[name]
