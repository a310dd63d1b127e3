"""Keys behind a JSON-RPC service: anvil as an honest one, and servers that lie, break off or say nothing."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_keys.constants import SECPK1_N
from hexbytes import HexBytes

from tanso.oracle.errors import SignerAnsweredOtherwise, SignerFailed, SignerRefused, SignerUnreachable
from tanso.oracle.keys import ExternalSigner, Key
from tanso.oracle.quorum import TooFewKeys, sign_with_quorum

OTHER = Account.from_key(b"\x22" * 32)
TOKEN = "a-token-in-the-path"
ASKED: dict[str, Any] = {
    "type": 2,
    "chainId": 31337,
    "nonce": 7,
    "to": "0x" + "11" * 20,
    "value": 0,
    "data": "0x1234abcd",
    "gas": 60_000,
    "maxFeePerGas": 2 * 10**9,
    "maxPriorityFeePerGas": 10**9,
}
TYPED: dict[str, Any] = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Figures": [
            {"name": "large", "type": "uint256"},
            {"name": "small", "type": "uint8"},
            {"name": "root", "type": "bytes32"},
            {"name": "parts", "type": "uint128[]"},
        ],
    },
    "primaryType": "Figures",
    "domain": {"name": "Tanso", "chainId": 31337},
    "message": {"large": 2**256 - 1, "small": 3, "root": b"\x0a" * 32, "parts": [2**53 + 1, 2**127 + 1]},
}

Answer = Callable[[dict[str, Any]], bytes | None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server that gives `answer`'s bytes; for None it says nothing and keeps the line."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if body is None:
                # A sign of life now and then, so that no single read takes long.
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                while not ended.wait(0.05):
                    self.wfile.write(b".")
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

        def handle(self) -> None:
            with ExitStack() as stack:
                stack.callback(self.close)
                try:
                    super().handle()
                except OSError:
                    return  # the client went away, as it should

        def close(self) -> None:
            self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{TOKEN}"
        finally:
            ended.set()
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def anvil_signer(start_anvil: Callable[..., str]) -> ExternalSigner:
    return ExternalSigner(start_anvil())


@pytest.fixture
def account(accounts: list[LocalAccount]) -> LocalAccount:
    return accounts[1]


def key_of(url: str, account: LocalAccount, seconds: float = 5) -> Key:
    return ExternalSigner(url, seconds=seconds).ring([account.address.lower()]).account(account.address)


def says(result: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


def signed(account: LocalAccount, **changes: Any) -> str:
    raw = account.sign_transaction(ASKED | changes).raw_transaction
    return "0x" + bytes(raw).hex()


def with_other_s(account: LocalAccount) -> str:
    """The same transaction under the signature's other form, which recovers to the same account."""
    made = account.sign_transaction(ASKED)  # type: ignore[arg-type]
    fields = ASKED | {"accessList": [], "r": made.r, "s": SECPK1_N - made.s, "v": 1 - made.v}
    return "0x" + bytes(TypedTransaction.from_dict(fields).encode()).hex()


@pytest.mark.anvil
def test_a_signer_signs_what_the_key_itself_would(
    anvil_signer: ExternalSigner, account: LocalAccount
) -> None:
    key = anvil_signer.ring([account.address]).account(account.address)
    assert key.sign_transaction(ASKED) == account.sign_transaction(ASKED)  # type: ignore[arg-type]
    assert key.sign_typed_data(full_message=TYPED) == account.sign_typed_data(full_message=TYPED)
    message = encode_defunct(b"any bytes \x00\xff")
    assert key.sign_message(message) == account.sign_message(message)


@pytest.mark.anvil
def test_an_account_that_the_signer_does_not_hold_is_refused_by_name(anvil_signer: ExternalSigner) -> None:
    key = anvil_signer.ring([OTHER.address]).account(OTHER.address)
    for ask in (
        lambda: key.sign_transaction(ASKED),  # type: ignore[arg-type]
        lambda: key.sign_typed_data(full_message=TYPED),
        lambda: key.sign_message(encode_defunct(b"x")),
    ):
        with pytest.raises(SignerRefused, match="No Signer available"):
            ask()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chainId", 1),
        ("nonce", 8),
        ("to", "0x" + "12" * 20),
        ("value", 1),
        ("data", "0x1234abce"),
        ("gas", 60_001),
        ("maxFeePerGas", 2 * 10**9 + 1),
        ("maxPriorityFeePerGas", 10**9 + 1),
        ("accessList", [{"address": "0x" + "11" * 20, "storageKeys": []}]),
    ],
)
def test_another_transaction_is_refused_by_the_field(account: LocalAccount, field: str, value: Any) -> None:
    with (
        serving(lambda _: says(signed(account, **{field: value}))) as url,
        pytest.raises(SignerAnsweredOtherwise, match=rf": {field} differ"),
    ):
        key_of(url, account).sign_transaction(ASKED)  # type: ignore[arg-type]


