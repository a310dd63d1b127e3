"""The HTTP side: what it answers and whom."""

import json
import socket
from collections.abc import Iterator

import httpx
import pytest

from tanso.devchain import Devchain, EngineError, serving
from tanso.devchain.server import MAX_BODY_BYTES, listen

CHAIN_ID = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Devchain.open() as chain, serving(chain, allowed_hosts=["chain.internal"]) as url:
        yield url


def test_a_request_and_a_batch_are_answered_as_json(url: str) -> None:
    answer = httpx.post(url, json=CHAIN_ID)
    assert answer.json() == {"jsonrpc": "2.0", "id": 1, "result": "0x7a69"}
    assert answer.headers["content-type"] == "application/json"
    assert len(httpx.post(url, json=[CHAIN_ID, CHAIN_ID]).json()) == 2


def test_errors_of_json_rpc_come_with_status_200_as_clients_expect(url: str) -> None:
    answer = httpx.post(url, content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32700)


def test_a_notification_is_answered_with_nothing(url: str) -> None:
    answer = httpx.post(url, json={"jsonrpc": "2.0", "method": "eth_chainId"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_page_says_what_this_is(url: str) -> None:
    page = httpx.get(url)
    assert page.status_code == 200
    assert "JSON-RPC" in page.text
    assert "31337" in page.text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8545", "127.0.0.1.evil.example", "", "[::1", "::1]x"]
)
def test_a_foreign_host_name_is_turned_away(url: str, host: str) -> None:
    for answer in (
        httpx.post(url, json=CHAIN_ID, headers={"host": host}),
        httpx.get(url, headers={"host": host}),
    ):
        assert answer.status_code in (400, 403)
        assert b"0x7a69" not in answer.content


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "10.0.0.7:8545", "[::1]:8545", "chain.internal"]
)
def test_addresses_and_named_hosts_are_let_in(url: str, host: str) -> None:
    assert httpx.post(url, json=CHAIN_ID, headers={"host": host}).status_code == 200


def test_a_page_of_another_origin_gets_no_permission(url: str) -> None:
    origin = {"origin": "https://evil.example"}
    preflight = httpx.options(url, headers={**origin, "access-control-request-method": "POST"})
    simple = httpx.post(url, content=json.dumps(CHAIN_ID), headers={**origin, "content-type": "text/plain"})
    assert preflight.status_code == 405
    assert simple.status_code == 415
    for answer in (preflight, simple, httpx.post(url, json=CHAIN_ID, headers=origin)):
        assert "access-control-allow-origin" not in answer.headers


def test_a_body_may_be_five_megabytes_and_no_more(url: str) -> None:
    headers = {"content-type": "application/json"}
    fits = json.dumps(CHAIN_ID).encode().ljust(MAX_BODY_BYTES)
    assert httpx.post(url, content=fits, headers=headers).json()["result"] == "0x7a69"
    assert httpx.post(url, content=fits + b" ", headers=headers).status_code == 413
    pieces = (b" " * 2**16 for _ in range(MAX_BODY_BYTES // 2**16 + 1))
    assert httpx.post(url, content=pieces, headers=headers).status_code == 413


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=f"port {port}.*Choose another port"):
            listen("127.0.0.1", port)
