"""Keys that stay in an external signer: a JSON-RPC service that signs and never gives a key away.

It is asked `eth_signTransaction`, `eth_signTypedData_v4` (where that is refused, `eth_signTypedData`) and
`eth_sign`. Nothing it says is trusted: the signature must be by the account that was asked, under exactly the
bytes that were asked for. No error names the signer's URL, which may hold a token.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx
from eth_account import Account
from eth_account.datastructures import SignedMessage, SignedTransaction
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_account.types import TransactionDictType
from eth_keys.constants import SECPK1_N
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3 import Web3

from tanso.oracle.errors import SignerAnsweredOtherwise, SignerRefused, SignerUnreachable
from tanso.oracle.keys.ring import KeyRing

ANSWER_SECONDS = 10.0
"""A signer that has not answered whole by then counts as away."""

MAX_BYTES = 1 << 20
"""Longest answer that is read: the largest transaction that nodes take, twice in hexadecimal, and some."""

SHOWN = 200
"""Characters of a signer's own words that an error repeats."""

TYPED_DATA = ("eth_signTypedData_v4", "eth_signTypedData")
"""The two names of one thing: nodes know the first, web3signer the second."""


class ExternalSigner:
    """The service, by URL. One request at a time, each bounded in time and size."""

    def __init__(self, url: str, *, seconds: float = ANSWER_SECONDS) -> None:
        self._url, self._seconds = url, seconds
        self._tls = httpx.create_ssl_context()

    def ring(self, addresses: Iterable[str]) -> KeyRing:
        """Keys of these accounts, signed with by the service. Does not ask it: it may be away."""
        return KeyRing(ExternalKey(self, Web3.to_checksum_address(address)) for address in addresses)

    def ask(self, method: str, *params: Any) -> Any:
        """The result of a request. Raises SignerUnreachable, SignerRefused, SignerAnsweredOtherwise."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            status, content = asyncio.run(self._post(request))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            # The library's own words may quote the URL.
            raise SignerUnreachable(
                f"the external signer gave no answer to {method} ({type(error).__name__})",
                hint="See whether it runs, and whether TANSO_SIGNER_URL is right; it is asked again.",
            ) from None
        try:
            answer = json.loads(content)
            refusal, result = answer.get("error"), answer.get("result")
        except (ValueError, AttributeError, RecursionError):
            raise SignerRefused(
                f"the external signer answered {method} with HTTP status {status} and no JSON-RPC answer",
                hint="Check TANSO_SIGNER_URL: it must lead to the signer's JSON-RPC, with its token if any.",
            ) from None
        if refusal is not None:
            said = refusal if isinstance(refusal, Mapping) else {"message": refusal}
            raise SignerRefused(
                f"the external signer refused {method}: {str(said.get('message'))[:SHOWN]!r}",
                hint="Let the signer hold this account and allow this method for it.",
            )
        return result

    async def _post(self, request: Mapping[str, Any]) -> tuple[int, bytes]:
        # One limit for all of it: a server that sends a byte now and then never ends a limit per read.
        async with (
            asyncio.timeout(self._seconds),
            httpx.AsyncClient(verify=self._tls, timeout=self._seconds) as client,
            client.stream("POST", self._url, json=request) as response,
        ):
            content = bytearray()
            async for part in response.aiter_bytes():
                content += part
                if len(content) > MAX_BYTES:
                    raise SignerAnsweredOtherwise(f"the external signer sent more than {MAX_BYTES} bytes")
            return response.status_code, bytes(content)


class ExternalKey:
    """One account of an external signer; signs like a key held here."""

    def __init__(self, signer: ExternalSigner, address: ChecksumAddress) -> None:
        self._signer, self._address = signer, address

    @property
    def address(self) -> ChecksumAddress:
        """With checksum."""
        return self._address

    def sign_transaction(self, transaction_dict: TransactionDictType) -> SignedTransaction:
        """Signs an EIP-1559 transaction with all fields given, `type` 2.

        Raises what `ask` raises, and SignerAnsweredOtherwise if any field, or the account, is another one.
        """
        asked: dict[str, Any] = {**transaction_dict, "accessList": []}
        wanted = {
            name: hex(value) if isinstance(value, int) else value
            for name, value in transaction_dict.items()
            if name != "type"  # follows from the fees; not every signer knows the field
        }
        answer = self._signer.ask("eth_signTransaction", {"from": self.address, **wanted})
        raw = _bytes(answer.get("raw") if isinstance(answer, Mapping) else answer, "transaction")
        try:
            signed = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
            r, s, v = (int(signed.pop(name)) for name in ("r", "s", "v"))
            expected = TypedTransaction.from_dict(asked).as_dict()
        except Exception:  # the libraries raise many unrelated types for bytes that are no such transaction
            raise SignerAnsweredOtherwise("the external signer's answer is no EIP-1559 transaction") from None
        other = [name for name, value in signed.items() if expected.get(name) != value]
        if other:
            raise SignerAnsweredOtherwise(
                f"the external signer signed another transaction than was asked: {', '.join(other)} differ",
                hint="Do not use this signer: nothing was stored or sent.",
            )
        # Also what does not show in the fields: bytes after the end, a signature that nodes refuse.
        if raw != bytes(TypedTransaction.from_dict({**asked, "r": r, "s": s, "v": v}).encode()):
            raise SignerAnsweredOtherwise("the external signer's transaction is not written as it must be")
        self._check(s, lambda: Account.recover_transaction(raw))
        return SignedTransaction(HexBytes(raw), Web3.keccak(raw), r, s, v)

    def sign_typed_data(self, *, full_message: dict[str, Any]) -> SignedMessage:
        """Signs EIP-712 data. Raises what `ask` raises, SignerAnsweredOtherwise for another signature."""
        text = json.dumps(_plain(full_message))
        refusals = []
        for method in TYPED_DATA:
            try:
                answer = self._signer.ask(method, self.address, text)
            except SignerRefused as refused:
                refusals.append(refused)
            else:
                return self._signed(encode_typed_data(full_message=full_message), answer)
        raise SignerRefused("; ".join(refused.message for refused in refusals), hint=refusals[-1].hint)

    def sign_message(self, signable_message: SignableMessage) -> SignedMessage:
        """Signs a personal message of EIP-191, whose prefix the signer adds itself. Raises as above."""
        answer = self._signer.ask("eth_sign", self.address, Web3.to_hex(signable_message.body))
        return self._signed(signable_message, answer)

    def _signed(self, message: SignableMessage, answer: Any) -> SignedMessage:
        signature = _bytes(answer, "signature")
        if len(signature) != 65:
            raise SignerAnsweredOtherwise(f"the external signer's signature has {len(signature)} bytes")
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])
        v = signature[64] + 27 if signature[64] < 2 else signature[64]
        signature = signature[:64] + bytes([v])
        self._check(s, lambda: Account.recover_message(message, signature=signature))
        digest = Web3.keccak(b"\x19" + message.version + message.header + message.body)
        return SignedMessage(digest, r, s, v, HexBytes(signature))

    def _check(self, s: int, recover: Callable[[], str]) -> None:
        """Raises SignerAnsweredOtherwise unless the account signed, with the lower s, as the chain asks."""
        try:
            signer = recover()
        except Exception:  # eth-keys raises several unrelated types for malformed signatures
            signer = "no account"
        if signer != self.address:
            raise SignerAnsweredOtherwise(
                f"the external signer was asked to sign as {self.address}, but {signer} signed that",
                hint="Do not use this signer: nothing was stored or sent.",
            )
        if s > SECPK1_N // 2:
            raise SignerAnsweredOtherwise(
                "the external signer's signature is malleable: the chain refuses it"
            )


def _bytes(answer: Any, what: str) -> bytes:
    try:
        if isinstance(answer, str) and answer.startswith("0x"):
            return bytes.fromhex(answer[2:])
    except ValueError:
        pass
    raise SignerAnsweredOtherwise(f"the external signer's {what} is no hexadecimal text")


def _plain(value: Any) -> Any:
    """JSON for typed data: bytes in hexadecimal, numbers that JSON readers round as decimal text."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return Web3.to_hex(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 53:
        return str(value)
    return value
