"""The record of a false answer: what a business's server signed, and what the ledger has instead.

Format `tanso-false-answer@1`. It holds all that the signature is over and the ledger's facts that the answer
does not fit, so that a third party needs nothing else to see the lie, and only a ledger to check the facts:

1. the answer's signature (EIP-712, `signing.Answer`) is by the account of the asked business, over the hash
   of the question and the very bytes of the answer;
2. held against the facts, the answer fails again, with the same words.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tanso.contracts.errors import TansoError
from tanso.contracts.identity import content_hash
from tanso.platform.agreements.confirmation import Confirmation, read_confirmation
from tanso.platform.agreements.terms import Terms, read_terms
from tanso.platform.api.fields import Address, Hash, Id, Micrograms, PlainText
from tanso.platform.errors import BadInput
from tanso.platform.federation import signing
from tanso.platform.federation.asking import MAX_ANSWER_BYTES
from tanso.platform.federation.checking import Misfit, OnLedger, checked, fitting
from tanso.platform.federation.inbound import MAX_REQUEST_BYTES, SIGNATURE_PATTERN
from tanso.platform.federation.questions import (
    CONFIRMATIONS,
    LOTS_AT_ONCE,
    TERMS,
    AgreementAsked,
    BreakdownsAnswer,
    BreakdownsAsked,
)

_DOCUMENTS: Mapping[str, Callable[[bytes], Terms | Confirmation]] = {
    TERMS: read_terms,
    CONFIRMATIONS: read_confirmation,
}
_STRICT = ConfigDict(extra="forbid", strict=True)

Seconds = Annotated[int, Field(ge=0, lt=2**40, description="Unix seconds, UTC.")]
Signature = Annotated[str, Field(pattern=SIGNATURE_PATTERN, description="65 bytes in hexadecimal.")]


class NotProven(TansoError):
    """A record does not show that the business said what is false; the message says what does not hold."""


class Charged(BaseModel):
    """What the ledger has of one material, factor or machine in a lot's batch."""

    model_config = _STRICT

    kind: Literal["material", "external", "equipment"]
    ref_id: Id
    record: Annotated[
        int | None, Field(ge=0, lt=2**63, description="The number of the equipment's intensity, from 0.")
    ]
    quantity: Annotated[int, Field(ge=0, lt=2**128, description="Whole base units.")]
    co2_ug: Annotated[int, Field(ge=0, lt=2**128, description="µg CO2e.")]


class LotOnLedger(BaseModel):
    """What the ledger has of a lot, as far as the answer is held against it."""

    model_config = _STRICT

    batch_id: Id
    breakdown_root: Hash
    co2_ug: Micrograms
    primary_ug: Micrograms
    charged: Annotated[
        list[Charged], Field(description="Those of the batch's inputs that the answer shows in this lot.")
    ]


class AgreementOnLedger(BaseModel):
    """An agreement that the question was about, and the hash of the document that was asked for."""

    model_config = _STRICT

    agreement_id: Id
    document_hash: Hash


class Lie(BaseModel):
    """What does not fit, of which lot; of the whole answer where no lot is named."""

    model_config = _STRICT

    lot_id: Id | None
    reason: PlainText
    on_ledger: LotOnLedger | AgreementOnLedger | None


class Question(BaseModel):
    """The question, as it was signed by who asked."""

    model_config = _STRICT

    asker: Id
    addressee: Id
    audience: Annotated[Hash, Field(description="keccak256 of the asked server's URL.")]
    route: Annotated[str, Field(max_length=100)]
    time: Seconds
    nonce: Annotated[Id, Field(description="128 random bits.")]
    body: Annotated[str, Field(max_length=2 * MAX_REQUEST_BYTES, description="Base64.")]
    signature: Signature


class SignedAnswer(BaseModel):
    """The answer, as it was signed by who was asked."""

    model_config = _STRICT

    account: Annotated[Address, Field(description="That the ledger names for the asked business.")]
    status: Annotated[int, Field(ge=100, le=599, description="HTTP status.")]
    time: Seconds
    body: Annotated[
        str | None,
        Field(
            max_length=2 * MAX_ANSWER_BYTES,
            description="Base64. Null when it was deleted because an agreement's provider demanded it.",
        ),
    ]
    body_hash: Annotated[Hash, Field(description="keccak256 of the body's bytes.")]
    signature: Signature


@dataclass(frozen=True, slots=True)
class _Ledger:
    chain_id: int
    addresses: Mapping[str, str]


