"""Signed answers that do not fit the ledger: kept, shown, and proven from their record alone."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import delete
from typer.testing import CliRunner

from tanso.devchain.server import serving as chain_serving
from tanso.oracle.store import reading, writing
from tanso.platform.agreements import keeping
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token
from tanso.platform.cli.app import app
from tanso.platform.demo.network import Network
from tanso.platform.errors import NotFound
from tanso.platform.federation import answering, false_answers
from tanso.platform.federation.false_onchain import against
from tanso.platform.federation.false_record import FalseAnswerRecord, NotProven, prove, read_record
from tanso.platform.federation.local import FalseAnswer
from tanso.platform.federation.questions import BreakdownsAnswer, LotAnswered, Reason
from tanso.platform.lots.drafts import LotInput

from .conftest import CLIENT, agreed, refused, send, tampered, trace

ROUTE = "/v1/false-answers"


def heavier(by: int) -> Any:
    def tamper(items: list[LotInput]) -> None:
        items[0].co2_ug = (items[0].co2_ug or 0) + by

    return tamper


@pytest.fixture(autouse=True)
def _none_before(network: Network) -> None:
    with writing(network.firms["customer"].node.engine) as session:
        session.exec(delete(FalseAnswer))


@pytest.fixture(scope="module")
def agreement(network: Network) -> Iterator[str]:
    with agreed(network, ("assembler", "customer", 1)) as made:
        yield made["assembler", "customer"]


def lie(network: Network, drive: str, by: int = 1) -> None:
    """The assembler's server answers the customer with an input that is too heavy."""
    with tampered(network, "assembler", drive, heavier(by)):
        assert trace(network, "customer", drive)[drive]["disclosure"] == "does not fit"


def kept(network: Network, **params: int) -> Any:
    return send(network, "customer", "GET", ROUTE, params=params).json()


def record_of(network: Network, number: int) -> FalseAnswerRecord:
    return read_record(send(network, "customer", "GET", f"{ROUTE}/{number}").text)


@pytest.fixture
def record(network: Network, drive: str, agreement: str) -> FalseAnswerRecord:
    lie(network, drive)
    (item,) = kept(network)["items"]
    return record_of(network, item["number"])


def test_a_false_answer_is_shown_to_who_asked_and_to_auditors(
    network: Network, record: FalseAnswerRecord, drive: str
) -> None:
    (item,) = kept(network)["items"]
    customer, assembler = (network.businesses[part].id for part in ("customer", "assembler"))
    assert (item["business_id"], item["answerer_id"]) == (customer, assembler)
    assert (item["lots"], item["deleted"]) == (1, False)
    assert (record.found[0].lot_id, record.found[0].reason) == (drive, item["reason"])
    path = f"{ROUTE}/{item['number']}"
    firm = network.firms["customer"]
    with writing(firm.node.engine) as session:
        auditor = issue_token(session, Role.AUDITOR, label="auditor").token
    for route in (ROUTE, path):
        response = CLIENT.get(firm.url + route, headers={"Authorization": f"Bearer {auditor}"})
        assert response.json() == send(network, "customer", "GET", route).json()
        refused(send(network, "customer", "GET", route, operator=True), 403, "not-allowed")
    with reading(firm.node.engine) as session:
        assert false_answers.page(session, assembler, 0, 10) == []
        with pytest.raises(NotFound):
            false_answers.document_of(session, assembler, item["number"])
    refused(send(network, "assembler", "GET", path), 404, "unknown-false-answer")


def test_its_record_alone_proves_signature_and_lie(network: Network, record: FalseAnswerRecord) -> None:
    prove(record)
    assert record.answer.account == network.businesses["assembler"].account
    assert "is not under the breakdown root" in record.found[0].reason


def other(record: FalseAnswerRecord, **changes: Any) -> FalseAnswerRecord:
    """The record with other values; names of nested ones are written `answer__time`."""
    document = record.model_dump()
    for name, value in changes.items():
        place: Any = document
        *path, last = name.split("__")
        for step in path:
            place = place[int(step)] if step.isdigit() else place[step]
        place[last] = value
    return FalseAnswerRecord.model_validate(document)


def test_a_record_that_was_changed_proves_nothing(record: FalseAnswerRecord) -> None:
    assert record.answer.body is not None
    body = base64.b64encode(base64.b64decode(record.answer.body) + b" ").decode()
    for changes in (
        {"answer__body": body},
        {"answer__body": None},
        {"answer__body": "no base64!"},
        {"answer__status": 201},
        {"answer__time": record.answer.time + 1},
        {"answer__account": "0x" + "11" * 20},
        {"answer__signature": "0x" + "00" * 65},
        {"question__nonce": "0x" + "11" * 16},
        {"question__asker": "0x" + "11" * 16},
        {"question__body": body},
        {"chain_id": record.chain_id + 1},
        {"found__0__reason": "it was rude"},
        {"found__0__lot_id": "0x" + "11" * 16},
    ):
        with pytest.raises(NotProven):
            prove(other(record, **changes))


def test_an_honest_answer_is_not_made_a_lie_by_a_record(
    network: Network, record: FalseAnswerRecord, drive: str
) -> None:
    """Facts under which an answer fails are easily invented; they are not the ledger's then."""
    ledger = network.firms["steel"].node.ledger
    assert list(against(record, ledger)) == []
    facts = record.found[0].on_ledger
    assert facts is not None
    assert facts.charged
    for changes, place in (
        ({"answer__account": "0x" + "11" * 20}, "answer.account"),
        ({"chain_id": 1}, "chain_id"),
        ({"found__0__on_ledger__breakdown_root": "0x" + "11" * 32}, "found.0.on_ledger.breakdown_root"),
        ({"found__0__on_ledger__co2_ug": facts.co2_ug - 1}, "found.0.on_ledger.co2_ug"),
        ({"found__0__on_ledger__charged": []}, "found.0.on_ledger.charged"),
        ({"found__0__on_ledger__charged__0__quantity": 0}, "found.0.on_ledger.charged"),
        ({"found__0__lot_id": "0x" + "11" * 16}, "found.0.on_ledger"),
    ):
        assert place in {finding.place for finding in against(other(record, **changes), ledger)}


