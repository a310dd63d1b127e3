"""How a revert is told: the wording of geth and anvil, the revert data untouched."""

from eth_abi import abi
from eth_abi.exceptions import DecodingError

from .errors import RpcError
from .params import data

_ERROR = bytes.fromhex("08c379a0")  # Error(string), EIP-838
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)


def revert_error(output: bytes) -> RpcError:
    """Error 3 with the revert data; the message spells out what can be read without an ABI."""
    detail = ""
    try:
        if output[:4] == _ERROR:
            detail = f": {abi.decode(['string'], output[4:])[0]}"
        elif output[:4] == _PANIC:
            detail = f": panic code {abi.decode(['uint256'], output[4:])[0]:#04x}"
        elif len(output) >= 4:
            detail = f": custom error {data(output[:4])}"
    except (DecodingError, UnicodeDecodeError):
        detail = ""
    return RpcError(3, f"execution reverted{detail}", data(output))
