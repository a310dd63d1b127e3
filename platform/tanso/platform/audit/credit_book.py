"""Reductions and credits, added up from their events."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tanso.contracts.ledger import LedgerEvent
from tanso.contracts.units import UG_PER_TONNE
from tanso.platform.audit.findings import Finding


@dataclass(slots=True)
class ProgrammeSums:
    """Sums of a credit programme; µg bundled and carried, tonnes issued and retired."""

    bundled_ug: int = 0
    issued: int = 0
    carried_ug: int = 0
    retired: int = 0


class CreditBook:
    """What was recorded, bundled, issued and retired."""

    def __init__(self) -> None:
        self.programmes: dict[str, ProgrammeSums] = defaultdict(ProgrammeSums)
        self._reductions: dict[str, tuple[int, bool]] = {}
        """µg of each recorded reduction, and whether it is bundled."""
        self._time = 0

    def enter(self, event: LedgerEvent, time: int) -> Iterator[Finding]:
        """Enters an event of the contract Credits of a block with this time."""
        self._time, args = time, event.args
        match event.name:
            case "ReductionRecorded":
                self._reductions[args["reduction_id"]] = (args["reduction_ug"], False)
            case "ReductionBundled":
                yield from self._bundled(event)
            case "CreditsIssued":
                self.programmes[args["programme_id"]].issued += args["tonnes"]
                self.programmes[args["programme_id"]].carried_ug = args["carried_ug"]
            case "CreditsRetired":
                self.programmes[args["programme_id"]].retired += args["tonnes"]

    def close(self) -> Iterator[Finding]:
        """Holds what was issued against what was bundled."""
        for programme_id, sums in self.programmes.items():
            issued_ug = sums.issued * UG_PER_TONNE + sums.carried_ug
            if issued_ug != sums.bundled_ug or sums.carried_ug >= UG_PER_TONNE or sums.retired > sums.issued:
                yield Finding(
                    "credits-do-not-add-up",
                    None,
                    self._time,
                    programme_id,
                    f"Programme {programme_id}: {sums.bundled_ug} µg were bundled, {sums.issued} t issued "
                    "and "
                    f"{sums.carried_ug} µg carried, {sums.retired} t retired.",
                    {"bundled_ug": sums.bundled_ug, "issued_ug": issued_ug, "retired_tonnes": sums.retired},
                )

    def _bundled(self, event: LedgerEvent) -> Iterator[Finding]:
        key, ug = event.args["reduction_id"], event.args["reduction_ug"]
        if self._reductions.get(key) != (ug, False):
            yield Finding(
                "credits-do-not-add-up",
                event.args["business_id"],
                self._time,
                key,
                f"The reduction {key} was bundled with {ug} µg, and not recorded so, or bundled before.",
                {"reduction_ug": ug},
            )
        self._reductions[key] = (ug, True)
        self.programmes[event.args["programme_id"]].bundled_ug += ug
