"""Signed requests between servers: who asks is who the ledger says, for this server, now, and once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from tanso.contracts.identity import content_hash
from tanso.oracle.store import reading, utc_now
from tanso.platform.demo.network import FirmServer, Network, open_node
from tanso.platform.federation import inbound, signing
from tanso.platform.federation.inbound import FRESH_SECONDS, MAX_REQUEST_BYTES
from tanso.platform.federation.questions import BREAKDOWNS, TERMS

from .conftest import CLIENT, refused

UNKNOWN = "0x" + "cd" * 16


@dataclass(frozen=True)
class Letter:
    """A request of the customer's server to the assembler's, and the key that signs it."""

    network: Network
    request: signing.Request
    signer: str = "customer"

    def but(self, **changes: Any) -> "Letter":
        return replace(self, request=replace(self.request, **changes))

    @property
    def typed_data(self) -> dict[str, Any]:
        return self.request.typed_data(self.network.firms["customer"].node.ledger.deployment)

    @property
    def headers(self) -> dict[str, str]:
        firm = self.network.firms[self.signer]
        asked = self.request
        return {
            "Content-Type": "application/json",
            "Tanso-Asker": asked.asker,
            "Tanso-Addressee": asked.addressee,
            "Tanso-Audience": asked.audience,
            "Tanso-Time": str(asked.time),
            "Tanso-Nonce": asked.nonce,
            "Tanso-Signature": signing.sign(self.typed_data, firm.node.signer.account(firm.business.account)),
        }

    def post(self, to: str = "assembler", **changes: Any) -> httpx.Response:
        url = self.network.firms[to].url + changes.pop("route", self.request.route)
        return CLIENT.post(
            url, content=changes.pop("body", self.request.body), headers=self.headers | changes
        )


NONCES: Iterator[str] = (f"0x{number:032x}" for number in range(1, 10**6))


@pytest.fixture
def letter(network: Network, drive: str) -> Letter:
    asker, asked = network.firms["customer"], network.firms["assembler"]
    request = signing.Request(
        asker=asker.business.id,
        addressee=asked.business.id,
        audience=content_hash(asked.url.encode()),
        route=BREAKDOWNS,
        body=json.dumps({"fields": ["materials"], "lots": [{"lot_id": drive}]}).encode(),
        time=utc_now(),
        nonce=next(NONCES),
    )
    return Letter(network, request)


def test_an_answer_is_signed_by_the_business_over_the_request_and_what_it_says(
    network: Network, letter: Letter
) -> None:
    response = letter.post()
    assert response.status_code == 200
    assert response.json()["lots"][0]["refused"]["kind"] == "not-disclosed"
    asked = network.firms["assembler"]
    answer = signing.Answer(
        answerer=asked.business.id,
        request=signing.hash_of(letter.typed_data),
        status=200,
        body=response.content,
        time=int(response.headers["Tanso-Time"]),
    )
    ledger, signature = asked.node.ledger.deployment, response.headers["Tanso-Signature"]
    assert signing.signer_of(answer.typed_data(ledger), signature) == asked.business.account
    for other in (
        replace(answer, status=403),
        replace(answer, body=response.content + b" "),
        replace(answer, request=signing.hash_of(letter.but(nonce=next(NONCES)).typed_data)),
        replace(answer, time=answer.time + 1),
        replace(answer, answerer=UNKNOWN),
    ):
        assert signing.signer_of(other.typed_data(ledger), signature) != asked.business.account


def test_a_refusal_is_signed_too(network: Network, letter: Letter) -> None:
    body = json.dumps({"agreement_id": UNKNOWN}).encode()
    response = letter.but(route=TERMS, body=body).post()
    refused(response, 404, "unknown-agreement")
    assert "Tanso-Signature" in response.headers


def test_a_request_counts_once_also_after_a_restart(network: Network, letter: Letter) -> None:
    assert letter.post().status_code == 200
    problem = refused(letter.post(), 403, "replayed-request")
    assert "taken before" in problem["detail"]
    # What was taken is in the database: another process of the server refuses it as well.
    headers = letter.headers
    given = inbound.RequestHeaders(**headers)
    with (
        open_node(network.folder / "assembler", network.chain) as again,
        pytest.raises(inbound.RequestRefused) as error,
    ):
        inbound.check(again, given, headers["Tanso-Signature"], BREAKDOWNS, letter.request.body, utc_now())
    assert error.value.kind == "replayed-request"


def test_of_the_same_request_at_once_one_counts(letter: Letter) -> None:
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: letter.post().status_code, range(6)))
    assert sorted(answers) == [200, 403, 403, 403, 403, 403]


@pytest.mark.parametrize("off", [-FRESH_SECONDS - 60, FRESH_SECONDS + 60])
def test_a_request_of_another_time_is_refused(letter: Letter, off: int) -> None:
    refused(letter.but(time=utc_now() + off).post(), 403, "stale-request")


def test_a_used_number_is_forgotten_when_its_request_is_too_old_anyway(
    network: Network, letter: Letter
) -> None:
    node, headers = network.firms["assembler"].node, letter.headers
    given = inbound.RequestHeaders(**headers)
    arguments = (node, given, headers["Tanso-Signature"], BREAKDOWNS, letter.request.body)
    inbound.check(*arguments, letter.request.time)
    with pytest.raises(inbound.RequestRefused) as early:
        inbound.check(*arguments, letter.request.time + FRESH_SECONDS)
    with pytest.raises(inbound.RequestRefused) as late:
        inbound.check(*arguments, letter.request.time + FRESH_SECONDS + 1)
    assert (early.value.kind, late.value.kind) == ("replayed-request", "stale-request")
    newer = letter.but(time=letter.request.time + FRESH_SECONDS + 1, nonce=next(NONCES)).headers
    inbound.check(
        node, inbound.RequestHeaders(**newer), newer["Tanso-Signature"], BREAKDOWNS, letter.request.body,
        letter.request.time + FRESH_SECONDS + 1,
    )  # fmt: skip
    with reading(node.engine) as session:
        kept = (given.asker, given.nonce)
        assert session.get(inbound.SpentNonce, kept) is None


def test_a_request_for_another_server_is_refused(network: Network, letter: Letter) -> None:
    elsewhere = content_hash(network.firms["steel"].url.encode())
    refused(letter.but(audience=elsewhere).post(), 403, "wrong-audience")
    # A request that one server got is worth nothing at another one.
    refused(letter.post(to="steel"), 404, "unknown-business")


def test_only_the_account_that_the_ledger_names_signs_for_a_business(letter: Letter) -> None:
    refused(replace(letter, signer="steel").post(), 401, "wrong-signature")
    refused(letter.but(asker=UNKNOWN).post(), 401, "wrong-signature")


@pytest.mark.parametrize(
    "changed",
    [
        {"body": b'{"fields": ["equipment"], "lots": []}'},
        {"route": TERMS},
        {"Tanso-Time": str(utc_now() + 5)},
        {"Tanso-Nonce": "0x" + "ee" * 16},
        {"Tanso-Audience": "0x" + "ee" * 32},
        {"Tanso-Signature": "0x" + "00" * 65},
        {"Tanso-Signature": "no signature"},
    ],
)
def test_what_was_changed_on_the_way_is_refused(letter: Letter, changed: dict[str, Any]) -> None:
    refused(letter.post(**changed), 401, "wrong-signature")


def test_a_signature_for_another_ledger_is_worth_nothing(network: Network, letter: Letter) -> None:
    firm = network.firms["customer"]
    foreign = replace(firm.node.ledger.deployment, chain_id=1)
    key = firm.node.signer.account(firm.business.account)
    signature = signing.sign(letter.request.typed_data(foreign), key)
    refused(letter.post(**{"Tanso-Signature": signature}), 401, "wrong-signature")


def test_without_a_signature_or_with_a_token_instead_nothing_is_answered(
    network: Network, letter: Letter
) -> None:
    firm: FirmServer = network.firms["assembler"]
    for token in (firm.business.token, firm.operator):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        response = CLIENT.post(firm.url + BREAKDOWNS, content=letter.request.body, headers=headers)
        refused(response, 401, "not-authenticated")


@pytest.mark.parametrize(
    "header", [{"Tanso-Asker": "steel"}, {"Tanso-Time": "-1"}, {"Tanso-Time": "9" * 30}, {"Tanso-Nonce": ""}]
)
def test_malformed_headers_are_refused_by_name(letter: Letter, header: dict[str, str]) -> None:
    (name,) = header
    assert name in refused(letter.post(**header), 422, "bad-input")["detail"]


def test_too_long_a_request_is_refused(letter: Letter) -> None:
    refused(letter.but(body=b"{}" + b" " * MAX_REQUEST_BYTES).post(), 413, "too-large")


@pytest.mark.parametrize(
    "question",
    [
        {"fields": [], "lots": [{"lot_id": UNKNOWN}]},
        {"fields": ["salaries"], "lots": [{"lot_id": UNKNOWN}]},
        {"fields": ["names"], "lots": []},
        {"fields": ["names"], "lots": [{"lot_id": UNKNOWN}] * 65},
        {"fields": ["names"], "lots": [{"lot_id": UNKNOWN, "shown": [UNKNOWN] * 16}]},
        {"fields": ["names"], "lots": [{"lot_id": UNKNOWN, "shown": [UNKNOWN]}]},
        {"fields": ["names"], "lots": [{"lot_id": UNKNOWN}], "terms": [{"depth": 3}]},
        {"fields": ["names"], "lots": [{"lot_id": "' OR 1=1 --"}]},
    ],
)
def test_a_question_that_does_not_fit_is_refused(letter: Letter, question: Any) -> None:
    assert letter.but(body=json.dumps(question).encode()).post().status_code == 422
