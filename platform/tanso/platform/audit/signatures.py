"""What oracle keys signed, against the events: reports with their intensities, and reductions behind credits.

Each is one transaction to ask the node for. It must say what the events say, and enough of the keys in force
just before must have signed it; a node that lies cannot make such signatures.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from eth_account import Account
from eth_account.messages import encode_typed_data

from tanso.contracts.errors import InvalidValue
from tanso.contracts.ledger import Ledger, LedgerEvent
from tanso.contracts.values import Reduction, Report
from tanso.platform.audit.books import Args, Books
from tanso.platform.audit.chain import Progress, Times, call_of, unreadable
from tanso.platform.audit.findings import Finding

_OF_REPORT: Final = (
    "business_id", "sequence", "period_start", "period_end", "formula_id", "evidence_root", "declared_ug",
)  # fmt: skip
_OF_REDUCTION: Final = (
    "equipment_id", "programme_id", "period_start", "period_end", "reduction_ug", "baseline_pg",
    "evidence_root",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    """Something that oracle keys sign, and how to hold an event of it against what they signed."""

    slug: str
    figure: str
    """Name of its mass, µg."""
    contract: Any
    read: Callable[[str], tuple[Any, tuple[str, ...]]]
    """What was signed, and the signatures, out of call data."""
    differs: Callable[[LedgerEvent, Any], list[str]]
    """In what an event and those of its transaction differ from what was signed."""


def check_reports(books: Books, ledger: Ledger, times: Times, on: Progress) -> Iterator[Finding]:
    """Reports that are not what enough oracle keys signed; asks for one transaction a report."""

    def differs(event: LedgerEvent, report: Report) -> list[str]:
        recorded = books.entries[event.args["business_id"], event.args["sequence"]]
        entries = {entry.equipment_id: entry.intensity_pg for entry in report.entries}
        shown = {item.args["equipment_id"]: item.args["intensity_pg"] for item in recorded}
        periods = {(item.args["period_start"], item.args["period_end"]) for item in recorded}
        other = [name for name in _OF_REPORT if event.args[name] != getattr(report, name)]
        other += ["entries"] if entries != shown else []
        signed = {(report.period_start, report.period_end)}
        return other + (["an intensity's period"] if periods - signed else [])

    reports = ledger.reports
    kind = _Kind("report-not-signed", "declared_ug", reports, reports.submitted, differs)
    for events in books.reports.values():
        for event in events:
            on(1)
            subject = f"report {event.args['sequence']}"
            yield from _check(books, ledger, event, times, kind, subject)


def check_reductions(books: Books, ledger: Ledger, times: Times, on: Progress) -> Iterator[Finding]:
    """Reductions that are not what enough oracle keys signed; asks for one transaction a reduction."""

    def differs(event: LedgerEvent, signed: Reduction) -> list[str]:
        named = tokens.reduction_id(signed.equipment_id, signed.period_start, signed.period_end)
        other = [name for name in _OF_REDUCTION if event.args[name] != getattr(signed, name)]
        return other + (["reduction_id"] if event.args["reduction_id"] != named else [])

    tokens = ledger.credits
    kind = _Kind("reduction-not-signed", "reduction_ug", tokens, tokens.recorded, differs)
    for reduction_id, reduction in books.credits.reductions.items():
        on(1)
        yield from _check(books, ledger, reduction.event, times, kind, f"reduction {reduction_id}")


def _check(
    books: Books, ledger: Ledger, event: LedgerEvent, times: Times, kind: _Kind, subject: str
) -> Iterator[Finding]:
    business_id, time = event.args["business_id"], times[event.block_number]
    shown = f"{subject} of {business_id}"
    data = call_of(ledger, event)
    if data is None:
        yield unreadable(event, time, subject)
        return
    try:
        signed, signatures = kind.read(data.hex())
    except InvalidValue:
        yield Finding(
            kind.slug, business_id, time, subject,
            f"The transaction {event.transaction_hash}, by which {shown} came, hands nothing in that could "
            "be signed.",
        )  # fmt: skip
        return
    if other := kind.differs(event, signed):
        told_ug, signed_ug = event.args[kind.figure], getattr(signed, kind.figure)
        yield Finding(
            kind.slug, business_id, time, subject,
            f"The event of {shown} says something else than its transaction: {', '.join(other)}.",
            {kind.figure: told_ug, "signed_ug": signed_ug},
        )  # fmt: skip
        return
    place = bisect_left(books.key_sets, _place(event), key=_place) - 1
    keys: Args = books.key_sets[place].args if place >= 0 else {"keys": (), "threshold": 1}
    valid = len(_signers(kind.contract.typed_data(signed), signatures) & set(keys["keys"]))
    if valid < keys["threshold"]:
        yield Finding(
            kind.slug, business_id, time, subject,
            f"{subject[0].upper()}{shown[1:]} has valid signatures of {valid} oracle keys in force then; "
            f"{keys['threshold']} were needed.",
            {"signatures": valid, "threshold": keys["threshold"]},
        )  # fmt: skip


def _place(event: LedgerEvent) -> tuple[int, int]:
    return event.block_number, event.log_index


def _signers(typed_data: dict[str, Any], signatures: tuple[str, ...]) -> set[str]:
    """Addresses whose keys signed; a signature that cannot be read is nobody's."""
    message, found = encode_typed_data(full_message=typed_data), set()
    for signature in signatures:
        try:
            found.add(Account.recover_message(message, signature=signature))
        except Exception:  # noqa: S112 - eth-keys raises several unrelated types
            continue
    return found
