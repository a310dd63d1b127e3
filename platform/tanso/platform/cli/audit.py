"""`tanso audit`: the accounts of a ledger and what does not hold, for people and as JSON."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from tanso.contracts.connection import connect
from tanso.contracts.deployment import Deployment
from tanso.contracts.identity import parse_id
from tanso.contracts.ledger import Ledger
from tanso.oracle.intake.times import parse_time, unix_seconds, zone_of
from tanso.platform.accounts.service import CarbonAccount
from tanso.platform.api.fields import show_time
from tanso.platform.audit.findings import RANK, Finding, Severity, Tolerances
from tanso.platform.audit.ledger import LedgerAudit, audit_ledger
from tanso.platform.web.render import mass, moment, short

SHOWN = 20
"""Most findings of one kind that are printed for people; JSON has all."""
EQUATION = (
    "opening_ug", "inflow_ug", "declared_ug", "baseline_ug", "restated_ug", "outflow_ug", "closing_ug",
    "net_ug",
)  # fmt: skip
ACCOUNT = (*EQUATION, "left_over_ug", "finally_consumed_ug", "unabsorbed_ug")


def run_audit(
    rpc: str,
    deployment: Path,
    business: str | None,
    start: str | None,
    end: str | None,
    tolerance: int,
    *,
    events_only: bool,
    as_json: bool,
) -> int:
    """Exit code 0, or 1 if something does not hold."""
    contracts = Deployment.load(deployment)
    w3 = connect(rpc)
    contracts.check(w3)
    found = audit_ledger(
        Ledger(w3, contracts),
        business_id=parse_id(business) if business is not None else None,
        start=_time(start),
        end=_time(end),
        tolerances=replace(Tolerances(), share=Fraction(tolerance, 100)),
        events_only=events_only,
        on_progress=_Progress(),
    )
    if as_json:
        typer.echo(json.dumps(_as_json(found, events_only), indent=2, ensure_ascii=False))
    else:
        _tell(found, events_only)
    return 1 if any(finding.kind.severity is Severity.ERROR for finding in found.findings) else 0


def _time(text: str | None) -> int | None:
    return None if text is None else unix_seconds(parse_time(text, None, zone_of("UTC")))


class _Progress:
    """Says on standard error how far each step is: on a terminal in place, else once a step."""

    def __init__(self) -> None:
        self._what = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\r{what}: {done} of {total} ", err=True, nl=done >= total)
        elif what != self._what:
            typer.echo(f"{what} ({total}) ...", err=True)
        self._what = what


def _as_json(found: LedgerAudit, events_only: bool) -> dict[str, Any]:
    return {
        "holds": all(finding.kind.severity is not Severity.ERROR for finding in found.findings),
        "chain_id": found.chain_id,
        "last_block": found.last_block,
        "block_hash": found.block_hash,
        "events": found.events,
        "signatures_and_state_checked": not events_only,
        "period_start": show_time(found.start),
        "period_end": show_time(found.end),
        "accounts": [
            {"business_id": account.business_id}
            | {name: getattr(account, name) for name in ACCOUNT}
            | {"left_overs": account.left_overs}
            for account in found.accounts
        ],
        "findings": [
            {
                "slug": finding.slug,
                "severity": finding.kind.severity,
                "business_id": finding.business_id,
                "time": show_time(finding.time),
                "subject": finding.subject,
                "message": finding.message,
                "figures": dict(finding.figures),
                "advice": finding.kind.advice,
            }
            for finding in found.findings
        ],
    }


def _tell(found: LedgerAudit, events_only: bool) -> None:
    typer.echo(
        f"Chain {found.chain_id} up to block {found.last_block}, {found.block_hash}: {found.events} events, "
        f"{len(found.accounts)} accounts from {moment(found.start)} to {moment(found.end)}.\n"
    )
    Console().print(_table(found.accounts))
    by_slug = sorted(
        found.findings, key=lambda finding: (RANK[finding.kind.severity], finding.slug, finding.key)
    )
    for _, group in groupby(by_slug, key=lambda finding: finding.slug):
        _tell_kind(list(group))
    errors = sum(finding.kind.severity is Severity.ERROR for finding in found.findings)
    if errors:
        typer.echo(f"\n✗ {errors} findings say that something does not hold.")
    else:
        typer.echo(
            "\n✓ Every account closes and every batch, by the read model and by the events alone."
            + ("" if events_only else " Reports are signed; the contracts' state is what events come to.")
        )


def _tell_kind(same: list[Finding]) -> None:
    kind = same[0].kind
    sign = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTE: "·"}[kind.severity]
    typer.echo(f"\n{sign} {kind.title} ({same[0].slug}): {len(same)}")
    for finding in same[:SHOWN]:
        typer.echo(f"    {finding.message}")
    if len(same) > SHOWN:
        typer.echo(f"    … and {len(same) - SHOWN} more: --json has all.")
    typer.echo(f"  What to do: {kind.advice}")


def _table(accounts: Sequence[CarbonAccount]) -> Table:
    """The first equation's figures; what is zero for all is left out."""
    shown = [name for name in EQUATION if any(getattr(account, name) for account in accounts)]
    table = Table("business", box=None, pad_edge=False)
    for name in shown:
        table.add_column(name.removesuffix("_ug"), justify="right", no_wrap=True)
    for account in accounts:
        figures = (mass(getattr(account, name)) for name in shown)
        table.add_row(short(account.business_id), *figures)
    return table
