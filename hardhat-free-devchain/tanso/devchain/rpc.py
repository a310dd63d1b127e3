"""JSON-RPC 2.0: single and batch requests, parameters by position, error answers."""

import inspect
import json
import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .errors import RpcError, invalid_params
from .methods import Methods

if TYPE_CHECKING:
    from .chain import Devchain

MAX_BATCH = 1000  # requests in one batch
MAX_DEPTH = 50  # of arrays and objects in one another; an access list in a batch takes 7
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_logger = logging.getLogger(__name__)


class Dispatcher:
    """Finds the method for a request, holds the chain's lock while it runs, and words the answer."""

    def __init__(self, chain: "Devchain") -> None:
        self._lock = chain.lock
        self._methods: dict[str, tuple[Callable[..., Any], int, int]] = {}
        for name, function in Methods(chain).table().items():
            parameters = inspect.signature(function).parameters.values()
            needed = sum(parameter.default is parameter.empty for parameter in parameters)
            self._methods[name] = (function, needed, len(parameters))

    def handle_text(self, text: bytes) -> bytes | None:
        """Answer JSON text; None where nothing is to be answered (notifications)."""
        try:
            request = _parse(text)
        except ValueError:
            answer: Any = _error(None, RpcError(-32700, "Parse error: the body is not JSON"))
        else:
            answer = self.handle(request)
        return None if answer is None else json.dumps(answer, separators=(",", ":")).encode()

    def handle(self, request: object) -> Any:
        """Answer a request (dict) or a batch (list)."""
        if not isinstance(request, list):
            return self._single(request)
        if not request:
            return _error(None, RpcError(-32600, "Invalid Request: empty batch"))
        if len(request) > MAX_BATCH:
            return _error(
                None, RpcError(-32600, f"Invalid Request: more than {MAX_BATCH} requests in a batch")
            )
        answers = [answer for item in request if (answer := self._single(item)) is not None]
        return answers or None

    def _single(self, request: object) -> dict[str, Any] | None:
        if not isinstance(request, dict):
            return _error(None, RpcError(-32600, "Invalid Request: a request is a JSON object"))
        identity = request.get("id")
        if isinstance(identity, bool) or not isinstance(identity, str | int | float | None):
            return _error(None, RpcError(-32600, "Invalid Request: id must be a string or a number"))
        try:
            result = self._call(request)
        except RpcError as error:
            if error.code == -32600:
                return _error(identity, error)
            return _error(identity, error) if "id" in request else None
        return {"jsonrpc": "2.0", "id": identity, "result": result} if "id" in request else None

    def _call(self, request: dict[str, Any]) -> Any:
        name, params = request.get("method"), request.get("params")
        if not isinstance(name, str) or request.get("jsonrpc", "2.0") != "2.0":
            raise RpcError(-32600, 'Invalid Request: "jsonrpc" must be "2.0" and "method" a string')
        if name not in self._methods:
            raise RpcError(-32601, f"the method {name} does not exist/is not available")
        function, needed, allowed = self._methods[name]
        arguments = [] if params is None else params
        if not isinstance(arguments, list | tuple):
            raise invalid_params(f"{name} takes its parameters as an array")
        if not needed <= len(arguments) <= allowed:
            raise invalid_params(f"{name} takes {needed} to {allowed} parameters, not {len(arguments)}")
        try:
            with self._lock:
                return function(*arguments)
        except RpcError:
            raise
        except Exception as error:
            _logger.exception("%s failed", name)
            raise RpcError(-32603, f"Internal error in {name}: {type(error).__name__}: {error}") from error


def _parse(text: bytes) -> Any:
    # py-evm needs a high recursion limit, with which deeply nested JSON can overrun the C stack of a thread
    # and kill the process. So depth is counted first: strings out (even one left open), brackets left.
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH:
        depth = 0
        for bracket in _BRACKETS.findall(_STRINGS.sub(b"", text)):
            depth += 1 if bracket in b"[{" else -1
            if depth > MAX_DEPTH:
                raise ValueError("nested too deeply")
    return json.loads(text)


def _error(identity: object, error: RpcError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "error": error.as_json()}
