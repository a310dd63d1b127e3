"""Holds the record of a false answer against the ledger: the account and the facts that it states."""

from collections import Counter
from collections.abc import Iterator, Set

from tanso.contracts.connection import connect
from tanso.contracts.contract import asked
from tanso.contracts.deployment import Deployment
from tanso.contracts.ledger import Ledger, LedgerEvent
from tanso.contracts.values import Lot
from tanso.platform.federation.false_record import AgreementOnLedger, FalseAnswerRecord, LotOnLedger
from tanso.platform.federation.questions import TERMS
from tanso.platform.proofs.finding import Finding
from tanso.platform.proofs.onchain import USES

Ref = tuple[str, str, int | None]


def recorded_otherwise(record: FalseAnswerRecord, rpc: str, trusted: Deployment) -> list[Finding]:
    """What the ledger records otherwise than the record says.

    :param trusted: the deployment that the network published.
    :raises ChainUnreachable: when no node answers at `rpc`.
    :raises DeploymentError: when the node does not serve the deployment.
    """
    w3 = connect(rpc)
    trusted.check(w3)
    return list(against(record, Ledger(w3, trusted)))


def against(record: FalseAnswerRecord, ledger: Ledger) -> Iterator[Finding]:
    """As `recorded_otherwise`, with a ledger that is connected already."""
    addressee = record.question.addressee
    registry = ledger.deployment.addresses["BusinessRegistry"]
    yield from _compare("chain_id", record.chain_id, ledger.deployment.chain_id)
    yield from _compare("business_registry", record.business_registry, registry)
    yield from _compare("answer.account", record.answer.account, ledger.businesses.account_of(addressee))
    events = ledger.events(0, asked(lambda: ledger.w3.eth.block_number))
    for number, lie in enumerate(record.found):
        if isinstance(lie.on_ledger, AgreementOnLedger):
            yield from _agreement(f"found.{number}.on_ledger", record, lie.on_ledger, ledger)
        if lie.lot_id is None or not isinstance(lie.on_ledger, LotOnLedger):
            continue
        place, recorded = f"found.{number}.on_ledger", ledger.lots.lot_of(lie.lot_id)
        if recorded is None or recorded.business_id != addressee:
            yield Finding(place, f"the ledger has no lot {lie.lot_id} of business {addressee}")
            continue
        yield from _lot(place, lie.on_ledger, recorded, record.shown(lie.lot_id), events)


def _agreement(
    place: str, record: FalseAnswerRecord, stated: AgreementOnLedger, ledger: Ledger
) -> Iterator[Finding]:
    recorded, asked_for_terms = (
        ledger.agreements.agreement_of(stated.agreement_id),
        record.question.route == TERMS,
    )
    if recorded is None:
        yield Finding(place, f"the ledger has no agreement {stated.agreement_id}")
        return
    owner = recorded.provider_id if asked_for_terms else recorded.receiver_id
    yield from _compare(f"{place}.agreement_id", record.question.addressee, owner)
    document_hash = recorded.terms_hash if asked_for_terms else recorded.confirmation_hash
    yield from _compare(f"{place}.document_hash", stated.document_hash, document_hash)


def _lot(
    place: str, stated: LotOnLedger, recorded: Lot, shown: Set[str], events: list[LedgerEvent]
) -> Iterator[Finding]:
    """:param shown: IDs of what the answer shows of the lot; of these the record states all that there is."""
    for name in ("batch_id", "breakdown_root", "co2_ug", "primary_ug"):
        yield from _compare(f"{place}.{name}", getattr(stated, name), getattr(recorded, name))
    quantity, co2_ug = Counter[Ref](), Counter[Ref]()
    for event in events:
        for kind, (name, reference, amount) in USES.items():
            if event.name == name and event.args["batch_id"] == stated.batch_id:
                ref = (kind, event.args[reference], event.args.get("record"))
                quantity[ref] += event.args[amount]
                co2_ug[ref] += event.args["co2_ug"]
    for each in stated.charged:
        ref = (each.kind, each.ref_id, each.record)
        yield from _compare(f"{place}.charged", (each.quantity, each.co2_ug), (quantity[ref], co2_ug[ref]))
    listed = {(each.kind, each.ref_id, each.record) for each in stated.charged}
    for ref in quantity.keys() - listed:
        if ref[1] in shown:
            yield Finding(f"{place}.charged", f"the ledger has {ref[0]} {ref[1]} in the batch as well")


def _compare(place: str, stated: object, recorded: object) -> Iterator[Finding]:
    if stated != recorded:
        yield Finding(place, f"{stated} stated, the ledger records {recorded}")
