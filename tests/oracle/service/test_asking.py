"""Closing with other oracle processes: what happens here while they are asked, and when one fails."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlmodel import select

from tanso.oracle.keys import KeyRing
from tanso.oracle.quorum import Peers, TooFewKeys
from tanso.oracle.quorum.countersign import countersign
from tanso.oracle.quorum.proposal import PROOF, SIGNATURE
from tanso.oracle.quorum.tables import SignedStatement
from tanso.oracle.service import Oracle
from tanso.oracle.store import reading

LATE = "main meter,electricity,7,kWh,2023-01-25T03:10,2023-01-25T03:20"
NEXT_DAY = "main meter,electricity,7,kWh,2023-01-26T03:10,2023-01-26T03:20"

Answering = Callable[[bytes, dict[str, str]], tuple[int, bytes] | None]
"""What a process answers to a request: status and body, None to hang up."""


@contextmanager
def process(answering: Answering) -> Iterator[str]:
    """An oracle process at an address of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = answering(body, dict(self.headers))
            if answer is not None:
                self.send_response(answer[0])
                self.end_headers()
                self.wfile.write(answer[1])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def alone(world: Any) -> Any:
    """The node with one of the three keys, two of which must sign."""
    world.oracle.keys = KeyRing(list(world.oracle.keys)[:1])
    world.ingest("factory-day")
    return world


def errors_of(world: Any) -> list[str]:
    return [row.error for row in world.oracle.refused(world.factory, limit=10)]


def test_intake_goes_on_while_others_are_asked(alone: Any) -> None:
    roots = []

    def hang_up(body: bytes, _: dict[str, str]) -> None:
        roots.append(json.loads(body)["root"])
        alone.ingest_rows(NEXT_DAY, LATE)

    with process(hang_up) as url:
        alone.oracle.peers = Peers([url])
        with pytest.raises(TooFewKeys, match="no answer"):
            alone.close_day()
        alone.assert_nothing_stated()
        # The other one may have signed: what was proposed stands, late readings here are late there as well.
        assert errors_of(alone) == ["LateReading"]
        assert alone.ingest_rows(NEXT_DAY).repeated == 1
        with pytest.raises(TooFewKeys):
            alone.close_day()
    assert len(set(roots)) == 1
    assert len(roots) == 2


def test_what_nobody_signed_does_not_stand(alone: Any) -> None:
    with process(lambda *_: (409, b"MissingReadings: no")) as url:
        alone.oracle.peers = Peers([url])
        with pytest.raises(TooFewKeys, match="MissingReadings"):
            alone.close_day()
    with reading(alone.engine) as session:
        assert session.exec(select(SignedStatement)).all() == []
    assert errors_of(alone) == []


def test_all_are_asked_at_once(alone: Any) -> None:
    both = threading.Barrier(2, timeout=20)

    def refuse(*_: object) -> tuple[int, bytes]:
        both.wait()
        return 409, b"both were asked"

    with process(refuse) as one, process(refuse) as other:
        alone.oracle.peers = Peers([one, other])
        with pytest.raises(TooFewKeys, match=r"both were asked.*both were asked"):
            alone.close_day()


def test_who_signed_signs_the_same_again_after_a_late_reading(
    alone: Any, one_store: Any, oracle_keys: KeyRing
) -> None:
    engine = one_store
    node = alone.oracle
    other = Oracle(
        engine,
        node.ledger,
        node.outbox,
        KeyRing(list(oracle_keys)[1:2]),
        sender=node.sender,
        secret_of=node.secret_of,
        clock=node.clock,
    )
    other.register(alone.site)
    here, there = alone, type(alone)(other, alone.outbox, alone.ledger, engine)
    there.ingest("factory-day")
    lost = [True]

    def sign(body: bytes, headers: dict[str, str]) -> tuple[int, bytes] | None:
        given = {name.lower(): value for name, value in headers.items()}
        answer = countersign(other, body, given[SIGNATURE.lower()], given[PROOF.lower()])
        return None if lost else (200, answer.model_dump_json().encode())

    with process(sign) as url:
        node.peers = Peers([url])
        with pytest.raises(TooFewKeys, match="no answer"):
            here.close_day()
        here.ingest_rows(LATE)
        there.ingest_rows(LATE)
        assert errors_of(here) == errors_of(there) == ["LateReading"]
        lost.clear()
        closed = here.close_day()
    _, signatures = node.ledger.reports.submitted(closed.message.data)
    assert len(signatures) == 2
    engine.dispose()
