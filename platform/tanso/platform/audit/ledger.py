"""The audit of a whole ledger by an auditor's own program: needs a node of the chain and nothing else.

The indexer's own code fills a read model in a temporary file, `Books` adds the same events up in plain
Python, and both must come to the same accounts and positions, to the microgram.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from tanso.contracts.contract import asked
from tanso.contracts.errors import ChainUnreachable, TansoError
from tanso.contracts.identity import content_hash
from tanso.contracts.ledger import Ledger
from tanso.oracle.store import StoreError, create_tables, open_store, reading
from tanso.platform.accounts.service import CarbonAccount
from tanso.platform.audit.books import Books
from tanso.platform.audit.chain import (
    Recorder,
    check_restatements,
    check_state,
    state_questions,
)
from tanso.platform.audit.findings import Finding, Tolerances
from tanso.platform.audit.flows import FIGURES
from tanso.platform.audit.service import audit_business, check_network
from tanso.platform.audit.signatures import check_reductions, check_reports
from tanso.platform.errors import NotFound
from tanso.platform.indexer.errors import IndexerError
from tanso.platform.indexer.models import IndexedBlock
from tanso.platform.indexer.service import Indexer
from tanso.platform.lots.models import LotPositionRow

OnProgress = Callable[[str, int, int], None]
"""Told what is done, how far it is and how much there is."""


@dataclass(frozen=True, slots=True)
class LedgerAudit:
    """What an audit of a ledger came to. Times are those of its blocks, `end` is after the last one."""

    chain_id: int
    last_block: int
    block_hash: str
    start: int
    end: int
    events: int
    accounts: Sequence[CarbonAccount]
    findings: Sequence[Finding]
    """Gravest first."""


def audit_ledger(
    ledger: Ledger,
    *,
    business_id: str | None = None,
    start: int | None = None,
    end: int | None = None,
    tolerances: Tolerances | None = None,
    events_only: bool = False,
    max_range: int = 2000,
    on_progress: OnProgress = lambda *_: None,
) -> LedgerAudit:
    """Audits all businesses of a ledger, or one, for ledger times in [start, end).

    Identities are held over all events, whatever the time.

    :param events_only: leaves out what asks the node for each report, batch, lot and position: signatures of
        reports and reductions, and the contracts' state.
    :param max_range: most blocks asked for at once.
    :raises NotFound: when no such business is registered.
    :raises LedgerError: when the node can't be asked.
    """
    allowed = tolerances or Tolerances()
    recorder = Recorder(ledger)
    with _temporary_store() as engine:
        indexer = Indexer(
            engine,
            recorder,
            ledger.w3,
            deployment=content_hash(b"audit"),
            start_block=ledger.deployment.block,
            max_range=max_range,
        )
        broken = list(_index(indexer, ledger.deployment.block, on_progress))
        last = indexer.status().indexed_block
        block = asked(lambda: ledger.w3.eth.get_block(last))
        now = int(block["timestamp"])
        with reading(engine) as session:
            times = {row.block_number: row.block_time for row in session.exec(select(IndexedBlock))}
            events = recorder.recorded(last)
            books = Books()
            books.enter(events, times)
            books.close()
            if business_id is not None and business_id not in books.businesses:
                raise NotFound(f"No business {business_id} is registered.", "Check the ID.")
            span = (
                min(times.values(), default=now) if start is None else start,
                now + 1 if end is None else end,
            )
            audited = [business_id] if business_id is not None else list(books.businesses)
            accounts, findings = _businesses(session, books, audited, span, allowed, on_progress)
            findings += check_network(session, *span)
            findings += _positions(session, books, now)
    findings += books.findings + broken
    if not events_only:
        findings += _behind(books, ledger, last, now, times, on_progress)
    if business_id is not None:
        findings = [finding for finding in findings if finding.business_id in (None, business_id)]
    return LedgerAudit(
        chain_id=ledger.deployment.chain_id,
        last_block=last,
        block_hash="0x" + bytes(block["hash"]).hex(),
        start=span[0],
        end=span[1],
        events=len(events),
        accounts=accounts,
        findings=sorted(findings, key=lambda finding: finding.key),
    )


@contextmanager
def _temporary_store() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="tanso-audit-") as folder:
        engine = open_store(f"sqlite:///{Path(folder) / 'read-model.db'}")
        create_tables(engine)
        yield engine
        engine.dispose()


def _index(indexer: Indexer, first: int, on_progress: OnProgress) -> Iterator[Finding]:
    """Fills the read model as far as the events let it."""
    try:
        while indexer.step():
            status = indexer.status()
            head = status.head_block or status.indexed_block
            on_progress("reading events", status.indexed_block - first, head - first)
    except ChainUnreachable:
        raise
    except (IndexerError, StoreError, IntegrityError) as error:
        yield Finding(
            "events-not-readable",
            None,
            0,
            "read model",
            f"The events stop making sense: {str(error).splitlines()[0]}",
        )


def _businesses(
    session: Session,
    books: Books,
    businesses: list[str],
    span: tuple[int, int],
    tolerances: Tolerances,
    on_progress: OnProgress,
) -> tuple[list[CarbonAccount], list[Finding]]:
    accounts: list[CarbonAccount] = []
    findings: list[Finding] = []
    for number, business_id in enumerate(businesses, start=1):
        try:
            account, found = audit_business(session, business_id, *span, tolerances)
        except NotFound:
            continue  # its events are among those that the read model did not take
        accounts.append(account)
        findings += [*found, *_both_ways(account, books)]
        on_progress("auditing businesses", number, len(businesses))
    return accounts, findings


def _both_ways(account: CarbonAccount, books: Books) -> Iterator[Finding]:
    """Where the account by the read model is not the one by the events."""
    figures, left_overs = books.account(account.business_id, account.start, account.end)
    pairs = [(name, getattr(account, name), figures[name]) for name in FIGURES]
    pairs += [
        (f"left over as {name!r}", account.left_overs.get(name, 0), left_overs.get(name, 0))
        for name in sorted(account.left_overs.keys() | left_overs.keys())
    ]
    for name, by_model, by_events in pairs:
        if by_model != by_events:
            yield Finding(
                "accounts-disagree", account.business_id, account.end - 1, name,
                f"{name} of {account.business_id}: {by_model} µg by the read model, {by_events} µg by the "
                "events.",
                {"by_read_model_ug": by_model, "by_events_ug": by_events},
            )  # fmt: skip


def _positions(session: Session, books: Books, now: int) -> Iterator[Finding]:
    """Where a position by the read model is not the one by the events."""
    by_events = books.positions()
    by_model = {
        (row.lot_id, row.business_id): (row.quantity, row.co2_ug, row.primary_ug)
        for row in session.exec(select(LotPositionRow))
    }
    for lot_id, holder in sorted(by_events.keys() | by_model.keys()):
        pair = (by_model.get((lot_id, holder)), by_events.get((lot_id, holder)))
        if pair[0] != pair[1]:
            yield Finding(
                "accounts-disagree", holder, now, lot_id,
                f"What {holder} holds of lot {lot_id} is {pair[0]} by the read model, {pair[1]} by the "
                "events.",
                {"by_read_model": str(pair[0]), "by_events": str(pair[1])},
            )  # fmt: skip


def _behind(
    books: Books, ledger: Ledger, last: int, now: int, times: dict[int, int], on_progress: OnProgress
) -> list[Finding]:
    """What stands behind the events: signatures, and the contracts' state at the last block."""
    reports, restated = sum(map(len, books.reports.values())), len(books.restatements)
    reduced = len(books.credits.reductions)
    found = [
        *check_reports(books, ledger, times, _counted("signatures of reports", reports, on_progress)),
        *check_reductions(books, ledger, times, _counted("signed reductions", reduced, on_progress)),
        *check_restatements(books, ledger, times, _counted("restatements", restated, on_progress)),
    ]
    # The chain goes on meanwhile: every question is about the block up to which events were read.
    before, ledger.w3.eth.default_block = ledger.w3.eth.default_block, last
    try:
        state = _counted("the contracts' state", state_questions(books), on_progress)
        found += check_state(books, ledger, now, state)
    except TansoError as error:
        raise ChainUnreachable(
            f"The node does not tell the contracts' state of block {last}: {error.message}",
            hint="Ask again, or another node; `--events-only` leaves this out.",
        ) from error
    finally:
        ledger.w3.eth.default_block = before
    return found


def _counted(what: str, total: int, on_progress: OnProgress) -> Callable[[int], None]:
    done = 0

    def on(more: int) -> None:
        nonlocal done
        done += more
        on_progress(what, done, total)

    return on
