"""Who holds how much of one lot, by the rule that `ILots.shareOf` documents, in plain Python.

What its producer never gave away lies in the lot's record, and its CO2 is taken off cumulatively, rounded up
over all that was given; parts that came from another holder are divided proportionally, rounded up.
"""

from dataclasses import dataclass, field

Mass = tuple[int, int]
"""µg CO2e, and of it primary data."""


@dataclass(slots=True)
class Holding:
    """Base units, µg CO2e and µg of primary data."""

    quantity: int = 0
    co2_ug: int = 0
    primary_ug: int = 0

    def move(self, sign: int, quantity: int, mass: Mass) -> None:
        """Adds (1) or takes away (-1)."""
        self.quantity += sign * quantity
        self.co2_ug += sign * mass[0]
        self.primary_ug += sign * mass[1]


@dataclass(slots=True)
class LotBook:
    """One lot: what it was made with, what the producer still has of that, and others' parts of it."""

    producer: str
    mass: Mass
    good: int
    kept: int = 0
    parts: dict[str, Holding] = field(default_factory=dict)
    stated: dict[str, Holding] = field(default_factory=dict)
    """What each business holds by the masses that events state."""
    restated: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Number of restatements, the latest figures (all, primary) and the charge."""

    def take(self, holder: str, quantity: int, *, kept_first: bool) -> Mass | None:
        """What goes along with that many units; None, and nothing is taken, when less is held.

        :param kept_first: a producer ships what it never gave away first, and consumes it last.
        """
        part = self.parts.get(holder, Holding())
        kept = self.kept if holder == self.producer else 0
        if quantity > part.quantity + kept:
            return None
        from_kept = min(kept, quantity) if kept_first else max(0, quantity - part.quantity)
        co2_ug, primary_ug = self._from_record(from_kept)
        if rest := quantity - from_kept:
            taken = (-(-part.co2_ug * rest // part.quantity), -(-part.primary_ug * rest // part.quantity))
            part.move(-1, rest, taken)
            co2_ug, primary_ug = co2_ug + taken[0], primary_ug + taken[1]
        return co2_ug, primary_ug

    def give(self, holder: str, quantity: int, mass: Mass) -> None:
        """A part comes to a holder."""
        self.parts.setdefault(holder, Holding()).move(1, quantity, mass)

    def state(self, holder: str, sign: int, quantity: int, mass: Mass) -> None:
        """Notes what an event says came to (1) or went from (-1) a holder."""
        self.stated.setdefault(holder, Holding()).move(sign, quantity, mass)

    def _from_record(self, quantity: int) -> Mass:
        """Takes what was never given away: primary data and the rest, each rounded up over all given."""
        later = self.kept - quantity
        whole, primary = self.mass
        taken = [
            part * self.kept // self.good - part * later // self.good for part in (primary, whole - primary)
        ]
        self.kept = later
        return sum(taken), taken[0]
