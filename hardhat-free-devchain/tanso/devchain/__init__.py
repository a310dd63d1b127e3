"""A local chain with no Node framework: eth-tester's py-evm behind JSON-RPC, kept on disk; or anvil.

>>> from tanso.devchain import Devchain
>>> with Devchain.open() as chain:
...     chain.handle({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []})["result"]
'0x7a69'
"""

from .accounts import DEV_MNEMONIC, dev_account, dev_accounts
from .chain import DEFAULT_CHAIN_ID, Devchain
from .errors import DamagedState, DevchainError, EngineError, OtherState, RpcError, StateError, StateInUse
from .provider import DevchainProvider

__all__ = [
    "DEFAULT_CHAIN_ID",
    "DEV_MNEMONIC",
    "DamagedState",
    "Devchain",
    "DevchainError",
    "DevchainProvider",
    "EngineError",
    "OtherState",
    "RpcError",
    "StateError",
    "StateInUse",
    "dev_account",
    "dev_accounts",
]
