"""Settles completed lots by their business's policy.

    Settler(engine, ledger, outbox, now).settle_due()        # what the node's worker does again and again

A batch per hour or day holds the lots whose last second lies in it, by the clock of the business's site; it
reaches back to where the first of them was started. A batch's name follows from the policy's (`day
2026-03-01`), with a number where one is not enough; lots leave the state *completed* in the transaction that
queues their batch, so a restart never settles them twice.

What cannot be settled is tried again after ten minutes, twenty, forty, up to once a day, and given up after
`MOST_TRIES`, about five days; the lots say why. Lots of a batch that could be settled without them are not
kept waiting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select, update

from tanso.contracts.errors import LedgerError, Reverted, TansoError
from tanso.contracts.ledger import Ledger
from tanso.oracle.errors import BadTime, NotConfigured
from tanso.oracle.formulas import CFP, formula
from tanso.oracle.intake.times import zone_of
from tanso.oracle.outbox import Outbox
from tanso.oracle.schedule import boundary
from tanso.oracle.sites import site_of
from tanso.oracle.store import reading, writing
from tanso.platform.businesses.local import local_business
from tanso.platform.errors import Conflict
from tanso.platform.lots.drafts import DraftStatus, LotDraft, Settlement
from tanso.platform.lots.settlement import Request, follow_up, free_name, one_at_a_time, settle
from tanso.platform.policies.models import Per, SettlementPolicy, policy_of

MOST_TRIES = 12
FIRST_WAIT_S = 600
LONGEST_WAIT_S = 86_400
MOST_LOTS = 200
"""Lots in one batch."""
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one batch holds: one lot, or a business's lots that end in [start, end), Unix seconds."""

    name: str
    start: int
    end: int
    lot_id: str | None = None


def set_policy(session: Session, business_id: str, per: Per, after_s: int) -> SettlementPolicy:
    """The business's policy from now on; what was given up is tried again by it."""
    policy = session.merge(SettlementPolicy(business_id=business_id, per=per, after_s=after_s))
    session.exec(
        update(LotDraft)
        .where(col(LotDraft.business_id) == business_id, col(LotDraft.status) == DraftStatus.COMPLETED)
        .values(tries=0, next_try_at=0)
    )
    return policy


def count_waiting(session: Session, business_id: str) -> tuple[int, int]:
    """How many lots of a business wait for its policy, and how many of them were refused."""
    waiting = select(func.count(col(LotDraft.lot_id))).where(*_waiting(business_id))
    return session.exec(waiting).one(), session.exec(waiting.where(LotDraft.tries > 0)).one()


def refused(session: Session, business_id: str, after: str, limit: int) -> Sequence[LotDraft]:
    """Lots that the policy could not settle, by ID, those after `after`, at most `limit`."""
    query = select(LotDraft).where(*_waiting(business_id), LotDraft.tries > 0, col(LotDraft.lot_id) > after)
    return session.exec(query.order_by(col(LotDraft.lot_id)).limit(limit)).all()


def _waiting(business_id: str) -> tuple[Any, ...]:
    return (
        LotDraft.business_id == business_id,
        LotDraft.status == DraftStatus.COMPLETED,
        col(LotDraft.held).is_(False),
    )


def zone_name(session: Session, business_id: str) -> str:
    """The zone of the business's site; UTC while it has said nothing of a site."""
    try:
        return site_of(session, business_id).zone
    except NotConfigured:
        return "UTC"


def bucket_of(draft: LotDraft, per: Per, zone: tzinfo) -> Bucket:
    """The batch that a completed lot belongs to."""
    assert draft.completed_at is not None
    if per is Per.LOT:
        return Bucket(f"lot {draft.local_name}", draft.started_at, draft.completed_at, draft.lot_id)
    last = draft.completed_at - 1
    local = datetime.fromtimestamp(last, UTC).astimezone(zone)
    if per is Per.HOUR:
        start = last - local.minute * 60 - local.second
        name = datetime.fromtimestamp(start, UTC).astimezone(zone).isoformat(timespec="minutes")
        return Bucket(f"hour {name}", max(start, 0), start + HOUR_S)
    try:
        start = boundary(last, "day", zone, after=False)
    except BadTime:  # the first day of all begins before 1970 in UTC
        start = 0
    end = boundary(last, "day", zone, after=True)
    return Bucket(f"day {local.date().isoformat()}", start, end)


