"""Every change of a community or a term, by whom and when."""

import json
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from tanso.oracle.store import utc_now
from tanso.platform.dictionaries.local import DictionaryChange


def note(session: Session, subject_id: str, what: str, by: str, **details: Any) -> int:
    """Records a change and gives its time, Unix seconds."""
    now = utc_now()
    text = json.dumps(details, sort_keys=True, ensure_ascii=False)
    session.add(DictionaryChange(subject_id=subject_id, what=what, by_business_id=by, at=now, details=text))
    return now


def history(session: Session, subject_id: str, after: int, limit: int) -> Sequence[DictionaryChange]:
    """Changes of a community or a term in their order, those after the number `after`, at most `limit`."""
    query = select(DictionaryChange).where(
        DictionaryChange.subject_id == subject_id, col(DictionaryChange.id) > after
    )
    return session.exec(query.order_by(col(DictionaryChange.id)).limit(limit)).all()
