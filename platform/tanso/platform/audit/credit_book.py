"""Reductions and credits, added up from their events."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

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


@dataclass(slots=True)
class ReductionBook:
    """A recorded reduction, and whether it is bundled."""

    event: LedgerEvent
    bundled: bool = False

    @property
    def ug(self) -> int:
        """Its mass, µg CO2e."""
        return int(self.event.args["reduction_ug"])


class Registered(Protocol):
    """What the other contracts' events said so far; see `Books`."""

    @property
    def businesses(self) -> Mapping[str, str]: ...
    @property
    def runs(self) -> Mapping[str, str]: ...
    @property
    def baselines(self) -> Mapping[str, tuple[int, int]]: ...


class CreditBook:
    """What was enrolled, recorded, bundled, issued and retired."""

    def __init__(self, registered: Registered) -> None:
        self.programmes: dict[str, ProgrammeSums] = defaultdict(ProgrammeSums)
        self.reductions: dict[str, ReductionBook] = {}
        self.retired: list[LedgerEvent] = []
        self._registered = registered
        self._enrolled: dict[str, str] = {}
        """Programme of each enrolled equipment."""
        self._recorded_until: dict[str, int] = {}
        self._time = 0

    def enter(self, event: LedgerEvent, time: int) -> Iterator[Finding]:
        """Enters an event of the contract Credits of a block with this time."""
        self._time, args = time, event.args
        match event.name:
            case "EquipmentEnrolled":
                yield from self._enrolment(event)
            case "ReductionRecorded":
                yield from self._reduction(event)
            case "ReductionBundled":
                yield from self._bundled(event)
            case "CreditsIssued":
                self.programmes[args["programme_id"]].issued += args["tonnes"]
                self.programmes[args["programme_id"]].carried_ug = args["carried_ug"]
            case "CreditsRetired":
                self.programmes[args["programme_id"]].retired += args["tonnes"]
                self.retired.append(event)

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

    def _enrolment(self, event: LedgerEvent) -> Iterator[Finding]:
        args, equipment_id = event.args, event.args["equipment_id"]
        if self._registered.baselines.get(equipment_id) != (args["baseline_pg"], args["from"]):
            yield self._not_by_rule(event, equipment_id, "its baseline is not the one that lots are charged")
        if equipment_id in self._enrolled:
            yield self._not_by_rule(event, equipment_id, "it was enrolled before")
        self._enrolled[equipment_id] = args["programme_id"]
        self._recorded_until[equipment_id] = args["from"]

    def _reduction(self, event: LedgerEvent) -> Iterator[Finding]:
        args, equipment_id, key = event.args, event.args["equipment_id"], event.args["reduction_id"]
        registered = self._registered
        account = registered.businesses.get(args["business_id"])
        if account is None or account != registered.runs.get(equipment_id):
            yield self._not_by_rule(event, key, "its business does not run its equipment")
        if self._enrolled.get(equipment_id) != args["programme_id"]:
            yield self._not_by_rule(event, key, "its equipment was not enrolled in its programme")
        elif args["baseline_pg"] != registered.baselines.get(equipment_id, (0, 0))[0]:
            yield self._not_by_rule(event, key, "it rests on another baseline than lots are charged")
        elif args["period_start"] < self._recorded_until[equipment_id]:
            yield self._not_by_rule(event, key, "its period starts before the last one ended, or too early")
        self._recorded_until[equipment_id] = args["period_end"]
        self.reductions[key] = ReductionBook(event)

    def _bundled(self, event: LedgerEvent) -> Iterator[Finding]:
        key, ug, business = (event.args[name] for name in ("reduction_id", "reduction_ug", "business_id"))
        found = self.reductions.get(key)
        if found is None or found.bundled or found.ug != ug or found.event.args["business_id"] != business:
            yield Finding(
                "credits-do-not-add-up",
                business,
                self._time,
                key,
                f"The reduction {key} of {business} was bundled with {ug} µg, and not recorded so, or "
                "bundled before.",
                {"reduction_ug": ug},
            )
        if found is not None:
            found.bundled = True
        self.programmes[event.args["programme_id"]].bundled_ug += ug

    def _not_by_rule(self, event: LedgerEvent, subject: str, why: str) -> Finding:
        return Finding(
            "reduction-not-by-rule", event.args["business_id"], self._time, subject,
            f"{event.name} of {subject} in {event.transaction_hash}: {why}.",
        )  # fmt: skip
