"""Figures that are sound in themselves: one by one, or the plain ones of most files in columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

from tanso.oracle.intake.bulk import Key, Row

REGISTER = -1
"""Stands for the start in what a cumulative register shows at `end`."""


class Candidate(NamedTuple):
    """A figure that is sound in itself."""

    line: int
    series: int
    device: str
    quantity: str
    start: int
    end: int
    value: str
    unit: str
    cells: list[str]
    sequence: int | None = None
    """The device's own count of its readings."""
    signature: str | None = None
    """The device's signature of `signed`."""
    signed: str | None = None
    """What the device signed, as it sent it: `tanso.oracle.devices.signing_text`."""


Plain = tuple[int, tuple[int, int], str, list[str]]
"""Line, start and end, value, and the row's cells."""


@dataclass(slots=True)
class Column:
    """Figures of intervals, of one series, device, quantity and unit, in the order of their rows.

    Quicker than an object for each.
    """

    series: int
    device: str
    quantity: str
    unit: str
    figures: list[Plain] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Device and quantity."""
        return self.device, self.quantity

    @property
    def span(self) -> tuple[int, int]:
        """Start of the first one, end of the last."""
        return self.figures[0][1][0], self.figures[-1][1][1]

    def candidates(self) -> Iterator[Candidate]:
        """The same figures one by one."""
        for line, (start, end), value, cells in self.figures:
            yield Candidate(
                line, self.series, self.device, self.quantity, start, end, value, self.unit, cells
            )

    def rows(self, business_id: str, file_id: int) -> Iterator[Row]:
        """The same figures as rows of the table of readings."""
        _, times, values, _ = zip(*self.figures, strict=True)
        starts, ends = zip(*times, strict=True)
        before = repeat(business_id), repeat(self.device), repeat(self.quantity)
        return zip(*before, starts, ends, values, repeat(self.unit), repeat(file_id), strict=False)

    def one_after_another(self, longest: int) -> bool:
        """Whether no interval begins before the one above it ends, and none is longer than `longest`."""
        reached = -1
        for _, (start, end), _, _ in self.figures:
            if start < reached or end - start > longest:
                return False
            reached = end
        return True
