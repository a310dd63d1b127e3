"""A request that is sent again counts once."""

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tanso.oracle.store import open_store, reading, writing
from tanso.platform.app import create_app
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.demo.world import TOKENS_FILE, World
from tanso.platform.errors import Conflict
from tanso.platform.idempotency.models import KeyState, RequestKey
from tanso.platform.idempotency.service import KEPT_S, LARGEST_ANSWER, LEASE_S, Kept, Keyed, once
from tanso.platform.lots.drafts import LotDraft
from tanso.platform.settings import Settings

from .conftest import DAY, NOON, SAMPLES, Api, Firm, amount


def under(key: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key}}


def test_a_use_sent_again_under_its_key_counts_once(api: Api, maker: Firm, factory: Firm) -> None:
    lot_id, other_lot = api.lot(maker, "L"), api.lot(maker, "M")
    body = {"factor_id": api.steel, "consumption": amount("1", "kg"), "at": NOON}
    path = f"/v1/lots/{lot_id}/material-uses"
    first = api.send("POST", path, maker.token, json=body, **under("use-1"))
    before = api.state()
    again = api.send("POST", path, maker.token, json=body, **under("use-1"))
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    other = body | {"consumption": amount("2", "kg")}
    for where, what in ((path, other), (f"/v1/lots/{other_lot}/material-uses", body)):
        problem = api.refused(
            422, "idempotency-key-reused", "POST", where, maker.token, json=what, **under("use-1")
        )
        assert path in problem["detail"]
    assert api.state() == before
    # Another business has keys of its own, and another key is another use.
    api.call("POST", "/v1/lots", factory.token, json={"name": "use-1", "product": "x"}, **under("use-1"))
    api.call("POST", path, maker.token, json=body, **under("use-2"))
    assert len(api.call("GET", path, maker.token)["uses"]) == 2


def test_the_second_of_two_clicks_waits_for_the_first_and_gets_its_answer(api: Api) -> None:
    engine, keyed = api.node.engine, Keyed("asker", "clicked-twice", "POST /lots", "the same")
    carried_out: list[str] = []
    began, go_on = threading.Event(), threading.Event()

    def carry_out() -> Kept:
        began.set()
        assert go_on.wait(30)
        carried_out.append("once")
        return Kept(303, None, b"/lots/1")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once, engine, keyed, carry_out)
        assert began.wait(30)
        with pytest.raises(Conflict, match="is being carried out"):
            once(engine, keyed, carry_out)
        second = pool.submit(once, engine, keyed, carry_out, wait_s=30)
        go_on.set()
        answers = [first.result(), second.result()]
    assert [(answer.body, answer.again) for answer in answers] == [(b"/lots/1", False), (b"/lots/1", True)]
    assert carried_out == ["once"]


def test_a_shipment_sent_again_under_its_key_ships_once(api: Api, maker: Firm, factory: Firm) -> None:
    lot_id = api.steel_lot(maker, "S", "10")
    body = {"to_business_id": factory.id, "quantity": amount("10", "pc")}
    path = f"/v1/lots/{lot_id}/shipments"
    first = api.call("POST", path, maker.token, json=body, **under("ship-1"))
    api.work()
    assert api.call("POST", path, maker.token, json=body, **under("ship-1")) == first
    assert api.node.work() == []
    key = first["transaction"]["key"]
    assert api.call("GET", f"/v1/transactions/{key}", maker.token)["status"] == "confirmed"
    api.refused(409, "more-than-held", "POST", path, maker.token, json=body)


def test_a_refused_request_leaves_its_key_free(api: Api, maker: Firm) -> None:
    lot_id = api.lot(maker, "L")
    path, body = f"/v1/lots/{lot_id}/completion", {"good": amount("1", "pc"), "completed_at": NOON}
    before = api.state()
    api.refused(409, "lot-without-uses", "POST", path, maker.token, json=body, **under("done-1"))
    api.refused(401, "not-authenticated", "POST", path, None, json=body, **under("done-1"))
    assert api.state() == before
    api.use_steel(maker, lot_id)
    first = api.call("POST", path, maker.token, json=body, **under("done-1"))
    assert api.call("POST", path, maker.token, json=body, **under("done-1")) == first


