"""Errors of the local chain.

DevchainError
├── StateError        a state on disk that can't be used
│   ├── DamagedState  a file that is cut off, altered, incomplete, or not a chain of ours
│   ├── OtherState    a whole file that holds another chain: chain id, accounts, format, engine
│   └── StateInUse    a file that another process has open
├── EngineError       anvil is missing, or did not start
└── RpcError          one JSON-RPC error answer: code, message, data
"""


class DevchainError(Exception):
    """Base of all errors of `tanso.devchain`."""


class StateError(DevchainError):
    """A state on disk can't be used; the message names the file and says what to do."""


class DamagedState(StateError):
    """The file is cut off, altered, incomplete, or was never a chain of this program."""


class OtherState(StateError):
    """The file is whole but holds another chain than the one asked for."""


class StateInUse(StateError):
    """Another process has the file open."""


class EngineError(DevchainError):
    """The engine asked for is missing or did not start."""


class RpcError(DevchainError):
    """An error answer of JSON-RPC 2.0.

    Codes: -32600 invalid request, -32601 unknown method, -32602 invalid parameters, -32603 internal,
    -32000 refused (wording of geth: "nonce too low", "already known", …), 3 reverted (`data` = revert data).
    """

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> dict[str, object]:
        """The `error` member of a response."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


def invalid_params(message: str) -> RpcError:
    """-32602: a parameter is missing, of the wrong type or out of range."""
    return RpcError(-32602, message)


def refused(message: str) -> RpcError:
    """-32000: the request is well-formed but the chain refuses it."""
    return RpcError(-32000, message)
