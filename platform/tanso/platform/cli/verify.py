"""`tanso verify`: what was checked and what does not fit, for people and as JSON."""

import json
from pathlib import Path

import typer

from tanso.contracts.errors import TansoError
from tanso.platform.proofs.finding import Finding
from tanso.platform.proofs.model import Bundle, BundleUnreadable, read_bundle
from tanso.platform.proofs.verify import verify

MAX_BUNDLE_BYTES = 256 * 1024 * 1024


def run_verify(path: Path, rpc: str | None, deployment: Path | None, *, as_json: bool) -> int:
    """Exit code 0 if all fits, 1 if something does not (each finding is printed).

    :param deployment: file of the contracts that the reader trusts; it makes sense with `rpc` only.
    """
    if deployment is not None and rpc is None:
        raise TansoError("--deployment is held against a chain.", hint="Name its node with --rpc URL.")
    bundle: Bundle | None = None
    try:
        bundle = read_bundle(_read(path))
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
