"""Signing typed data with a quorum of oracle keys, and checking the result as the contract will.

A signature is 65 bytes, r || s || v; a list of them is sorted by rising signer address, which bars doubles.

Errors:

TansoError
└── QuorumError
    ├── TooFewKeys       fewer usable keys or signatures than the threshold
    ├── WrongSignature   malformed, malleable (high s), unsorted, or not by a registered key
    ├── QuorumDisagrees  another oracle process came to something else; `differences` says where
    ├── NotAsked         who asks for a signature may not
    └── ProposalRefused  a proposal that is not signed, whatever its figures
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError
from web3 import Web3

from tanso.contracts.errors import TansoError
from tanso.oracle.keys import KeyRing

SIGNATURE_BYTES = 65
SHOWN = 20
"""Differences that an error's text names."""

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: OpenZeppelin's ECDSA refuses an s above it."""


class QuorumError(TansoError):
    """Base of the quorum's errors."""

    binding = False
    """Whether another process may have signed all the same, so that the proposal must stand."""


class TooFewKeys(QuorumError):
    """Fewer usable keys or signatures than the threshold asks for."""


class WrongSignature(QuorumError):
    """A signature is malformed, malleable, out of order, or not by a registered key."""


class QuorumDisagrees(QuorumError):
    """Another oracle process came to something else; nothing is sent. `differences` says where."""

    def __init__(self, differences: Sequence[Any]) -> None:
        self.differences = tuple(differences)
        told = "; ".join(map(str, self.differences[:SHOWN]))
        more = f"; and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
        super().__init__(
            f"Oracle processes disagree on {len(differences)} leaves: {told}{more}.",
            hint="Find out whose readings are wrong, and correct them there.",
        )


class NotAsked(QuorumError):
    """Who asks for a signature may not: no registered oracle key, or not the business's secret."""


class ProposalRefused(QuorumError):
    """A proposal that is not signed, whatever its figures."""


def sign_with_quorum(
    typed_data: Mapping[str, Any], keys: KeyRing, *, needed: int, registered: Iterable[str] | None = None
) -> list[bytes]:
    """Signs with exactly `needed` keys of the ring, and checks the result by recovery before giving it out.

    typed_data: full EIP-712 message, as from `ledger.reports.typed_data`.
    registered: addresses the contract knows; keys of others are left alone. None takes all of the ring.
    Raises TooFewKeys, and SignerFailed if a key is an external signer's that does not sign this.
    """
    if needed < 1:
        raise TooFewKeys(f"a quorum of {needed} is none", hint="Ask for one key at least.")
    allowed = None if registered is None else {Web3.to_checksum_address(address) for address in registered}
    usable = [account for account in keys if allowed is None or account.address in allowed]
    if len(usable) < needed:
        raise TooFewKeys(
            f"{needed} oracle keys must sign, but only {len(usable)} of the {len(keys)} keys held here can",
            hint="Load more of the registered oracle keys.",
        )
    chosen = usable[:needed]  # a KeyRing goes by rising address
    full = dict(typed_data)
    signatures = [bytes(account.sign_typed_data(full_message=full).signature) for account in chosen]
    verify_quorum(typed_data, signatures, registered=[account.address for account in chosen], needed=needed)
    return signatures


def verify_quorum(
    typed_data: Mapping[str, Any], signatures: Sequence[bytes], *, registered: Collection[str], needed: int
) -> list[str]:
    """The signers' addresses, if the contract would take these signatures.

    Raises TooFewKeys, WrongSignature.
    """
    if len(signatures) < needed:
        raise TooFewKeys(f"{len(signatures)} signatures were given, {needed} are needed")
    allowed = {Web3.to_checksum_address(address) for address in registered}
    signers = recover_signers(typed_data, signatures)
    for number, signer in enumerate(signers, start=1):
        if signer not in allowed:
            raise WrongSignature(f"signature {number} is by {signer}, which is not a registered oracle key")
    for lower, higher in pairwise(signers):
        if int(lower, 16) >= int(higher, 16):
            raise WrongSignature(
                f"signatures must go by rising signer address: {higher} stands after {lower}"
            )
    return signers


def recover_signers(typed_data: Mapping[str, Any], signatures: Sequence[bytes]) -> list[str]:
    """Address of each signature's key, in the order given. Raises WrongSignature if one can't be read."""
    message = _encode(typed_data)
    signers = []
    for number, signature in enumerate(signatures, start=1):
        if len(signature) != SIGNATURE_BYTES or signature[64] not in (27, 28):
            raise WrongSignature(
                f"signature {number} is not r || s || v in {SIGNATURE_BYTES} bytes, v 27 or 28"
            )
        if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
            raise WrongSignature(f"signature {number} is malleable: its s lies in the upper half")
        try:
            signers.append(str(Account.recover_message(message, signature=signature)))
        except (BadSignature, ValidationError, ValueError) as error:
            raise WrongSignature(f"signature {number} belongs to no key") from error
    return signers


def _encode(typed_data: Mapping[str, Any]) -> SignableMessage:
    return encode_typed_data(full_message=dict(typed_data))