@pytest.mark.parametrize("key", ["", "a b", "x" * 65, "é"])
def test_a_key_is_a_short_plain_word(api: Api, maker: Firm, key: str) -> None:
    before = api.state()
    body = {"name": "n", "product": "p"}
    api.refused(
        422, "bad-input", "POST", "/v1/lots", maker.token, json=body,
        headers={"Idempotency-Key": key.encode()},
    )  # fmt: skip
    assert api.state() == before


def test_an_answer_with_a_secret_is_given_once_and_not_kept(api: Api, factory: Firm) -> None:
    body = {"role": "clerk", "label": "once"}
    issued = api.call("POST", "/v1/clients", factory.token, json=body, **under("client-1"))
    secret = issued["client_secret"]
    before = api.state()
    assert secret not in repr(before[0])
    problem = api.refused(
        409, "answer-not-kept", "POST", "/v1/clients", factory.token, json=body, **under("client-1")
    )
    assert "POST /v1/clients" in problem["detail"]
    assert api.state() == before


def test_an_answer_that_is_too_large_to_keep_is_refused_the_next_time(api: Api) -> None:
    keyed = Keyed("nobody", "large", "POST /large", "0" * 64)
    body = b"x" * (LARGEST_ANSWER + 1)
    assert once(api.node.engine, keyed, lambda: Kept(200, None, body)).body == body
    with pytest.raises(Exception, match="its answer is not kept"):
        once(api.node.engine, keyed, lambda: pytest.fail("carried out again"))


def test_a_file_sent_again_is_the_same_request_though_its_boundary_is_another(api: Api, maker: Firm) -> None:
    layout = (SAMPLES / "factory-day.toml").read_text("utf-8")
    file = (SAMPLES / "factory-day.csv").read_bytes()

    def send(content: bytes) -> Any:
        request = {"files": {"file": ("day.csv", content)}, "data": {"layout": layout}}
        return api.send("POST", "/v1/readings", maker.token, **request, **under("day-1"))

    first, again = send(file), send(file)
    assert first.json()["accepted"] == 5
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert first.request.headers["Content-Type"] != again.request.headers["Content-Type"]
    assert send(file + b"\n").status_code == 422


def test_an_answer_without_body_is_given_again(api: Api, maker: Firm) -> None:
    body = {"role": "auditor", "label": "short-lived"}
    path = f"/v1/clients/{api.call('POST', '/v1/clients', api.operator, json=body)['client_id']}"
    for replayed in (None, "true"):
        answer = api.send("DELETE", path, api.operator, **under("revoke-1"))
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers.get("Idempotent-Replayed") == replayed


def test_a_key_is_forgotten_after_two_days(api: Api, maker: Firm) -> None:
    body = {"name": "of long ago", "product": "p"}
    api.call("POST", "/v1/lots", maker.token, json=body, **under("old"))
    with writing(api.node.engine) as session:
        session.get_one(RequestKey, (maker.id, "old")).created_at -= KEPT_S + 1
    api.refused(409, "lot-exists", "POST", "/v1/lots", maker.token, json=body, **under("old"))
    api.call("POST", "/v1/lots", maker.token, json=body | {"name": "new"}, **under("old"))


