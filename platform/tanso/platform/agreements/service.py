"""What agreements allow, the note of each use of them, and what the parties keep.

Who reads is asked for by the reader's business ID, whichever node it is on. The node's clock says whether an
agreement is over, the read model everything else of it; nothing here writes to the ledger.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, Select
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from tanso.oracle.outbox import OutboxMessage, Status
from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.agreements.documents import Document
from tanso.platform.agreements.local import AgreementTerms, AgreementUse
from tanso.platform.agreements.models import AgreementRow
from tanso.platform.agreements.terms import MAX_DEPTH, Disclosed, Terms, read_terms
from tanso.platform.errors import BadInput, NotAllowed
from tanso.platform.lots.models import LotRow, MaterialUseRow
from tanso.platform.trace.upstream import upstream

MAX_STEPS, MAX_LOTS = 32, 1000
"""How far, and over how many lots, it is searched for what a lot went into."""

REASONS: Final = "reasons"
"""Why a lot was restated: open under any agreement about the lot, and noted beside the fields."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement whose terms this node has seen, and what the ledger says of it."""

    row: AgreementRow
    terms: Terms

    @property
    def agreement_id(self) -> str:
        """Hashed 128-bit ID."""
        return self.row.agreement_id


def entitled(
    session: Session, reader_id: str, owner_id: str, lot_id: str, field: Disclosed
) -> Agreement | None:
    """The agreement in force under which one business may read a field of another's lot; None without one.

    A business needs none for its own lots: whoever asks knows that before.
    """
    found = in_force(session, owner_id, reader_id)
    return next((agreement for agreement in found if agreement.terms.covers(lot_id, field)), None)


def in_force(session: Session, provider_id: str, receiver_id: str) -> list[Agreement]:
    """The agreements in force by which one business discloses to another, by ID, if their terms are here."""
    now = utc_now()
    query = (
        select(AgreementRow, AgreementTerms.document)
        .join(AgreementTerms, col(AgreementTerms.agreement_id) == col(AgreementRow.agreement_id))
        .where(
            AgreementRow.provider_id == provider_id,
            AgreementRow.receiver_id == receiver_id,
            AgreementRow.valid_until > now,
            col(AgreementRow.accepted_at).is_not(None),
            col(AgreementRow.ended_at).is_(None),
        )
        .order_by(col(AgreementRow.agreement_id))
    )
    found = [Agreement(row, read_terms(document)) for row, document in session.exec(query)]
    return [each for each in found if is_of(each.row, each.terms) and not _is_ending(session, each.row)]


def entitled_via(
    session: Session,
    reader_id: str,
    owner_id: str,
    lot_id: str,
    field: Disclosed,
    chain_of_terms: Sequence[Document],
) -> Agreement | None:
    """The owner's agreement under which a business further down may read a field of a lot; None without one.

    The reader shows the terms of each step from the owner to itself. Every step must be in force and hold the
    field; each allows at most as many steps from its provider on as its `depth` says; the first must cover
    the lot. A later one that names lots lets in for what went into these, by the ledger's batches.

    :raises BadInput: when the steps are none or more than can be, or one is not readable.
    """
    if not 1 <= len(chain_of_terms) <= MAX_DEPTH:
        raise BadInput(
            f"terms: {len(chain_of_terms)} agreements are shown, 1 to {MAX_DEPTH} can lead to a lot",
            "Show the terms of each step from the lot's owner to yourself.",
            slug="bad-terms",
        )
    chain = [read_terms(document) for document in chain_of_terms]
    parties = [owner_id, *(terms.receiver for terms in chain)]
    if parties[-1] != reader_id or [terms.provider for terms in chain] != parties[:-1]:
        return None
    now = utc_now()
    rows = [session.get(AgreementRow, terms.agreement_id) for terms in chain]
    for steps, (row, terms) in zip(range(len(chain), 0, -1), zip(rows, chain, strict=True), strict=False):
        if row is None or not is_of(row, terms) or not row.holds(now) or _is_ending(session, row):
            return None
        if field not in terms.fields or steps > terms.depth:
            return None
    if not chain[0].covers(lot_id, field):
        return None
    if not all(_leads_to(session, lot_id, terms) for terms in chain[1:]):
        return None
    assert rows[0] is not None
    return Agreement(rows[0], chain[0])


def is_of(row: AgreementRow, terms: Terms) -> bool:
    """Whether these are the terms that the ledger holds the hash of, and say what the ledger says."""
    on_ledger = (row.agreement_id, row.provider_id, row.receiver_id, row.valid_until, row.terms_hash)
    in_terms = (terms.agreement_id, terms.provider, terms.receiver, terms.valid_until, terms.hash)
    return on_ledger == in_terms


def step_key(agreement_id: str, business_id: str, step: str) -> str:
    """Key of the transaction by which a business takes a step: accept, withdraw, demand-deletion …"""
    return f"agreement:{agreement_id}:{business_id}:{step}"


