"""What oracle processes tell each other: a proposed statement by its root, and where two of them differ.

A proposal names what is to be stated and how each of its leaves hashes under the business's secret; no
reading is in it. The request is signed by a registered oracle key and carries a proof that the sender knows
the business's secret: only who may hold the readings is answered at all.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from eth_account import Account
from eth_account.messages import SignableMessage, encode_defunct
from pydantic import BaseModel, ConfigDict, Field

from tanso.oracle.evidence import canonical_json
from tanso.oracle.evidence.sealing import SALT
from tanso.oracle.keys import Key

MAX_BYTES = 32 * 2**20
"""Of a request or an answer: a year of days of two thousand meters."""
MAX_DIFFERENCES = 1000
"""Leaves that an answer shows; all are counted."""
SIGNATURE, PROOF = "X-Tanso-Signature", "X-Tanso-Proof"
"""Headers of a request."""

Id = Annotated[str, Field(pattern=r"^0x[0-9a-f]{32}$")]
Time = Annotated[int, Field(ge=0, lt=2**40)]
Signature = Annotated[str, Field(pattern=r"^0x[0-9a-f]{130}$")]
Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Proposal(_Strict):
    """A report or reduction that one process computed and asks the others to sign."""

    kind: Literal["report", "reduction"]
    business_id: Id
    subject: Id
    """The business of a report, the equipment of a reduction."""
    period_start: Time
    period_end: Time
    sequence: Annotated[int, Field(ge=0, lt=2**32)]
    """Of a report; 0 for a reduction."""
    deadline: Time
    allow_refused: Annotated[int, Field(ge=0, le=1)]
    """1 when unresolved refused rows are left out."""
    root: Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
    fingerprints: Annotated[list[Fingerprint], Field(max_length=900_000)]

    def body(self) -> bytes:
        """As it is sent: canonical JSON."""
        return canonical_json(self.model_dump())


class Answer(_Strict):
    """Signatures of those who came to the same, or what differs."""

    signatures: Annotated[
        list[Annotated[str, Field(pattern=r"^0x[0-9a-f]{130}$")]], Field(max_length=32)
    ] = []
    differing: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Number of leaves of the answering process that the proposal does not have."""
    leaves: Annotated[list[dict[str, Any]], Field(max_length=MAX_DIFFERENCES)] = []
    """The first of them, without salts."""
    missing: Annotated[list[Fingerprint], Field(max_length=MAX_DIFFERENCES)] = []
    """The first of the proposal's leaves that the answering process does not have."""


def fingerprint(secret: bytes, leaf: Mapping[str, Any]) -> str:
    """How a leaf hashes, whatever its place and salt, under the business's secret."""
    plain = {key: value for key, value in leaf.items() if key != SALT}
    return hmac.digest(secret, b"tanso quorum leaf\x00" + canonical_json(plain), "sha256")[:16].hex()


def headers_for(body: bytes, key: Key, secret: bytes) -> dict[str, str]:
    """What shows that the sender holds an oracle key and the business's secret."""
    proof = proof_of(body, secret)
    signed = key.sign_message(_signed(proof))
    return {SIGNATURE: "0x" + bytes(signed.signature).hex(), PROOF: proof}


def proof_of(body: bytes, secret: bytes) -> str:
    """The proof of knowing the secret, for this request."""
    return hmac.digest(secret, b"tanso quorum request\x00" + body, "sha256").hex()


def sender_of(proof: str, signature: str) -> str | None:
    """Address of the key that signed the request with this proof; None when no key did.

    The proof stands for the body, so the sender is known before a byte of the body is read.
    """
    try:
        return str(Account.recover_message(_signed(proof), signature=signature))
    except Exception:  # eth-keys raises several unrelated types for malformed signatures
        return None


def _signed(proof: str) -> SignableMessage:
    return encode_defunct(text=f"Tanso quorum request {proof}")


def difference(secret: bytes, leaves: Sequence[Mapping[str, Any]], theirs: Collection[str]) -> Answer:
    """The answer of a process whose leaves are others than the proposed ones."""
    here, proposed = {fingerprint(secret, leaf): leaf for leaf in leaves}, set(theirs)
    other = [leaf for mark, leaf in here.items() if mark not in proposed]
    return Answer(
        differing=len(other),
        leaves=[
            {key: value for key, value in leaf.items() if key != SALT} for leaf in other[:MAX_DIFFERENCES]
        ],
        missing=[mark for mark in theirs if mark not in here][:MAX_DIFFERENCES],
    )
