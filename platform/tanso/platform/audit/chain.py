"""The ledger as an auditor's own program reads it: all events, once, and what stands behind them.

Three layers, each harder to forge for a node that lies: events that must fit each other
(`tanso.platform.audit.books`), reports and reductions that must be what the oracle's keys signed
(`tanso.platform.audit.signatures`), and the contracts' state, which must be what the events come to.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from tanso.contracts.contract import asked
from tanso.contracts.ledger import Ledger, LedgerEvent
from tanso.contracts.packing import lots_hash
from tanso.contracts.units import Unit
from tanso.contracts.values import NewLot
from tanso.platform.audit.books import BatchBook, Books
from tanso.platform.audit.findings import Finding

Progress = Callable[[int], None]
"""Told how much more is done."""

Times = Mapping[int, int]
"""Unix time of each block with events."""

_OF_CERTIFICATE: Final = ("programme_id", "account", "tonnes", "beneficiary_id", "purpose_hash")
_OF_FACTOR: Final = ("intensity_pg", "valid_from", "valid_until", "unit", "gwp_set", "source_hash")


class Recorder:
    """Hands a ledger's events on to the indexer and keeps those of the last reading of each block."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept: dict[int, list[LedgerEvent]] = {}

    def events(self, from_block: int, to_block: int) -> list[LedgerEvent]:
        """All events in these blocks, both included."""
        found = self._ledger.events(from_block, to_block)
        for number in [number for number in self._kept if from_block <= number <= to_block]:
            del self._kept[number]
        for event in found:
            self._kept.setdefault(event.block_number, []).append(event)
        return found

    def wrote_in(self, block_hash: str, bloom: bytes) -> bool:
        """Whether the ledger wrote events in this block."""
        return self._ledger.wrote_in(block_hash, bloom)

    def recorded(self, last_block: int) -> list[LedgerEvent]:
        """All events up to a block, in order."""
        return [
            event
            for number in sorted(self._kept)
            if number <= last_block
            for event in sorted(self._kept[number], key=lambda event: event.log_index)
        ]


def check_restatements(books: Books, ledger: Ledger, times: Times, on: Progress) -> Iterator[Finding]:
    """Restatements that say something else than their transactions; asks for one transaction each.

    The contract keeps the latest of a lot only.
    """
    for event in books.restatements:
        on(1)
        args, time = event.args, times[event.block_number]
        data = call_of(ledger, event)
        if data is None:
            yield unreadable(event, time, args["lot_id"])
            continue
        stated = [args[name] for name in ("lot_id", "co2_ug", "primary_ug", "reason_hash")]
        if data != ledger.lots.restate(*stated).data:
            yield Finding(
                "state-disagrees", args["business_id"], time, args["lot_id"],
                f"Restatement {args['number']} of lot {args['lot_id']} says something else than the "
                "transaction "
                f"{event.transaction_hash}.",
                {"number": args["number"], "restated_ug": args["co2_ug"]},
            )  # fmt: skip


def call_of(ledger: Ledger, event: LedgerEvent) -> bytes | None:
    """Call data of an event's transaction; None when it went to another contract than the event's."""
    found: Any = asked(lambda: ledger.w3.eth.get_transaction(event.transaction_hash))  # type: ignore[arg-type]
    direct = found["to"] == ledger.deployment.addresses[event.contract]
    return bytes(found["input"]) if direct else None


def unreadable(event: LedgerEvent, time: int, subject: str) -> Finding:
    """That an event came by way of another contract."""
    return Finding(
        "transaction-not-readable", event.args["business_id"], time, subject,
        f"{event.name} of {subject} came by the transaction {event.transaction_hash}, which is no plain call "
        "of "
        f"{event.contract}.",
    )  # fmt: skip


def state_questions(books: Books) -> int:
    """How many times `check_state` asks the node."""
    registered = len(books.factors) + len(books.baselines) + len(books.businesses)
    credit = len(books.credits.reductions) + len(books.credits.programmes) + len(books.credits.retired)
    return len(books.batches) + len(books.lots) + len(books.positions()) + registered + credit + 1


