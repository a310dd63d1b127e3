"""What came to a business and went from it, by ledger time, added up over any period."""

from collections import defaultdict
from typing import Final

FIGURES: Final = (
    "opening_ug", "received_ug", "external_ug", "declared_ug", "restated_ug", "outflow_ug", "closing_ug",
    "made_ug", "consumed_ug", "equipment_ug", "metered_ug", "finally_consumed_ug",
)  # fmt: skip
"""Figures of an account that both recomputations have under these names, beside the left-overs."""

LEFT: Final = "left over: "
"""Before the name of a left-over."""
_STOCK: Final = {
    "made_ug": 1, "received_ug": 1, "consumed_ug": -1, "finally_consumed_ug": -1, "outflow_ug": -1,
}  # fmt: skip
"""What changes the stock of lots, and which way."""


class Flows:
    """One business's, in µg CO2e."""

    def __init__(self) -> None:
        self._flows: list[tuple[int, str, int]] = []

    def add(self, time: int, what: str, ug: int) -> None:
        """Notes µg under a figure's name, or under `LEFT` and the name of a left-over."""
        self._flows.append((time, what, ug))

    def account(self, start: int, end: int) -> tuple[dict[str, int], dict[str, int]]:
        """Sums for ledger times in [start, end), by `FIGURES`, and left-overs by their names."""
        found = dict.fromkeys(FIGURES, 0)
        left: dict[str, int] = defaultdict(int)
        for time, what, ug in self._flows:
            if what in _STOCK and time < end:
                found["closing_ug"] += _STOCK[what] * ug
                found["opening_ug"] += _STOCK[what] * ug if time < start else 0
            if start <= time < end:
                if what.startswith(LEFT):
                    left[what.removeprefix(LEFT)] += ug
                else:
                    found[what] += ug
        return found, dict(left)
