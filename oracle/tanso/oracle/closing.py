"""Closing periods: what was computed is sealed, signed and queued once.

Everything of one closing (evidence, leaves, queued report) is stored in one transaction: on any error nothing
is stored and nothing is queued. Closing the same period again gives what is there. Other oracle processes are
asked between two transactions; the first keeps what was proposed, which stays if one of them may have signed.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.contracts.errors import TansoError
from tanso.contracts.ledger import Call, Ledger
from tanso.oracle.calculation import PeriodResult
from tanso.oracle.computed import Computed
from tanso.oracle.computing import Computing
from tanso.oracle.devices.marks import unmarked
from tanso.oracle.errors import PeriodClosed, ReportStuck
from tanso.oracle.evidence.store import (
    REDUCTION,
    REPORT,
    Evidence,
    EvidenceRecord,
    load_evidence,
    records_of,
    save_evidence,
)
from tanso.oracle.gaps.fill import Estimate
from tanso.oracle.intake.bulk import one_writer
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox, OutboxMessage, Status
from tanso.oracle.period_data import Gap
from tanso.oracle.quorum import Peers, ProposalRefused, QuorumError, sign_with_quorum
from tanso.oracle.quorum.proposal import Proposal, fingerprint
from tanso.oracle.quorum.remembered import forget, remember, stands
from tanso.oracle.store import utc_now, writing

LIFETIME = 7 * 86_400
"""Seconds for which a signed report or reduction may land."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed period: what was signed and queued."""

    evidence: Evidence
    result: PeriodResult
    gaps: tuple[Gap, ...]
    """Where a device has no readings, filled or not; the leaves show the seconds covered."""
    filled: tuple[Estimate, ...]
    """Those that were filled by a rule; the evidence's leaf `estimated` has their share."""
    message: OutboxMessage

    @property
    def estimated_share(self) -> str:
        """Share of filled gaps in the emissions, an exact fraction from 0 to 1, as text."""
        leaves = self.evidence.sealed.leaves
        return next((str(leaf["emissions"]) for leaf in leaves if leaf["kind"] == "estimated"), "0")


@dataclass(frozen=True, slots=True)
class Attested:
    """An attested reduction: what was signed and queued."""

    evidence: Evidence
    reduction_ug: int
    """µg CO2e, rounded down."""
    gaps: tuple[Gap, ...]
    filled: tuple[Estimate, ...]
    message: OutboxMessage


