"""The receiver's signed confirmation that what it received under an agreement is deleted.

Format `tanso-deletion@1`. The statement's canonical JSON is signed by the receiver's account (EIP-191), so
that anyone can check it who knows that account from the ledger, which holds the hash of statement and
signature.
"""

from typing import Annotated, Final, Literal

from eth_account import Account
from eth_account.messages import SignableMessage, encode_defunct
from pydantic import BaseModel, ConfigDict, Field

from tanso.contracts.identity import content_hash
from tanso.oracle.evidence import canonical_json
from tanso.platform.agreements.documents import Document, read_document
from tanso.platform.agreements.terms import MAX_BYTES
from tanso.platform.api.fields import Hash, Id
from tanso.platform.errors import BadInput
from tanso.platform.lots.drafts import MAX_TIME

FORMAT: Final = "tanso-deletion@1"
STATEMENT: Final = "All that was received under this agreement is deleted."


class Statement(BaseModel):
    """What the receiver states."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["tanso-deletion@1"]
    agreement_id: Id
    provider: Id
    receiver: Id
    terms_hash: Hash
    statement: Literal["All that was received under this agreement is deleted."]
    deleted_at: Annotated[int, Field(strict=True, ge=0, le=MAX_TIME, description="Unix seconds, UTC.")]

    @property
    def message(self) -> SignableMessage:
        """What is signed: the statement's canonical JSON, as a personal message."""
        return encode_defunct(canonical_json(self.model_dump(mode="json")))


class Confirmation(BaseModel):
    """The statement with the receiver's signature."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: Statement
    signature: Annotated[str, Field(pattern=r"^0x[0-9a-f]{130}$", description="By the receiver's account.")]

    @property
    def document(self) -> bytes:
        """Its canonical JSON."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def hash(self) -> str:
        """What the ledger holds: keccak256 of `document`."""
        return content_hash(self.document)

    def signer(self) -> str | None:
        """The account that signed; None when the signature is none."""
        try:
            return str(Account.recover_message(self.statement.message, signature=self.signature))
        except Exception:  # eth_account, eth_keys and the curve's library raise several families
            return None


def read_confirmation(document: Document) -> Confirmation:
    """A confirmation out of JSON or of what was read from it; `BadInput` names what does not fit."""
    return read_document(Confirmation, document, max_bytes=MAX_BYTES, refused=_refused)


def _refused(reason: str) -> BadInput:
    hint = f"Send the document of format {FORMAT} as it was made."
    return BadInput(f"confirmation: {reason}", hint, slug="bad-confirmation")
