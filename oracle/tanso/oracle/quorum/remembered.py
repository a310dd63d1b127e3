"""What this process proposed, or signed for another: that may be signed again, nothing else for its time.

It stands from before the first other process is asked: whoever signed refuses late readings of that time from
then on, so the one who proposed must do so as well, or they would never come to the same again.
"""

import json
from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, select

from tanso.oracle.evidence.store import REPORT, EvidenceRecord, records_of
from tanso.oracle.intake.tables import RefusedRow
from tanso.oracle.quorum.proposal import Proposal
from tanso.oracle.quorum.signing import ProposalRefused
from tanso.oracle.quorum.tables import SignedStatement


def remember(session: Session, asked: Proposal, devices: Sequence[str], now: int) -> bool:
    """Keeps a proposal; False when it was kept before.

    Raises ProposalRefused when another one touches its time or its number.
    """
    known: list[SignedStatement | EvidenceRecord] = [
        *_signed(session, asked.kind, asked.business_id, asked.subject),
        *(one for one in records_of(session, asked.business_id, asked.kind) if one.subject == asked.subject),
    ]
    touching = [
        one
        for one in known
        if (one.period_start < asked.period_end and asked.period_start < one.period_end)
        or (asked.kind == REPORT and one.sequence == asked.sequence)
    ]
    for one in touching:
        if not _same(one, asked):
            raise ProposalRefused(
                f"Something else was signed here for {one.period_start} to {one.period_end}, as number "
                f"{one.sequence or 0}.",
                hint="Propose that very statement again; a correction goes into the next period.",
            )
    if touching:
        return False
    last_row = select(func.max(RefusedRow.id)).where(RefusedRow.business_id == asked.business_id)
    session.add(
        SignedStatement(
            kind=asked.kind,
            business_id=asked.business_id,
            subject=asked.subject,
            period_start=asked.period_start,
            period_end=asked.period_end,
            sequence=asked.sequence,
            root=asked.root,
            devices=json.dumps(devices),
            last_refused_row=session.exec(last_row).one() or 0,
            signed_at=now,
        )
    )
    session.flush()
    return True


def stands(session: Session, asked: Proposal) -> bool:
    """Whether this very proposal is kept."""
    kept = _signed(session, asked.kind, asked.business_id, asked.subject)
    return any(_same(one, asked) for one in kept)


def forget(session: Session, asked: Proposal) -> None:
    """Lets go of a proposal that nobody signed: its time takes readings again."""
    for one in _signed(session, asked.kind, asked.business_id, asked.subject):
        if _same(one, asked):
            session.delete(one)


def last_refused_row(
    session: Session, kind: str, business_id: str, subject: str, start: int, end: int
) -> int | None:
    """The last refused row that was there when [start, end) was proposed or signed; None when it was not.

    Rows refused since, as late ones are, are no part of what was signed.
    """
    for one in _signed(session, kind, business_id, subject):
        if (one.period_start, one.period_end) == (start, end):
            return one.last_refused_row
    return None


def _signed(session: Session, kind: str, business_id: str, subject: str) -> Sequence[SignedStatement]:
    return session.exec(
        select(SignedStatement).where(
            SignedStatement.kind == kind,
            SignedStatement.business_id == business_id,
            SignedStatement.subject == subject,
        )
    ).all()


def _same(one: SignedStatement | EvidenceRecord, asked: Proposal) -> bool:
    return (one.period_start, one.period_end, one.sequence or 0, one.root) == (
        asked.period_start,
        asked.period_end,
        asked.sequence,
        asked.root,
    )