Done = tuple[Evidence, OutboxMessage]
"""What was stored and queued for a statement."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A computed report or reduction, ready to be signed."""

    kind: str
    business_id: str
    subject: str
    made: Computed
    amount_ug: int
    sequence: int | None
    """None for a reduction."""
    deadline: int
    allow_refused: bool
    typed_data: dict[str, object]
    call: Callable[[Sequence[bytes]], Call]
    """With signatures, as it is sent."""

    def proposal(self, secret: bytes) -> Proposal:
        """What other processes are asked to sign."""
        return Proposal.model_validate(
            {
                "kind": self.kind,
                "business_id": self.business_id,
                "subject": self.subject,
                "period_start": self.made.data.start,
                "period_end": self.made.data.end,
                "sequence": self.sequence or 0,
                "deadline": self.deadline,
                "allow_refused": int(self.allow_refused),
                "root": self.made.sealed.root,
                "fingerprints": [fingerprint(secret, leaf) for leaf in self.made.sealed.leaves],
            }
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement that other processes are to be asked for."""

    peers: Peers
    statement: Statement
    proposal: Proposal
    new: bool
    """It was not proposed before."""
    needed: int
    registered: tuple[str, ...]


class Closing(Computing):
    """States the figures of the node's businesses to the ledger."""

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        outbox: Outbox,
        keys: KeyRing,
        *,
        sender: str,
        secret_of: Callable[[str], bytes],
        clock: Callable[[], int] = utc_now,
        lifetime: int = LIFETIME,
        peers: Peers | None = None,
    ) -> None:
        """Nothing is read or written yet.

        `keys`: the oracle keys that this node holds; `sender`: account that sends reports, whose key the
        outbox holds (any account may: the signatures decide); `secret_of`: a business's secret, from which
        device IDs and salts are derived; `lifetime`: seconds for which a signature is valid;
        `peers`: other oracle processes that must come to the same and sign (None: this node's keys alone).
        """
        super().__init__(ledger, secret_of=secret_of, clock=clock)
        self.engine, self.outbox, self.keys = engine, outbox, keys
        self.sender, self.lifetime, self.peers = sender, lifetime, peers

    def close_period(self, business_id: str, start: int, end: int, *, allow_refused: bool = False) -> Closed:
        """Computes, seals and signs the report of [start, end) (Unix seconds), and queues it.

        The key in the outbox is "report:<business>:<start>:<end>". With `allow_refused`, unresolved refused
        rows are left out; the number of all refused rows stands in the evidence. Raises the errors under
        PeriodRefused, CalculationRefused and QuantityRefused, those of the quorum and the outbox, and
        Reverted when the ledger would refuse the report; nothing is stored or queued then.
        """
        with self._alone(business_id) as session:
            made, result = self.computed_report(session, business_id, start, end, allow_refused)
            done: Done | Asked | None = self._stated(session, REPORT, business_id, business_id, made)
            if done is None:
                sequence, _ = self._next_sequence(session, business_id)
                report = made.report(business_id, result, sequence, self.clock() + self.lifetime)
                reports = self.ledger.reports
                statement = Statement(
                    *(REPORT, business_id, business_id, made, result.declared_ug),
                    *(sequence, report.deadline, allow_refused),
                    typed_data=reports.typed_data(report),
                    call=lambda signatures: reports.submit(report, signatures),
                )
                done = self._begun(session, statement)
        evidence, message = self._agreed(done) if isinstance(done, Asked) else done
        return Closed(evidence, result, tuple(made.data.gaps()), made.filled, message)

    def attest_reduction(
        self, business_id: str, equipment_id: str, start: int, end: int, *, allow_refused: bool = False
    ) -> Attested:
        """Computes, seals and signs the reduction of a registered solar roof in [start, end), and queues it.

        The key in the outbox is "reduction:<equipment>:<start>:<end>". Errors as `close_period`, and
        NoReduction when it is not above zero, BaselineDiffers or BeforeEnrolment when lots are not charged
        for it what the reduction takes away.
        """
        with self._alone(business_id) as session:
            made, reduction_ug = self.computed_reduction(
                session, business_id, equipment_id, start, end, allow_refused
            )
            done: Done | Asked | None = self._stated(session, REDUCTION, business_id, equipment_id, made)
            if done is None:
                deadline = self.clock() + self.lifetime
                reduction = self.reduction(session, made, business_id, equipment_id, reduction_ug, deadline)
                credits_ = self.ledger.credits
                statement = Statement(
                    *(REDUCTION, business_id, equipment_id, made, reduction_ug),
                    *(None, deadline, allow_refused),
                    typed_data=credits_.typed_data(reduction),
                    call=lambda signatures: credits_.record(reduction, signatures),
                )
                done = self._begun(session, statement)
        evidence, message = self._agreed(done) if isinstance(done, Asked) else done
        return Attested(evidence, reduction_ug, tuple(made.data.gaps()), made.filled, message)

    def _stated(
        self, session: Session, kind: str, business_id: str, subject: str, made: Computed
    ) -> Done | None:
        """What was stored if this very statement was made before; raises PeriodClosed if another was."""
        start, end, sealed = made.data.start, made.data.end, made.sealed
        for record in records_of(session, business_id, kind):
            if record.subject != subject or record.period_end <= start or end <= record.period_start:
                continue
            found = load_evidence(session, record)
            # The first leaf counts refused rows, there may be more by now, and more may be known of devices;
            # the rest are the figures.
            same_period = (record.period_start, record.period_end) == (start, end)
            if same_period and unmarked(found.sealed.leaves[1:]) == unmarked(sealed.leaves[1:]):
                return found, self._message(session, record.outbox_key)
            raise PeriodClosed(
                f"The period {record.period_start} to {record.period_end} has been stated already, "
                "with other bounds or other figures.",
                hint="What was stated is never changed; carry a correction into the next period.",
            )
        return None

    def _next_sequence(self, session: Session, business_id: str) -> tuple[int, int]:
        """The sequence of the business's next report, and the one that the ledger expects now."""
        on_ledger = self.ledger.reports.next_sequence(business_id)
        sequence = on_ledger
        for record in records_of(session, business_id, REPORT):
            assert record.sequence is not None
            if record.sequence < on_ledger:
                continue
            message = self._message(session, record.outbox_key)
            if message.status == Status.PARKED:
                raise ReportStuck(
                    f"The report {record.sequence} of {business_id} was refused: {message.error_text}",
                    hint=f"Retry {record.outbox_key!r} in the outbox first: reports land in order.",
                )
            sequence = max(sequence, record.sequence + 1)
        return sequence, on_ledger

    @staticmethod
    def _message(session: Session, key: str) -> OutboxMessage:
        return session.exec(select(OutboxMessage).where(OutboxMessage.key == key)).one()

    @contextmanager
    def _alone(self, business_id: str) -> Iterator[Session]:
        """A transaction during which nothing is taken for the business and none of its periods is closed."""
        with writing(self.engine) as session:
            one_writer(session, business_id)
            yield session

    def _begun(self, session: Session, statement: Statement) -> Done | Asked:
        """Signed and queued by this process alone; or, with others, kept as what they are to be asked for."""
        quorum = self.ledger.quorum
        needed, registered = quorum.threshold(), quorum.keys()
        if self.peers is None:
            signatures = sign_with_quorum(
                statement.typed_data, self.keys, needed=needed, registered=registered
            )
            return self._state(session, statement, signatures)
        proposal = statement.proposal(self.secret_of(statement.business_id))
        new = remember(session, proposal, statement.made.devices, self.clock())
        return Asked(self.peers, statement, proposal, new, needed, tuple(registered))

    def _agreed(self, asked: Asked) -> Done:
        """Has the others sign, with no transaction open, and queues the statement if it still holds then."""
        statement, business_id = asked.statement, asked.statement.business_id
        try:
            signatures = asked.peers.sign(
                asked.proposal,
                statement.made.sealed.leaves,
                self.secret_of(business_id),
                statement.typed_data,
                self.keys,
                needed=asked.needed,
                registered=asked.registered,
                names={self.device_id(business_id, name): name for name in statement.made.devices},
            )
        except TansoError as error:
            if asked.new and not (isinstance(error, QuorumError) and error.binding):
                with self._alone(business_id) as session:
                    forget(session, asked.proposal)
            raise
        with self._alone(business_id) as session:
            done = self._stated(session, statement.kind, business_id, statement.subject, statement.made)
            if done is not None:
                return done
            expected = statement.sequence
            if expected is not None:
                expected, _ = self._next_sequence(session, business_id)
            if not stands(session, asked.proposal) or expected != statement.sequence:
                raise ProposalRefused(
                    "Something else was stated or withdrawn here while other processes were asked.",
                    hint="Close the period again.",
                )
            return self._state(session, statement, signatures)

    def _state(self, session: Session, statement: Statement, signatures: Sequence[bytes]) -> Done:
        """Stores a signed statement and queues it; raises Reverted when the ledger would refuse it."""
        made, call = statement.made, statement.call(signatures)
        expected = self.ledger.reports.next_sequence
        if statement.sequence is None or statement.sequence == expected(statement.business_id):
            # With earlier reports still on their way the ledger could only answer that they come first.
            self.ledger.simulate(call, self.sender)
        record = EvidenceRecord(
            kind=statement.kind,
            business_id=statement.business_id,
            subject=statement.subject,
            period_start=made.data.start,
            period_end=made.data.end,
            root=made.sealed.root,
            formula_id=made.formula_id,
            sequence=statement.sequence,
            amount_ug=statement.amount_ug,
            devices=json.dumps(made.devices),
            outbox_key=made.key,
            created_at=self.clock(),
        )
        evidence = save_evidence(session, record, made.sealed)
        message = self.outbox.enqueue(
            session, key=record.outbox_key, sender=self.sender, call=call, kind=record.kind
        )
        return evidence, message
