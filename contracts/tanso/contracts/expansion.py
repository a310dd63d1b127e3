"""Events as Tanso speaks of them, out of the packed ones that the contracts write to save gas.

`BatchSettled` becomes itself and one event for each input, left-over and lot; `ReportAccepted` itself and
one `IntensityRegistered` for each entry; `CarbonShipped` becomes `LotShipped`, with what the transfer before
it says. So that places stay unique and in order, an event's ``log_index`` is its log's times 65,536, plus its
rank in it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from tanso.contracts.contract import LedgerEvent
from tanso.contracts.errors import LedgerError
from tanso.contracts.packing import FormulaOf, unpack_entries, unpack_settlement
from tanso.contracts.values import ZERO_ADDRESS

PER_LOG: Final = 65_536
"""Places that each log has for its events."""

Named = tuple[str, dict[str, Any]]
BusinessOf = Callable[[str], str | None]


def expand(
    events: Iterable[LedgerEvent], business_of: BusinessOf, formula_of: FormulaOf
) -> Iterator[LedgerEvent]:
    """All events that the contracts' own events, in order and whole transactions, stand for.

    :param business_of: ID of the business that an account acts for.
    :param formula_of: ID of the formula with a number.
    :raises LedgerError: when the events don't belong together.
    """
    moves: list[Named] = []
    for event in events:
        if event.contract == "Lots" and event.name in ("TransferSingle", "TransferBatch"):
            moves = list(_moves(event))
        for rank, (name, args) in enumerate(_parts(event, moves, business_of, formula_of)):
            if rank == PER_LOG:
                raise LedgerError(f"An event of {event.transaction_hash} has more than {PER_LOG} parts.")
            yield replace(event, name=name, args=args, log_index=event.log_index * PER_LOG + rank)


def _parts(
    event: LedgerEvent, moves: list[Named], business_of: BusinessOf, formula_of: FormulaOf
) -> Iterator[Named]:
    kind = (event.contract, event.name)
    if kind == ("Lots", "BatchSettled"):
        yield from _settlement(event.args, formula_of)
    elif kind == ("Lots", "CarbonShipped"):
        yield _shipment(event, moves, business_of)
    elif kind == ("OracleReports", "ReportAccepted"):
        yield from _report(event.args)
    else:
        yield event.name, event.args


def _settlement(args: dict[str, Any], formula_of: FormulaOf) -> Iterator[Named]:
    found = unpack_settlement(bytes.fromhex(args["settlement"][2:]), formula_of)
    batch, (co2_ug, primary_ug) = found.batch, found.mass
    of_batch = {"batch_id": batch.batch_id}
    by_business = {**of_batch, "business_id": args["business_id"]}
    period = {"period_start": batch.period_start, "period_end": batch.period_end}
    total = {"co2_ug": co2_ug, "primary_ug": primary_ug}
    yield "BatchSettled", {**by_business, **period, "formula_id": batch.formula_id, **total}
    for material, (mass, primary) in zip(batch.materials, found.materials, strict=True):
        used = {**of_batch, "lot_id": material.lot_id, "quantity": material.quantity}
        yield "MaterialConsumed", {**used, "co2_ug": mass, "primary_ug": primary}
    for external, (mass, _) in zip(batch.externals, found.externals, strict=True):
        used = {**of_batch, "factor_id": external.factor_id, "quantity": external.quantity}
        yield "ExternalUsed", {**used, "co2_ug": mass}
    for use, (mass, primary) in zip(batch.equipment, found.equipment, strict=True):
        used = {**of_batch, "equipment_id": use.equipment_id, "record": use.record, "activity": use.activity}
        yield "EquipmentUsed", {**used, "co2_ug": mass, "primary_ug": primary}
    for left in batch.left_overs:
        rest = {"name": left.name, "co2_ug": left.co2_ug, "primary_ug": left.primary_ug}
        yield "LeftOverCharged", {**by_business, **rest}
    for lot in batch.lots:
        yield (
            "LotCreated",
            {
                "lot_id": lot.lot_id,
                **by_business,
                "unit": lot.unit,
                "co2_ug": lot.co2_ug,
                "primary_ug": lot.primary_ug,
                "good": lot.good,
                "defects": lot.defects,
                "breakdown_root": lot.breakdown_root,
            },
        )


def _report(args: dict[str, Any]) -> Iterator[Named]:
    entries = unpack_entries(bytes.fromhex(args["entries"][2:]))
    holdings = bytes.fromhex(args["holdings"][2:])
    yield "ReportAccepted", {k: v for k, v in args.items() if k not in ("entries", "holdings")}
    for entry, holding in zip(entries, holdings, strict=True):
        yield (
            "IntensityRegistered",
            {
                "equipment_id": entry.equipment_id,
                "business_id": args["business_id"],
                "sequence": args["sequence"],
                "record": holding << 24 | args["sequence"],
                "period_start": args["period_start"],
                "period_end": args["period_end"],
                "intensity_pg": entry.intensity_pg,
            },
        )


def _moves(event: LedgerEvent) -> Iterator[Named]:
    """Lot, quantity and accounts of each item of a transfer that moves CO2."""
    args = event.args
    giver, taker = args["from"], args["to"]
    if ZERO_ADDRESS in (giver, taker) or giver == taker:
        return
    single = event.name == "TransferSingle"
    tokens: Sequence[int] = (args["id"],) if single else args["ids"]
    quantities: Sequence[int] = (args["value"],) if single else args["values"]
    for token, quantity in zip(tokens, quantities, strict=True):
        if quantity:
            yield event.transaction_hash, {"token": token, "quantity": quantity, "from": giver, "to": taker}


def _shipment(event: LedgerEvent, moves: list[Named], business_of: BusinessOf) -> Named:
    if not moves or moves[0][0] != event.transaction_hash:
        raise LedgerError(f"A shipment in {event.transaction_hash} follows on no transfer.")
    move = moves.pop(0)[1]
    return (
        "LotShipped",
        {
            "lot_id": f"0x{move['token']:032x}",
            "from_business_id": business_of(move["from"]),
            "to_business_id": business_of(move["to"]),
            "quantity": move["quantity"],
            "co2_ug": event.args["part"] >> 106,
            "primary_ug": event.args["part"] >> 42 & (1 << 64) - 1,
        },
    )
