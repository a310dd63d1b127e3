"""Holds a proof bundle against the ledger: every figure that it says is recorded is read from the chain."""

from collections import defaultdict
from collections.abc import Iterator

from tanso.contracts.connection import connect
from tanso.contracts.contract import asked
from tanso.contracts.deployment import Deployment
from tanso.contracts.errors import ChainUnreachable, LedgerError
from tanso.contracts.ledger import Ledger, LedgerEvent
from tanso.platform.proofs.finding import Finding
from tanso.platform.proofs.model import Bundle, Leaf, LotPart

Events = list[LedgerEvent]

USES = {
    "material": ("MaterialConsumed", "lot_id", "quantity"),
    "external": ("ExternalUsed", "factor_id", "quantity"),
    "equipment": ("EquipmentUsed", "equipment_id", "activity"),
}
"""Kind of leaf: the event that records such an input of a batch, its reference, its quantity."""


def verify_on_chain(bundle: Bundle, rpc: str, trusted: Deployment | None = None) -> list[Finding]:
    """All that the ledger records otherwise than the bundle says.

    :param trusted: the deployment that the network published. Without it the contracts are those that the
        bundle names, and whoever made the bundle could have deployed them.
    :raises ChainUnreachable: when no node answers at `rpc`.
    :raises DeploymentError: when the node does not serve the trusted deployment.
    """
    w3 = connect(rpc)
    if trusted is not None:
        trusted.check(w3)
        others = list(_other_contracts(bundle, trusted))
        if others:
            return others
    return check_against(bundle, Ledger(w3, _deployment(bundle)))


def check_against(bundle: Bundle, ledger: Ledger) -> list[Finding]:
    """As `verify_on_chain`, with a ledger that is connected already."""
    chain_id = asked(lambda: ledger.w3.eth.chain_id)
    if chain_id != bundle.chain.chain_id:
        return [
            Finding("chain.chain_id", f"{bundle.chain.chain_id} stated, the node serves chain {chain_id}")
        ]
    empty = [
        Finding(f"chain.contracts.{name}", f"there is no contract at {address}")
        for name, address in bundle.chain.contracts.items()
        if not asked(lambda at=address: ledger.w3.eth.get_code(at))  # type: ignore[misc]
    ]
    if empty:
        return empty
    try:
        return _recorded(bundle, ledger)
    except ChainUnreachable:
        raise
    except LedgerError as error:
        # A contract of another kind at a stated address answers with what cannot be read.
        return [Finding("chain.contracts", f"the contracts there are not the ledger's: {error.message}")]


def _recorded(bundle: Bundle, ledger: Ledger) -> list[Finding]:
    events = ledger.events(0, asked(lambda: ledger.w3.eth.block_number))
    return [
        *_check_issuer(bundle, ledger),
        *_check_oracle(bundle, ledger),
        *(
            finding
            for lot_id, lot in bundle.lots.items()
            for finding in _check_lot(lot_id, lot, ledger, events)
        ),
        *_check_inputs(bundle, events),
        *_check_reports(bundle, events),
        *_check_intensities(bundle, ledger),
        *_check_factors(bundle, ledger),
        *_check_formulas(bundle, ledger),
    ]


def _other_contracts(bundle: Bundle, trusted: Deployment) -> Iterator[Finding]:
    for name, address in bundle.chain.contracts.items():
        if address != trusted.addresses.get(name):
            yield Finding(
                f"chain.contracts.{name}",
                f"{address} is not in the deployment file: {trusted.addresses.get(name)}",
            )


def _deployment(bundle: Bundle) -> Deployment:
    return Deployment(
        chain_id=bundle.chain.chain_id,
        block=0,
        admin="",
        oracle_keys=tuple(bundle.oracle.keys),
        threshold=bundle.oracle.threshold,
        build="",
        addresses=dict(bundle.chain.contracts),
    )


def _compare(place: str, stated: dict[str, object], recorded: dict[str, object]) -> Iterator[Finding]:
    for name, value in stated.items():
        if recorded.get(name) != value:
            yield Finding(f"{place}.{name}", f"{value} stated, the ledger records {recorded.get(name)}")


def _check_issuer(bundle: Bundle, ledger: Ledger) -> Iterator[Finding]:
    recorded = ledger.businesses.account_of(bundle.issuer.business_id)
    yield from _compare("issuer", {"account": bundle.issuer.account}, {"account": recorded})


def _check_oracle(bundle: Bundle, ledger: Ledger) -> Iterator[Finding]:
    for key in bundle.oracle.keys:
        if not ledger.quorum.is_key(key):
            yield Finding("oracle.keys", f"{key} is no oracle key on the ledger")
    yield from _compare(
        "oracle", {"threshold": bundle.oracle.threshold}, {"threshold": ledger.quorum.threshold()}
    )


def _check_lot(lot_id: str, lot: LotPart, ledger: Ledger, events: Events) -> Iterator[Finding]:
    place = f"lots.{lot_id}.ledger"
    recorded = ledger.lots.lot_of(lot_id)
    batch = _event(events, "BatchSettled", batch_id=lot.ledger.batch_id)
    if recorded is None or batch is None:
        yield Finding(place, "the ledger has no such lot or batch")
        return
    facts: dict[str, object] = {
        "business_id": recorded.business_id,
        "batch_id": recorded.batch_id,
        "unit": recorded.unit.symbol,
        "co2_ug": recorded.co2_ug,
        "primary_ug": recorded.primary_ug,
        "good": recorded.good,
        "defects": recorded.defects,
        "breakdown_root": recorded.breakdown_root,
        **{name: batch.args[name] for name in ("period_start", "period_end", "formula_id")},
    }
    yield from _compare(place, lot.ledger.model_dump(), facts)
    yield from _check_restatements(lot_id, lot, events)


