"""Carries a write out once per key.

    answer = once(engine, asker, request, carry_out)

The key, the write and the answer are one database transaction: whenever the process ends, all of it is there
or nothing. A write that must ask others in between cannot be one transaction: with `apart`, its key is stored
before, its answer after it, and when the process ended in between, the same request again is carried out
again; such a write has a natural key of its own, by which the ledger and the outbox know it again.

A request that is refused leaves no trace: its key may be used again.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete

from tanso.oracle.store import together, utc_now, writing
from tanso.platform.errors import BadInput, Conflict
from tanso.platform.idempotency.models import KeyState, RequestKey

KEPT_S = 48 * 3600
"""Seconds for which a key is remembered."""

LARGEST_ANSWER = 2**20
"""Bytes of an answer that is kept."""

LEASE_S = 60
"""Seconds after which a request that began `apart`, and has no answer, may be carried out again."""

_under_way: set[tuple[int, str, str]] = set()
_one_ended = threading.Condition()


@dataclass(frozen=True, slots=True)
class Keyed:
    """A write under its key: who asks, `request` (method and path), and the fingerprint of all of it."""

    asker: str
    key: str
    request: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer. `again`: it was given before, and nothing was carried out now."""

    status: int
    media_type: str | None
    body: bytes
    again: bool = False


def once(
    engine: Engine,
    keyed: Keyed,
    carry_out: Callable[[], Kept],
    *,
    shown_once: bool = False,
    apart: bool = False,
    wait_s: int = 0,
) -> Kept:
    """The answer of `carry_out`, or the one that the same request got before.

    With `shown_once` the answer is not kept; for a first request under way here `wait_s` seconds are waited.
    Raises `BadInput` when the key stands for another request, `Conflict` while the first one is being carried
    out or when its answer was not kept, and what `carry_out` raises; nothing is stored then.
    """
    with _alone(engine, keyed, wait_s):
        if not apart:
            with together(engine) as session:
                known = _claim(session, keyed)
                return known or _keep(session, keyed, carry_out(), shown_once)
        with writing(engine) as session:
            known = _claim(session, keyed)
        if known is not None:
            return known
        try:
            answer = carry_out()
        except Exception:
            with writing(engine) as session:
                session.delete(_row(session, keyed))
            raise
        with writing(engine) as session:
            return _keep(session, keyed, answer, shown_once)


@contextmanager
def _alone(engine: Engine, keyed: Keyed, wait_s: int) -> Iterator[None]:
    """Refuses the same key while its request is under way here; the database holds off other processes."""
    mine = (id(engine), keyed.asker, keyed.key)
    with _one_ended:
        if not _one_ended.wait_for(lambda: mine not in _under_way, wait_s):
            raise _still_under_way(keyed)
        _under_way.add(mine)
    try:
        yield
    finally:
        with _one_ended:
            _under_way.discard(mine)
            _one_ended.notify_all()


def _claim(session: Session, keyed: Keyed) -> Kept | None:
    """Takes the key for this request, or gives the answer that is there."""
    now = utc_now()
    session.exec(delete(RequestKey).where(col(RequestKey.created_at) < now - KEPT_S))
    row = RequestKey(
        asker=keyed.asker,
        key=keyed.key,
        request=keyed.request[:300],
        fingerprint=keyed.fingerprint,
        state=KeyState.BEGUN,
        created_at=now,
    )
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(RequestKey).values(row.model_dump()).on_conflict_do_nothing()
    taken = insert.returning(col(RequestKey.key))
    # On PostgreSQL this waits until another process that has the key comes to its end.
    if session.exec(taken).first() is not None:
        return None
    row = _row(session, keyed)
    if row.fingerprint != keyed.fingerprint:
        raise BadInput(
            f"Idempotency-Key: {keyed.key!r} stands for another request, {row.request}",
            "Give each request a key of its own; send a request again unchanged, to the byte.",
            slug="idempotency-key-reused",
        )
    if row.state == KeyState.BEGUN:
        if now < row.created_at + LEASE_S:
            raise _still_under_way(keyed)
        row.created_at = now
        return None
    if row.state == KeyState.NOT_KEPT:
        raise Conflict(
            f"{row.request} was carried out under the key {keyed.key!r}; its answer is not kept",
            "An answer that shows a secret is given once. Read what is there now, or make another one.",
            slug="answer-not-kept",
        )
    assert row.status is not None
    assert row.answer is not None
    return Kept(row.status, row.media_type, row.answer, again=True)


def _keep(session: Session, keyed: Keyed, answer: Kept, shown_once: bool) -> Kept:
    row = _row(session, keyed)
    if shown_once or len(answer.body) > LARGEST_ANSWER:
        row.state = KeyState.NOT_KEPT
    else:
        row.state, row.answer = KeyState.ANSWERED, answer.body
        row.status, row.media_type = answer.status, answer.media_type
    session.flush()
    return answer


def _row(session: Session, keyed: Keyed) -> RequestKey:
    return session.get_one(RequestKey, (keyed.asker, keyed.key))


def _still_under_way(keyed: Keyed) -> Conflict:
    return Conflict(
        f"{keyed.request} is being carried out under the key {keyed.key!r}",
        "Send the request again in a moment: it gets the answer of the first one.",
        slug="request-under-way",
    )
