"""Requests and answers of the agreements' routes."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tanso.platform.agreements.confirmation import Confirmation
from tanso.platform.agreements.known import Known, Part, State
from tanso.platform.agreements.lifecycle import Proposal
from tanso.platform.agreements.local import AgreementUse
from tanso.platform.agreements.service import REASONS
from tanso.platform.agreements.terms import AllLots, Depth, Disclosed, DisclosedFields, LotIds, Terms
from tanso.platform.api.fields import Given, Hash, Id, Name, Time, TimeGiven
from tanso.platform.api.transactions import Transaction

UseNumber = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1, description="Number of a use, rising.")]


class AgreementGiven(Given):
    """What is offered to whom, what for, until when."""

    receiver_id: Id
    fields: DisclosedFields
    lots: Annotated[AllLots | LotIds, Field(description="`all` of the own lots, or the IDs of some.")] = "all"
    depth: Depth = 1
    purpose: Name
    valid_until: TimeGiven

    @property
    def proposal(self) -> Proposal:
        """As the service takes it."""
        return Proposal(
            receiver_id=self.receiver_id,
            fields=self.fields,
            lots=None if self.lots == "all" else self.lots,
            depth=self.depth,
            purpose=self.purpose,
            valid_until=self.valid_until,
        )


class AgreementProposed(BaseModel):
    """The terms as both parties keep them, their hash, and the transaction that puts it on the ledger."""

    terms: Terms
    terms_hash: Hash
    transaction: Transaction


class AgreementShown(BaseModel):
    """An agreement of yours: what the ledger says, and the terms if they are on this node."""

    agreement_id: Id
    part: Part
    state: State
    terms: Terms | None
    terms_hash: Hash
    proposed_at: Time | None
    accepted_at: Time | None
    ended_at: Annotated[Time | None, Field(description="When a party withdrew or deletion was demanded.")]
    deletion_demanded_at: Time | None
    deletion_confirmed_at: Time | None
    confirmation_hash: Hash | None

    @classmethod
    def of(cls, known: Known, business_id: str, now: int) -> "AgreementShown":
        row, terms = known.row, known.terms
        terms_hash = row.terms_hash if row else terms.hash if terms else ""
        return cls(
            agreement_id=known.agreement_id,
            part=known.parties()[business_id],
            state=known.state(now),
            terms=terms,
            terms_hash=terms_hash,
            proposed_at=row.block_time if row else None,
            accepted_at=row.accepted_at if row else None,
            ended_at=row.ended_at if row else None,
            deletion_demanded_at=row.demanded_at if row else None,
            deletion_confirmed_at=row.confirmed_at if row else None,
            confirmation_hash=row.confirmation_hash if row else None,
        )


class AgreementInFull(AgreementShown):
    """The same with the receiver's confirmation of deletion, if it is on this node."""

    confirmation: Confirmation | None


class Agreements(BaseModel):
    """A page of agreements; `next` is null on the last."""

    items: list[AgreementShown]
    next: Id | None


class DeletionConfirmed(BaseModel):
    """The signed confirmation, and the transaction that puts its hash on the ledger."""

    confirmation: Confirmation
    confirmation_hash: Hash
    transaction: Transaction


class UseShown(BaseModel):
    """One enquiry about a lot of yours under an agreement."""

    number: UseNumber
    at: Time
    lot_id: Annotated[Id | Literal["all"], Field(description="The lot; `all` for an audit over all lots.")]
    reader_id: Annotated[Id, Field(description="Who asked: the receiver, or one whom it let in.")]
    fields: list[Disclosed | Literal["reasons"]]
    answered: Annotated[bool, Field(description="False when the agreement did not, or no longer, allow it.")]

    @classmethod
    def of(cls, use: AgreementUse) -> "UseShown":
        return cls(
            number=use.id or 0,
            at=use.at,
            lot_id=use.lot_id,
            reader_id=use.reader_id,
            fields=[Disclosed(name) if name != REASONS else REASONS for name in use.fields.split(",")],
            answered=use.answered,
        )


class Uses(BaseModel):
    """A page of uses, oldest first; `next` is null on the last."""

    items: list[UseShown]
    next: UseNumber | None
