"""Servers that answer with what is old, endless, slow, steering or of another time, and costly searches."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest

from tanso.oracle.store import reading, utc_now
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.demo.network import Network
from tanso.platform.federation import answering, asking, inbound, walk
from tanso.platform.federation.looking import Ask, Looking, Way
from tanso.platform.federation.questions import BreakdownsAnswer, LotAnswered, Reason
from tanso.platform.trace.model import Disclosure
from tanso.platform.trace.service import breakdown

from .conftest import CLIENT, Asker, answering_with, trace

UNSIGNED = "its server answered with status {} and without the business's signature"


def test_an_answer_to_one_question_is_none_to_the_next(asker: Asker, network: Network) -> None:
    """A server that stands between passes the first answer on as it is, and shows it again later."""
    answers: list[httpx.Response] = []

    def replay(handler: BaseHTTPRequestHandler) -> None:
        if not answers:
            url = network.firms["assembler"].url + handler.path
            headers = {name: value for name, value in handler.headers.items() if name.lower() != "host"}
            answers.append(CLIENT.post(url, content=handler.__dict__["question"], headers=headers))
        (old,) = answers
        handler.send_response(old.status_code)
        for name in ("Tanso-Time", "Tanso-Signature", "Content-Length"):
            handler.send_header(name, old.headers[name])
        handler.end_headers()
        handler.wfile.write(old.content)

    with answering_with(replay) as url:
        assert asker.ask(url)["lots"]
        assert asker.fails(url) == UNSIGNED.format(200)


def endless(pause: float) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 1000)
                time.sleep(pause)
        except OSError:
            pass  # the asker hung up

    return answer


def test_an_endless_answer_is_broken_off(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MAX_ANSWER_BYTES", 10_000)
    with answering_with(endless(0)) as url:
        assert asker.fails(url) == "its server sent more than 10000 bytes"
        with pytest.raises(asking.OverBudget):
            asker.ask(url, budget=asking.Budget(2500))
    with answering_with(endless(0.02)) as url:
        assert asker.fails(url, seconds=0.1) == "its server gave no answer in time"


def test_a_search_ends_at_its_bytes_and_blames_no_server(network: Network, drive: str) -> None:
    firm = network.firms["customer"]
    with reading(firm.node.engine) as session:
        reader = session.get_one(LocalBusiness, firm.business.id)
        found = breakdown(session, drive, open_kinds=lambda *_: (), max_depth=1)
    (lot,) = walk.go_on(firm.node, reader, found, walk.Bounds(bytes=10)).lots
    assert (lot.disclosure, lot.reason) == (Disclosure.CUT, walk.TOO_MUCH)
    (lot,) = walk.go_on(firm.node, reader, found, walk.Bounds(bytes=10_000)).lots
    assert lot.disclosure is Disclosure.NOT_DISCLOSED


def test_answers_that_are_not_looked_at_in_time_are_left_out(asker: Asker, network: Network) -> None:
    answer = BreakdownsAnswer.model_validate(asker.ask(network.firms["assembler"].url))
    firm = network.firms["customer"]
    with reading(firm.node.engine) as session:
        looking = Looking(firm.node, session.get_one(LocalBusiness, firm.business.id))
    (ask,) = looking.look([Way(asker.drive)])
    assert isinstance(ask, Ask)
    for seconds, number in ((60, 1), (-1, 0)):
        assert len(looking.judge([ask], answer.lots, [], time.monotonic() + seconds)) == number


def test_nobody_takes_the_places_of_all_searches() -> None:
    with ExitStack() as stack:
        for business in ("one", "other"):
            for _ in range(walk.SEARCHES_OF_ONE):
                stack.enter_context(walk.place_of(business))
            with pytest.raises(walk.Busy, match=f"{walk.SEARCHES_OF_ONE} of them yours"):
                stack.enter_context(walk.place_of(business))
        with pytest.raises(walk.Busy, match=f"{walk.SEARCHES_AT_ONCE} searches"):
            stack.enter_context(walk.place_of("third"))
    with walk.place_of("third"):
        pass


def test_a_wrong_clock_is_told_by_name(
    asker: Asker, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = network.firms["assembler"].url
    monkeypatch.setattr(inbound, "utc_now", lambda: utc_now() + 1000)
    assert asker.fails(url) == UNSIGNED.format("403 (stale-request)")
    # One that takes the request all the same dates its answer falsely.
    monkeypatch.setattr(inbound, "FRESH_SECONDS", 10_000)
    assert asker.fails(url) == "its server's clock is more than 120 s from this one's"


def test_another_servers_words_neither_steer_nor_flood(
    network: Network, drive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Reason(kind="no", detail="no\x1b[31m\n\u202eway\u2028" + "x" * 900, hint="none")
    answer = BreakdownsAnswer(lots=[LotAnswered(lot_id=drive, parts=[], refused=said)])

    def steering(*_: Any) -> BreakdownsAnswer:
        return answer

    monkeypatch.setattr(answering, "breakdowns", steering)
    (lot,) = trace(network, "customer", drive).values()
    assert lot["disclosure"] == "not disclosed"
    assert lot["reason"].startswith("no [31m  way xxx")
    assert len(lot["reason"]) == asking.SHOWN
