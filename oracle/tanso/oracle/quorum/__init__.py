"""k of n oracle keys sign EIP-712 typed data, in the form the contract OracleQuorum takes."""

from tanso.oracle.quorum.peers import Difference, Peers
from tanso.oracle.quorum.signing import (
    NotAsked,
    ProposalRefused,
    QuorumDisagrees,
    QuorumError,
    TooFewKeys,
    WrongSignature,
    recover_signers,
    sign_with_quorum,
    verify_quorum,
)

__all__ = [
    "Difference",
    "NotAsked",
    "Peers",
    "ProposalRefused",
    "QuorumDisagrees",
    "QuorumError",
    "TooFewKeys",
    "WrongSignature",
    "recover_signers",
    "sign_with_quorum",
    "verify_quorum",
]