class FalseAnswerRecord(BaseModel):
    """A signed answer that does not fit the ledger, for a third party to check from this alone."""

    model_config = _STRICT

    format: Literal["tanso-false-answer@1"] = "tanso-false-answer@1"
    chain_id: Annotated[int, Field(ge=0, lt=2**64, description="The ledger's chain number (EIP-155).")]
    business_registry: Annotated[Address, Field(description="The ledger's contract BusinessRegistry.")]
    question: Question
    answer: SignedAnswer
    found: Annotated[list[Lie], Field(min_length=1, max_length=LOTS_AT_ONCE)]

    @property
    def ledger(self) -> _Ledger:
        """The ledger, as the signatures name it."""
        return _Ledger(self.chain_id, {"BusinessRegistry": self.business_registry})

    def shown(self, lot_id: str) -> set[str]:
        """IDs of the lots, factors and machines that the answer shows in a lot."""
        return shown(b"" if self.answer.body is None else _decoded(self.answer.body), lot_id)


def shown(body: bytes, lot_id: str) -> set[str]:
    """IDs of the lots, factors and machines that the body of an answer shows in a lot."""
    try:
        answer = BreakdownsAnswer.model_validate_json(body)
    except ValidationError:
        return set()
    parts = [part for lot in answer.lots if lot.lot_id == lot_id for part in lot.parts]
    return {str(proved.leaf.get("ref_id")) for part in parts for proved in part.leaves}


def read_record(text: str) -> FalseAnswerRecord:
    """A record as the API shows it. Raises `NotProven` for a text that is none."""
    try:
        return FalseAnswerRecord.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise NotProven(f"it is no record of a false answer: {place}: {first['msg']}") from error


def prove(record: FalseAnswerRecord) -> None:
    """Raises `NotProven` unless the business signed the answer, and it does not fit what the ledger has."""
    if record.answer.body is None:
        raise NotProven("what the server said was deleted; only its hash and signature are left")
    question, body = _decoded(record.question.body), _decoded(record.answer.body)
    _prove_signature(record, question, body)
    for lie in record.found:
        told = _misfit(record.question.route, lie, question, body)
        if told != lie.reason:
            raise NotProven(
                f"the answer fits what is stated of the ledger, or not for this reason: {lie.reason}"
            )


def _prove_signature(record: FalseAnswerRecord, question: bytes, body: bytes) -> None:
    if content_hash(body) != record.answer.body_hash:
        raise NotProven("the answer is another one than that with the stated hash")
    asked = record.question
    request = signing.Request(
        asked.asker, asked.addressee, asked.audience, asked.route, question, asked.time, asked.nonce
    )
    answer = signing.Answer(
        answerer=asked.addressee,
        request=signing.hash_of(request.typed_data(record.ledger)),
        status=record.answer.status,
        body=body,
        time=record.answer.time,
    )
    signer = signing.signer_of(answer.typed_data(record.ledger), record.answer.signature)
    if signer != record.answer.account:
        raise NotProven(f"the answer to this question is not signed by account {record.answer.account}")


def other_document(route: str, body: bytes, document_hash: str) -> str | None:
    """Why an answer to a question for terms or a confirmation does not fit; None if it does."""
    try:
        found = _DOCUMENTS[route](body).hash
    except BadInput:
        found = ""
    return None if found == document_hash else "its answer is not the document whose hash the ledger has"


def _misfit(route: str, lie: Lie, question: bytes, body: bytes) -> str | None:
    """Why what an answer says does not fit; None if it does."""
    if isinstance(lie.on_ledger, AgreementOnLedger):
        about = AgreementAsked(agreement_id=lie.on_ledger.agreement_id).model_dump_json().encode()
        if route not in _DOCUMENTS or question != about:
            raise NotProven(f"the question is not one about agreement {lie.on_ledger.agreement_id}")
        return other_document(route, body, lie.on_ledger.document_hash)
    try:
        asked = [lot.lot_id for lot in BreakdownsAsked.model_validate_json(question).lots]
    except ValidationError:
        raise NotProven("the question is not one for breakdowns") from None
    try:
        lots = {lot.lot_id: lot for lot in fitting(body, asked).lots}
        if lie.lot_id is not None and lie.lot_id in lots and lie.on_ledger is not None:
            checked(_facts(lie.on_ledger), lots[lie.lot_id].parts)
    except Misfit as error:
        return error.message
    return None


def _facts(stated: LotOnLedger) -> OnLedger:
    return OnLedger(
        stated.breakdown_root,
        stated.co2_ug,
        stated.primary_ug,
        {(each.kind, each.ref_id, each.record): (each.quantity, each.co2_ug) for each in stated.charged},
    )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotProven("question or answer is not written in base64") from None