def note_use(
    session: Session,
    agreement_id: str,
    lot_id: str,
    fields: Collection[str],
    reader_id: str,
    *,
    answered: bool,
) -> None:
    """Notes for the provider that somebody asked for fields of a lot, and whether it was answered.

    An answer goes out only after the transaction of its note is committed.
    """
    session.add(
        AgreementUse(
            agreement_id=agreement_id,
            lot_id=lot_id,
            reader_id=reader_id,
            fields=",".join(sorted(fields)),
            answered=answered,
            at=utc_now(),
        )
    )


class Reader:
    """What one business may read of lots, its own and others', and what it did: to be noted for the others.

    The agreements are looked up once for each owner.
    """

    def __init__(self, session: Session, business_id: str | None) -> None:
        self.session = session
        self.business_id = business_id
        self._agreements: dict[str, list[Agreement]] = {}
        self._uses: dict[tuple[str, str, bool], set[str]] = {}

    def fields(self, owner_id: str, lot_id: str) -> frozenset[Disclosed]:
        """What of an owner's lot is open to this reader: all of its own, else as agreements say."""
        if self.business_id == owner_id:
            return frozenset(Disclosed)
        return frozenset(field for field in Disclosed if self._by(owner_id, lot_id, field))

    def reads(self, owner_id: str, lot_id: str, fields: Collection[Disclosed | str]) -> None:
        """Remembers that these fields, which are open, are answered."""
        if self.business_id == owner_id:
            return
        for field in fields:
            kinds = Disclosed if field == REASONS else (Disclosed(field),)
            found = next((by for kind in kinds if (by := self._by(owner_id, lot_id, kind))), None)
            if found is not None:
                self._uses.setdefault((found.agreement_id, lot_id, True), set()).add(str(field))

    def refused(self, owner_id: str, lot_id: str, fields: Collection[Disclosed]) -> None:
        """Remembers that these fields are refused, under the latest agreement that there was, if any."""
        latest = self.session.exec(
            select(AgreementRow.agreement_id)
            .where(AgreementRow.provider_id == owner_id, AgreementRow.receiver_id == self.business_id)
            .order_by(col(AgreementRow.block_number).desc(), col(AgreementRow.log_index).desc())
            .limit(1)
        ).first()
        if latest is not None:
            self._uses.setdefault((latest, lot_id, False), set()).update(map(str, fields))

    def note(self, session: Session, *, answered: bool) -> None:
        """Notes the uses, or the refusals, of this reader."""
        for (agreement_id, lot_id, was_answered), fields in self._uses.items():
            if was_answered == answered and self.business_id is not None:
                note_use(session, agreement_id, lot_id, fields, self.business_id, answered=answered)

    def has_used(self, *, answered: bool) -> bool:
        """Whether there is anything to note."""
        return any(was_answered == answered for *_, was_answered in self._uses)

    def _by(self, owner_id: str, lot_id: str, field: Disclosed) -> Agreement | None:
        if self.business_id is None:
            return None
        if owner_id not in self._agreements:
            self._agreements[owner_id] = in_force(self.session, owner_id, self.business_id)
        return next((by for by in self._agreements[owner_id] if by.terms.covers(lot_id, field)), None)


@contextmanager
def asking(engine: Engine, reader_id: str | None) -> Iterator[Reader]:
    """A reader for one request. What it read is noted before the block's answer can go out.

    If the block raises `NotAllowed`, its refusals are noted; if it raises anything else, nothing.
    """
    try:
        with reading(engine) as session:
            reader = Reader(session, reader_id)
            yield reader
    except NotAllowed:
        _note(engine, reader, answered=False)
        raise
    _note(engine, reader, answered=True)


def _note(engine: Engine, reader: Reader, *, answered: bool) -> None:
    if reader.has_used(answered=answered):
        with writing(engine) as session:
            reader.note(session, answered=answered)


def _is_ending(session: Session, row: AgreementRow) -> bool:
    """Whether a party that is served here has asked to end it: nothing is answered while the ledger waits."""
    parties = (row.provider_id, row.receiver_id)
    steps = ("withdraw", "demand-deletion")
    keys = [step_key(row.agreement_id, party, step) for party in parties for step in steps]
    asked = select(OutboxMessage.id).where(
        col(OutboxMessage.key).in_(keys), OutboxMessage.status != Status.PARKED
    )
    return session.exec(asked.limit(1)).first() is not None


def _leads_to(session: Session, lot_id: str, terms: Terms) -> bool:
    """Whether a lot that these terms name was made of this one, by the ledger's batches, or they name all."""
    if terms.lots == "all":
        return True
    made = upstream(session, lot_id, _products(), max_depth=MAX_STEPS, max_nodes=MAX_LOTS)
    return not made.depths.keys().isdisjoint(terms.lots)


def _products() -> Select[str, str]:
    """Pairs for the search in the other direction: the lot that was used, and each that its batch made."""
    return (
        select_columns(col(MaterialUseRow.lot_id).label("lot"), col(LotRow.lot_id).label("source"))
        .join(LotRow, col(LotRow.batch_id) == col(MaterialUseRow.batch_id))
        .distinct()
    )
