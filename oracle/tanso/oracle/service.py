"""The oracle: from operation data to signed reports in the outbox.

oracle = Oracle(engine, ledger, outbox, keys, sender=account, secret_of=secret_of)
oracle.register(Site(...))
oracle.ingest(business_id, "day.csv", content, layout)
closed = oracle.close_period(business_id, start, end)     # computed, sealed, signed, queued
outbox.drain()                                             # sent
"""

from collections.abc import Sequence

from tanso.contracts.identity import parse_id
from tanso.oracle.closing import Closing
from tanso.oracle.errors import RowsRefused
from tanso.oracle.evidence.store import Evidence, EvidenceRecord, find_evidence, records_of
from tanso.oracle.intake import IntakeResult, Layout, RefusedRow, ingest, resolve
from tanso.oracle.intake.batches import BatchAnswer, take_batch
from tanso.oracle.intake.overview import open_refusals
from tanso.oracle.intake.reported import reported_periods
from tanso.oracle.sites import Site, SolarRoof, register
from tanso.oracle.store import reading, writing


class Oracle(Closing):
    """Takes operation data of the node's businesses and states figures to the ledger."""

    def register(self, what: Site | SolarRoof) -> int:
        """Stores how a business measures; gives the version. It counts for periods closed from now on."""
        with writing(self.engine) as session:
            return register(session, what, self.clock())

    def ingest(
        self, business_id: str, name: str, content: bytes, layout: Layout, *, whole: bool = False
    ) -> IntakeResult:
        """Takes a file of operation data: good figures are stored, the others kept aside with their reason.

        Raises LayoutRefused when the file as a whole does not fit, and with `whole` RowsRefused when any row
        is refused; nothing is taken then.
        """
        with writing(self.engine) as session:
            reported = reported_periods(session, parse_id(business_id))
            now = self.clock()
            result = ingest(session, business_id, name, content, layout, now=now, reported=reported)
            if whole and result.refused:
                raise RowsRefused(result.refused)
            return result

    def take_batch(self, business_id: str, body: bytes) -> BatchAnswer:
        """Takes readings as JSON; errors as `intake.batches.take_batch`."""
        with writing(self.engine) as session:
            reported = reported_periods(session, parse_id(business_id))
            return take_batch(session, business_id, body, now=self.clock(), reported=reported)

    def refused(self, business_id: str, *, after: int = 0, limit: int) -> list[RefusedRow]:
        """Refused rows that nobody has resolved, in the order of their numbers: the next ones after one."""
        with reading(self.engine) as session:
            return open_refusals(session, business_id, after=after, limit=limit)

    def resolve_refused(self, business_id: str, row_id: int, reason: str) -> None:
        """Settles that a refused row may be left out, and why. Raises EvidenceRefused for an unknown row."""
        with writing(self.engine) as session:
            resolve(session, business_id, row_id, reason)

    def evidence(self, business_id: str, *, sequence: int | None = None, root: str | None = None) -> Evidence:
        """Evidence of a business, by its report's sequence or by its root; raises EvidenceRefused."""
        with reading(self.engine) as session:
            return find_evidence(session, business_id, sequence=sequence, root=root)

    def statements(self, business_id: str) -> Sequence[EvidenceRecord]:
        """All reports and reductions that were stated for a business, in order."""
        with reading(self.engine) as session:
            return records_of(session, business_id)