@dataclass(frozen=True, slots=True)
class Settler:
    """Settles what is due at `now`, Unix seconds."""

    engine: Engine
    ledger: Ledger
    outbox: Outbox
    now: int

    def settle_due(self) -> list[Settlement]:
        """Puts every batch that is due into the outbox, each in a transaction of its own.

        Raises `LedgerError` when the chain does not answer; what was queued stays.
        """
        done: list[Settlement] = []
        for business_id, bucket in self._due():
            while (settlement := self._settle(business_id, bucket)) is not None:
                done.append(settlement)
        return done

    def _due(self) -> list[tuple[str, Bucket]]:
        found: set[tuple[str, Bucket]] = set()
        with reading(self.engine) as session:
            for business_id in session.exec(select(LotDraft.business_id).where(*self._ready()).distinct()):
                policy = policy_of(session, business_id)
                if policy.per == Per.MANUAL:
                    continue
                zone = zone_of(zone_name(session, business_id))
                query = select(LotDraft).where(LotDraft.business_id == business_id, *self._ready())
                buckets = {bucket_of(draft, Per(policy.per), zone) for draft in session.exec(query)}
                found |= {(business_id, one) for one in buckets if one.end + policy.after_s <= self.now}
        return sorted(found, key=lambda one: (one[0], one[1].end, one[1].name))

    def _ready(self) -> tuple[Any, ...]:
        return (
            LotDraft.status == DraftStatus.COMPLETED,
            col(LotDraft.held).is_(False),
            LotDraft.tries < MOST_TRIES,
            LotDraft.next_try_at <= self.now,
        )

    def _settle(self, business_id: str, bucket: Bucket) -> Settlement | None:
        """The bucket's next batch; None when nothing is left of it that can be settled now."""
        while lots := self._lots(business_id, bucket):
            problem = self._try(business_id, bucket, lots)
            if isinstance(problem, Settlement):
                return problem
            if _waits(problem):
                return None
            alone = {}
            if len(lots) > 1:
                for lot_id in lots:
                    refusal = self._try(business_id, bucket, [lot_id], keep=False)
                    if isinstance(refusal, TansoError):
                        alone[lot_id] = refusal
            self._note(alone or dict.fromkeys(lots, problem))
        return None

    def _lots(self, business_id: str, bucket: Bucket) -> list[str]:
        query = select(LotDraft.lot_id).where(LotDraft.business_id == business_id, *self._ready())
        if bucket.lot_id is not None:
            query = query.where(LotDraft.lot_id == bucket.lot_id)
        else:
            completed_at = col(LotDraft.completed_at)
            query = query.where(completed_at > bucket.start, completed_at <= bucket.end)
        ordered = query.order_by(col(LotDraft.completed_at), col(LotDraft.lot_id)).limit(MOST_LOTS)
        with reading(self.engine) as session:
            return list(session.exec(ordered))

    def _try(
        self, business_id: str, bucket: Bucket, lots: Sequence[str], *, keep: bool = True
    ) -> Settlement | TansoError:
        """Queues the lots as one batch, or tells why not. Without `keep` it is only tried."""
        try:
            with writing(self.engine) as session:
                business = local_business(session, business_id)
                one_at_a_time(session, business)
                follow_up(session)
                started = [session.get_one(LotDraft, lot_id).started_at for lot_id in lots]
                request = Request(
                    name=free_name(session, business, bucket.name),
                    lot_ids=lots,
                    period=(min(bucket.start, *started), bucket.end),
                    formula_id=formula(CFP).content_hash,
                )
                settlement = settle(session, self.ledger, self.outbox, business, request)
                if not keep:
                    session.rollback()
                return settlement
        except LedgerError as error:
            if not isinstance(error, Reverted):
                raise
            return error
        except TansoError as error:
            return error

    def _note(self, problems: Mapping[str, TansoError]) -> None:
        with writing(self.engine) as session:
            for lot_id, problem in problems.items():
                draft = session.get_one(LotDraft, lot_id)
                if draft.status != DraftStatus.COMPLETED:
                    continue  # settled by hand meanwhile
                draft.problem = problem.message[:1000]
                draft.next_try_at = self.now + min(FIRST_WAIT_S * 2**draft.tries, LONGEST_WAIT_S)
                draft.tries += 1


def _waits(problem: TansoError) -> bool:
    """Whether it passes by itself and soon: a transaction on its way, a paused ledger."""
    if isinstance(problem, Reverted):
        return problem.name == "EnforcedPause"
    return isinstance(problem, Conflict) and problem.kind == "transaction-pending"
