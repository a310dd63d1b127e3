"""Holds a proof bundle against the ledger: every figure that it says is recorded is read from the chain."""

from collections.abc import Iterator

from tanso.contracts.connection import connect
from tanso.contracts.deployment import Deployment
from tanso.contracts.ledger import Ledger, LedgerEvent
from tanso.platform.proofs.model import Bundle, LotPart
from tanso.platform.proofs.verify import Finding


def verify_on_chain(bundle: Bundle, rpc: str) -> list[Finding]:
    """All that the ledger records otherwise than the bundle says.

    :raises ChainUnreachable: when no node answers at `rpc`.
    """
    w3 = connect(rpc)
    return check_against(bundle, Ledger(w3, _deployment(bundle)))


def check_against(bundle: Bundle, ledger: Ledger) -> list[Finding]:
    """As `verify_on_chain`, with a ledger that is connected already."""
    chain_id = ledger.w3.eth.chain_id
    if chain_id != bundle.chain.chain_id:
        return [
            Finding("chain.chain_id", f"{bundle.chain.chain_id} stated, the node serves chain {chain_id}")
        ]
    empty = [
        Finding(f"chain.contracts.{name}", f"there is no contract at {address}")
        for name, address in bundle.chain.contracts.items()
        if not ledger.w3.eth.get_code(address)  # type: ignore[arg-type]
    ]
    if empty:
        return empty
    events = ledger.events(0, ledger.w3.eth.block_number)
    return [
        *_check_issuer(bundle, ledger),
        *_check_oracle(bundle, ledger),
        *(
            finding
            for lot_id, lot in bundle.lots.items()
            for finding in _check_lot(lot_id, lot, ledger, events)
        ),
        *_check_reports(bundle, events),
        *_check_intensities(bundle, ledger),
        *_check_factors(bundle, ledger),
        *_check_formulas(bundle, ledger),
    ]


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


def _check_lot(lot_id: str, lot: LotPart, ledger: Ledger, events: list[LedgerEvent]) -> Iterator[Finding]:
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


def _check_reports(bundle: Bundle, events: list[LedgerEvent]) -> Iterator[Finding]:
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
        stated = item.model_dump(include={"period_start", "period_end", "intensity_pg", "sequence", "unit"})
        facts: dict[str, object] = {
            "period_start": recorded.period_start,
            "period_end": recorded.period_end,
            "intensity_pg": recorded.intensity_pg,
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


def _event(events: list[LedgerEvent], name: str, **keys: object) -> LedgerEvent | None:
    found = (
        e for e in events if e.name == name and all(e.args.get(key) == value for key, value in keys.items())
    )
    return next(found, None)