def check_state(books: Books, ledger: Ledger, now: int, on: Progress) -> Iterator[Finding]:
    """Where the contracts keep something else than the events come to.

    :param now: ledger time of the last block that was read.
    """

    def held(business_id: str | None, subject: str, what: str, events: Any, state: Any) -> Iterator[Finding]:
        on(1)
        if events != state:
            yield Finding(
                "state-disagrees", business_id, now, subject,
                f"{what} {subject}: {events} by the events, {state} by the contract.",
                {"events": str(events), "state": str(state)},
            )  # fmt: skip

    for batch_id, batch in books.batches.items():
        state = ledger.lots.lots_hash_of(batch_id)
        yield from held(batch.business_id, batch_id, "Lots of batch", _lots_hash(batch), state)
    for lot_id, lot in books.lots.items():
        found = ledger.lots.state_of(lot_id)
        latest = found and (
            found.restatements, found.restated_ug, found.restated_primary_ug, found.charged_ug
        )  # fmt: skip
        yield from held(lot.producer, lot_id, "Restatements of lot", lot.restated, latest)
    for (lot_id, holder), stated in books.positions().items():
        if holder not in books.businesses:
            continue  # `Books` has found this already
        place = ledger.lots.position_of(lot_id, books.businesses[holder])
        kept = (place.quantity, place.co2_ug, place.primary_ug)
        yield from held(holder, lot_id, "The holder's part of lot", stated, kept)
    for factor_id, event in books.factors.items():
        factor = ledger.factors.factor_of(factor_id)
        told = tuple(event.args[name] for name in _OF_FACTOR)
        recorded = factor and tuple(getattr(factor, name) for name in _OF_FACTOR)
        yield from held(None, factor_id, "Factor", told, recorded)
    for equipment_id, baseline in books.baselines.items():
        enrolled = ledger.equipment.baseline_of(equipment_id)
        yield from held(None, equipment_id, "Baseline of", baseline, enrolled)
    for business_id in books.businesses:
        count = ledger.reports.next_sequence(business_id)
        yield from held(business_id, business_id, "Reports of", len(books.reports[business_id]), count)
    if books.key_sets:  # else the contract may not be there yet at the last block that could be read
        told_keys = [(event.args["threshold"], event.args["keys"]) for event in books.key_sets]
        kept_keys = [(keys.threshold, keys.keys) for keys in ledger.quorum.key_sets()]
        yield from held(None, "OracleQuorum", "Thresholds and keys of", told_keys, kept_keys)
    yield from _credits(books, ledger, held)


def _credits(books: Books, ledger: Ledger, held: Callable[..., Iterator[Finding]]) -> Iterator[Finding]:
    for reduction_id, reduction in books.credits.reductions.items():
        kept = ledger.credits.reduction_of(reduction_id)
        owner = reduction.event.args["business_id"]
        yield from held(owner, reduction_id, "Reduction", (reduction.ug, reduction.bundled), kept)
    for programme_id, sums in books.credits.programmes.items():
        programme = ledger.credits.programme_of(programme_id)
        state = programme and (programme.issued_tonnes, programme.carried_ug, programme.retired_tonnes)
        summed = (sums.issued, sums.carried_ug, sums.retired)
        yield from held(None, programme_id, "Issued, carried and retired of programme", summed, state)
    for event in books.credits.retired:
        number = event.args["certificate_id"]
        certificate = ledger.credits.certificate_of(number)
        told = tuple(event.args[name] for name in _OF_CERTIFICATE)
        recorded = certificate and tuple(getattr(certificate, name) for name in _OF_CERTIFICATE)
        yield from held(None, f"certificate {number}", "Retirement", told, recorded)


def _lots_hash(batch: BatchBook) -> str:
    """The hash that the contract keeps of a batch's lots, from the lots' events."""
    names = [field.name for field in fields(NewLot)]
    return lots_hash(
        [
            NewLot(**{name: event.args[name] for name in names} | {"unit": Unit(event.args["unit"])})
            for event in batch.lots
        ]
    )
