"""How the CO2 of a batch's inputs is spread over the lots and left-overs that used them.

The ledger knows only the totals of a batch: how much of each distinct input went in, and what each lot and
left-over carries. It prices each total once and rounds it up once. This module prices the same totals in the
same way and splits them over the single uses so that the parts of every input sum to its total, to the
microgram: nothing is lost between the private uses and the public batch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tanso.contracts.units import split_exactly
from tanso.platform.lots.drafts import InputKind


@dataclass(frozen=True, slots=True)
class Source:
    """One distinct input of a batch. `record` is the index of the intensity record, 0 for what has none."""

    kind: InputKind
    ref_id: str
    record: int = 0


@dataclass(frozen=True, slots=True)
class Mass:
    """µg CO2e, and the part of it that comes from metered equipment."""

    co2_ug: int
    primary_ug: int

    def __add__(self, other: "Mass") -> "Mass":
        return Mass(self.co2_ug + other.co2_ug, self.primary_ug + other.primary_ug)


NOTHING = Mass(0, 0)


def total_of(masses: Iterable[Mass]) -> Mass:
    """Sum of masses, µg CO2e."""
    return sum(masses, NOTHING)


@dataclass(frozen=True, slots=True)
class Used:
    """A quantity, in base units, of a source."""

    source: Source
    quantity: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """`inputs`.

    Each distinct source with its total, in the order of first use; `parts`: one mass per use, as given.
    """

    inputs: list[tuple[Used, Mass]]
    parts: list[Mass]


def split_mass(mass: Mass, weights: Sequence[int]) -> list[Mass]:
    """Parts of `mass` in proportion to `weights`; they sum to it in both numbers.

    The metered part and the rest are split apart: splitting the whole and the metered part instead could
    round a single part's metered share one microgram above the part itself, which the ledger refuses.
    """
    primary = split_exactly(mass.primary_ug, weights)
    rest = split_exactly(mass.co2_ug - mass.primary_ug, weights)
    return [Mass(p + r, p) for p, r in zip(primary, rest, strict=True)]


def allocate(uses: Sequence[Used], price: Callable[[Used], Mass]) -> Allocation:
    """Price every distinct source once, for its whole quantity, and split the result over its uses."""
    places: dict[Source, list[int]] = {}
    for index, use in enumerate(uses):
        places.setdefault(use.source, []).append(index)
    inputs: list[tuple[Used, Mass]] = []
    parts = [NOTHING] * len(uses)
    for source, indexes in places.items():
        weights = [uses[i].quantity for i in indexes]
        total = Used(source, sum(weights))
        mass = price(total)
        inputs.append((total, mass))
        for i, part in zip(indexes, split_mass(mass, weights), strict=True):
            parts[i] = part
    return Allocation(inputs, parts)
