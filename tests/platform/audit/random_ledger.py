"""Random ledgers as lists of events, by the rules that the contracts keep, written down independently.

What a producer keeps of a lot is floor(whole · kept / good) for primary data and for the rest; what goes is
the difference. Parts of others go by `share_up`.
"""

from typing import Any

from tanso.contracts.ledger import LedgerEvent
from tanso.contracts.units import Unit, emissions_up, share_up
from tanso.contracts.values import ZERO_ADDRESS, ZERO_HASH

FIRMS = tuple(f"0x{number:032x}" for number in (1, 2, 3))
END = 100
FACTOR, MACHINE = "0x" + "fa" * 16, "0x" + "ac" * 16
RESIN_PG, MACHINE_PG, BASELINE_PG = 987_654_321, 1_234_567, 3_000_000
Part = list[int]
"""Units, µg, µg of primary data."""


class RandomLedger:
    """Grows by `play`; `events` are whole at any time, `times` are those of the blocks."""

    def __init__(self) -> None:
        self.events: list[LedgerEvent] = []
        self.times: dict[int, int] = {}
        self.time = 0
        self.lots: dict[str, tuple[str, int, int, int]] = {}
        self.kept: dict[str, int] = {}
        self.parts: dict[tuple[str, str], Part] = {}
        self.reports = dict.fromkeys(FIRMS, 0)
        self.charges: dict[str, tuple[int, int]] = {}
        self.transaction = 0
        for number, firm in enumerate(FIRMS):
            self.add(
                "BusinessRegistry", "BusinessRegistered",
                business_id=firm, account=account(firm), endpoint_hash=ZERO_HASH,
            )  # fmt: skip
            machine = {"equipment_id": machine_of(firm)}
            self.add("Equipment", "EquipmentRegistered", **machine, business_id=firm, unit=Unit.SECOND)
            self.report(firm, 1000)
            if number == 1:
                self.add(
                    "Equipment", "EquipmentBaselineSet", **machine, baseline_pg=BASELINE_PG, **{"from": 0}
                )
        self.add(
            "FactorRegistry", "FactorRegistered",
            factor_id=FACTOR, intensity_pg=RESIN_PG, valid_from=0, valid_until=2**40 - 1, unit=Unit.GRAM,
            gwp_set="AR6", source_hash=ZERO_HASH,
        )  # fmt: skip

    def add(self, contract: str, name: str, /, *, same: bool = False, **args: Any) -> None:
        """An event of a transaction of its own, or of the `same` as the one before."""
        self.transaction += not same
        block = self.transaction
        self.times[block] = self.time
        place = {"block_number": block, "block_hash": ZERO_HASH, "transaction_hash": f"0x{block:064x}"}
        self.events.append(LedgerEvent(contract, name, args, log_index=len(self.events), **place))  # type: ignore[arg-type]

    def report(self, firm: str, declared_ug: int) -> None:
        sequence = self.reports[firm]
        self.reports[firm] += 1
        named = {"business_id": firm, "sequence": sequence, "period_start": 0, "period_end": 100}
        self.add(
            "OracleReports", "ReportAccepted",
            **named, formula_id=ZERO_HASH, evidence_root=ZERO_HASH, declared_ug=declared_ug,
        )  # fmt: skip
        intensity = {"equipment_id": machine_of(firm), "record": sequence, "intensity_pg": MACHINE_PG}
        self.add("OracleReports", "IntensityRegistered", same=True, **named, **intensity)

    def settle(self, firm: str, resin: int, seconds: int, good: int, part: int, waste: int) -> None:
        batch = {"batch_id": f"0x{'ba':0<24}{self.transaction:08x}"}
        by_firm = {**batch, "business_id": firm}
        uses: list[tuple[str, dict[str, int | str]]] = []
        taken = self.some(firm, part)
        if taken is not None:
            lot_id, quantity = taken
            co2, primary = self.take(lot_id, firm, quantity, kept_first=False)
            moved: Any = {"lot_id": lot_id, "quantity": quantity, "co2_ug": co2, "primary_ug": primary}
            self.burn(firm, lot_id, quantity)
            uses.append(("MaterialConsumed", moved))
        if resin:
            mass = emissions_up(resin, RESIN_PG)
            uses.append(("ExternalUsed", {"factor_id": FACTOR, "quantity": resin, "co2_ug": mass}))
        if seconds:
            charged = max(MACHINE_PG, BASELINE_PG) if firm == FIRMS[1] else MACHINE_PG
            masses = {
                "co2_ug": emissions_up(seconds, charged),
                "primary_ug": emissions_up(seconds, MACHINE_PG),
            }
            machine = {"equipment_id": machine_of(firm), "record": 0, "activity": seconds}
            uses.append(("EquipmentUsed", machine | masses))  # type: ignore[arg-type]
        co2, primary = (sum(int(use.get(name, 0)) for _, use in uses) for name in ("co2_ug", "primary_ug"))
        period = {"period_start": 0, "period_end": 100, "formula_id": ZERO_HASH}
        self.add("Lots", "BatchSettled", **by_firm, **period, co2_ug=co2, primary_ug=primary)
        for name, use in uses:
            self.add("Lots", name, same=True, **batch, **use)
        left = min(waste, co2 - primary)
        if left:
            self.add("Lots", "LeftOverCharged", same=True, **by_firm, name="waste", co2_ug=left, primary_ug=0)
        lot_id = f"0x{'10':0<24}{self.transaction:08x}"
        self.lots[lot_id], self.kept[lot_id] = (firm, co2 - left, primary, good), good
        self.add(
            "Lots", "LotCreated", same=True, **by_firm, lot_id=lot_id, unit=Unit.PIECE, co2_ug=co2 - left,
            primary_ug=primary, good=good, defects=0, breakdown_root=ZERO_HASH,
        )  # fmt: skip
        self.transfer(ZERO_ADDRESS, account(firm), lot_id, good, same=True)

    def ship(self, firm: str, to: str, part: int) -> None:
        found = self.some(firm, part)
        if found is None or firm == to:
            return
        lot_id, quantity = found
        co2, primary = self.take(lot_id, firm, quantity, kept_first=True)
        self.transfer(account(firm), account(to), lot_id, quantity)
        both = {"from_business_id": firm, "to_business_id": to}
        moved = {"lot_id": lot_id, "quantity": quantity, "co2_ug": co2, "primary_ug": primary}
        self.add("Lots", "LotShipped", same=True, **both, **moved)
        held = self.parts.setdefault((lot_id, to), [0, 0, 0])
        self.parts[lot_id, to] = [a + b for a, b in zip(held, (quantity, co2, primary), strict=True)]

    def consume(self, firm: str, part: int) -> None:
        found = self.some(firm, part)
        if found is None:
            return
        lot_id, quantity = found
        co2, primary = self.take(lot_id, firm, quantity, kept_first=False)
        self.burn(firm, lot_id, quantity)
        moved = {"lot_id": lot_id, "quantity": quantity, "co2_ug": co2, "primary_ug": primary}
        self.add("Lots", "LotConsumed", same=True, business_id=firm, purpose_hash=ZERO_HASH, **moved)

    def restate(self, firm: str, co2_ug: int) -> None:
        lots = [lot_id for lot_id, lot in self.lots.items() if lot[0] == firm]
        if not lots:
            return
        lot_id = lots[co2_ug % len(lots)]
        number, charged = self.charges.get(lot_id, (0, 0))
        self.charges[lot_id] = (number + 1, max(charged, co2_ug - self.lots[lot_id][1]))
        self.add(
            "Lots", "LotRestated", lot_id=lot_id, business_id=firm, number=number + 1, co2_ug=co2_ug,
            primary_ug=0, charged_ug=self.charges[lot_id][1], reason_hash=ZERO_HASH,
        )  # fmt: skip

    def some(self, firm: str, part: int) -> tuple[str, int] | None:
        """Some units of some lot that the firm holds."""
        held = {lot_id: self.held(lot_id, firm) for lot_id in self.lots}
        lots = [lot_id for lot_id, units in held.items() if units]
        if not lots:
            return None
        lot_id = lots[part % len(lots)]
        return lot_id, 1 + part % held[lot_id]

    def held(self, lot_id: str, firm: str) -> int:
        own = self.kept[lot_id] if self.lots[lot_id][0] == firm else 0
        return own + self.parts.get((lot_id, firm), [0])[0]

    def take(self, lot_id: str, firm: str, quantity: int, *, kept_first: bool) -> tuple[int, int]:
        maker, co2, primary, good = self.lots[lot_id]
        kept = self.kept[lot_id] if maker == firm else 0
        units, part_co2, part_primary = self.parts.get((lot_id, firm), [0, 0, 0])
        from_kept = min(kept, quantity) if kept_first else max(0, quantity - units)

        def left(whole: int, units: int) -> int:
            return whole * units // good

        rest = self.kept[lot_id] - from_kept
        of_primary = left(primary, rest + from_kept) - left(primary, rest)
        of_other = left(co2 - primary, rest + from_kept) - left(co2 - primary, rest)
        self.kept[lot_id] = rest
        moved = (of_primary + of_other, of_primary)
        if from_part := quantity - from_kept:
            taken = (share_up(part_co2, from_part, units), share_up(part_primary, from_part, units))
            self.parts[lot_id, firm] = [units - from_part, part_co2 - taken[0], part_primary - taken[1]]
            moved = (moved[0] + taken[0], moved[1] + taken[1])
        return moved

    def burn(self, firm: str, lot_id: str, quantity: int) -> None:
        self.transfer(account(firm), ZERO_ADDRESS, lot_id, quantity)

    def transfer(self, giver: str, taker: str, lot_id: str, quantity: int, *, same: bool = False) -> None:
        both = {"operator": giver, "from": giver, "to": taker}
        self.add("Lots", "TransferSingle", same=same, **both, id=int(lot_id, 16), value=quantity)


def account(firm: str) -> str:
    """The account that acts for a firm."""
    return f"0x{int(firm, 16):040x}"


def machine_of(firm: str) -> str:
    """A firm's machine."""
    return MACHINE[:-1] + firm[-1]