def _check_restatements(lot_id: str, lot: LotPart, events: Events) -> Iterator[Finding]:
    """All restatements on the ledger are shown, also one that came after the bundle, and no others."""
    recorded = {
        int(event.args["number"]): event.args
        for event in events
        if event.name == "LotRestated" and event.args["lot_id"] == lot_id
    }
    stated = {item.number: item for item in lot.restatements}
    for number in sorted(recorded.keys() | stated.keys()):
        place = f"lots.{lot_id}.restatements.{number - 1}"
        if number not in recorded:
            yield Finding(place, "the ledger has no such restatement")
        elif number not in stated:
            now = recorded[number]["co2_ug"]
            yield Finding(
                place,
                f"the ledger records restatement {number}, to {now} µg, which is not shown: ask for the "
                "proof again",
            )
        else:
            yield from _compare(place, stated[number].model_dump(), dict(recorded[number]))


def _check_inputs(bundle: Bundle, events: Events) -> Iterator[Finding]:
    """The opened lots of a batch can't have used more of anything than the whole batch did."""
    stated: dict[tuple[object, ...], int] = defaultdict(int)
    for lot in bundle.lots.values():
        for leaf in lot.breakdown or []:
            source = (str(leaf.get("kind")), str(leaf.get("ref_id")), _record(leaf))
            stated[lot.ledger.batch_id, *source] += _quantity(leaf)
    used: dict[tuple[object, ...], int] = defaultdict(int)
    for event in events:
        for kind, (name, reference, amount) in USES.items():
            if event.name == name:
                source = (kind, event.args[reference], event.args.get("record"))
                used[event.args["batch_id"], *source] += event.args[amount]
    for key, quantity in stated.items():
        if quantity > used[key]:
            places = [
                f"lots.{lot_id}.breakdown"
                for lot_id, lot in bundle.lots.items()
                if lot.ledger.batch_id == key[0] and lot.breakdown
            ]
            said = f"{quantity} of {key[1]} {key[2]} stated, the batch on the ledger used {used[key]}"
            yield from (Finding(place, said) for place in places)


def _record(leaf: Leaf) -> int | None:
    record = leaf.get("record")
    return record if isinstance(record, int) else None


def _quantity(leaf: Leaf) -> int:
    quantity = leaf.get("quantity")
    return quantity if isinstance(quantity, int) else 0


def _check_reports(bundle: Bundle, events: Events) -> Iterator[Finding]:
    for number, report in enumerate(bundle.reports):
        event = _event(events, "ReportAccepted", business_id=report.business_id, sequence=report.sequence)
        if event is None:
            yield Finding(f"reports.{number}", "the ledger has no such report")
            continue
        stated = report.model_dump(
            include={"period_start", "period_end", "formula_id", "evidence_root", "declared_ug"}
        )
        yield from _compare(f"reports.{number}", stated, dict(event.args))


def _check_intensities(bundle: Bundle, ledger: Ledger) -> Iterator[Finding]:
    for number, item in enumerate(bundle.intensities):
        recorded = ledger.reports.record_of(item.equipment_id, item.record)
        equipment = ledger.equipment.equipment_of(item.equipment_id)
        if recorded is None or equipment is None:
            yield Finding(f"intensities.{number}", "the ledger has no such intensity")
            continue
        stated = item.model_dump(exclude={"equipment_id", "record", "business_id"})
        baseline_pg, baseline_from = ledger.equipment.baseline_of(item.equipment_id) or (0, 0)
        facts: dict[str, object] = {
            "period_start": recorded.period_start,
            "period_end": recorded.period_end,
            "intensity_pg": recorded.intensity_pg,
            "baseline_pg": baseline_pg,
            "baseline_from": baseline_from,
            "sequence": recorded.sequence,
            "unit": equipment[1].symbol,
        }
        yield from _compare(f"intensities.{number}", stated, facts)


def _check_factors(bundle: Bundle, ledger: Ledger) -> Iterator[Finding]:
    for item in bundle.factors:
        place = f"factors.{item.factor_id}"
        recorded = ledger.factors.factor_of(item.factor_id)
        if recorded is None:
            yield Finding(place, "the ledger has no such factor")
            continue
        stated = item.model_dump(exclude={"factor_id", "source"})
        facts: dict[str, object] = {
            "intensity_pg": recorded.intensity_pg,
            "unit": recorded.unit.symbol,
            "valid_from": recorded.valid_from,
            "valid_until": recorded.valid_until,
            "gwp_set": recorded.gwp_set,
            "source_hash": recorded.source_hash,
        }
        yield from _compare(place, stated, facts)


def _check_formulas(bundle: Bundle, ledger: Ledger) -> Iterator[Finding]:
    for formula_id, formula in bundle.formulas.items():
        yield from _compare(
            f"formulas.{formula_id}", {"name": formula.name}, {"name": ledger.formulas.name_of(formula_id)}
        )


def _event(events: Events, name: str, **keys: object) -> LedgerEvent | None:
    found = (
        e for e in events if e.name == name and all(e.args.get(key) == value for key, value in keys.items())
    )
    return next(found, None)