def test_geths_form_of_the_answer_is_read(account: LocalAccount) -> None:
    with serving(lambda _: says({"raw": signed(account), "tx": {"gas": "0x1"}})) as url:
        found = key_of(url, account).sign_transaction(ASKED)  # type: ignore[arg-type]
    assert found.raw_transaction == HexBytes(signed(account))


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (lambda _: says(signed(OTHER)), SignerAnsweredOtherwise, f"but {OTHER.address} signed"),
        (lambda a: says(signed(a) + "00"), SignerAnsweredOtherwise, "transaction"),
        (lambda a: says(with_other_s(a)), SignerAnsweredOtherwise, "malleable"),
        (
            lambda a: says(
                Account.sign_transaction(
                    {
                        "nonce": 7,
                        "to": ASKED["to"],
                        "value": 0,
                        "data": ASKED["data"],
                        "gas": 60_000,
                        "gasPrice": 2 * 10**9,
                        "chainId": 31337,
                    },
                    a.key,
                ).raw_transaction.to_0x_hex()
            ),
            SignerAnsweredOtherwise,
            "no EIP-1559 transaction",
        ),
        (lambda _: says("0x"), SignerAnsweredOtherwise, "no EIP-1559 transaction"),
        (lambda _: says("0x02"), SignerAnsweredOtherwise, "no EIP-1559 transaction"),
        (lambda _: says("0xzz"), SignerAnsweredOtherwise, "no hexadecimal text"),
        (lambda _: says(None), SignerAnsweredOtherwise, "no hexadecimal text"),
        (lambda _: says({"raw": 5}), SignerAnsweredOtherwise, "no hexadecimal text"),
        (lambda _: says("0x" + "00" * (1 << 20)), SignerAnsweredOtherwise, "more than 1048576 bytes"),
        (lambda _: b"<html>sign in first</html>", SignerRefused, "no JSON-RPC answer"),
        (lambda _: b"[1]", SignerRefused, "no JSON-RPC answer"),
        (lambda _: b"\xff\xfe", SignerRefused, "no JSON-RPC answer"),
        (lambda _: b"[" * 100_000, SignerRefused, "no JSON-RPC answer"),
        (lambda _: b"", SignerRefused, "no JSON-RPC answer"),
        (lambda _: b'{"error": {"code": -32000, "message": "locked"}}', SignerRefused, "'locked'"),
        (lambda _: b'{"error": "no"}', SignerRefused, "'no'"),
    ],
)
def test_an_answer_that_is_not_the_transaction_is_refused_by_name(
    account: LocalAccount, answer: Callable[[LocalAccount], bytes], error: type[SignerFailed], words: str
) -> None:
    with serving(lambda _: answer(account)) as url, pytest.raises(error, match=words) as caught:
        key_of(url, account).sign_transaction(ASKED)  # type: ignore[arg-type]
    assert type(caught.value) is error
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (lambda _: bytes(OTHER.sign_typed_data(full_message=TYPED).signature), "but 0x"),
        (lambda a: bytes(a.sign_typed_data(full_message=TYPED).signature)[:-1], "64 bytes"),
        (lambda a: bytes(a.sign_typed_data(full_message=TYPED).signature)[:-1] + b"\x09", "but no account"),
        (lambda _: bytes(65), "but no account"),
    ],
)
def test_another_signature_under_figures_is_refused(
    account: LocalAccount, signature: Callable[[LocalAccount], bytes], words: str
) -> None:
    with (
        serving(lambda _: says("0x" + signature(account).hex())) as url,
        pytest.raises(SignerAnsweredOtherwise, match=words),
    ):
        key_of(url, account).sign_typed_data(full_message=TYPED)


def test_a_signer_may_know_typed_data_by_its_older_name_and_count_v_from_zero(account: LocalAccount) -> None:
    expected = account.sign_typed_data(full_message=TYPED)

    def answer(request: dict[str, Any]) -> bytes:
        if request["method"] != "eth_signTypedData":
            return b'{"error": {"code": -32601, "message": "method not found"}}'
        signature = bytes(expected.signature)
        return says("0x" + signature[:64].hex() + f"{signature[64] - 27:02x}")

    with serving(answer) as url:
        assert key_of(url, account).sign_typed_data(full_message=TYPED) == expected


def test_a_signer_that_never_ends_its_answer_counts_as_away(account: LocalAccount) -> None:
    began = time.monotonic()
    with serving(lambda _: None) as url, pytest.raises(SignerUnreachable, match="TimeoutError") as caught:
        key_of(url, account, seconds=0.3).sign_message(encode_defunct(b"x"))
    assert time.monotonic() - began < 3
    assert TOKEN not in str(caught.value)


def test_a_signer_that_is_away_is_named_without_its_address(account: LocalAccount) -> None:
    with serving(lambda _: b"") as url:
        pass
    with pytest.raises(SignerUnreachable) as caught:
        key_of(url, account).sign_message(encode_defunct(b"x"))
    assert TOKEN not in str(caught.value)


@pytest.mark.anvil
def test_a_quorum_mixes_held_and_external_keys(
    anvil_signer: ExternalSigner, accounts: list[LocalAccount], oracle_keys: Any
) -> None:
    keys = anvil_signer.ring(account.address for account in accounts[:2]) | oracle_keys
    assert len(sign_with_quorum(TYPED, keys, needed=5)) == 5
    with pytest.raises(TooFewKeys):
        sign_with_quorum(TYPED, keys, needed=6)
