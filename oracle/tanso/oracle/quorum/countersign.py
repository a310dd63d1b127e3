"""Signing for another oracle process: only what the readings held here amount to, once per period.

Who asks must hold a registered oracle key and know the business's secret; the business must be registered and
the period over. What was signed is kept: nothing else is ever signed for its time, and it takes no late
readings, as if it had been stated here.
"""

import hmac

from pydantic import ValidationError
from sqlmodel import Session

from tanso.contracts.errors import TansoError
from tanso.oracle.computed import Computed
from tanso.oracle.evidence.store import REPORT
from tanso.oracle.intake.bulk import one_writer
from tanso.oracle.quorum.proposal import Answer, Proposal, difference, proof_of, sender_of
from tanso.oracle.quorum.remembered import remember
from tanso.oracle.quorum.signing import NotAsked, ProposalRefused, TooFewKeys, sign_with_quorum
from tanso.oracle.service import Oracle
from tanso.oracle.store import writing

FUTURE_SEQUENCES = 1000
"""Reports of a business that may be under way."""
CLOCKS_DIFFER = 900
"""Seconds by which a proposed deadline may lie beyond this process's own lifetime of a signature."""


def check_sender(oracle: Oracle, signature: str, proof: str) -> None:
    """Raises NotAsked unless a registered oracle key signed the request; needs its headers alone."""
    sender = sender_of(proof, signature)
    if sender is None or not oracle.ledger.quorum.is_key(sender):
        raise NotAsked("The request is not signed by a registered oracle key.")


def countersign(oracle: Oracle, body: bytes, signature: str, proof: str) -> Answer:
    """Signatures by the registered keys held here if this process comes to the same, else what differs.

    Raises NotAsked when the sender may not ask, ProposalRefused when nothing like it is signed, and the
    errors of `close_period` or `attest_reduction` when the period can't be closed here.
    """
    check_sender(oracle, signature, proof)
    quorum = oracle.ledger.quorum
    try:
        asked = Proposal.model_validate_json(body)
    except ValidationError as error:
        raise ProposalRefused(f"The proposal can't be read: {error.errors()[0]['msg']}.") from None
    try:
        secret = oracle.secret_of(asked.business_id)
    except TansoError:
        raise NotAsked("The business is not known here, or the sender does not know its secret.") from None
    if not hmac.compare_digest(proof.encode(), proof_of(body, secret).encode()):
        raise NotAsked("The business is not known here, or the sender does not know its secret.")
    if oracle.ledger.businesses.account_of(asked.business_id) is None:
        raise ProposalRefused(f"The business {asked.business_id} is not registered on the ledger.")
    now = oracle.clock()
    if not now <= asked.deadline <= now + oracle.lifetime + CLOCKS_DIFFER:
        raise ProposalRefused("The deadline is past or too far away.", hint="Compare the clocks.")
    own = [address for address in oracle.keys.addresses if quorum.is_key(address)]
    if not own:
        raise TooFewKeys("This process holds no registered oracle key.", hint="Have its key registered.")
    with writing(oracle.engine) as session:
        one_writer(session, asked.business_id)
        made, typed_data = _computed(oracle, session, asked)
        if made.sealed.root != asked.root:
            return difference(secret, made.sealed.leaves, asked.fingerprints)
        remember(session, asked, made.devices, now)
        signatures = sign_with_quorum(typed_data, oracle.keys, needed=len(own), registered=own)
    return Answer(signatures=["0x" + one.hex() for one in signatures])


def _computed(oracle: Oracle, session: Session, asked: Proposal) -> tuple[Computed, dict[str, object]]:
    span = (asked.period_start, asked.period_end)
    if asked.kind == REPORT:
        expected = oracle.ledger.reports.next_sequence(asked.business_id)
        if asked.subject != asked.business_id or not 0 <= asked.sequence - expected <= FUTURE_SEQUENCES:
            raise ProposalRefused(
                f"The ledger expects report {expected} of {asked.business_id}, not {asked.sequence}."
            )
        made, result = oracle.computed_report(session, asked.business_id, *span, bool(asked.allow_refused))
        report = made.report(asked.business_id, result, asked.sequence, asked.deadline)
        return made, oracle.ledger.reports.typed_data(report)
    made, reduction_ug = oracle.computed_reduction(
        session, asked.business_id, asked.subject, *span, bool(asked.allow_refused)
    )
    reduction = oracle.reduction(
        session, made, asked.business_id, asked.subject, reduction_ug, asked.deadline
    )
    return made, oracle.ledger.credits.typed_data(reduction)