def test_two_at_once_under_one_key_are_one(api: Api, maker: Firm) -> None:
    """While the first is held up by another writer, the second is told to wait."""
    lot_id = api.lot(maker, "L")
    body = {"factor_id": api.steel, "consumption": amount("1", "kg"), "at": NOON}
    path = f"/v1/lots/{lot_id}/material-uses"
    headers = {"Authorization": f"Bearer {maker.token}", "Idempotency-Key": "both"}

    async def both() -> tuple[Any, Any]:
        with writing(api.node.engine) as session:
            query = select(LocalBusiness).where(LocalBusiness.business_id == maker.id)
            session.exec(query.with_for_update()).one()
            sent = [asyncio.create_task(api.client.post(path, json=body, headers=headers)) for _ in range(2)]
            done, waiting = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result(), await waiting.pop()

    refused, first = api.runner.run(both())
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tanso:problem:request-under-way")
    assert first.status_code == 201, first.text
    again = api.send("POST", path, json=body, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert len(api.call("GET", path, maker.token)["uses"]) == 1


def test_a_period_that_was_being_closed_when_the_process_ended_is_closed_by_the_next_request(
    api: Api, factory: Firm
) -> None:
    api.work()
    path = "/v1/equipment-intensities"
    first = api.call("POST", path, factory.token, json=DAY, **under("close-1"))
    again = api.send("POST", path, factory.token, json=DAY, **under("close-1"))
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first, "true")
    with writing(api.node.engine) as session:
        row = session.get_one(RequestKey, (factory.id, "close-1"))
        row.state, row.status, row.media_type, row.answer = KeyState.BEGUN, None, None, None
    api.refused(409, "request-under-way", "POST", path, factory.token, json=DAY, **under("close-1"))
    with writing(api.node.engine) as session:
        session.get_one(RequestKey, (factory.id, "close-1")).created_at -= LEASE_S
    again = api.send("POST", path, factory.token, json=DAY, **under("close-1"))
    assert (again.status_code, again.json()["evidence_root"]) == (202, first["evidence_root"])
    assert "Idempotent-Replayed" not in again.headers
    assert api.node.work() == []
    wrong = {"period_start": "2023-02-01T00:00:00Z", "period_end": "2023-02-02T00:00:00Z"}
    before = api.state()
    api.refused(409, "missing-readings", "POST", path, factory.token, json=wrong, **under("close-2"))
    assert api.state() == before


def test_a_process_killed_at_any_moment_counts_the_request_once(told_copy: Path) -> None:
    tokens = json.loads((told_copy / TOKENS_FILE).read_text("utf-8"))
    token = next(token for name, token in tokens.items() if name != "operator")
    query = select(LotDraft.lot_id).where(LotDraft.local_name == "counted once")
    engine = open_store(Settings(data_dir=told_copy).database)
    for moment, counted in (("before", 0), ("after", 1)):
        command = [sys.executable, Path(__file__).with_name("killed_write.py"), told_copy, token, moment]
        assert subprocess.run(command).returncode == -9
        with reading(engine) as session:
            lots = session.exec(query).all()
        assert len(lots) == counted
    engine.dispose()
    with World.reopen(told_copy, host="127.0.0.1") as world:
        request = {"json": {"name": "counted once", "product": "rod"}, **under("lot-1")}
        assert [world.api.call("POST", "/v1/lots", token, **request)["lot_id"]] == list(lots)


def test_every_write_that_somebody_asks_for_takes_a_key() -> None:
    for path, operations in create_app(None).openapi()["paths"].items():
        for method, operation in operations.items():
            names = [one["name"] for one in operation.get("parameters", [])]
            wanted = method in ("post", "put", "patch", "delete") and "x-roles" in operation
            assert ("Idempotency-Key" in names) == wanted, (method, path)
            if wanted:
                success = next(one for status, one in operation["responses"].items() if status < "300")
                assert "Idempotent-Replayed" in success["headers"]


def test_equipment_and_readings_handed_in_again_change_nothing(api: Api, factory: Firm) -> None:
    before = api.state()
    nc = {"name": "nc", "unit": "s"}
    given = api.call("POST", "/v1/equipment", factory.token, json=nc)
    assert given["equipment_id"] == factory.machines["nc"]
    api.refused(409, "equipment-exists", "POST", "/v1/equipment", factory.token, json=nc | {"unit": "pc"})
    assert api.node.work() == []
    assert api.state() == before
