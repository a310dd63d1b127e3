"""A local chain with no Node framework: eth-tester's py-evm behind JSON-RPC, kept on disk; or anvil.

>>> from tanso.devchain import Devchain
>>> with Devchain.open() as chain:
...     chain.handle({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []})["result"]
'0x7a69'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accounts import DEV_MNEMONIC, dev_account, dev_accounts
    from .anvil import AnvilNode, anvil_node, find_anvil, run_anvil
    from .chain import Devchain
    from .errors import DamagedState, DevchainError, EngineError, OtherState, RpcError, StateError, StateInUse
    from .provider import DevchainProvider
    from .server import asgi_app, serve, serving
    from .settings import DEFAULT_CHAIN_ID

# py-evm and web3 take a second to load, so the names are fetched when they are first used: `tanso --help`
# imports this package for its command line alone.
_HOMES = {
    "accounts": ("DEV_MNEMONIC", "dev_account", "dev_accounts"),
    "anvil": ("AnvilNode", "anvil_node", "find_anvil", "run_anvil"),
    "chain": ("Devchain",),
    "errors": (
        "DamagedState",
        "DevchainError",
        "EngineError",
        "OtherState",
        "RpcError",
        "StateError",
        "StateInUse",
    ),
    "provider": ("DevchainProvider",),
    "server": ("asgi_app", "serve", "serving"),
    "settings": ("DEFAULT_CHAIN_ID",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)


__all__ = [
    "DEFAULT_CHAIN_ID",
    "DEV_MNEMONIC",
    "AnvilNode",
    "DamagedState",
    "Devchain",
    "DevchainError",
    "DevchainProvider",
    "EngineError",
    "OtherState",
    "RpcError",
    "StateError",
    "StateInUse",
    "anvil_node",
    "asgi_app",
    "dev_account",
    "dev_accounts",
    "find_anvil",
    "run_anvil",
    "serve",
    "serving",
]
