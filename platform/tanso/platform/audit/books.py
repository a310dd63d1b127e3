"""The ledger's books kept a second time, straight from its events and in plain Python.

Nothing here reads a database or shares code with `tanso.platform.indexer` and `tanso.platform.accounts`: what
both come to must be the same. What does not hold within the events gives findings, see
`tanso.platform.audit.findings`. All masses are whole µg CO2e, times those of the ledger's blocks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tanso.contracts.ledger import LedgerEvent
from tanso.contracts.units import PG_PER_UG
from tanso.contracts.values import ZERO_ADDRESS
from tanso.platform.audit.credit_book import CreditBook
from tanso.platform.audit.findings import Finding
from tanso.platform.audit.flows import LEFT, Flows
from tanso.platform.audit.holdings import LotBook, Mass

Args = Mapping[str, Any]


@dataclass(slots=True)
class BatchBook:
    """Sums of a batch: what went in and came out, each with its primary part."""

    business_id: str
    origin: LedgerEvent
    went_in: list[int] = field(default_factory=lambda: [0, 0])
    came_out: list[int] = field(default_factory=lambda: [0, 0])
    lots: list[LedgerEvent] = field(default_factory=list)


class Books:
    """What all events of a ledger come to. `findings` fills while they are entered."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.businesses: dict[str, str] = {}
        """Account of each business, in order of registration."""
        self.batches: dict[str, BatchBook] = {}
        self.lots: dict[str, LotBook] = {}
        self.factors: dict[str, LedgerEvent] = {}
        self.reports: dict[str, list[LedgerEvent]] = defaultdict(list)
        self.entries: dict[tuple[str, int], list[LedgerEvent]] = defaultdict(list)
        """Intensities of each report, by business and sequence."""
        self.key_sets: list[LedgerEvent] = []
        self.restatements: list[LedgerEvent] = []
        self._flows: dict[str, Flows] = defaultdict(Flows)
        self._equipment: set[str] = set()
        self.baselines: dict[str, tuple[int, int]] = {}
        """Of enrolled equipment: pg per base unit, and from when they count."""
        self.runs: dict[str, str] = {}
        """Account that runs each equipment."""
        self.credits = CreditBook(self)
        self._intensities: dict[tuple[str, int], Args] = {}
        self._tokens: dict[tuple[str, str], int] = defaultdict(int)
        self._time = 0

    def enter(self, events: Iterable[LedgerEvent], times: Mapping[int, int]) -> None:
        """Enters events in their order.

        :param times: Unix time of each event's block.
        """
        for event in events:
            self._time = times[event.block_number]
            note = _ENTRIES.get((event.contract, event.name))
            if note is not None:
                note(self, event)
            elif event.contract == "Credits":
                self.findings += self.credits.enter(event, self._time)

    def close(self) -> None:
        """Holds against each other what can be only when all events are entered."""
        for batch_id, batch in self.batches.items():
            stated = batch.origin.args
            for place, part in enumerate(("co2_ug", "primary_ug")):
                sums = (stated[part], batch.went_in[place], batch.came_out[place])
                if len(set(sums)) > 1:
                    self._find(
                        "batch-does-not-close", batch.business_id, batch_id,
                        f"Batch {batch_id} of {batch.business_id}, {part}: {sums[0]} stated, {sums[1]} went "
                        f"in, {sums[2]} "
                        "are in its lots and left-overs.",
                        {"stated_ug": sums[0], "in_ug": sums[1], "out_ug": sums[2]},
                    )  # fmt: skip
        self._check_units()
        self.findings += self.credits.close()

    def _check_units(self) -> None:
        """Holds what events say of quantities against the tokens' balances."""
        accounts = {account: business for business, account in self.businesses.items()}
        tokens = {(lot, accounts.get(who, who)): held for (lot, who), held in self._tokens.items() if held}
        stated = {key: held[0] for key, held in self.positions().items() if held[0]}
        for lot_id, holder in sorted(tokens.keys() | stated.keys()):
            by_token, by_event = tokens.get((lot_id, holder), 0), stated.get((lot_id, holder), 0)
            if by_token != by_event:
                self._find(
                    "units-disagree", holder if holder in self.businesses else None, lot_id,
                    f"{holder} holds {by_event} units of lot {lot_id} by its shipments and uses, {by_token} "
                    "by its tokens.",
                    {"by_events": by_event, "by_tokens": by_token},
                )  # fmt: skip

    def account(self, business_id: str, start: int, end: int) -> tuple[dict[str, int], dict[str, int]]:
        """An account for ledger times in [start, end): figures by name (`flows.FIGURES`) and left-overs."""
        return self._flows[business_id].account(start, end)

    def positions(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Units, µg CO2e and µg of primary data by lot and business; holders of nothing are left out."""
        return {
            (lot_id, holder): (held.quantity, held.co2_ug, held.primary_ug)
            for lot_id, lot in self.lots.items()
            for holder, held in lot.stated.items()
            if held.quantity or held.co2_ug or held.primary_ug
        }

    def _find(
        self, slug: str, business: str | None, subject: str, message: str, figures: Mapping[str, int] = {}
    ) -> None:
        self.findings.append(Finding(slug, business, self._time, subject, message, dict(figures)))

    def _known(self, event: LedgerEvent, business: str | None, kind: str, known: Any, key: Any) -> bool:
        if key in known:
            return True
        shown = " record ".join(map(str, key)) if isinstance(key, tuple) else str(key)
        self._find(
            "unknown-reference", business, shown,
            f"{event.name} in {event.transaction_hash} names the {kind} {shown}, which no event registered.",
        )  # fmt: skip
        return False

    def _flow(self, business_id: str, what: str, ug: int) -> None:
        self._flows[business_id].add(self._time, what, ug)

    def _holds(self, event: LedgerEvent, business: str, subject: str, stated: Mass, by_rule: Mass) -> None:
        if stated != by_rule:
            self._find(
                "charge-not-by-rule", business, subject,
                f"{event.name} of {subject} in {event.transaction_hash} states {stated[0]} µg, {stated[1]} "
                "µg "
                f"of it primary; the rule gives {by_rule[0]} µg and {by_rule[1]} µg.",
                {"stated_ug": stated[0], "by_rule_ug": by_rule[0]},
            )  # fmt: skip

    def _business(self, event: LedgerEvent) -> None:
        self.businesses[event.args["business_id"]] = event.args["account"]

    def _factor(self, event: LedgerEvent) -> None:
        self.factors[event.args["factor_id"]] = event

    def _machine(self, event: LedgerEvent) -> None:
        args = event.args
        self._known(event, None, "business", self.businesses, args["business_id"])
        self._equipment.add(args["equipment_id"])

    def _handed_over(self, event: LedgerEvent) -> None:
        self.runs[f"0x{event.args['token_id']:032x}"] = event.args["to"]

    def _baseline(self, event: LedgerEvent) -> None:
        args = event.args
        self._known(event, None, "equipment", self._equipment, args["equipment_id"])
        self.baselines[args["equipment_id"]] = (args["baseline_pg"], args["from"])

    def _keys(self, event: LedgerEvent) -> None:
        self.key_sets.append(event)

    def _report(self, event: LedgerEvent) -> None:
        args = event.args
        business, sequence = args["business_id"], args["sequence"]
        self._known(event, business, "business", self.businesses, business)
        if sequence != len(self.reports[business]):
            self._find(
                "out-of-sequence", business, f"report {sequence}",
                f"Report {sequence} of {business} came where {len(self.reports[business])} was due.",
            )  # fmt: skip
        self.reports[business].append(event)
        self._flow(business, "declared_ug", args["declared_ug"])

    def _intensity(self, event: LedgerEvent) -> None:
        args = event.args
        self._known(event, args["business_id"], "equipment", self._equipment, args["equipment_id"])
        if args["record"] & _SEQUENCE != args["sequence"]:
            self._find(
                "out-of-sequence", args["business_id"], args["equipment_id"],
                f"The record {args['record']} of {args['equipment_id']} is none of report "
                f"{args['sequence']}.",
            )  # fmt: skip
        self._intensities[args["equipment_id"], args["record"]] = args
        self.entries[args["business_id"], args["sequence"]].append(event)

    def _batch(self, event: LedgerEvent) -> None:
        args = event.args
        batch_id, business = args["batch_id"], args["business_id"]
        self._known(event, business, "business", self.businesses, business)
        if batch_id in self.batches:
            self._find("out-of-sequence", business, batch_id, f"Batch {batch_id} was settled twice.")
        self.batches[batch_id] = BatchBook(business, event)

    def _of_batch(self, event: LedgerEvent) -> BatchBook | None:
        business, batch_id = event.args.get("business_id"), event.args["batch_id"]
        known = self._known(event, business, "batch", self.batches, batch_id)
        return self.batches[batch_id] if known else None

    def _material(self, event: LedgerEvent) -> None:
        args = event.args
        if batch := self._of_batch(event):
            self._goes_in(batch, args)
            self._flow(batch.business_id, "consumed_ug", args["co2_ug"])
            self._taken(event, batch.business_id)

    def _external(self, event: LedgerEvent) -> None:
        args = event.args
        batch = self._of_batch(event)
        if batch is None:
            return
        self._goes_in(batch, args)
        self._flow(batch.business_id, "external_ug", args["co2_ug"])
        factor = args["factor_id"]
        if self._known(event, batch.business_id, "factor", self.factors, factor):
            by_rule = _up(args["quantity"], self.factors[factor].args["intensity_pg"])
            self._holds(event, batch.business_id, factor, (args["co2_ug"], 0), (by_rule, 0))

    def _use(self, event: LedgerEvent) -> None:
        args = event.args
        batch = self._of_batch(event)
        if batch is None:
            return
        self._goes_in(batch, args)
        self._flow(batch.business_id, "equipment_ug", args["co2_ug"])
        self._flow(batch.business_id, "metered_ug", args["primary_ug"])
        key = (args["equipment_id"], args["record"])
        if self._known(event, batch.business_id, "intensity", self._intensities, key):
            found = self._intensities[key]
            if not self._touches(found, batch):
                self._find(
                    "charge-not-by-rule", batch.business_id, args["batch_id"],
                    f"Batch {args['batch_id']} uses the record {key[1]} of {key[0]}, which is of another "
                    "time or "
                    "business.",
                )  # fmt: skip
            measured = found["intensity_pg"]
            baseline, since = self.baselines.get(key[0], (0, 0))
            charged = max(measured, baseline) if batch.origin.args["period_end"] > since else measured
            by_rule = (_up(args["activity"], charged), _up(args["activity"], measured))
            self._holds(event, batch.business_id, key[0], (args["co2_ug"], args["primary_ug"]), by_rule)

    @staticmethod
    def _touches(intensity: Args, batch: BatchBook) -> bool:
        """Whether an intensity is the business's own and of a time that touches the batch's."""
        start, end = batch.origin.args["period_start"], batch.origin.args["period_end"]
        same = intensity["business_id"] == batch.business_id
        return bool(same and intensity["period_start"] < end and start < intensity["period_end"])

    def _lot(self, event: LedgerEvent) -> None:
        args = event.args
        batch, lot_id, maker = self._of_batch(event), args["lot_id"], args["business_id"]
        if batch is not None:
            batch.came_out[0] += args["co2_ug"]
            batch.came_out[1] += args["primary_ug"]
            batch.lots.append(event)
        if lot_id in self.lots:
            self._find("out-of-sequence", maker, lot_id, f"Lot {lot_id} was made twice.")
        mass, good = (args["co2_ug"], args["primary_ug"]), args["good"]
        self.lots[lot_id] = lot = LotBook(maker, mass, good, kept=good)
        lot.state(maker, 1, good, mass)
        self._flow(maker, "made_ug", mass[0])

    def _left_over(self, event: LedgerEvent) -> None:
        args = event.args
        if batch := self._of_batch(event):
            batch.came_out[0] += args["co2_ug"]
            batch.came_out[1] += args["primary_ug"]
            self._flow(batch.business_id, LEFT + args["name"], args["co2_ug"])

    def _shipment(self, event: LedgerEvent) -> None:
        args = event.args
        giver, taker, lot_id = args["from_business_id"], args["to_business_id"], args["lot_id"]
        for business in (giver, taker):
            self._known(event, business, "business", self.businesses, business)
        moved = self._taken(event, giver, kept_first=True)
        if moved is not None:
            lot = self.lots[lot_id]
            lot.give(taker, args["quantity"], moved)
            lot.state(taker, 1, args["quantity"], (args["co2_ug"], args["primary_ug"]))
        if giver != taker:
            self._flow(giver, "outflow_ug", args["co2_ug"])
            self._flow(taker, "received_ug", args["co2_ug"])

    def _consumption(self, event: LedgerEvent) -> None:
        args = event.args
        self._known(event, args["business_id"], "business", self.businesses, args["business_id"])
        self._taken(event, args["business_id"])
        self._flow(args["business_id"], "finally_consumed_ug", args["co2_ug"])

    def _restatement(self, event: LedgerEvent) -> None:
        args = event.args
        business, lot_id = args["business_id"], args["lot_id"]
        if not self._known(event, business, "lot", self.lots, lot_id):
            return
        lot = self.lots[lot_id]
        number, charged = lot.restated[0], lot.restated[3]
        if args["number"] != number + 1:
            self._find(
                "out-of-sequence", business, lot_id,
                f"Restatement {args['number']} of lot {lot_id} came where {number + 1} was due.",
            )  # fmt: skip
        by_rule = max(charged, args["co2_ug"] - lot.mass[0])
        above = args["primary_ug"] > min(lot.mass[1], args["co2_ug"])
        if args["charged_ug"] != by_rule or above or business != lot.producer:
            self._find(
                "restatement-not-by-rule", business, lot_id,
                f"Restatement {args['number']} of lot {lot_id} charges {args['charged_ug']} µg, the rule "
                "gives "
                f"{by_rule} µg; it states {args['primary_ug']} µg of primary data, {lot.mass[1]} µg were "
                "settled.",
                {"charged_ug": args["charged_ug"], "by_rule_ug": by_rule},
            )  # fmt: skip
        self._flow(business, "restated_ug", args["charged_ug"] - charged)
        self.restatements.append(event)
        lot.restated = (args["number"], args["co2_ug"], args["primary_ug"], args["charged_ug"])

    def _taken(self, event: LedgerEvent, holder: str, *, kept_first: bool = False) -> Mass | None:
        """Takes what an event says from a holder; None when it holds less, or the lot is unknown."""
        args = event.args
        lot_id, quantity = args["lot_id"], args["quantity"]
        if not self._known(event, holder, "lot", self.lots, lot_id):
            return None
        lot, stated = self.lots[lot_id], (args["co2_ug"], args["primary_ug"])
        lot.state(holder, -1, quantity, stated)
        by_rule = lot.take(holder, quantity, kept_first=kept_first)
        if by_rule is None:
            self._find(
                "more-taken-than-held", holder, lot_id,
                f"{event.name} in {event.transaction_hash} takes {quantity} units of lot {lot_id} from "
                f"{holder}, "
                "which held less.",
                {"quantity": quantity},
            )  # fmt: skip
            return None
        self._holds(event, holder, lot_id, stated, by_rule)
        return by_rule

    def _goes_in(self, batch: BatchBook, args: Args) -> None:
        batch.went_in[0] += args["co2_ug"]
        batch.went_in[1] += args.get("primary_ug", 0)

    def _moved(self, event: LedgerEvent) -> None:
        args = event.args
        single = event.name == "TransferSingle"
        ids, values = ([args["id"]], [args["value"]]) if single else (args["ids"], args["values"])
        for token, value in zip(ids, values, strict=True):
            lot_id = f"0x{token:032x}"
            if args["from"] != ZERO_ADDRESS:
                self._tokens[lot_id, args["from"]] -= value
            if args["to"] != ZERO_ADDRESS:
                self._tokens[lot_id, args["to"]] += value


_SEQUENCE: Final = 2**24 - 1
"""The bits of a record that are the sequence of its report."""


def _up(activity: int, intensity_pg: int) -> int:
    """µg of an activity, rounded up."""
    return -(-activity * intensity_pg // PG_PER_UG)


_ENTRIES: Final[dict[tuple[str, str], Callable[[Books, LedgerEvent], None]]] = {
    ("BusinessRegistry", "BusinessRegistered"): Books._business,
    ("FactorRegistry", "FactorRegistered"): Books._factor,
    ("Equipment", "EquipmentRegistered"): Books._machine,
    ("Equipment", "Transfer"): Books._handed_over,
    ("Equipment", "EquipmentBaselineSet"): Books._baseline,
    ("OracleQuorum", "OracleKeysChanged"): Books._keys,
    ("OracleReports", "ReportAccepted"): Books._report,
    ("OracleReports", "IntensityRegistered"): Books._intensity,
    ("Lots", "BatchSettled"): Books._batch,
    ("Lots", "MaterialConsumed"): Books._material,
    ("Lots", "ExternalUsed"): Books._external,
    ("Lots", "EquipmentUsed"): Books._use,
    ("Lots", "LotCreated"): Books._lot,
    ("Lots", "LeftOverCharged"): Books._left_over,
    ("Lots", "LotShipped"): Books._shipment,
    ("Lots", "LotConsumed"): Books._consumption,
    ("Lots", "LotRestated"): Books._restatement,
    ("Lots", "TransferSingle"): Books._moved,
    ("Lots", "TransferBatch"): Books._moved,
}
"""What notes each kind of event; the others say nothing about carbon."""
