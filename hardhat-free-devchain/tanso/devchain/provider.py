"""A web3.py provider that talks to a `Devchain` in the same process, through the same JSON as over HTTP."""

from typing import Any, cast

from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from .chain import Devchain


class DevchainProvider(JSONBaseProvider):
    """`Web3(DevchainProvider(chain))`."""

    def __init__(self, devchain: Devchain, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.devchain = devchain

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One request."""
        answer = self.devchain.handle_text(self.encode_rpc_request(method, params))
        return self.decode_rpc_response(answer or b"null")

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse] | RPCResponse:
        """Several requests in one batch; the answers in the order of the questions."""
        answer = self.devchain.handle_text(self.encode_batch_rpc_request(requests))
        return cast("list[RPCResponse] | RPCResponse", self.decode_rpc_response(answer or b"[]"))
