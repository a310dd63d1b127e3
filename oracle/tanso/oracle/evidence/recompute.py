"""Recomputing what was reported from the leaves alone, without any database.

Whoever holds the leaves of a report can check the root (`Sealed(leaves).root`) and get the intensities and
the declared total again. The oracle itself computes by these functions: what it reports is what can be
recomputed.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from tanso.oracle.calculation import PeriodResult, calculate, emissions
from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence.supplies import LeafLike, Totals, of_kind, text_of, uses_and_equipment
from tanso.oracle.formulas import GAPS, INTENSITY, INTENSITY_1, formula
from tanso.oracle.gaps.rules import Used, estimated_value
from tanso.oracle.gaps.shares import activity_sources, shares
from tanso.oracle.units import make_factor, micrograms

_SINCE_2 = {"line", "valid_from", "standard_times"}


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the leaves of a report amount to."""

    intensities_pg: dict[str, int]
    """Per equipment ID, pg CO2e per base unit, rounded up."""
    declared_ug: int
    """µg CO2e, rounded up."""


@contextmanager
def _malformed_refused() -> Iterator[None]:
    """Leaves may come from anybody: what does not have the documented form is refused by name."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise EvidenceRefused(f"A leaf does not have the documented form: {error!r}.") from error


@_malformed_refused()
def recompute(leaves: Iterable[LeafLike]) -> Recomputed:
    """Intensities and declared total of a report, from all its leaves.

    Raises EvidenceRefused when leaves are missing or the result leaves say something else, and the errors of
    the calculation.
    """
    held = list(leaves)
    _complete(held)
    _by_formula(held)
    result = calculate_from(held)
    found = Recomputed(result.intensities_pg, result.declared_ug)
    claimed = {leaf["equipment_id"]: leaf["intensity_pg"] for leaf in of_kind(held, "result")}
    for equipment_id in sorted(claimed.keys() | found.intensities_pg.keys()):
        _same(
            f"intensity of {equipment_id}",
            claimed.get(equipment_id),
            found.intensities_pg.get(equipment_id),
        )
    _check_estimates(held)
    _same("declared total", _one(held, "declared")["declared_ug"], found.declared_ug)
    return found


@_malformed_refused()
def recompute_reduction(leaves: Iterable[LeafLike]) -> int:
    """The reduction in µg CO2e, rounded down, from all leaves of its evidence; errors as `recompute`."""
    held = list(leaves)
    _complete(held)
    found = reduction_down(held)
    _check_estimates(held)
    _same("reduction", _one(held, "reduction")["reduction_ug"], found)
    return found


def calculate_from(leaves: Sequence[LeafLike]) -> PeriodResult:
    """Equations (5)–(8) over the factor, equipment and reading leaves, as tanso-intensity@2 has it."""
    totals = Totals(leaves)
    energies, machines = uses_and_equipment(leaves, totals)
    totals.refuse_unused()
    return calculate(energies, machines)


def reduction_down(leaves: Sequence[LeafLike]) -> int:
    """tanso-solar@1: self-consumed energy × factor − own consumption × factor, in µg CO2e, rounded down.

    Self-consumed is what was generated less what was exported.
    """
    totals = Totals(leaves)
    roof = _one(leaves, "installation")
    source = _one(leaves, "factor")
    factor = make_factor(text_of(source, "value"), text_of(source, "unit"), "grid factor")

    def mass(name: str) -> Fraction:
        if name not in roof:
            return Fraction(0)
        amount = totals.sum_of([roof[name]["device"]], roof[name]["quantity"])
        return micrograms(emissions(amount, factor), name)

    reduced = mass("generated") - mass("exported") - mass("own_consumption")
    totals.refuse_unused()
    return reduced.__floor__()


def _check_estimates(leaves: Sequence[LeafLike]) -> None:
    """Filled gaps are what their rules give, where that is allowed and nothing was measured; shares fit."""
    head, never = _one(leaves, "formula"), activity_sources(leaves)
    covered: dict[tuple[str, str], int] = {}
    for leaf in of_kind(leaves, "reading"):
        key = (leaf["device"], leaf["quantity"])
        covered[key] = covered.get(key, 0) + leaf["covered_s"]
    reached: dict[tuple[str, str], int] = {}
    for leaf in sorted(of_kind(leaves, "estimate"), key=lambda leaf: leaf["start"]):
        key, start, end = (leaf["device"], leaf["quantity"]), leaf["start"], leaf["end"]
        used = [Used(*one) for one in leaf["used"]]
        if leaf["formula"] != formula(GAPS).content_hash:
            raise EvidenceRefused("A gap is filled by a formula that is not known here.")
        if key in never:
            raise EvidenceRefused(f"{key[1]} of {key[0]} must not be filled.")
        if start < reached.get(key, head["period_start"]) or end > head["period_end"]:
            raise EvidenceRefused(
                f"A filled gap of {key[1]} of {key[0]} lies outside the period or twice in it."
            )
        if (leaf["value"], leaf["unit"]) != estimated_value(leaf["rule"], leaf.get("days"), start, end, used):
            raise EvidenceRefused(f"A filled gap of {key[1]} of {key[0]} is not what its rule gives.")
        reached[key] = end
        covered[key] = covered.get(key, 0) + end - start
        if covered[key] > head["period_end"] - head["period_start"]:
            raise EvidenceRefused(f"{key[1]} of {key[0]} is filled where it was measured.")
    found = shares(leaves)
    stated = [
        {name: leaf[name] for name in ("sources", "emissions")} for leaf in of_kind(leaves, "estimated")
    ]
    if stated != ([] if found is None else [found]):
        raise EvidenceRefused("The share of filled gaps is not stated as the leaves give it.")


def _one(leaves: Sequence[LeafLike], kind: str) -> LeafLike:
    found = of_kind(leaves, kind)
    if len(found) != 1:
        raise EvidenceRefused(f"There must be one leaf of the kind {kind!r}, there are {len(found)}.")
    return found[0]


def _complete(leaves: Sequence[LeafLike]) -> None:
    expected = _one(leaves, "formula")["leaves"]
    if len(leaves) != expected:
        raise EvidenceRefused(
            f"The evidence has {expected} leaves, {len(leaves)} were given.", hint="Ask for all of them."
        )


def _by_formula(leaves: Sequence[LeafLike]) -> None:
    """Holds the leaves against what the formula they name knows of."""
    name = _one(leaves, "formula")["name"]
    if name not in (INTENSITY_1, INTENSITY):
        raise EvidenceRefused(
            f"The report names the formula {str(name)[:40]!r}, which this version cannot compute.",
            hint="Check it with a newer version of Tanso.",
        )
    if name == INTENSITY_1 and any(leaf.keys() & _SINCE_2 for leaf in leaves):
        raise EvidenceRefused(f"{name} knows no lines, changes of a factor or standard times.")


def _same(what: str, claimed: int | None, found: int | None) -> None:
    if claimed != found:
        raise EvidenceRefused(f"The {what} is stated as {claimed}, the leaves give {found}.")