def test_the_command_checks_a_record_offline_and_against_the_ledger(
    network: Network, record: FalseAnswerRecord, tmp_path: Path
) -> None:
    file, run = tmp_path / "lie.json", CliRunner()
    file.write_text(record.model_dump_json(), "utf-8")
    offline = run.invoke(app, ["verify", str(file)])
    assert offline.exit_code == 0, offline.output
    assert network.businesses["assembler"].id in offline.output
    with chain_serving(network.chain, "127.0.0.1", 0) as url:
        deployment = str(network.folder / "deployment.json")
        arguments = ["verify", str(file), "--json", "--rpc", url, "--deployment", deployment]
        said = json.loads(run.invoke(app, arguments).output)
        assert (said["proven"], said["checked_against_chain"]) == (True, True)
        assert said["found"] == [{"lot": record.found[0].lot_id, "reason": record.found[0].reason}]
        file.write_text(other(record, found__0__on_ledger__co2_ug=1).model_dump_json(), "utf-8")
        refused_there = run.invoke(app, arguments)
        assert (refused_there.exit_code, json.loads(refused_there.output)["proven"]) == (1, False)
    file.write_text('{"format": "tanso-false-answer@1"}', "utf-8")
    unreadable = run.invoke(app, ["verify", str(file)])
    assert (unreadable.exit_code, "it is no record" in unreadable.output) == (1, True)


def test_the_same_is_kept_once_and_the_newest_of_what_differs(
    network: Network, drive: str, agreement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(false_answers, "NEWEST", 2)
    for by in (1, 1, 2):
        lie(network, drive, by)
    first, second = kept(network)["items"]
    assert first["reason"] != second["reason"]
    lie(network, drive, 3)
    page = kept(network, limit=1)
    assert page["items"] == [second]
    (newest,) = kept(network, limit=1, after=page["next"])["items"]
    assert newest["number"] > second["number"]
    # By size, too: the newest one is kept however long it is.
    monkeypatch.setattr(false_answers, "MOST_CHARACTERS", 1)
    lie(network, drive, 4)
    (left,) = kept(network)["items"]
    assert left["number"] > newest["number"]


def test_an_answer_to_another_question_is_kept_as_well(
    network: Network, drive: str, agreement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = LotAnswered(
        lot_id="0x" + "11" * 16, parts=[], refused=Reason(kind="rude", detail="no", hint="never")
    )
    monkeypatch.setattr(answering, "breakdowns", lambda *_: BreakdownsAnswer(lots=[elsewhere]))
    (lot,) = trace(network, "customer", drive).values()
    assert (lot["disclosure"], lot["reason"]) == ("does not fit", "its answer is not one to the question")
    (item,) = kept(network)["items"]
    assert (item["lots"], item["reason"]) == (0, lot["reason"])
    record = record_of(network, item["number"])
    prove(record)
    assert list(against(record, network.firms["steel"].node.ledger)) == []


def test_other_terms_than_those_on_the_ledger_are_kept(
    network: Network, agreement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "receiver_id": network.businesses["customer"].id, "fields": ["materials"], "purpose": "trying",
        "valid_until": "2100-01-01T00:00:00Z",
    }  # fmt: skip
    agreement_id = network.call("assembler", "POST", "/v1/agreements", json=given)["terms"]["agreement_id"]
    network.settle_down()
    path = f"/v1/agreements/{agreement_id}"
    with monkeypatch.context() as lying, reading(network.firms["assembler"].node.engine) as session:
        others = keeping.terms_of(session, agreement)
        lying.setattr(answering, "terms", lambda *_: others)
        refused(send(network, "customer", "PUT", f"{path}/terms"), 502, "server-false-answer")
    assert network.call("customer", "GET", path)["terms"] is None
    (item,) = kept(network)["items"]
    record, ledger = record_of(network, item["number"]), network.firms["steel"].node.ledger
    prove(record)
    assert list(against(record, ledger)) == []
    invented = other(record, found__0__on_ledger__document_hash="0x" + "11" * 32)
    assert [each.place for each in against(invented, ledger)] == ["found.0.on_ledger.document_hash"]
    with pytest.raises(NotProven, match="not one about agreement"):
        prove(other(record, found__0__on_ledger__agreement_id=agreement))
    assert send(network, "customer", "PUT", f"{path}/terms").status_code == 200
    network.call("assembler", "POST", f"{path}/withdrawal")
    network.settle_down()


def test_a_demanded_deletion_empties_the_record(network: Network, drive: str, agreement: str) -> None:
    """The last one: what it ends is the agreement of all these tests, because answers name but one."""
    lie(network, drive)
    network.call("assembler", "POST", f"/v1/agreements/{agreement}/deletion-demand")
    network.settle_down()
    (before,) = kept(network)["items"]
    network.call("customer", "POST", f"/v1/agreements/{agreement}/deletion")
    network.settle_down()
    (item,) = kept(network)["items"]
    assert item == before | {"deleted": True}
    record = record_of(network, item["number"])
    assert record.answer.body is None
    with pytest.raises(NotProven, match="was deleted"):
        prove(record)
