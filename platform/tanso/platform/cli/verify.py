"""`tanso verify`: what was checked and what does not fit, for people and as JSON."""

import json
import re
from pathlib import Path

import typer

from tanso.contracts.errors import TansoError
from tanso.platform.api.fields import show_time
from tanso.platform.proofs.finding import Finding
from tanso.platform.proofs.model import Bundle, BundleUnreadable, read_bundle
from tanso.platform.proofs.verify import verify

_FALSE_ANSWER = re.compile(r'"format"\s*:\s*"tanso-false-answer@1"')
MAX_BUNDLE_BYTES = 256 * 1024 * 1024


def run_verify(path: Path, rpc: str | None, deployment: Path | None, *, as_json: bool) -> int:
    """Exit code 0 if all fits, 1 if something does not (each finding is printed).

    :param deployment: file of the contracts that the reader trusts; it makes sense with `rpc` only.
    """
    if deployment is not None and rpc is None:
        raise TansoError("--deployment is held against a chain.", hint="Name its node with --rpc URL.")
    text = _read(path)
    if _FALSE_ANSWER.search(text):
        return _run_false_answer(text, path, rpc, deployment, as_json=as_json)
    bundle: Bundle | None = None
    try:
        bundle = read_bundle(text)
        findings = verify(bundle)
        if rpc is not None:
            findings += _against_chain(bundle, rpc, deployment)
    except BundleUnreadable as error:
        findings = [Finding("file", error.message)]
    if as_json:
        typer.echo(json.dumps(_as_json(bundle, findings, rpc), indent=2))
    else:
        _tell(bundle, findings, path, rpc, deployment)
    return 1 if findings else 0


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BUNDLE_BYTES:
            raise TansoError(f"{path} is larger than {MAX_BUNDLE_BYTES} bytes.", hint="Is it a proof bundle?")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise TansoError(
            f"There is no file {path}.", hint="`tanso demo` writes one to demo-out/proof.json."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise TansoError(
            f"{path} cannot be read: {error}.", hint="Name the proof bundle, for example proof.json."
        ) from error


def _against_chain(bundle: Bundle, rpc: str, deployment: Path | None) -> list[Finding]:
    from tanso.contracts.deployment import Deployment
    from tanso.platform.proofs.onchain import verify_on_chain

    return verify_on_chain(bundle, rpc, Deployment.load(deployment) if deployment else None)


def _as_json(bundle: Bundle | None, findings: list[Finding], rpc: str | None) -> dict[str, object]:
    subject = bundle.lots.get(bundle.lot) if bundle else None
    return {
        "fits": not findings,
        "lot": bundle.lot if bundle else None,
        "co2_ug": subject.ledger.co2_ug if subject else None,
        "restated_ug": subject.restatements[-1].co2_ug if subject and subject.restatements else None,
        "checked_against_chain": rpc is not None,
        "findings": [{"place": finding.place, "message": finding.message} for finding in findings],
    }


def _tell(
    bundle: Bundle | None, findings: list[Finding], path: Path, rpc: str | None, deployment: Path | None
) -> None:
    if findings or bundle is None:
        typer.echo(f"{path} does not fit:")
        for finding in findings:
            typer.echo(f"  ✗ {finding}")
        return
    subject = bundle.lots[bundle.lot].ledger
    for lot_id, lot in bundle.lots.items():
        if lot.restatements:
            latest = lot.restatements[-1]
            typer.echo(
                f"! Lot {lot_id} was settled with {lot.ledger.co2_ug} µg and restated by its producer: "
                f"{latest.co2_ug} µg (restatement {latest.number})."
            )
    disclosed = sum(lot.breakdown is not None for lot in bundle.lots.values())
    typer.echo(
        f"✓ Lot {bundle.lot}: {subject.co2_ug} µg CO2e over {subject.good} good {subject.unit}, recomputed."
    )
    typer.echo(f"  {disclosed} of {len(bundle.lots)} lots opened down to their inputs, each giving its root.")
    typer.echo(
        f"  {len(bundle.reports)} oracle reports recomputed from their readings, each signed by at least "
        f"{bundle.oracle.threshold} of {len(bundle.oracle.keys)} keys."
    )
    if rpc is None:
        typer.echo(
            "  Not asked of the chain: add --rpc URL to hold every recorded figure against the ledger."
        )
    else:
        typer.echo(f"  Every recorded figure is on chain {bundle.chain.chain_id}.")
        if deployment is None:
            lots = bundle.chain.contracts["Lots"]
            typer.echo(
                f"  The lots contract is {lots}: make sure that it is your network's, "
                "or name its deployment file with --deployment."
            )


def _run_false_answer(
    text: str, path: Path, rpc: str | None, deployment: Path | None, *, as_json: bool
) -> int:
    """Exit code 0 if the record shows that the business signed what does not fit the ledger, else 1."""
    from tanso.contracts.deployment import Deployment
    from tanso.platform.federation.false_onchain import recorded_otherwise
    from tanso.platform.federation.false_record import FalseAnswerRecord, NotProven, prove, read_record

    if rpc is not None and deployment is None:
        raise TansoError(
            "A false answer is held against a ledger that you trust.",
            hint="Name its deployment file with --deployment FILE.",
        )
    record: FalseAnswerRecord | None = None
    findings: list[Finding] = []
    try:
        record = read_record(text)
        prove(record)
        if rpc is not None and deployment is not None:
            findings = recorded_otherwise(record, rpc, Deployment.load(deployment))
    except NotProven as error:
        findings = [Finding("record", error.message)]
    if as_json:
        shown = {
            "proven": not findings,
            "business": record.question.addressee if record else None,
            "found": [{"lot": lie.lot_id, "reason": lie.reason} for lie in record.found] if record else [],
            "checked_against_chain": rpc is not None,
            "findings": [{"place": finding.place, "message": finding.message} for finding in findings],
        }
        typer.echo(json.dumps(shown, indent=2))
    elif findings or record is None:
        typer.echo(f"{path} does not show a false answer:")
        for finding in findings:
            typer.echo(f"  ✗ {finding}")
    else:
        typer.echo(
            f"✓ Business {record.question.addressee} signed on {show_time(record.answer.time)} what does not "
            "fit the ledger:"
        )
        for lie in record.found:
            typer.echo(f"  {'lot ' + lie.lot_id if lie.lot_id else 'the whole answer'}: {lie.reason}")
        typer.echo(
            "  Its account and the ledger's facts are as the ledger has them."
            if rpc is not None
            else "  Its account and the ledger's facts are as the record states them: add --rpc URL and "
            "--deployment FILE to ask the ledger."
        )
    return 1 if findings else 0
