"""k of n oracle keys sign EIP-712 typed data, in the form the contract OracleQuorum takes."""

from tanso.oracle.quorum.signing import (
    QuorumError,
    TooFewKeys,
    WrongSignature,
    recover_signers,
    sign_with_quorum,
    verify_quorum,
)

__all__ = [
    "QuorumError",
    "TooFewKeys",
    "WrongSignature",
    "recover_signers",
    "sign_with_quorum",
    "verify_quorum",
]
