"""Periods that have been reported, and so can't take further readings."""

import json

from sqlmodel import Session, select

from tanso.oracle.evidence.store import records_of
from tanso.oracle.intake.bulk import one_writer
from tanso.oracle.intake.judge import Reported
from tanso.oracle.quorum.tables import SignedStatement


def reported_periods(session: Session, business_id: str) -> list[Reported]:
    """The periods that a business has stated here, or that this process signed or proposed.

    Who asks is about to take readings: until its transaction ends no period of the business is closed.
    """
    one_writer(session, business_id)
    signed = select(SignedStatement).where(SignedStatement.business_id == business_id)
    return [
        Reported(record.period_start, record.period_end, set(json.loads(record.devices)))
        for record in (*records_of(session, business_id), *session.exec(signed))
    ]
